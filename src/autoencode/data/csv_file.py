"""One table of text (CSV, TSV and their kin): every cell is read as text, then all of a column's decide its kind."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from autoencode.arrow import pa, pc
from autoencode.data.cell_table import MISSING, CellTable, show_row
from autoencode.data.compression import read_beginning
from autoencode.data.csv_layout import SEPARATORS
from autoencode.data.csv_text import CsvText, open_text
from autoencode.data.extent import Extent, measure_table
from autoencode.data.regular_file import unreadable
from autoencode.data.sample_blocks import watch_file
from autoencode.data.table_names import settle_names
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import keep_columns
from autoencode.exceptions import AutoencodeWarning, CorruptDataError
from autoencode.notice import warn_user
from autoencode.printable import quote
from autoencode.stored_arrays import is_large
from autoencode.stored_tables import map_parts, store_table

# No row may be longer than this and than so many of the first: one that is has most likely lost a closing quote.
_BLOCK_BYTES = 1 << 24
_BLOCK_LINES = 16
STREAMED_BYTES = 1 << 22
"""Of a block where they are read one by one: Arrow reads up to 32 of them ahead, which shall take little memory."""

PARSED_BYTES = 1 << 20
"""Of such a block where one that turns out too short may be followed by a longer one."""

# What pyarrow says of a row, or a header, that is longer than a block.
_TOO_LONG = ("straddling", "skip initial")
_TAIL_BYTES = 32
# Of wider tables, lines that repeat the header are not looked for.
_MOST_COMPARED = 1000


def read_csv(path: Path, options: TableOptions | None = None) -> CellTable:
    """Read a table of text; every column is text, until `settle_text` decides its kind.

    Parameters
    ----------
    path : Path
        The file, compressed or not.
    options : TableOptions or None
        What was asked for, or found out when earlier samples were read.

    Returns
    -------
    CellTable
        A row for each sample, which may be none; missing cells are null.

    Raises
    ------
    CorruptDataError
        If the file is no text, or a row has more or fewer cells than the header.
    InvalidInputError
        If a column that is to be left out is not there.
    DataNotFoundError
        If the file cannot be read.

    Warns
    -----
    AutoencodeWarning
        If something was decided that others might decide otherwise; it names the option.
    """
    options = options or TableOptions()
    with watch_file(path):
        text, table = _read_text(path, options, MISSING)
    say_layout(text, options)
    table, left_out = leave_header_out(text, table)
    table = name_columns(text, table)
    table = table.select(keep_columns(text.name, table.column_names, options))
    above = set(left_out)
    return CellTable(table, text.name, line_of=lambda row: find_line(text, row, above), encoding=text.encoding)


def say_layout(text: CsvText, options: TableOptions) -> None:
    """Say what was decided of a text that others might decide otherwise."""
    if text.layout.titles and options.skip is None:
        shown = quote(text.layout.titles[0])
        _say(text, f"{len(text.layout.titles)} lines above the table are passed over, such as {shown} (skip=)")
    if text.layout.header_doubt:
        _say(
            text,
            f"its first line {text.layout.header_doubt}: it is read as a sample, and columns are called column_1 and "
            "so on (header=True, if it names them)",
        )
    if text.layout.units:
        _say(text, f"the line below the header is left out, as it says units: {quote(text.layout.units)} (skip=)")


def read_csv_cells(path: Path, options: TableOptions | None = None) -> pa.Table:
    """Read all cells of a table again as they stand in the file, every column as text.

    Raises
    ------
    CorruptDataError, InvalidInputError, DataNotFoundError
        As for `read_csv`.
    """
    options = options or TableOptions()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AutoencodeWarning)  # said when it was first read
        with watch_file(path):
            text, table = _read_text(path, options, ())
        return name_columns(text, leave_header_out(text, table)[0], keep_index=True)


def _read_text(path: Path, options: TableOptions, missing: Sequence[str]) -> tuple[CsvText, pa.Table]:
    """Read the cells as text; those that are one of `missing` are null."""
    text = open_text(path, options)
    for guess in (False, True):
        if guess:
            if text.encoding not in ("utf-8", "utf-8-sig") or options.encoding is not None:
                raise CorruptDataError(
                    f"{text.name}: expected text in {text.encoding.upper()}, but {text.locate_byte()}; name another "
                    "encoding (encoding=)"
                )
            text = open_text(path, options, guess=True)
        try:
            table = _parse_forgiving(text, missing)
        except csv.Error as error:
            raise CorruptDataError(
                f"{text.name}: cannot be read as CSV: a quote ends within its cell: {error}"
            ) from error
        except pa.ArrowException as error:
            if "UTF8" in str(error) and not guess:
                continue
            raise explain_refusal(text, error) from error
        except UnicodeError:
            if guess:
                raise CorruptDataError(f"{text.name}: is no text in {text.encoding}; save it as UTF-8") from None
            continue
        except OSError as error:
            raise unreadable(path, error) from error
        return text, table
    raise AssertionError


def _parse_forgiving(text: CsvText, missing: Sequence[str]) -> pa.Table:
    """Parse the text; where a line of blanks is no row to pyarrow, as Python's own reader has it, which is slower."""
    with text.open() as content:
        try:
            table = _parse(content, text, missing)
            check_last_quote(table, text, read_tail(content))
            return table
        except pa.ArrowInvalid as error:
            if "columns, got" not in str(error) or not text.layout.is_plain:
                raise
            bad_row = _find_bad_row(text)
            if bad_row is None or bad_row.text.strip():
                raise
    rewritten = replace(text, layout=replace(text.layout, is_plain=False))
    with rewritten.open() as content:
        return _parse(content, rewritten, missing)


def _find_bad_row(text: CsvText) -> Any:
    """Return the first row that has too few or too many cells; None where there is none."""
    bad_rows: list[Any] = []
    with text.open() as content, suppress(pa.ArrowException):
        for _ in read_batches(content, text, count_block(text), note=lambda row: bad_rows.append(row) or "error"):
            pass
    return bad_rows[0] if bad_rows else None


def _parse(content: pa.NativeFile, text: CsvText, missing: Sequence[str]) -> pa.Table:
    """Let pyarrow read the cells as text: at once, or block by block into a file."""
    from pyarrow import csv as arrow_csv

    size, longest = content.size(), count_block(text)
    if not is_large(size):
        return arrow_csv.read_csv(content, **make_csv_options(text, longest, missing=missing))
    schema = pa.schema([(str(index), pa.string()) for index in range(text.layout.width)])
    streamed = count_block(text, PARSED_BYTES)
    try:
        return store_table(schema, read_batches(content, text, streamed, missing=missing), size)
    except pa.ArrowInvalid as error:
        if not any(words in str(error) for words in _TOO_LONG):
            raise
    content.seek(0)
    return store_table(schema, read_batches(content, text, longest, missing=missing), size)


def read_batches(
    content: pa.NativeFile,
    text: CsvText,
    block_bytes: int,
    *,
    missing: Sequence[str] = (),
    note: Callable[[Any], str] | None = None,
) -> Iterator[pa.Table]:
    """Yield the cells as text, so many bytes at a time; `note` is given every row of too few or many cells."""
    from pyarrow import csv as arrow_csv

    reader: Any = arrow_csv.open_csv(content, **make_csv_options(text, block_bytes, missing=missing, note=note))
    return (pa.Table.from_batches([batch]) for batch in reader)


def make_csv_options(
    text: CsvText, block_bytes: int, *, missing: Sequence[str] = (), note: Callable[[Any], str] | None = None
) -> dict[str, Any]:
    """Return how pyarrow is to read the cells as text, so many bytes at a time; see `_parse`."""
    from pyarrow import csv as arrow_csv

    layout = text.layout
    names = [str(index) for index in range(layout.width)]
    is_plain = layout.is_plain
    return {
        "read_options": arrow_csv.ReadOptions(
            # Only where one thread reads are the rows numbered that it finds fault with.
            use_threads=note is None,
            block_size=block_bytes,
            column_names=names,
            skip_rows=text.skipped,
        ),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=layout.separator if is_plain else ",",
            quote_char=layout.quote if is_plain else '"',
            escape_char=(layout.escape or False) if is_plain else False,
            newlines_in_values=True,
            invalid_row_handler=note,
        ),
        "convert_options": arrow_csv.ConvertOptions(
            null_values=list(missing),
            strings_can_be_null=bool(missing),
            column_types=dict.fromkeys(names, pa.string()),
        ),
    }


def count_block(text: CsvText, least: int = _BLOCK_BYTES) -> int:
    """Return how many bytes are read at a time, `least` or more; no row is longer."""
    return min(max(least, _BLOCK_LINES * text.line_bytes), 2**31 - 1)


def name_columns(text: CsvText, table: pa.Table, *, keep_index: bool = False) -> pa.Table:
    """Return the table without what is no column, the others under their names."""
    numbered = [f"column_{index + 1}" for index in range(table.num_columns)]
    names = text.layout.names
    return settle_names(table, names or numbered, text.name, keep_index=keep_index, is_numbered=not names)


def leave_header_out(text: CsvText, table: pa.Table, *, first: int = 0) -> tuple[pa.Table, list[int]]:
    """Leave out rows that repeat the header, as files that were put behind each other have them.

    The table begins with the row `first` of the file.
    """
    same = _find_header(text, table)
    if same is None:
        return table, []
    rows = pc.indices_nonzero(same).to_pylist()
    _say(
        text,
        f"{len(rows)} lines that repeat the header are left out, the first of them {_locate(text, first + rows[0])}",
    )
    return map_parts(lambda part: _filter_header(text, part), table), rows


def _filter_header(text: CsvText, table: pa.Table) -> pa.Table:
    same = _find_header(text, table)
    return table if same is None else table.filter(pc.invert(same))


def _find_header(text: CsvText, table: pa.Table) -> pa.ChunkedArray | None:
    """Tell which rows repeat the header; None where none does."""
    names = [(index, name) for index, name in enumerate(text.layout.names) if name not in MISSING]
    if len(names) < 2 or table.num_columns > _MOST_COMPARED:
        return None
    same = None
    for index, name in names:
        equal = pc.fill_null(pc.equal(table.column(index), name), False)
        same = equal if same is None else pc.and_(same, equal)
        if not pc.any(same).as_py():
            return None
    return same


def _locate(text: CsvText, row: int) -> str:
    """Say which row of the file a row is, counted from 0, and its line."""
    return show_row(row, find_line(text, row))


def find_line(text: CsvText, row: int, left_out: Collection[int] = ()) -> str:
    """Return the line that a row ends in; empty where it cannot be found."""
    with suppress(CorruptDataError, UnicodeError, csv.Error):  # the message that needs it matters more
        index = -1
        for number, (line, _) in enumerate(text.numbered_records()):
            index += number not in left_out
            if index == row:
                return str(line)
    return ""


def read_tail(content: pa.NativeFile) -> bytes:
    """Return the last bytes of a text."""
    size = content.size()
    content.seek(max(0, size - _TAIL_BYTES))
    return content.read()


def explain_refusal(text: CsvText, error: Exception) -> CorruptDataError:
    """Return what is wrong with a file that pyarrow refused."""
    bad_row = _find_bad_row(text)
    if bad_row is not None:
        return _explain_row(bad_row, text)
    reason = str(error).split("\n")[0]
    if "Empty CSV" in reason or "skip initial" in reason:
        return CorruptDataError(f"{text.name}: has a header but no rows; expected at least one sample")
    if "straddling" in reason:
        return CorruptDataError(
            f"{text.name}: has a row longer than {count_block(text) >> 20} MiB; is a quote left open, or is it no "
            "table?"
        )
    return CorruptDataError(f"{text.name}: cannot be read as CSV: {reason:.200}")


def _explain_row(row: Any, text: CsvText) -> CorruptDataError:
    if "\0" in row.text:
        return CorruptDataError(
            f"{text.name}: {_locate(text, (row.number or 1) - 1)}: has a zero byte, which is no text"
        )
    if "\n" in row.text:
        advice = "is a quote left open there?"
    elif row.actual_columns > row.expected_columns:
        advice = "quote cells that contain the separator, or name another one (separator=)"
    elif row.actual_columns == 1 and row.expected_columns > 2:
        advice = "delete the line if it is a note, else name another separator (separator=)"
    else:
        advice = "add the missing ones, or name another separator (separator=)"
    number = (row.number or 1) - 1 - text.skipped
    return CorruptDataError(
        f"{text.name}: {_locate(text, number)}: expected {row.expected_columns} cells, separated by "
        f"{text.layout.separator!r}, found {row.actual_columns}: {quote(row.text)}; {advice}"
    )


def check_last_quote(table: pa.Table, text: CsvText, tail: bytes) -> None:
    """Refuse a file whose last cell takes in all lines to the end, for want of a closing quote."""
    if not len(table) or not table.num_columns:
        return
    last = table.column(table.num_columns - 1)
    if "\n" in (last[-1].as_py() or "") and not tail.rstrip(b"\r\n").endswith(text.layout.quote.encode()):
        raise CorruptDataError(
            f"{text.name}: row {len(table) - 1}: a quote is opened and never closed: {quote(last[-1])}; close it"
        )


def _say(text: CsvText, words: str) -> None:
    warn_user(f"{text.name}: {words}", AutoencodeWarning, cause=words)


_LONGEST_HEAD = 1 << 25
# Colons and blanks stand in names too.
_MARKS = [mark.encode() for mark in SEPARATORS if mark not in ": "]


def measure_csv(path: Path) -> Extent | None:
    """Return the extent of a CSV file by its size and first rows; None where they do not show it.

    Parameters
    ----------
    path
        The file, compressed or not.
    """
    head, text_bytes = read_beginning(path, 2, _LONGEST_HEAD)
    lines = head.split(b"\n")
    if len(lines) < 2 or not lines[0]:
        return None
    whole = lines[1:-1] or lines[1:]  # the last one may be torn
    row_bytes = sum(map(len, whole)) / len(whole) + 1
    rows = max(1, round((text_bytes - len(lines[0])) / row_bytes))
    extent = measure_table(rows, 1 + max(lines[0].count(mark) for mark in _MARKS), text_bytes=text_bytes)
    return replace(extent, may_lie_in_files=True)
