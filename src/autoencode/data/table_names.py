"""The names of a table's columns: what a header lacks or says twice is mended, and said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autoencode.arrow import pa, pc
from autoencode.exceptions import AutoencodeWarning
from autoencode.notice import warn_user
from autoencode.printable import list_names, quote

_MOST_SHOWN = 4
_INDEX_NAMES = re.compile(r"|Unnamed: 0(\.\d+)?|index|__index_level_0__")


def settle_names(
    table: pa.Table,
    names: Sequence[str],
    source: str,
    *,
    keep_index: bool = False,
    is_numbered: bool = False,
) -> pa.Table:
    """Return a table without columns that are none, each of the others under a name of its own.

    Parameters
    ----------
    table : pyarrow.Table
        Columns of text, in the order of the names.
    names : sequence of str
        What the header says.
    source : str
        What the table is called in messages.
    keep_index : bool
        Whether the column that counts the rows is kept.
    is_numbered : bool
        Whether the names are ours, as there is no header.

    Returns
    -------
    pyarrow.Table
        Every name is there once, and on one line.

    Warns
    -----
    AutoencodeWarning
        If a name was mended, or the column that pandas counts rows in is left out.
    """
    kept: list[int] = []
    index_name = ""
    last = len(names) - 1
    while last and (not names[last].strip() or is_numbered) and _is_blank(table.column(last)):
        last -= 1  # what separators at the end of every line leave
    for index, name in enumerate(names[: last + 1]):
        may_count = index == 0 and len(names) > 1 and _INDEX_NAMES.fullmatch(name.strip())
        if may_count and _counts_rows(table.column(index)):
            index_name = name.strip() or "(no name)"
            if not keep_index:
                continue
        kept.append(index)
    if index_name and not keep_index:
        _say(
            source, f"the first column {quote(index_name)} counts the rows, as pandas writes its index: it is left out"
        )
    return table.select(kept).rename_columns(_mend(source, [names[index] for index in kept], kept))


def _mend(source: str, names: Sequence[str], indices: Sequence[int]) -> list[str]:
    """Return names of which each is there once, on one line, and not empty."""
    taken, found, mended = set(), [], []
    given = {name.strip() for name in names}
    for name, index in zip(names, indices, strict=True):
        clean = name.strip()
        if not clean.isprintable() and re.search(r"[\r\n\t\v\f]", clean):
            clean = re.sub(r"\s+", " ", clean)
        clean = clean or f"column_{index + 1}"
        unique, number = clean, 1
        while unique in taken or (number > 1 and unique in given):
            number += 1
            unique = f"{clean}_{number}"
        taken.add(unique)
        found.append(unique)
        if unique != name.strip():
            mended.append((name, unique))
    if mended:
        before, after = (list_names([pair[side] for pair in mended[:_MOST_SHOWN]], _MOST_SHOWN) for side in (0, 1))
        more = f", and so on, {len(mended):,} in all" if len(mended) > _MOST_SHOWN else ""
        _say(source, f"names of columns that are there twice, or empty, are mended: {before} became {after}{more}")
    return found


def _is_blank(cells: pa.ChunkedArray) -> bool:
    return cells.null_count == len(cells) or not pc.any(pc.match_substring_regex(cells, r"\S")).as_py()


def _counts_rows(cells: pa.ChunkedArray) -> bool:
    """Tell whether cells are 0, 1, 2 and so on, or begin with 1."""
    import numpy as np

    try:
        numbers = cells.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return False
    return not cells.null_count and len(numbers) > 0 and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())


def _say(source: str, words: str) -> None:
    warn_user(f"{source}: {words}", AutoencodeWarning, cause=words)
