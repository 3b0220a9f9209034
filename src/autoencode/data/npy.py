"""The .npy format: a header checked against the bytes that are there, before anything is allocated for it.

A file is ``\\x93NUMPY``, two bytes of version, the header's length, the header (a Python literal that names the kind of
number, the order and the shape), then the numbers.
"""

from __future__ import annotations

import ast
import math
import re
import zlib
from typing import IO, Any

import numpy as np

from autoencode.data.regular_file import check_memory, name_content
from autoencode.exceptions import CorruptDataError, InvalidInputError

__all__ = ["read_npy", "read_shape"]

_MAGIC = b"\x93NUMPY"
# What NumPy itself accepts from files that are not trusted.
_LONGEST_HEADER = 10_000
_MOST_DIMENSIONS = 32
_BLOCK = 1 << 20
_REFUSED = {
    "O": "Python objects (pickled), which are never read: loading them can run any program; store numbers",
    "c": "complex numbers; store their real and imaginary parts as features",
    "M": "dates, which an array of features cannot hold; store the table as Parquet or CSV",
    "m": "time spans, which an array of features cannot hold; store them as numbers",
    "S": "text; store the table as Parquet or CSV",
    "U": "text; store the table as Parquet or CSV",
    "V": "records of several fields; store the table as Parquet or CSV",
}


def read_npy(stream: IO[bytes], name: str, *, stored_bytes: int, kinds: str = "biuf") -> np.ndarray:
    """Read one array, or refuse it; a wrong array is never returned and no program in the file is run.

    Parameters
    ----------
    stream : binary file
        At the array's first byte.
    name : str
        What it is called in messages.
    stored_bytes : int
        How many bytes the array takes in the file, header included.
    kinds : str
        The kinds of cell that are taken, as the letters of ``numpy.dtype.kind``.

    Returns
    -------
    array
        In the shape, order and kind of number of the file, in the byte order of this machine.

    Raises
    ------
    CorruptDataError
        If the content is no .npy, truncated, or longer than its header says.
    InvalidInputError
        If it holds anything but the kinds asked for, or does not fit in memory.

    References
    ----------
    NumPy enhancement proposal 1, "A simple file format for NumPy arrays".

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> np.save(file, np.eye(2)), file.seek(0)
    (None, 0)
    >>> read_npy(file, "eye.npy", stored_bytes=len(file.getvalue()))
    array([[1., 0.],
           [0., 1.]])
    """
    dtype, fortran_order, shape = read_shape(stream, name, stored_bytes=stored_bytes, kinds=kinds)
    data_bytes = dtype.itemsize * math.prod(shape)
    check_memory(name, data_bytes)
    data = np.empty(data_bytes, dtype=np.uint8)
    if _fill(stream, name, data.data) < data_bytes:
        raise CorruptDataError(f"{name}: expected {data_bytes:,} bytes of numbers, found fewer: the file is truncated")
    array = data.view(dtype).reshape(shape, order="F" if fortran_order else "C")
    return array.astype(dtype.newbyteorder("="), order="K", copy=False)


def read_shape(
    stream: IO[bytes], name: str, *, stored_bytes: int, kinds: str = "biuf"
) -> tuple[np.dtype, bool, tuple[int, ...]]:
    """Read what an array is, up to its first number; see `read_npy`.

    Returns
    -------
    dtype, fortran_order, shape
        The kind of number, whether the first axis runs fastest, and the shape: as many bytes as the file has.
    """
    header, header_bytes = _read_header(stream, name)
    dtype, fortran_order, shape = _parse_header(header, name, kinds)
    data_bytes = dtype.itemsize * math.prod(shape)
    if header_bytes + data_bytes != stored_bytes:
        fault = "longer: is there more than one array?" if header_bytes + data_bytes < stored_bytes else "truncated"
        raise CorruptDataError(
            f"{name}: the header declares shape {_show(shape)} of {dtype.name}, {data_bytes:,} bytes, but "
            f"{stored_bytes - header_bytes:,} follow it: the file is {fault}"
        )
    return dtype, fortran_order, shape


def _read_header(stream: IO[bytes], name: str) -> tuple[str, int]:
    """Return the header's text, and how many bytes stand before the numbers."""
    start = _read(stream, name, 8)
    if not start.startswith(_MAGIC):
        raise CorruptDataError(f"{name}: expected a NumPy array, found {name_content(start) or 'something else'}")
    # Version 1 gives the length in two bytes, versions 2 and 3 in four; version 3 is only needed by records.
    width = {1: 2, 2: 4, 3: 4}.get(start[6]) if len(start) == 8 else None
    if width is None:
        raise CorruptDataError(f"{name}: expected version 1, 2 or 3 of .npy, found {start[6:].hex(' ') or 'the end'}")
    size = _read(stream, name, width)
    if len(size) < width:
        raise CorruptDataError(f"{name}: expected the length of a header, found the end: the file is truncated")
    length = int.from_bytes(size, "little")
    if length > _LONGEST_HEADER:
        raise CorruptDataError(f"{name}: expected a header of at most {_LONGEST_HEADER:,} bytes, found {length:,}")
    text = _read(stream, name, length)
    if len(text) < length:
        raise CorruptDataError(f"{name}: expected a header of {length} bytes, found {len(text)}: the file is truncated")
    return text.decode("utf-8", errors="replace"), 8 + width + length


def _parse_header(text: str, name: str, kinds: str) -> tuple[np.dtype, bool, tuple[int, ...]]:
    try:
        # Python 2 wrote an L after long whole numbers.
        header: Any = ast.literal_eval(re.sub(r"(\d)L\b", r"\1", text).strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise CorruptDataError(f"{name}: the header is damaged: {text[:80].strip()!r}") from error
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        raise CorruptDataError(f"{name}: expected a header with descr, fortran_order and shape, found {text[:80]!r}")
    dtype, order, shape = _parse_dtype(header["descr"], name, kinds), header["fortran_order"], header["shape"]
    lengths = isinstance(shape, tuple) and all(type(length) is int and 0 <= length < 2**63 for length in shape)
    if not lengths or len(shape) > _MOST_DIMENSIONS or type(order) is not bool:
        raise CorruptDataError(
            f"{name}: expected a shape of at most {_MOST_DIMENSIONS} lengths from 0, and an order that is True or "
            f"False, found {text[:120].strip()!r}"
        )
    return dtype, order, shape


def _parse_dtype(descr: object, name: str, kinds: str) -> np.dtype:
    """Return the kind of number; only a plain one is ever made into a dtype."""
    if isinstance(descr, list):
        raise InvalidInputError(f"{name}: holds {_REFUSED['V']}")
    match = re.fullmatch(r"[<>|=]?([a-zA-Z?])\d{0,6}(\[\w+\])?", descr) if isinstance(descr, str) else None
    if not isinstance(descr, str) or match is None:
        raise CorruptDataError(f"{name}: expected a kind of number such as '<f8', found {descr!r:.80}")
    kind = "b" if match[1] == "?" else match[1]
    if kind not in kinds:
        raise InvalidInputError(f"{name}: holds {_REFUSED.get(kind, f'cells of kind {descr!r}')}")
    try:
        dtype = np.dtype(descr)
    except TypeError as error:
        raise CorruptDataError(f"{name}: expected a kind of number such as '<f8', found {descr!r}") from error
    if dtype.kind in "fiu" and dtype.itemsize > 8:
        raise InvalidInputError(f"{name}: holds {dtype.name}, which differs between machines; store it as float64")
    if dtype.kind not in kinds or dtype.itemsize == 0:
        raise CorruptDataError(f"{name}: expected a kind of number such as '<f8', found {descr!r}")
    return dtype


def _read(stream: IO[bytes], name: str, count: int) -> bytes:
    buffer = bytearray(count)
    return bytes(buffer[: _fill(stream, name, memoryview(buffer))])


def _fill(stream: IO[bytes], name: str, buffer: memoryview) -> int:
    """Fill the buffer as far as the stream goes; return the bytes filled."""
    filled = 0
    try:
        while filled < len(buffer):
            block = stream.read(min(_BLOCK, len(buffer) - filled))
            if not block:
                break
            buffer[filled : filled + len(block)] = block
            filled += len(block)
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptDataError(f"{name}: cannot be read: {error}") from error
    return filled


def _show(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "()"
