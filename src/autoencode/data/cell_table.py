"""The cells of a table before the kinds of its columns are settled, and the words for missing ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autoencode.arrow import pa

MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "NAN", "nan", "-NaN", "-nan"),
    *("NULL", "Null", "null", "None"),
)
"""The cells that stand for a missing one, quoted or not."""

WEAK_MISSING = (
    *("?", "-", "--", "---", ".", "..", "*", "–", "—", "na", "Na", "n.a.", "N.A.", "nil", "none", "#N/D"),
    *("\\N", "(null)", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "missing", "Missing"),
    *("MISSING", "<null>", "NaT", "1.#QNAN", "1.#IND", "-1.#IND", "-1.#QNAN", "#NV", "#WERT!", "n/d", "N/D"),
    *("ND", "nd", "#N/A N/A", "<NULL>", "[NULL]"),
)
"""The cells that stand for a missing one in a table where they stand among numbers, dates or times."""


@dataclass(frozen=True, eq=False)
class CellTable:
    """The cells of one file, before the kinds of its columns are settled.

    Attributes
    ----------
    table
        Its columns; those of text are to be settled.
    name
        What the file is called in messages.
    line_of
        Says in which line of the file a row of the table ends; empty where that is not known, or there are no lines.
    encoding
        Of text files; else empty.
    has_kinds
        Whether its columns have their kinds already, and text is text.
    """

    table: pa.Table
    name: str
    line_of: Callable[[int], str] = lambda _: ""
    encoding: str = ""
    has_kinds: bool = False


def show_row(row: int, line: str) -> str:
    """Say which row of a table it is, counted from 0, and in which line of its file it ends, where that is known.

    Examples
    --------
    >>> show_row(7, "9"), show_row(7, "")
    ('row 7 (line 9)', 'row 7')
    """
    return f"row {row} (line {line})" if line else f"row {row}"
