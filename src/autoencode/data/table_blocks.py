"""Tables in files read block by block: the parts of one table, of which the columns are known before the rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autoencode.arrow import pa
from autoencode.data.arrow_files import ParquetPart
from autoencode.data.csv_blocks import CsvPart, empty_missing
from autoencode.data.regular_file import show_path
from autoencode.data.sample_blocks import BlockRequest, SampleBlocks, watch_file
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_formats import CSV, PARQUET, need_format
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_table, join_tables
from autoencode.data.text_columns import settle_text
from autoencode.exceptions import AutoencodeWarning, CorruptDataError, InvalidInputError
from autoencode.printable import quote

Keys = dict[str, str | None]
"""What the folders ``name=value`` that a file lies in say of its rows."""


class Part(Protocol):
    """One file of a table."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def name(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def is_text(self) -> bool:
        """Whether all columns are text, of which the kinds are to be settled."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Its columns."""
        ...

    def read(self, rows: int, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Yield some of its columns, at most so many rows at a time."""
        ...

    def line_of(self, row: int) -> str:
        """Return the line that a row ends in; empty where there are no lines."""
        ...


def add_keys(table: pa.Table, keys: Keys, name: str) -> pa.Table:
    """Return a table with what its folders say as columns.

    Raises
    ------
    InvalidInputError
        If it has such a column itself.
    """
    for key, value in keys.items():
        if key in table.column_names:
            raise InvalidInputError(
                f"{name}: has a column {quote(key)}, which the folder that it lies in says as well; rename the folder, "
                "or give the file itself"
            )
        table = table.append_column(key, pa.array([value] * len(table), pa.string()))
    return table


def open_tables(
    files: Sequence[tuple[Path, Keys]], name: str, options: TableOptions, request: BlockRequest
) -> SampleBlocks | None:
    """Open files that are parts of one table, to read them block by block.

    Parameters
    ----------
    files
        Each with what its folders say.
    name
        What the table is called.
    options
        How earlier samples were read.
    request
        What is wanted of them.

    Returns
    -------
    SampleBlocks or None
        None where the files are not all Parquet, or all CSV in plain UTF-8.

    Raises
    ------
    CorruptDataError, InvalidInputError, DataNotFoundError
        As of `TableFiles.read`.
    """
    formats = {need_format(path, show_path(path)).name for path, _ in files}
    if formats not in ({CSV.name}, {PARQUET.name}):
        return None
    parts: list[tuple[Part, Keys]] = []
    for path, keys in files:
        part = CsvPart.open(path, options) if formats == {CSV.name} else ParquetPart.open(path)
        if part is None:
            return None
        parts.append((part, keys))
    known = dict.fromkeys(request.numbers, "number") | dict(options.types)
    reader = _Reader(parts, name, options.having(types=known, settled=True), request)
    return SampleBlocks(name, tuple(reader.every.column_names), reader.read)


@dataclass(frozen=True, eq=False)
class _Reader:
    """The parts of a table, and how they are read."""

    parts: list[tuple[Part, Keys]]
    name: str
    options: TableOptions
    request: BlockRequest

    @property
    def every(self) -> pa.Table:
        """All columns of the table as they stand in the files, without rows."""
        empty = [add_keys(part.schema.empty_table(), keys, part.name) for part, keys in self.parts]
        return check_table(self.name, join_tables([part.name for part, _ in self.parts], empty))

    @property
    def wanted(self) -> list[str]:
        """The columns that samples have."""
        every, columns = self.every.column_names, self.request.columns
        dropped = set(self.options.drop)
        found = [name for name in every if name not in dropped and (columns is None or name in columns)]
        return found or [name for name in every if name not in dropped]

    def read(self) -> Iterator[Samples]:
        """Yield the samples, block by block."""
        wanted, every, options, first = self.wanted, self.every, self.options, 0
        like = every if self.request.has_cells else every.select(wanted)
        for part, keys in self.parts:
            columns = tuple(name for name in like.column_names if name not in keys)
            start = first
            with watch_file(part.path):
                for rows in part.read(self.request.rows, columns):
                    cells = add_keys(rows, {key: keys[key] for key in keys if key in like.column_names}, part.name)
                    cells = join_tables([self.parts[0][0].name, part.name], [like, cells])
                    samples, options = self._settle(cells, wanted, part, (start, first), options)
                    yield samples
                    first += len(cells)
        if not first:
            raise CorruptDataError(f"{self.name}: has columns but no rows; expected at least one sample")

    def _settle(
        self, cells: pa.Table, wanted: list[str], part: Part, places: tuple[int, int], options: TableOptions
    ) -> tuple[Samples, TableOptions]:
        """Return a block of samples, and how the next is read.

        `places` are the places of the part's first row and of the block's among all.
        """
        start, first = places
        table = cells.select(wanted)
        keys = {key for _, known in self.parts for key in known}

        def line_of(row: int) -> str:
            line = part.line_of(first - start + row)
            return f"{line} of {part.name}" if line and len(self.parts) > 1 else line

        if part.is_text or keys & set(wanted):
            table = empty_missing(table) if part.is_text else table
            only = None if part.is_text else keys
            with warnings.catch_warnings():
                if first:  # what was decided was said of the first block
                    warnings.simplefilter("ignore", AutoencodeWarning)
                table, found = settle_text(table, options, self.name, line_of=line_of, only=only, first=first)
            # Marks and orders of the first block hold for all, as a block alone may leave them open.
            options = options.having(decimal=found.decimal or ".", dates=found.dates, missing=found.missing)
        own = (lambda: cells) if self.request.has_cells else None
        reading = Reading("table", table=options)
        return Samples(check_table(self.name, table), self.name, reading, cells=own, line_of=line_of), options
