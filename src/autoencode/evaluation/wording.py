"""Numbers and names as plain English has them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autoencode.printable import align


def say_number(value: float, digits: int) -> str:
    """Return a number with so many significant digits, in fixed point where that is readable.

    Examples
    --------
    >>> say_number(0.0016123, 2), say_number(-12.345, 3), say_number(3.2e-9, 2), say_number(0.0, 2)
    ('0.0016', '-12.3', '3.2e-09', '0')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    scientific = f"{value:.{digits - 1}e}"
    exponent = int(scientific.partition("e")[2])
    if not -5 <= exponent <= 6:
        return scientific
    return f"{value:,.{max(0, digits - 1 - exponent)}f}"


def say_pair(first: float, second: float) -> tuple[str, str]:
    """Return two numbers with the digits, at least four, that show their difference.

    Examples
    --------
    >>> say_pair(0.0776, 0.0792), say_pair(0.0775512, 0.0775520)
    (('0.07760', '0.07920'), ('0.0775512', '0.0775520'))
    """
    size, difference = max(abs(first), abs(second)), abs(first - second)
    digits = 4
    if 0 < difference < math.inf and size > 0:
        digits = min(10, max(digits, math.ceil(math.log10(size / difference)) + 1))
    return say_number(first, digits), say_number(second, digits)


def say_count(count: int, noun: str) -> str:
    """Return a number of things, singular or plural.

    Examples
    --------
    >>> say_count(1, "direction"), say_count(10000, "sample")
    ('1 direction', '10,000 samples')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def say_percent(share: float) -> str:
    """Return a share in percent.

    Examples
    --------
    >>> say_percent(0.95), say_percent(0.999)
    ('95%', '99.9%')
    """
    return f"{100 * share:.6g}%"


def lay_out(title: str, rows: Sequence[Sequence[str]], notes: Sequence[str], *, left: int = 0) -> str:
    """Return a table as text, its head first: columns below each other, the first so many to the left.

    Examples
    --------
    >>> print(lay_out("of two", [("", "mean"), ("a", "1"), ("bc", "12")], ["a note"], left=1))
    of two
        mean
    ────────
    a      1
    bc    12
    ────────
    a note
    """
    lines = align(rows, right=range(left, len(rows[0])))
    rule = "─" * len(lines[0])
    return "\n".join([title, lines[0], rule, *lines[1:], rule, *notes])


def join_words(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> join_words(["a"]), join_words(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
