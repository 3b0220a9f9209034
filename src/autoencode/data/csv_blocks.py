"""One CSV file block by block: plain text in UTF-8 whose cells Arrow tells apart as they are."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autoencode.arrow import pa, pc, strings
from autoencode.data.cell_table import MISSING
from autoencode.data.csv_file import (
    STREAMED_BYTES,
    check_last_quote,
    count_block,
    explain_refusal,
    find_line,
    leave_header_out,
    name_columns,
    read_batches,
    read_tail,
    say_layout,
)
from autoencode.data.csv_text import CsvText, open_text
from autoencode.data.regular_file import unreadable
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import AutoencodeWarning, CorruptDataError


@dataclass(frozen=True, eq=False)
class CsvPart:
    """A CSV file as a part of a table: all of its columns, as text.

    Attributes
    ----------
    text
        Its text.
    columns
        The names of its columns, which its first rows show.
    left_out
        Rows that repeat the header, as far as was read.
    """

    text: CsvText
    columns: tuple[str, ...]
    left_out: set[int] = field(default_factory=set)

    is_text = True

    @classmethod
    def open(cls, path: Path, options: TableOptions) -> CsvPart | None:
        """Find out how a file is laid out; None where it must be decoded or rewritten, which only all of it can be.

        Raises
        ------
        CorruptDataError, InvalidInputError, DataNotFoundError
            As of `read_csv`.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AutoencodeWarning)  # a guess is said by who reads all of it
            text = open_text(path, options)
        if not (text.is_stored and text.layout.is_plain):
            return None
        say_layout(text, options)
        first = next(_read_batches(text), None)
        if first is None:
            return None
        return cls(text, tuple(name_columns(text, first, keep_index=True).column_names))

    @property
    def path(self) -> Path:
        """The file."""
        return self.text.path

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.text.name

    @property
    def schema(self) -> pa.Schema:
        """Its columns, all of text."""
        return pa.schema([(name, pa.string()) for name in self.columns])

    def read(self, rows: int, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Yield the cells of some columns as they stand in the file, so many rows at a time."""
        kept: list[pa.Table] = []
        self.left_out.clear()
        seen = 0
        for batch in _read_batches(self.text):
            # What separators at the end of every line leave is no column.
            table, repeated = leave_header_out(self.text, batch, first=seen)
            self.left_out.update(seen + row for row in repeated)
            seen += len(batch)
            kept.append(table.select(range(len(self.columns))).rename_columns(self.columns).select(columns))
            while sum(map(len, kept)) >= rows:
                joined = pa.concat_tables(kept)
                yield joined.slice(0, rows)
                kept = [joined.slice(rows)]
        if rest := sum(map(len, kept)):
            yield pa.concat_tables(kept).slice(0, rest)

    def line_of(self, row: int) -> str:
        """Return the line that a row ends in, counted without those that repeat the header."""
        return find_line(self.text, row, self.left_out)


def empty_missing(table: pa.Table) -> pa.Table:
    """Return text in which the words for missing cells are missing."""
    words = strings(MISSING)
    columns = [pc.if_else(pc.is_in(column, value_set=words), None, column) for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _read_batches(text: CsvText) -> Iterator[pa.Table]:
    """Yield all columns, a few MiB at a time; at least one table, which may have no rows."""
    try:
        with text.open() as content:
            last = None
            for table in read_batches(content, text, count_block(text, STREAMED_BYTES)):
                yield table
                last = table
        with pa.OSFile(os.fsencode(text.path)) as content:
            check_last_quote(pa.table([]) if last is None else last, text, read_tail(content))
    except pa.ArrowException as error:
        if "UTF8" in str(error):
            raise CorruptDataError(
                f"{text.name}: expected text in {text.encoding.upper()}, but {text.locate_byte()}; name another "
                "encoding (encoding=)"
            ) from error
        raise explain_refusal(text, error) from error
    except OSError as error:
        raise unreadable(text.path, error) from error
