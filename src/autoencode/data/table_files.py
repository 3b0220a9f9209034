"""Tables in files of any format: one file, or the parts of one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autoencode.data.extent import Extent, join_extents
from autoencode.data.regular_file import name_content, read_head, show_path
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_formats import TableFormat, find_by_content
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_table, join_tables, quote
from autoencode.exceptions import AutoencodeError, CorruptDataError, InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Keys", "TableFiles"]

Keys = dict[str, str | None]
"""What the folders ``name=value`` that a file lies in say of its rows."""


@dataclass(frozen=True)
class TableFiles:
    """One table in one file or more, read in the order given.

    Parameters
    ----------
    paths : tuple of Path
        The files.
    name : str
        What the table is called.
    options : TableOptions
        How it is read.
    keys : tuple of dict, or None
        For each file, the columns that its folders' names give.
    """

    paths: tuple[Path, ...]
    name: str
    options: TableOptions = field(default_factory=TableOptions)
    keys: tuple[Keys, ...] | None = None

    def measure(self) -> Extent | None:
        """Return how large the table is by metadata and first rows; None where one of the files does not show it."""
        parts = [_find_format(path, show_path(path)).measure(path) for path in self.paths]
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
        table = self._read(self.options)
        if len(table) == 0:
            raise CorruptDataError(f"{self.name}: has columns but no rows; expected at least one sample")
        cells = self._read_cells if self.options.drop else None
        return Samples(table, self.name, Reading("table", table=self.options), cells=cells)

    def _read_cells(self) -> pa.Table:
        """Return the table with the columns that are left out of the samples, where a table can hold them."""
        try:
            return self._read(self.options.having(drop=()))
        except AutoencodeError:
            return self._read(self.options)

    def _read(self, options: TableOptions) -> pa.Table:
        tables = []
        for path, keys in zip(self.paths, self.keys or [{}] * len(self.paths), strict=True):
            name = show_path(path)
            in_file = tuple(column for column in options.drop if column not in keys)
            table = _find_format(path, name).read(path, options.having(drop=in_file))
            table = _add_keys(table, {key: keys[key] for key in keys if key not in options.drop}, name)
            # Cells of text become numbers, dates and booleans here.
            tables.append(check_table(name, table))
        return join_tables([show_path(path) for path in self.paths], tables)


def _find_format(path: Path, name: str) -> TableFormat:
    found = find_by_content(path)
    if found is None:
        raise InvalidInputError(f"{name}: is no table: {name_content(read_head(path)) or 'its ending says none'}")
    return found


def _add_keys(table: pa.Table, keys: Keys, name: str) -> pa.Table:
    import pyarrow as pa

    for key, value in keys.items():
        if key in table.column_names:
            raise InvalidInputError(
                f"{name}: has a column {quote(key)}, which the folder that it lies in says as well; rename the folder, "
                "or give the file itself"
            )
        table = table.append_column(key, pa.array([value] * len(table), pa.string()))
    return table
