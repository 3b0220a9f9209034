"""Tables in files: CSV and Parquet, one file or the parts of one table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from autoencode.data.csv_extent import measure_csv
from autoencode.data.csv_file import read_csv, read_csv_cells
from autoencode.data.extent import Extent, join_extents
from autoencode.data.parquet_file import measure_parquet, read_parquet
from autoencode.data.regular_file import show_path
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_table, join_tables
from autoencode.data.text_columns import CellTable, settle_text
from autoencode.exceptions import CorruptDataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLE_ENDINGS", "TableFiles"]

CSV_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt", ".dat", ".data", ".tab")
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
    options : TableOptions
        What was asked for, or found out when earlier samples were read.
    """

    paths: tuple[Path, ...]
    name: str
    options: TableOptions = field(default_factory=TableOptions)

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
        parts = [_read_part(path, self.options) for path in self.paths]
        encodings = {part.encoding for part in parts} - {"", "utf-8", "utf-8-sig"}
        table = join_tables([part.name for part in parts], [part.table for part in parts])
        locate = _join_locations(parts)
        if len(table) == 0:
            raise CorruptDataError(f"{self.name}: has columns but no rows; expected at least one sample")
        del parts
        settled = settle_text(table, self.options, self.name, locate=locate)
        options = settled.options.having(encoding=encodings.pop() if len(encodings) == 1 else self.options.encoding)
        return Samples(
            check_table(self.name, settled.table), self.name, Reading("table", table=options), cells=self.read_cells
        )

    def read_cells(self) -> pa.Table:
        """Read the cells again as they stand in the files: those of text as text, in all columns."""
        tables = [
            read_parquet(path) if _is_parquet(path) else read_csv_cells(path, self.options) for path in self.paths
        ]
        return join_tables([show_path(path) for path in self.paths], tables)


def _read_part(path: Path, options: TableOptions) -> CellTable:
    if _is_parquet(path):
        return CellTable(read_parquet(path), show_path(path))
    return read_csv(path, options)


def _join_locations(parts: Sequence[CellTable]) -> Callable[[int], str]:
    """Return what says of a row of the joined table which row of which file it is."""
    if len(parts) == 1:
        return parts[0].locate
    starts = [0, *accumulate(len(part.table) for part in parts)]
    places = [(replace(part, table=part.table.slice(0, 0))) for part in parts]

    def locate(row: int) -> str:
        place = bisect_right(starts, row) - 1
        return f"{places[place].locate(row - starts[place])} of {places[place].name}"

    return locate


def _is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(PARQUET_ENDINGS)
