"""Which columns of a table are ids: they name the rows, and are no property of what the rows are of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Int64

from autoencode.arrow import pa, pc
from autoencode.stored_arrays import make_array

ID_REASON = "an id, named beside results"

ID_WORDS = ("id", "key", "nr")
WORD_STARTS = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\d_A-Z])|[\W_]+")
# A UUID; a hash of hex digits; a whole number of 15 digits or more; a number behind letters, as A301 or INV-2024-07.
ID_FORM = (
    r"^(?:[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|\d{15,}"
    r"|[A-Za-z]{1,8}[-_/#.:]?\d[\dA-Za-z/#.:_-]{0,23})$"
)
LEAST_LONG = 10**14
# Fewer rows may be different by chance.
LEAST_ROWS = 12
FILLED_SHARE = 0.9
MANY_ROWS = 2**20
# Of values that may be equal, so many are looked at together.
MOST_COMPARED = 1000


def find_ids(columns: Iterable[tuple[str, pa.ChunkedArray]]) -> tuple[str, ...]:
    """Return the names of the columns that are ids.

    An id is different in every row, missing in none, and holds whole numbers that fill nine tenths of their own range,
    in whatever order; or has an id's form: a UUID, a hash, a whole number of 15 digits or more, a
    number behind letters; or holds whole numbers or text under a name whose last word is id, key or nr.

    Parameters
    ----------
    columns
        Names and cells, all of training.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = list(range(20))
    >>> find_ids([("user_id", pa.chunked_array([[7 * row for row in rows]])), ("paid", pa.chunked_array([[7.5] * 20]))])
    ('user_id',)
    """
    return tuple(name for name, array in columns if _is_id(name, array))


def ends_with_id(name: str) -> bool:
    """Return whether the last word of a name says that it is one of an id.

    Examples
    --------
    >>> [ends_with_id(name) for name in ("user_id", "OrderKey", "Invoice Nr", "ID", "paid", "acid", "monkey")]
    [True, True, True, True, False, False, False]
    """
    words = [word for word in WORD_STARTS.split(name) if word]
    return bool(words) and words[-1].lower() in ID_WORDS


def _is_id(name: str, array: pa.ChunkedArray) -> bool:

    count, kind = len(array), array.type
    if count < LEAST_ROWS or array.null_count:
        return False
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        has_form = re.match(ID_FORM, array[0].as_py()) and pc.all(_match_form(array)).as_py()
        return bool(ends_with_id(name) or has_form) and _is_unique(array)
    if pa.types.is_floating(kind):
        array = _read_whole(array)
    elif not pa.types.is_integer(kind):
        return False
    if array is None:
        return False
    ends = pc.min_max(array)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    fills = count >= FILLED_SHARE * (high - low + 1)
    is_long = low >= LEAST_LONG or high <= -LEAST_LONG
    return high - low + 1 >= count and (fills or is_long or ends_with_id(name)) and _is_unique(array)


def _read_whole(array: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return floats as whole numbers; None where one is not."""
    if not float(array[0].as_py()).is_integer():
        return None
    try:
        return array.cast(pa.int64())
    except pa.ArrowInvalid:
        return None


def _match_form(array: pa.ChunkedArray) -> Any:
    return pc.match_substring_regex(array, pattern=ID_FORM)


def _is_unique(array: pa.ChunkedArray) -> bool:
    """Return whether no value comes twice; of many, by sorted keys, which take less memory than a set of them."""
    if len(array) <= MANY_ROWS:
        return pc.count_distinct(array).as_py() == len(array)
    if not _is_unique(array.slice(0, MANY_ROWS)):
        return False
    parts = [array.slice(start, MANY_ROWS) for start in range(0, len(array), MANY_ROWS)]
    keys, start = make_array((len(array),), np.int64), 0
    for part in parts:
        keys[start : start + len(part)] = _find_keys(part)
        start += len(part)
    keys.sort()
    repeated = keys[1:][keys[1:] == keys[:-1]]
    for first in range(0, len(repeated), MOST_COMPARED):  # texts of one key are hardly ever two
        some = repeated[first : first + MOST_COMPARED]
        alike = pa.chunked_array(
            [chunk for part in parts for chunk in part.filter(pa.array(np.isin(_find_keys(part), some))).chunks],
            array.type,
        )
        if pc.count_distinct(alike).as_py() < len(alike):
            return False
    return True


def _find_keys(array: pa.ChunkedArray) -> Int64[np.ndarray, " rows"]:
    """Return a number for each value: its own, or of text a hash."""
    if pa.types.is_integer(array.type):
        return array.cast(pa.int64(), safe=False).to_numpy()
    return np.fromiter(map(hash, array.to_pylist()), np.int64, len(array))
