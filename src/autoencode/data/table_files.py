"""Tables in files of any format: one file, or the parts of one table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path

from autoencode.arrow import pa
from autoencode.data.cell_table import CellTable
from autoencode.data.csv_file import read_csv_cells
from autoencode.data.extent import Extent, join_extents
from autoencode.data.regular_file import show_path
from autoencode.data.sample_blocks import BlockRequest, SampleBlocks
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_blocks import Keys, add_keys, open_tables
from autoencode.data.table_formats import CSV, need_format
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_table, join_tables
from autoencode.data.text_cells import empty_words
from autoencode.data.text_columns import settle_text
from autoencode.exceptions import AutoencodeError, CorruptDataError
from autoencode.stored_tables import Shelf


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
        parts = [need_format(path, show_path(path)).measure(path) for path in self.paths]
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
        parts = _settle_apart(self._read_parts(self.options), self.options)
        tables = [join_tables([part.name for part in parts], [part.table for part in parts])]
        if len(tables[0]) == 0:
            raise CorruptDataError(f"{self.name}: has columns but no rows; expected at least one sample")
        encodings = {part.encoding for part in parts} - {"", "utf-8", "utf-8-sig"}
        is_open = any(not part.has_kinds for part in parts)
        line_of = _join_lines(parts)
        # Nothing else may hold the text, so that what a column took is free once it is settled.
        del parts
        only = None if is_open else {key for keys in self.keys or () for key in keys}
        table, options = settle_text(tables.pop(), self.options, self.name, line_of=line_of, only=only)
        options = options.having(encoding=encodings.pop() if len(encodings) == 1 else self.options.encoding)
        table = check_table(self.name, table)
        cells = (lambda: table) if self._are_own_cells() else self._read_cells
        return Samples(table, self.name, Reading("table", table=options), cells=cells, line_of=line_of)

    def open_blocks(self, request: BlockRequest) -> SampleBlocks | None:
        """Return the table block by block; None of files of which only all can be read."""
        keys = self.keys or tuple({} for _ in self.paths)
        return open_tables(list(zip(self.paths, keys, strict=True)), self.name, self.options, request)

    def _are_own_cells(self) -> bool:
        """Whether the cells that are read are those of the files: nothing was asked for, and columns have kinds."""
        formats = [need_format(path, show_path(path)) for path in self.paths]
        return not self.options and not any(self.keys or ()) and all(found.has_kinds for found in formats)

    def _read_cells(self) -> pa.Table:
        """Return the cells as they stand in the files, in all columns that a table can hold."""
        for options in (self.options.having(drop=()), self.options):
            try:
                parts = self._read_parts(options, as_it_is=True)
                return join_tables([part.name for part in parts], [part.table for part in parts])
            except AutoencodeError:
                if not self.options.drop or options.drop:
                    raise
        raise AssertionError

    def _read_parts(self, options: TableOptions, *, as_it_is: bool = False) -> list[CellTable]:
        shelf, parts = Shelf(), []
        for path, keys in zip(self.paths, self.keys or [{}] * len(self.paths), strict=True):
            in_file = options.having(drop=tuple(column for column in options.drop if column not in keys))
            part = _read_part(path, in_file, as_it_is=as_it_is)
            table = add_keys(part.table, {key: keys[key] for key in keys if key not in options.drop}, part.name)
            # One part alone may fit into memory where all together do not: nothing but the shelf may hold it.
            places = [shelf.add(column) for column in table.columns]
            parts.append((replace(part, table=table.schema.empty_table()), places))
            del part, table
        return [
            replace(part, table=pa.table([shelf[place] for place in places], schema=part.table.schema))
            for part, places in parts
        ]


def _settle_apart(parts: list[CellTable], options: TableOptions) -> list[CellTable]:
    """Settle the text of files by itself where it stands beside columns that have kinds already."""
    if all(part.has_kinds == parts[0].has_kinds for part in parts):
        return parts
    return [
        part
        if part.has_kinds
        else replace(part, table=settle_text(part.table, options, part.name, line_of=part.line_of)[0], has_kinds=True)
        for part in parts
    ]


def _read_part(path: Path, options: TableOptions, *, as_it_is: bool) -> CellTable:
    """Read one file; `as_it_is`, cells of text are those of the file, to the character."""
    name = show_path(path)
    found = need_format(path, name)
    if as_it_is and found is CSV:
        return CellTable(read_csv_cells(path, options), name)
    part = found.read(path, options)
    if isinstance(part, CellTable):
        return part
    table = check_table(name, part)
    return CellTable(table if found.has_kinds or as_it_is else empty_words(table), name, has_kinds=found.has_kinds)


def _join_lines(parts: Sequence[CellTable]) -> Callable[[int], str]:
    """Return what says of a row of the joined table in which line of which file it ends."""
    if len(parts) == 1:
        return parts[0].line_of
    starts = [0, *accumulate(len(part.table) for part in parts)]
    files = [(part.line_of, part.name) for part in parts]

    def line_of(row: int) -> str:
        index = bisect_right(starts, row) - 1
        line = files[index][0](row - starts[index])
        return f"{line} of {files[index][1]}" if line else ""

    return line_of
