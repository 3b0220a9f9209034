"""Numbers as people write them: which marks separate decimals and thousands, with currencies, percent and brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from autoencode.arrow import pa, pc, strings
from autoencode.data.table_options import TableOptions

BARE_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
"""A number without marks but a decimal point."""

# One token of a currency, before or after the number; what else is written beside numbers is a unit, and stays text.
CURRENCIES = (
    *("$", "€", "£", "¥", "₹", "₽", "₩", "₺", "₴", "₪", "฿", "₫", "¢", "US$", "A$", "C$", "R$"),
    *("CHF", "EUR", "USD", "GBP", "JPY", "CNY", "INR", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF"),
    *("kr", "kr.", "zł", "Kč", "Ft", "Rs", "Rs."),
)
_CURRENCY = "(?:" + "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True))) + ")"
_BEFORE = rf"^([+-]?)\s*({_CURRENCY})\s*([+-]?[\d.,].*)$"
_AFTER = rf"^(.*[\d.,])\s*({_CURRENCY})$"
_MINUS = "[−‐–﹣－]"
_BLANKS = "[\u00a0\u202f\u2009\u2007]"
_APOSTROPHES = "[’ʼ′´`]"
_DECIMALS = (".", ",")
_THOUSANDS = ("", ",", ".", "'", " ", "_")


class Convention(NamedTuple):
    """The mark of decimals and that of thousands; the latter is empty where there is none."""

    decimal: str
    thousands: str

    @property
    def pattern(self) -> str:
        """What a number so written is."""
        point = "\\" + self.decimal
        tail = rf"(?:{point}\d*)?(?:[eE][+-]?\d+)?"
        bare = rf"(?:\d+{tail}|{point}\d+(?:[eE][+-]?\d+)?)"
        if not self.thousands:
            return rf"^[+-]?{bare}$"
        mark = "\\" + self.thousands if self.thousands in ".'" else self.thousands
        grouped = rf"\d{{1,3}}(?:{mark}\d{{3}})+{tail}"
        # In India all groups but the last have two digits.
        lakhs = rf"|\d{{1,2}}(?:,\d{{2}})+,\d{{3}}{tail}" if self.thousands == "," else ""
        return rf"^[+-]?(?:{grouped}{lakhs}|{bare})$"

    def __str__(self) -> str:
        """Say it as its options."""
        return f"decimal={self.decimal!r}" + (f" and thousands={self.thousands!r}" if self.thousands else "")


def read_marked_numbers(
    distinct: pa.Array, options: TableOptions, *, by_scale: bool = True
) -> dict[Convention, pa.Array]:
    """Read cells as numbers with marks, in every way of writing that fits all of them.

    Parameters
    ----------
    distinct : pyarrow.Array of strings
        The column's different cells, none of them missing or blank at its ends.
    options : TableOptions
        Its marks are taken where it has some.
    by_scale : bool
        Whether ways are left out in which the column would be of two scales.

    Returns
    -------
    dict
        The numbers as float64, for each way; ways that come to the same are there once. Empty where there is none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> ways = read_marked_numbers(pa.array(["1,234.50", "(7)"]), TableOptions())
    >>> [(str(way), values.to_pylist()) for way, values in ways.items()]
    [("decimal='.' and thousands=','", [1234.5, -7.0])]
    """
    cells = _strip_beside(distinct)
    if cells is None or not pc.all(pc.match_substring_regex(cells, r"\d")).as_py():
        return {}
    values: dict[Convention, pa.Array] = {}
    for decimal in (options.decimal,) if options.decimal else _DECIMALS:
        for thousands in _THOUSANDS if options.thousands is None else ("", options.thousands):
            way = Convention(decimal, thousands)
            known = next((k for k in values if k.decimal == decimal and not k.thousands), None)
            if decimal in (thousands, options.thousands) or (known and not _has(cells, thousands)):
                continue
            if pc.all(pc.match_substring_regex(cells, way.pattern)).as_py():
                values[way] = _parse(cells, way)
    values = _drop_equal(values)
    if len(values) > 1 and by_scale:
        values = _choose_by_scale(cells, values)
    return values


def _has(cells: pa.Array, mark: str) -> bool:
    return bool(mark) and pc.any(pc.match_substring(cells, mark)).as_py()


def _parse(cells: pa.Array, way: Convention) -> pa.Array:

    if way.thousands:
        cells = pc.replace_substring(cells, way.thousands, "")
    if way.decimal != ".":
        cells = pc.replace_substring(cells, way.decimal, ".")
    return pc.replace_substring_regex(cells, r"^\+", "").cast(pa.float64())


def _drop_equal(values: dict[Convention, pa.Array]) -> dict[Convention, pa.Array]:
    """Return the ways that give different numbers, the plainer of equal ones."""
    kept: dict[Convention, pa.Array] = {}
    for way, numbers in values.items():
        if not any(numbers.equals(other) for other in kept.values()):
            kept[way] = numbers
    return kept


def _choose_by_scale(cells: pa.Array, values: dict[Convention, pa.Array]) -> dict[Convention, pa.Array]:
    """Return the ways that fit all cells as one column would have been written; all where more than one does.

    Decimals of three digits all have them, or have them without the zeros at their ends. Thousands are marked in every
    number that has some. A column that contradicts one of these is of one scale only in the other reading.
    """
    marked = pc.match_substring_regex(cells, r"^[+-]?\d{1,3}[.,]\d{3}$")
    unmarked = cells.filter(pc.invert(marked))
    if _any(unmarked, r"[^\d+-]"):
        return values
    if _any(cells.filter(marked), r"^[+-]?0"):  # 0,123 has no thousands
        return {way: numbers for way, numbers in values.items() if not way.thousands}
    as_thousands = not _any(unmarked, r"\d{4}")
    as_decimals = not (len(unmarked) and _any(cells.filter(marked), "0$"))
    chosen = {way: numbers for way, numbers in values.items() if (as_thousands if way.thousands else as_decimals)}
    return chosen or values


def _any(cells: pa.Array, pattern: str) -> bool:
    return bool(len(cells)) and pc.any(pc.match_substring_regex(cells, pattern)).as_py()


def _strip_beside(cells: pa.Array) -> pa.Array | None:
    """Return numbers without currencies, percent signs and brackets; None where cells have different ones."""
    cells = pc.replace_substring_regex(cells, _MINUS, "-")
    cells = pc.replace_substring_regex(cells, _BLANKS, " ")
    cells = pc.replace_substring_regex(cells, _APOSTROPHES, "'")
    # Brackets and a minus behind are how accounts write what is negative.
    cells = pc.replace_substring_regex(cells, r"^\(\s*(.*\d.*?)\s*\)$", r"-\1")
    cells = pc.replace_substring_regex(cells, r"^(.*\d.*)-$", r"-\1")
    percent = pc.match_substring_regex(cells, r"\s*%$")
    if pc.any(percent).as_py():
        # Zero needs no unit, and half of the columns with percent signs have a bare one.
        if not pc.all(pc.or_(percent, pc.is_in(cells, value_set=strings(["0"])))).as_py():
            return None
        cells = pc.replace_substring_regex(cells, r"\s*%$", "")
    found = set()
    for pattern, number, place in ((_BEFORE, r"\1\3", r"\2"), (_AFTER, r"\1", r"\2")):
        holds = pc.match_substring_regex(cells, pattern)
        if pc.any(holds).as_py():
            found |= set(pc.replace_substring_regex(cells.filter(holds), pattern, place).unique().to_pylist())
            cells = pc.replace_substring_regex(cells, pattern, number)
    if len({word.rstrip(".") for word in found}) > 1:
        return None
    return pc.utf8_trim_whitespace(cells)


def could_be_thousands(parts: Iterable[np.ndarray]) -> Any:
    """Tell of each row of numbers with a point, which may be in several parts, whether they could be thousands.

    They are from 1 to a thousand, with at most three digits behind the point, and not all of them whole.
    """
    fits, has_fractions = np.True_, np.False_
    for part in parts:
        fits = fits & _are_grouped(part)
        if not fits.any():
            return fits
        has_fractions = has_fractions | (np.isfinite(part) & (part != np.rint(part))).any(axis=-1)
    return fits & has_fractions


def _are_grouped(numbers: np.ndarray) -> np.ndarray:
    fits = np.False_
    for part in (numbers[..., :100], numbers):
        scaled = np.minimum(np.abs(part), 1e6) * 1000
        is_grouped = (scaled < 1e6) & ((scaled >= 1000) | (scaled == 0)) & (np.abs(scaled - np.rint(scaled)) < 1e-6)
        fits = (is_grouped | ~np.isfinite(part)).all(axis=-1)
        if not fits.any():
            return fits
    return fits
