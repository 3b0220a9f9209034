"""Text as a terminal shows it: what comes from outside, such as a file's name, never obeyed; a table in columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import islice

MOST_LETTERS = 60
"""Of a name or a cell in a message."""

UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters (a terminal obeys them), line and paragraph separators, marks that turn the text round, and bytes
of a file's name that are no text."""


def make_printable(text: str) -> str:
    """Return a text on one line, with what cannot be printed written as Python writes it.

    Examples
    --------
    >>> make_printable("two\\nlines\\x1b[2J")
    'two\\\\nlines\\\\x1b[2J'
    """
    return UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def quote(text: object) -> str:
    """Return a name or a cell as a message shows it: on one line, quoted, and not longer than a line.

    Examples
    --------
    >>> quote("two\\nlines"), len(quote("x" * 10_000))
    ("'two\\\\nlines'", 63)
    """
    text = str(text)
    return repr(text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…")


def list_names(names: Collection[object], most: int = 3) -> str:
    """Return names as a message lists them: quoted, the first few, and how many more there are.

    Examples
    --------
    >>> list_names(["a", "b"]), list_names(range(20_000))
    ("'a' and 'b'", "'0', '1', '2' and 19,997 more")
    """
    shown = [quote(name) for name in islice(names, most)]
    if len(names) > most:
        shown.append(f"{len(names) - most:,} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def align(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> list[str]:
    """Return rows as lines with their columns below each other, some of them to the right.

    Examples
    --------
    >>> align([("name", "n"), ("a", "10")], right=[1])
    ['name   n', 'a     10']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
