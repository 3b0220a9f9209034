"""Which of several tables of a file is read: sheets of a workbook, tables of a data base."""

from __future__ import annotations

from collections.abc import Sequence

from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.printable import list_names, quote

_MOST_NAMED = 8


def choose_table(name: str, what: str, filled: Sequence[str], wanted: str | None, others: Sequence[str] = ()) -> str:
    """Return the table that was asked for by name, or the only one.

    Parameters
    ----------
    name, what
        What the file and one of its tables are called in messages.
    filled
        The tables that have something in them, and are taken without being asked for.
    wanted
        The one asked for, if any.
    others
        Tables that may be asked for as well.

    Raises
    ------
    InvalidInputError
        If there are several, or none of the name asked for.
    CorruptDataError
        If there is none.

    Examples
    --------
    >>> choose_table("a.xlsx", "sheet", ["June"], None)
    'June'
    """
    known = [*filled, *others]
    if wanted is not None and wanted not in known:
        end = end_with_nearest(wanted, known)
        raise InvalidInputError(f"{name}: has no {what} {quote(wanted)}, but {_list(known)} (table=){end}")
    if wanted is not None:
        return wanted
    if len(filled) > 1:
        raise InvalidInputError(f"{name}: has {len(filled):,} {what}s: {_list(filled)}; name the one to read by table=")
    if not known:
        raise CorruptDataError(f"{name}: has no {what} with anything in it; expected a header and samples")
    if not filled and len(known) > 1:
        raise InvalidInputError(f"{name}: shows no {what}; name the one to read by table=: {_list(known)}")
    return known[0] if not filled else filled[0]


def _list(names: Sequence[str]) -> str:
    return list_names(names, _MOST_NAMED) if names else "none"
