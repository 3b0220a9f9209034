"""Cells of a table that came later, as the column of training had them: the fitted type decides how they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.arrow import pa, pc
from autoencode.exceptions import InvalidInputError, InvalidRowError
from autoencode.printable import quote
from autoencode.tables.column_type import find_family, parse_type
from autoencode.tables.missing_flag import find_missing
from autoencode.tables.table_library import ArrowTable, read_table

if TYPE_CHECKING:
    from autoencode.tables.column_choice import Column

NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf|infinity|nan))$"
TRUTHS = {"true": True, "false": False, "1": True, "0": False}
LARGEST_WHOLE = 2.0**53
MOST_SHOWN = 40


def match_type(column: Column, array: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column's cells as they were in training: text that is all digits is text where the column held text.

    Parameters
    ----------
    column
        The fitted column.
    array
        Its cells in a table that may be another. Numbers, booleans and dates become text; text that is all numbers,
        truth values or ISO dates becomes these, blank text a missing cell; 0 and 1 become booleans.

    Raises
    ------
    InvalidInputError
        If they hold something else than in training; the message has the first such cell and its row.
    """
    kind = parse_type(column.type)
    found, expected = find_family(array.type), find_family(kind)
    if found == expected:
        return array
    if found == "nothing":
        return array.cast(kind)
    read = _READERS.get((str(found), str(expected)))
    if read is None:
        raise InvalidInputError(
            f"column {quote(column.name)} holds {found}, but held {expected} in training; give it as it was then."
        )
    return read(column, array if found != "text" else trim_text(array), kind)


def count_gaps(validation: Any, trained: ArrowTable, left_out: set[str]) -> dict[str, int]:
    """Return how many cells are missing in those columns of another table that have any."""
    table = read_table(validation, wanted=set(trained.names) - left_out, unread=set(trained.names))
    kinds = {name: array.type for name, array in zip(trained.names, trained.columns, strict=True)}
    found = {}
    for name, array in zip(table.names, table.columns, strict=True):
        if find_family(array.type) == "text" and find_family(kinds.get(name, array.type)) != "text":
            array = trim_text(array)  # what is blank where there should be a number is missing
        count = int(find_missing(array).sum())
        if count:
            found[name] = count
    return found


def read_number_text(what: str, array: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
    """Return the numbers that text stands for, in float64; blank text is a missing cell; `what` is said of it.

    Raises
    ------
    InvalidInputError
        If a cell is no number.
    """
    array = trim_text(array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array]))
    _refuse_first(what, array, pc.match_substring_regex(array, pattern=NUMBER), "numbers")
    return array.cast(pa.float64())


def trim_text(array: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return text without spaces around it, missing where nothing else is there."""
    text = pc.utf8_trim_whitespace(array)
    return pc.if_else(pc.equal(text, ""), None, text)


def _refuse_first(what: str, array: pa.ChunkedArray, fine: pa.ChunkedArray, expected: str) -> None:
    """Refuse cells that are not what training had; those that are missing are fine."""
    fine = fine.fill_null(True)
    if pc.all(fine).as_py() is False:
        raise _make_error(what, array, int(np.argmin(fine.to_numpy())), expected)


def _make_error(what: str, array: pa.ChunkedArray, row: int, expected: str) -> InvalidRowError:
    shown = repr(array[row].as_py())
    shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}…"
    return InvalidRowError(
        f"{what} holds {shown} in row \0, but held {expected} in training; correct that cell, or drop it.", row
    )


def _write_text(column: Any, array: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:  # noqa: ARG001
    """Return numbers or dates as text: whole numbers without a point, midnights without a time."""
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    elif pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    if pa.types.is_floating(array.type):
        numbers = array.to_numpy()
        array = pc.if_else(pa.chunked_array([np.isnan(numbers)]), None, array)
        whole = pa.chunked_array([(np.abs(numbers) <= LARGEST_WHOLE) & (numbers == np.rint(numbers))])
        digits = pc.if_else(whole, array, pa.scalar(0, array.type)).cast(pa.int64()).cast(kind)
        return pc.if_else(whole, digits, array.cast(kind))
    text = array.cast(kind)
    if pa.types.is_temporal(array.type):
        return pc.replace_substring_regex(text, pattern=r" 00:00:00(\.0+)?(Z?)$", replacement="")
    return text


def _spell_truths(column: Any, array: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return booleans as text, in the letters that the column had them in."""
    known = {str(value).lower(): str(value) for value in getattr(column, "values", ())}
    true, false = (pa.scalar(known.get(word, word), kind) for word in ("true", "false"))
    return pc.if_else(array, true, false)


def _read_numbers(column: Any, array: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:  # noqa: ARG001
    return read_number_text(f"column {quote(column.name)}", array)


def _read_truths(column: Any, array: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:  # noqa: ARG001

    words = pc.utf8_lower(array)
    fine = pc.is_in(words, value_set=pa.array(list(TRUTHS), words.type))
    _refuse_first(f"column {quote(column.name)}", array, _keep_missing(fine, array), "booleans")
    true = pa.array([word for word, truth in TRUTHS.items() if truth], words.type)
    return _keep_missing(pc.is_in(words, value_set=true), array)


def _read_bits(column: Any, array: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return the booleans that 0 and 1 stand for."""
    numbers = array.cast(pa.float64(), safe=False).to_numpy()
    missing = np.isnan(numbers)
    fine = missing | (numbers == 0) | (numbers == 1)
    _refuse_first(f"column {quote(column.name)}", array, pa.chunked_array([fine]), "booleans")
    return pa.chunked_array([pa.array(numbers == 1, kind, mask=missing)])


def _read_dates(column: Any, array: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return the dates that text in the form of ISO 8601 stands for."""
    zone = getattr(kind, "tz", None)
    exact = kind if pa.types.is_timestamp(kind) else pa.timestamp("us", zone)

    def read(text: pa.ChunkedArray) -> pa.ChunkedArray:
        return text.cast(exact).cast(kind)

    try:
        return read(array)
    except pa.ArrowInvalid:
        first, last = 0, len(array) - 1  # of the rows, the first that cannot be read lies between these
    while first < last:
        middle = (first + last) // 2
        try:
            read(array.slice(first, middle + 1 - first))
            first = middle + 1
        except pa.ArrowInvalid:
            last = middle
    raise _make_error(f"column {quote(column.name)}", array, first, f"{find_family(kind)}, as in 2024-03-01,")


def _keep_missing(values: pa.ChunkedArray, array: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_null(array), None, values)


_READERS: dict[tuple[str, str], Callable[[Any, Any, Any], Any]] = {
    ("numbers", "text"): _write_text,
    ("dates", "text"): _write_text,
    ("booleans", "text"): _spell_truths,
    ("text", "numbers"): _read_numbers,
    ("text", "booleans"): _read_truths,
    ("numbers", "booleans"): _read_bits,
    ("text", "dates"): _read_dates,
    ("text", "dates with a time zone"): _read_dates,
}
