"""Tables in files: CSV and Parquet, one file or the parts of one table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autoencode.data.csv_extent import measure_csv
from autoencode.data.csv_file import read_csv
from autoencode.data.extent import Extent, join_extents
from autoencode.data.parquet_file import measure_parquet, read_parquet
from autoencode.data.regular_file import show_path
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_schema import join_tables
from autoencode.exceptions import CorruptDataError

__all__ = ["TABLE_ENDINGS", "TableFiles"]

CSV_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
PARQUET_ENDINGS = (".parquet", ".pq")
TABLE_ENDINGS = (*CSV_ENDINGS, *PARQUET_ENDINGS)


@dataclass(frozen=True)
class TableFiles:
    """One table in one file or more, read in the order given.

    Parameters
    ----------
    paths : tuple of Path
        The files; each ends in one of `TABLE_ENDINGS`.
    name : str
        What the table is called.
    """

    paths: tuple[Path, ...]
    name: str

    def measure(self) -> Extent | None:
        """Return how large the table is by metadata and first rows; None where one of the files does not show it."""
        parts = [measure_parquet(path) if _is_parquet(path) else measure_csv(path) for path in self.paths]
        known = [part for part in parts if part is not None]
        return join_extents(known) if len(known) == len(parts) else None

    def read(self) -> Samples:
        """Read every file, and put the rows below each other.

        Raises
        ------
        CorruptDataError
            If a file is damaged, or the files are not parts of one table.
        InvalidInputError
            If a column's name or kind cannot be used.
        DataNotFoundError
            If a file cannot be read.
        """
        tables = [read_parquet(path) if _is_parquet(path) else read_csv(path) for path in self.paths]
        table = join_tables([show_path(path) for path in self.paths], tables)
        if len(table) == 0:
            raise CorruptDataError(f"{self.name}: has columns but no rows; expected at least one sample")
        return Samples(table, self.name, Reading("table"))


def _is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(PARQUET_ENDINGS)
