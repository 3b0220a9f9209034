"""One CSV file as a table: every cell is looked at before a column's kind is chosen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.data.csv_columns import settle_columns
from autoencode.data.csv_text import CsvText, check_encoding, is_sample, open_csv
from autoencode.data.regular_file import unreadable
from autoencode.data.table_schema import check_table, quote
from autoencode.exceptions import CorruptDataError, InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MISSING", "read_csv"]

MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "NAN", "nan", "-NaN", "-nan"),
    *("NULL", "Null", "null", "None"),
)
"""The cells that stand for a missing one, quoted or not."""

# No row may be longer than this and than so many headers: one that is has most likely lost a closing quote.
_BLOCK_BYTES = 1 << 24
_BLOCK_HEADERS = 16
_TAIL_BYTES = 32


def read_csv(path: Path) -> pa.Table:
    """Read a CSV file: a header, then a row for each sample.

    The first line names the columns. Cells are separated by the one of comma, semicolon, tab and bar that the header
    has most of, and may be quoted. A column is whole numbers, booleans (``True``, ``false``), dates
    (``2024-12-31``), times, numbers or text: the first of these that all its cells are, in the whole file. Numbers may
    have a decimal comma where no comma separates cells. Cells that are one of `MISSING` are missing. Blank lines are
    passed over, so a missing cell of a table with one column is written ``NA``.

    Parameters
    ----------
    path : Path
        The file, in UTF-8, or in UTF-16 or UTF-32 with its mark; gzipped or not, whatever its name.

    Returns
    -------
    pyarrow.Table
        A row for each sample, which may be none. Rows are counted in messages as in a spreadsheet: the header is row 1.

    Raises
    ------
    CorruptDataError
        If the file is no text, or a row has more or fewer cells than the header.
    InvalidInputError
        If a column has no usable name, the first line is no header, or numbers cannot be read without loss.
    DataNotFoundError
        If the file cannot be read.

    Warns
    -----
    AutoencodeWarning
        If a column is read as text although most of its cells are numbers.
    """
    import pyarrow as pa
    from pyarrow import types

    with open_csv(path) as text:
        try:
            with text.open() as content:
                table = _parse(content, text)
                tail = _read_tail(content)
            names = table.column_names
        except (pa.ArrowException, UnicodeError) as error:
            raise _explain(path, error) from error
        except OSError as error:
            raise unreadable(path, error) from error
    if any(types.is_binary(kind) or types.is_large_binary(kind) for kind in table.schema.types):
        check_encoding(path)
    if is_sample(names):
        first = ", ".join(map(quote, names[:3]))
        raise InvalidInputError(
            f"{text.name}: expected the columns' names in the first line, found what looks like a sample "
            f"({first}, …); add a line of names above it"
        )
    table = check_table(text.name, table)
    _check_last_quote(table, text.name, tail)
    return settle_columns(table, text.name, separator=text.separator, read_text=lambda columns: _reread(path, columns))


def _parse(
    content: pa.NativeFile,
    text: CsvText,
    *,
    only: list[str] | None = None,
    note: Callable[[Any], str] | None = None,
) -> pa.Table:
    """Let pyarrow read the cells; `only` some columns, as text; `note` is given every row of too few or many cells."""
    import pyarrow as pa
    from pyarrow import csv

    chosen = {} if only is None else {"include_columns": only, "column_types": dict.fromkeys(only, pa.string())}
    return csv.read_csv(
        content,
        # Only where one thread reads are the rows numbered that it finds fault with.
        read_options=csv.ReadOptions(use_threads=note is None, block_size=_count_block(text)),
        parse_options=csv.ParseOptions(delimiter=text.separator, newlines_in_values=True, invalid_row_handler=note),
        convert_options=csv.ConvertOptions(null_values=MISSING, strings_can_be_null=True, **chosen),
    )


def _count_block(text: CsvText) -> int:
    """Return how many bytes are read at a time; no header is longer, and no row twice as long."""
    return max(_BLOCK_BYTES, _BLOCK_HEADERS * text.header_bytes)


def _reread(path: Path, columns: list[str]) -> pa.Table:
    with open_csv(path) as text, text.open() as content:
        return _parse(content, text, only=columns)


def _read_tail(content: pa.NativeFile) -> bytes:
    """Return the last bytes of a text."""
    size = content.size()
    content.seek(max(0, size - _TAIL_BYTES))
    return content.read()


def _explain(path: Path, error: Exception) -> CorruptDataError:
    """Return what is wrong with a file that pyarrow refused; bytes that are no text are raised at once."""
    import pyarrow as pa

    check_encoding(path)
    bad_rows: list[Any] = []
    with open_csv(path) as text, text.open() as content, suppress(pa.ArrowException):
        _parse(content, text, note=lambda row: bad_rows.append(row) or "error")
    if bad_rows:
        return _explain_row(bad_rows[0], text)
    reason = str(error).split("\n")[0]
    if "Empty CSV" in reason:
        return CorruptDataError(f"{text.name}: has a header but no rows; expected at least one sample")
    if "straddling" in reason:
        return CorruptDataError(
            f"{text.name}: has a row longer than {_count_block(text) >> 20} MiB; is a quote left open, or is it no "
            "table?"
        )
    return CorruptDataError(f"{text.name}: cannot be read as CSV: {reason:.200}")


def _explain_row(row: Any, text: CsvText) -> CorruptDataError:
    if "\n" in row.text:
        advice = "is a quote left open there?"
    elif row.actual_columns > row.expected_columns:
        advice = "quote cells that contain the separator"
    else:
        advice = "add the missing ones"
    return CorruptDataError(
        f"{text.name}: row {row.number}: expected {row.expected_columns} cells, separated by {text.separator!r}, as in "
        f"the header, found {row.actual_columns}: {quote(row.text)}; {advice}"
    )


def _check_last_quote(table: pa.Table, name: str, tail: bytes) -> None:
    """Refuse a file whose last cell takes in all lines to the end, for want of a closing quote."""
    from pyarrow import types

    last = table.column(table.num_columns - 1)
    if not len(table) or not types.is_string(last.type) or "\n" not in (last[-1].as_py() or ""):
        return
    if not tail.rstrip(b"\r\n").endswith(b'"'):
        raise CorruptDataError(
            f"{name}: row {len(table) + 1}: a quote is opened and never closed: {quote(last[-1])}; close it"
        )
