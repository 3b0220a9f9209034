"""Dates and times as people write them: in which order day, month and year stand is decided on all cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from autoencode.arrow import pa, pc, strings
from autoencode.stored_tables import map_column

ISO_START = r"^\d{4}-\d\d-\d\d(?:$|[T ]\d)"
"""How a date begins that needs no guessing: year, month, day."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<word>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = (
    r"(?:(?:,? +|t|:)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)? *"
    r"(?P<half>[ap]\.?m\.?)?)?"
)
# What stands first, second and third, for each form.
_NUMBERS = r"(?i)^(?P<a>\d{1,4})(?P<mark>[./-])(?P<b>\d{1,2})[./-](?P<c>\d{1,4})" + _TIME + "$"
_DAY_WORD = r"(?i)^(?P<a>\d{1,2})(?:st|nd|rd|th|\.)?[ /-]*" + _MONTH + r"[ ,/-]*(?P<c>\d{4}|\d{2})" + _TIME + "$"
_WORD_DAY = r"(?i)^" + _MONTH + r"[ -]*(?P<a>\d{1,2})(?:st|nd|rd|th)?[ ,-]+(?P<c>\d{4}|\d{2})" + _TIME + "$"
_CLOCK = r"(?i)^(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))? *(?P<half>[ap]\.?m\.?)?$"
# Two digits of a year up to this one are of this century, as POSIX has it.
_LAST_OF_CENTURY = 68


def could_be_date(cell: str) -> bool:
    """Tell at a glance whether a cell may be a date or a time; what is none of them is told apart in time.

    Examples
    --------
    >>> could_be_date("16.07.2024"), could_be_date("lamp")
    (True, False)
    """
    return 4 <= len(cell) <= 40 and any(digit in cell for digit in "0123456789") and not cell.isdigit()


def read_iso(cells: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array | None:
    """Read cells as dates or times of the form 2024-12-31 or 2024-12-31T23:59:59.5Z; None where one is not.

    Returns
    -------
    pyarrow array or None
        date32; timestamp of seconds, or of nanoseconds where there are fractions; in UTC where there are zones.
    """
    kinds = (pa.date32(), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC"))
    for kind in kinds:
        try:
            cells.slice(0, 64).cast(kind)  # a cast that fails costs many times one that does not
            return map_column(pc.cast, cells, kind) if isinstance(cells, pa.ChunkedArray) else cells.cast(kind)
        except pa.ArrowInvalid:
            continue
    return None


def read_times(distinct: pa.Array) -> pa.Array | None:
    """Read cells as times of day, such as 14:05, 14:05:06 or 2:05 PM; None where one is not."""
    parts = _take_parts(distinct, _CLOCK)
    seconds = None if parts is None else _count_seconds(parts)
    if seconds is None:
        return None
    return pa.array((seconds // np.timedelta64(1, "s")).astype(np.int32), pa.int32()).cast(pa.time32("s"))


def read_dates(distinct: pa.Array, orders: tuple[str, ...]) -> dict[str, pa.Array]:
    """Read cells as dates in every order that fits all of them.

    Parameters
    ----------
    distinct : pyarrow.Array of strings
        The column's different cells, none of them missing.
    orders : tuple of str
        The orders of day, month and year that are tried: "dmy", "mdy", "ymd".

    Returns
    -------
    dict
        The dates, for each order; those that come to the same are there once. Empty where the cells are no dates.

    Examples
    --------
    >>> import pyarrow as pa
    >>> read_dates(pa.array(["16.07.2024"]), ("dmy", "mdy"))["dmy"].to_pylist()
    [datetime.date(2024, 7, 16)]
    >>> sorted(read_dates(pa.array(["03/02/2024"]), ("dmy", "mdy")))
    ['dmy', 'mdy']
    """
    for pattern in (_DAY_WORD, _WORD_DAY):
        parts = _take_parts(distinct, pattern)
        if parts is not None:
            words = pc.index_in(pc.utf8_lower(parts["word"]), strings(_MONTHS)).to_numpy() + 1
            read = _build(parts, _numbers(parts["c"]), words, _numbers(parts["a"]))
            return {} if read is None else {orders[0]: read}
    parts = _take_parts(distinct, _NUMBERS)
    if parts is None:
        return {}
    return _read_in_orders(parts, orders)


def _read_in_orders(parts: dict[str, Any], orders: tuple[str, ...]) -> dict[str, pa.Array]:
    first, second, third = (_numbers(parts[name]) for name in "abc")
    widths, last = (set(pc.utf8_length(parts[name]).unique().to_pylist()) for name in "ac")
    if widths == {4} and last <= {1, 2}:  # the year stands first
        read = _build(parts, first, second, third)
        return {} if read is None else {orders[0]: read}
    if not (widths <= {1, 2} and last in ({2}, {4})):
        return {}
    # Points stand between day, month and year in this order, wherever they are used.
    if parts["mark"].unique().to_pylist() == ["."] and "dmy" in orders:
        dotted = _build(parts, third, second, first)
        if dotted is not None:
            return {"dmy": dotted}
    found: dict[str, pa.Array] = {}
    columns = {"dmy": (third, second, first), "mdy": (third, first, second), "ymd": (first, second, third)}
    for order in orders:
        if order == "ymd" and (found or last == {4}):
            continue
        read = _build(parts, *columns[order])
        if read is not None and not any(read.equals(other) for other in found.values()):
            found[order] = read
    return found


def _take_parts(distinct: pa.Array, pattern: str) -> dict[str, Any] | None:
    """Return what the groups of a pattern took of each cell; None where one does not fit."""
    if not len(distinct) or not pc.all(pc.match_substring_regex(distinct[:1], pattern)).as_py():
        return None
    taken = pc.extract_regex(distinct, pattern)
    if taken.null_count:
        return None
    return {field.name: taken.field(index) for index, field in enumerate(taken.type)}


def _numbers(texts: pa.Array) -> np.ndarray:
    """Return whole numbers; an empty text is 0."""
    return pc.replace_substring_regex(texts, "^$", "0").cast("int64").to_numpy()


def _build(parts: dict[str, Any], year: np.ndarray, month: np.ndarray, day: np.ndarray) -> pa.Array | None:
    """Return dates, or times where some cells have one; None where one of them is none that there is."""
    year = np.where(year > 99, year, np.where(year > _LAST_OF_CENTURY, 1900, 2000) + year)
    if not ((month >= 1) & (month <= 12) & (day >= 1) & (year <= 9999)).all():
        return None
    months = (year - 1970).astype("M8[Y]").astype("M8[M]") + (month - 1).astype("m8[M]")
    dates = months.astype("M8[D]") + (day - 1).astype("m8[D]")
    if (dates.astype("M8[M]") != months).any():
        return None
    if parts["hour"].unique().to_pylist() == [""]:
        return pa.array(dates)
    seconds = _count_seconds(parts)
    if seconds is None:
        return None
    fine = parts["part"].unique().to_pylist() != [""]
    return pa.array((dates.astype("M8[ns]") + seconds).astype("M8[ns]" if fine else "M8[s]"))


def _count_seconds(parts: dict[str, Any]) -> np.ndarray | None:
    """Return the time of day that each cell says, as nanoseconds; None where one of them is none that there is."""
    hour, minute, second = (_numbers(parts[name]) for name in ("hour", "minute", "second"))
    has_half, is_late = (_starts(parts["half"], letters) for letters in ("ap", "p"))
    if (has_half & ((hour < 1) | (hour > 12))).any():
        return None
    hour = np.where(has_half, hour % 12 + 12 * is_late, hour)
    if not ((hour <= 23) & (minute <= 59) & (second <= 59)).all():
        return None
    seconds = ((hour * 60 + minute) * 60 + second).astype("m8[s]").astype("m8[ns]")
    if "part" in parts:
        seconds += _numbers(pc.utf8_rpad(parts["part"], 9, "0")).astype("m8[ns]")
    return seconds


def _starts(texts: pa.Array, letters: str) -> np.ndarray:
    return pc.match_substring_regex(texts, f"(?i)^[{letters}]").to_numpy(zero_copy_only=False)
