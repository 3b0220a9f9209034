"""Whether the first line of a table names its columns, by what stands in it and below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_NUMBER = re.compile(r"\s*[+-]?[$€£]?(\d[\d .,']*|[.,]\d+)([eE][+-]?\d+)?\s*%?\s*")
_DATE = re.compile(r"\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T]\d{1,2}:\d\d.*)?\s*|\d{1,2}:\d\d(:\d\d)?")


def is_number(cell: str) -> bool:
    """Tell at a glance whether a cell may be a number, with marks and a currency."""
    return bool(_NUMBER.fullmatch(cell))


def is_value(cell: str) -> bool:
    """Tell at a glance whether a cell may be a number, a date or a time."""
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def is_sample(names: Sequence[str]) -> bool:
    """Tell whether a first line is a sample rather than a header, by itself.

    It is, where all its cells are numbers, or where some are and do not rise. ``0,1,2,…``, which pandas writes for
    columns without names, and names such as ``country,1990,1991`` are a header.

    Examples
    --------
    >>> is_sample(["5.1", "3.5", "setosa"]), is_sample(["country", "1990", "1991"]), is_sample(["0", "1", "2"])
    (True, False, False)
    """
    filled = [name for name in names if name]
    texts = [name for name in filled if _NUMBER.fullmatch(name)]
    numbers = [_read_number(name) for name in texts]
    if len(numbers) == len(filled):
        is_count = [str(number) for number in range(len(texts))] == texts or _are_years(texts)
        return not (is_count and len(texts) > 1)
    if any(re.search(r"[.,]\d", text) for text in texts):
        return True
    return any(second <= first for first, second in pairwise(numbers))


def _are_years(texts: Sequence[str]) -> bool:
    numbers = [int(text) for text in texts if text.isdigit() and len(text) == 4]
    rising = all(first < second for first, second in pairwise(numbers))
    return len(numbers) == len(texts) and rising and all(1800 <= number <= 2100 for number in numbers)


def _read_number(text: str) -> float:
    digits = re.sub(r"[^\d.eE+-]", "", text.replace(",", "."))
    try:
        return float(digits)
    except ValueError:
        return float("inf")


def doubt_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Say why a first line is a sample; empty where it names the columns, which it does unless something speaks."""
    rows = [row for row in rows if [cell.strip() for cell in row] != list(first)]
    if not rows:
        return ""
    recurring = ""
    for index, cell in enumerate(first):
        column = [row[index].strip() for row in rows if len(row) > index and row[index].strip()]
        if not cell or not column:
            continue
        could_be_value = is_value(cell)
        values = sum(map(is_value, column))
        if values > len(column) / 2 and not could_be_value and not is_word_for_missing(cell):
            return ""  # a word above numbers is their name
        if not could_be_value and cell in column and (len(set(column)) < len(column) or len(column) < 3):
            recurring = recurring or cell
    if is_sample(first):
        return "is numbers or dates" if not recurring else f"has {recurring!r:.60}, which comes back below"
    return f"has {recurring!r:.60}, which comes back below" if recurring else ""


def is_word_for_missing(cell: str) -> bool:
    """Tell whether a cell is a word that often stands for a missing number."""
    return cell.upper() in {"", "NA", "N/A", "NAN", "NULL", "NONE", "?", "-", ".", "\\N"}
