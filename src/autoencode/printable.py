"""Text from outside, such as a file's name, as a terminal shows it and never obeys it."""

from __future__ import annotations

import re

__all__ = ["UNPRINTABLE", "make_printable"]

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
