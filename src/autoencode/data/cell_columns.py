"""`CellColumns`: cells of Python, block by block, as columns of one kind each, decided on all rows."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autoencode.arrow import pa
from autoencode.data.regular_file import check_memory
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.printable import quote

BLOCK_ROWS = 1 << 14
"""How many rows make a good block."""

_NOTHING = type(None)
# Beyond it, float64 does not hold every whole number.
_LARGEST_WHOLE = 2**53
# What a cell takes that Arrow cannot hold yet, as an object of Python.
_OBJECT_BYTES = 64


class CellColumns:
    """The columns of a table whose cells are objects of Python: whole numbers, numbers, words, booleans, dates, times.

    A column is whole numbers, numbers, booleans, words, dates or times, where all its cells are; whole numbers and
    others are numbers, dates and dates with a time of day the latter. Any other mixture is text, for whoever reads
    text to judge; so are whole numbers beyond 64 bits, which name something. NaN is a missing cell.

    Parameters
    ----------
    name
        What the table is called in messages.
    columns
        The names that are known before; others follow as they are met.
    takes_whole
        Whether numbers that are all whole are whole numbers, as of a file that knows no others.

    Examples
    --------
    >>> cells = CellColumns("rows")
    >>> cells.add(3, {"a": [1, 2.5, None], "b": ["x", 2, True]})
    >>> cells.finish().to_pydict()
    {'a': [1.0, 2.5, None], 'b': ['x', '2', 'true']}
    """

    def __init__(self, name: str, columns: Iterable[str] = (), *, takes_whole: bool = False) -> None:
        self._name, self._takes_whole = name, takes_whole
        self._chunks: dict[str, list[Any]] = {column: [] for column in columns}
        self._kinds: dict[str, set[type]] = {column: set() for column in columns}
        self._rows, self._bytes = 0, 0

    def add(self, count: int, block: Mapping[str, Sequence[Any]]) -> None:
        """Add so many rows; a column that they do not name has no cells in them.

        Raises
        ------
        CorruptDataError
            If a word is no text.
        InvalidInputError
            If the rows do not fit in memory.
        """
        for column in block:
            if column not in self._chunks:
                self._chunks[column] = [pa.nulls(self._rows)] if self._rows else []
                self._kinds[column] = set()
        for column, chunks in self._chunks.items():
            cells = block.get(column)
            kinds = set() if cells is None else {*map(type, cells)} - {_NOTHING}
            self._kinds[column] |= kinds
            chunk = pa.nulls(count) if cells is None else self._pack(cells, kinds, column)
            self._bytes += _OBJECT_BYTES * count if isinstance(chunk, list) else chunk.nbytes
            chunks.append(chunk)
        self._rows += count
        check_memory(self._name, max(self._bytes, self._rows * len(self._chunks)))

    def finish(self) -> pa.Table:
        """Return the table.

        Raises
        ------
        InvalidInputError
            If a whole number would lose digits among fractions.
        """
        columns = {column: self._settle(column) for column in self._chunks}
        return pa.table(list(columns.values()), names=list(columns))

    def _pack(self, cells: Sequence[Any], kinds: set[type], column: str) -> Any:
        """Return the cells of a block as Arrow holds them; as a list, where that depends on those of other blocks."""
        kind = _find_kind(kinds)
        if kind is None or kinds == {int, float}:
            return list(cells)
        if kinds == {datetime.date, datetime.datetime}:
            midnight = datetime.time()
            cells = [datetime.datetime.combine(c, midnight) if type(c) is datetime.date else c for c in cells]
        try:
            return pa.array(cells, kind, from_pandas=True)
        except (pa.ArrowInvalid, OverflowError):
            return list(cells)  # whole numbers beyond 64 bits
        except UnicodeEncodeError as error:
            raise CorruptDataError(
                f"{self._name}: column {quote(column)} has a cell that is no text: {error.object!a:.100}"
            ) from error

    def _settle(self, column: str) -> pa.ChunkedArray:

        kind, chunks = _find_kind(self._kinds[column]), self._chunks[column]
        is_whole = self._kinds[column] == {int}
        if kind is None or (is_whole and any(isinstance(chunk, list) for chunk in chunks)):
            return pa.chunked_array([_write_cells(chunk) for chunk in chunks], pa.string())
        settled = pa.chunked_array([self._cast(chunk, kind, column) for chunk in chunks], kind)
        return _take_whole(settled) if self._takes_whole and pa.types.is_float64(kind) else settled

    def _cast(self, chunk: Any, kind: pa.DataType, column: str) -> pa.Array:

        if pa.types.is_float64(kind):
            cells = chunk if isinstance(chunk, list) else chunk.to_pylist() if pa.types.is_int64(chunk.type) else []
            large = next((cell for cell in cells if type(cell) is int and abs(cell) > _LARGEST_WHOLE), None)
            if large is not None:
                raise InvalidInputError(
                    f"{self._name}: column {quote(column)} has {quote(large)}, a whole number that would lose digits "
                    "among fractions; if it names its row, leave the column out (drop=)"
                )
        return pa.array(chunk, kind, from_pandas=True) if isinstance(chunk, list) else chunk.cast(kind)


def _find_kind(kinds: set[type]) -> pa.DataType | None:
    """Return the kind that holds cells of all these; None where only text does."""
    for python, arrow in (
        (set(), pa.null()),
        ({bool}, pa.bool_()),
        ({int}, pa.int64()),
        ({int, float}, pa.float64()),
        ({str}, pa.string()),
        ({datetime.date}, pa.date32()),
        ({datetime.date, datetime.datetime}, pa.timestamp("us")),
        ({datetime.time}, pa.time64("us")),
        ({datetime.timedelta}, pa.duration("us")),
    ):
        if kinds <= python:
            return arrow
    return None


def _take_whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers as whole ones where all of them are."""
    import numpy as np

    numbers = column.drop_null().to_numpy()
    is_whole = len(numbers) and bool((np.abs(numbers) < _LARGEST_WHOLE).all() and (numbers == np.floor(numbers)).all())
    return column.cast(pa.int64()) if is_whole else column


def _write_cells(chunk: Any) -> pa.Array:

    cells = chunk if isinstance(chunk, list) else chunk.to_pylist()
    return pa.array([None if cell is None else _write(cell) for cell in cells], pa.string())


def _write(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell if isinstance(cell, str) else json.dumps(cell) if isinstance(cell, bool | int | float) else str(cell)
