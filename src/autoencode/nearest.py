"""The known word that is nearest to one that is not known, for messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["end_with_nearest"]


def end_with_nearest(word: object, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown word: the known word that may have been meant, or a full stop.

    Parameters
    ----------
    word
        What was given.
    known
        What could have been meant.

    Examples
    --------
    >>> "there is no loss 'squared_eror'" + end_with_nearest("squared_eror", ["squared_error"])
    "there is no loss 'squared_eror'; did you mean 'squared_error'?"
    """
    nearest = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]!r}?" if nearest else "."
