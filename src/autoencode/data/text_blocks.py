"""Plain numbers of many short columns read at once: a call for each of 20,000 takes longer than their cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autoencode.arrow import pa, pc
from autoencode.data.text_cells import LARGEST_WHOLE
from autoencode.data.text_numbers import could_be_thousands

_CELLS = 1 << 19


def settle_many(columns: list[pa.ChunkedArray], is_asked: Sequence[bool]) -> bool:
    """Read columns of plain numbers with points, in place; the others are left as they are.

    Parameters
    ----------
    columns : list of pyarrow.ChunkedArray
        Columns of text, and others.
    is_asked : sequence of bool
        Which of them may be numbers.

    Returns
    -------
    bool
        Whether some were read.
    """
    rows = len(columns[0])
    many = max(1, _CELLS // max(1, rows))
    if many == 1:
        return False
    indices = [
        index
        for index, column in enumerate(columns)
        if is_asked[index] and pa.types.is_string(column.type) and _begins_as_number(column)
    ]
    for start in range(0, len(indices), many):
        _settle_block(columns, indices[start : start + many], rows)
    return any(pa.types.is_floating(columns[index].type) for index in indices)


def _begins_as_number(column: pa.ChunkedArray) -> bool:
    """Tell by its first cell whether a column may hold numbers."""
    if not len(column):
        return False
    first = column[0].as_py()
    return first is None or first[:1] in "+-.0123456789"


def _settle_block(columns: list[pa.ChunkedArray], indices: Sequence[int], rows: int) -> None:

    if len(indices) < 2:
        return
    cells = pa.concat_arrays([chunk for index in indices for chunk in columns[index].chunks])
    try:
        numbers = cells.cast(pa.float64())
    except pa.ArrowInvalid:  # one of them is none; halves tell which
        middle = len(indices) // 2
        _settle_block(columns, indices[:middle], rows)
        _settle_block(columns, indices[middle:], rows)
        return
    points = pc.fill_null(pc.match_substring(cells, "."), False).to_numpy(zero_copy_only=False).reshape(-1, rows)
    values = numbers.to_numpy(zero_copy_only=False).reshape(-1, rows)
    is_plain = points.any(axis=1) & ~(np.abs(values) >= LARGEST_WHOLE).any(axis=1) & ~could_be_thousands([values])
    for number in np.flatnonzero(is_plain).tolist():
        columns[indices[number]] = pa.chunked_array([numbers.slice(number * rows, rows)])
