"""Tables that are too large for the memory that they may take: they lie in files, as `stored_arrays` has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

import numpy as np

from autoencode.arrow import pa
from autoencode.stored_arrays import BLOCK_BYTES, is_large, is_mapped, let_go, map_file, open_nameless, sort_places

LEAST_BYTES = 2**25
"""Of columns that lie in a file: a process may open so many files."""

_ALIGNMENT = 64
COUNTED_ROWS = 2**17
"""Rows whose values are told apart at once."""

# Of a cell of text, about.
_TEXT_BYTES = 16


def store_table(schema: pa.Schema, parts: Iterable[pa.Table], size: int) -> pa.Table:
    """Return a table of parts below each other that lies in a file, as `make_array` lets an array lie in one.

    Parameters
    ----------
    schema
        Its columns.
    parts
        As many as there are; each is written before the next is asked for.
    size
        How many bytes it takes, or about.

    Raises
    ------
    OSError
        If the disk has no room for it; the message says how to name another.
    """
    with open_nameless(size) as file:
        _write(file, schema, parts)
        pa.default_memory_pool().release_unused()  # what the parts took would else be kept for others of Arrow's
        return _read(_map(file), 0)


def _write(file: BinaryIO, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    # As a stream, whose columns of categories may have others from part to part.
    with pa.ipc.new_stream(pa.PythonFile(file, mode="w"), schema) as writer:
        for part in _gather(parts):
            writer.write_table(part)
            let_go()


def _gather(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield parts joined to blocks: of short ones, a column that is read would bring its neighbours into memory."""
    kept, size = [], 0
    for part in parts:
        kept.append(part)
        size += part.nbytes
        if size >= BLOCK_BYTES:
            yield pa.concat_tables(kept).combine_chunks()
            kept, size = [], 0
    if kept:
        yield pa.concat_tables(kept).combine_chunks()


def _map(file: BinaryIO) -> pa.Buffer:
    file.flush()
    return pa.py_buffer(map_file(file))


def _read(content: pa.Buffer, start: int) -> pa.Table:
    return pa.ipc.open_stream(pa.BufferReader(content.slice(start))).read_all()


def map_parts(function: Callable[[pa.Table], pa.Table], table: pa.Table) -> pa.Table:
    """Return what a function makes of a table, which treats each row by itself: at once, or block by block into a file.

    Parameters
    ----------
    function
        From some rows of the table to rows of the new one, or none.
    table
        The rows.
    """
    if not is_large(table.nbytes):
        return function(table)
    schema = function(table.slice(0, 0)).schema
    return store_table(schema, map(function, cut(table)), table.nbytes)


def map_column(function: Callable[..., Any], column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return what a function makes of a column, cell by cell: at once, or block by block into a file.

    Parameters
    ----------
    function
        Of cells and the new column's type, such as ``pyarrow.compute.cast``; what it makes is of that type.
    column
        The cells.
    kind
        The new column's type.
    """
    if not _is_large(max(column.nbytes, len(column) * _count_bytes(kind))):
        return function(column, kind)
    schema = pa.schema([("", kind)])
    parts = (pa.table([function(part.column(0), kind)], schema=schema) for part in cut(pa.table([column], names=[""])))
    return store_table(schema, parts, column.nbytes).column(0)


def _is_large(size: int) -> bool:
    """Return whether columns of so many bytes lie in a file."""
    return size >= LEAST_BYTES and is_large(size)


def _count_bytes(kind: pa.DataType) -> int:
    return -(-kind.bit_width // 8) if pa.types.is_primitive(kind) else _TEXT_BYTES


def cut(table: pa.Table) -> Iterator[pa.Table]:
    """Yield a table block by block, of about `BLOCK_BYTES` each."""
    step = max(1, BLOCK_BYTES * len(table) // max(1, table.nbytes))
    for start in range(0, len(table), step):
        yield table.slice(start, step)


def pick_table_rows(table: pa.Table, places: Any) -> pa.Table:
    """Return some rows of a table, as `take` does; into a file where they are too many for memory."""
    places = np.asarray(places)
    if not is_large(table.nbytes) or not len(places):
        return table.take(pa.array(places))
    size = table.nbytes * len(places) // len(table)
    ascending, order = sort_places(places)
    if order is None and is_large(size):
        return store_table(table.schema, _pick_by_block(table, ascending), size)
    if is_large(size):
        step = max(1, BLOCK_BYTES * len(places) // size)
        blocks = (places[start : start + step] for start in range(0, len(places), step))
        return store_table(table.schema, (_pick_near(table, block) for block in blocks), size)
    picked = pa.concat_tables(_pick_by_block(table, ascending))
    return picked if order is None else picked.take(pa.array(np.argsort(order)))


def _pick_by_block(table: pa.Table, ascending: np.ndarray) -> Iterator[pa.Table]:
    """Yield some rows, in their order, from one block of the table after another."""
    step = max(1, BLOCK_BYTES * len(table) // table.nbytes)
    for start in range(0, len(table), step):
        first, last = np.searchsorted(ascending, [start, start + step])
        if first < last:
            # Of a slice, for of many blocks `take` joins the text first.
            yield table.slice(start, step).take(pa.array(ascending[first:last] - start))
            let_go()


def _pick_near(table: pa.Table, places: np.ndarray) -> pa.Table:
    """Return some rows: from those between the first and the last of them, as Arrow joins all that it picks from."""
    first, last = int(places.min()), int(places.max())
    return table.slice(first, last - first + 1).take(pa.array(places - first))


class Shelf:
    """Columns that are kept one after another: in memory, or in files where they are too many for that."""

    def __init__(self) -> None:
        self._columns: list[pa.ChunkedArray] = []
        self._waiting: list[int] = []
        self._held = 0

    def add(self, column: pa.ChunkedArray) -> int:
        """Keep a column; return its place."""
        self._columns.append(column)
        if not _is_stored(column):
            self._waiting.append(len(self._columns) - 1)
            self._held += column.nbytes
            if _is_large(self._held):
                self._store()
        return len(self._columns) - 1

    def __getitem__(self, place: int) -> pa.ChunkedArray:
        return self._columns[place]

    def _store(self) -> None:
        """Write the columns that are in memory into a file."""
        starts = []
        with open_nameless(self._held) as file:
            for place in self._waiting:
                file.write(bytes(-file.tell() % _ALIGNMENT))
                starts.append(file.tell())
                table = pa.table([self._columns[place]], names=[""])
                _write(file, table.schema, cut(table))
            content = _map(file)
        for place, start in zip(self._waiting, starts, strict=True):
            self._columns[place] = _read(content, start).column(0)
        self._waiting, self._held = [], 0


def _is_stored(column: pa.ChunkedArray) -> bool:
    """Return whether a column lies in a file already, or takes no memory."""
    buffers = (buffer for chunk in column.chunks for buffer in chunk.buffers() if buffer is not None and buffer.size)
    first = next(buffers, None)
    return first is None or is_mapped(first.address)


def has_more_values(array: pa.ChunkedArray, most: int) -> bool:
    """Return whether a column has more than so many distinct values, missing ones aside; no more are ever held."""
    if len(array) <= most:
        return False
    parts, count = [pa.array([], array.type)], 0
    for start in range(0, len(array), COUNTED_ROWS):
        parts.append(array.slice(start, COUNTED_ROWS).unique())
        count += len(parts[-1])
        if count > most:
            parts = [pa.concat_arrays(parts).unique().drop_null()]
            count = len(parts[0])
            if count > most:
                return True
    return False


def keep_text(blocks: Iterable[bytes]) -> pa.NativeFile:
    """Return bytes as a file to read from that Arrow's threads may hold: in its memory, or on disk if too many for it.

    Parameters
    ----------
    blocks
        One after another.
    """
    copied, blocks = pa.BufferOutputStream(), iter(blocks)
    for block in blocks:
        copied.write(block)
        if is_large(copied.tell()):
            break
    else:
        return pa.BufferReader(copied.getvalue())
    with open_nameless(copied.tell()) as file:
        file.writelines(chain([copied.getvalue()], blocks))
        file.flush()
        return pa.OSFile(f"/dev/fd/{file.fileno()}")  # opened anew: a file of Arrow's own
