"""The .npy format: a header checked against the bytes that are there, before anything is allocated for it.

A file is ``\\x93NUMPY``, two bytes of version, the header's length, the header (a Python literal that names the kind of
number, the order and the shape), then the numbers.
"""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Iterator
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format

from autoencode.data.regular_file import check_memory, fill, name_content
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.stored_arrays import is_large, make_array

_MOST_DIMENSIONS = 32
# By version; the third is the second with names of fields in UTF-8, which only records have.
_READERS: dict[int, Any] = {
    1: npy_format.read_array_header_1_0,
    2: npy_format.read_array_header_2_0,
    3: npy_format.read_array_header_2_0,
}
# What NumPy raises of headers that are none, as Python reads them.
_DAMAGES = (ValueError, TypeError, SyntaxError, TokenError, MemoryError, RecursionError)
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
    if not is_large(data_bytes):
        check_memory(name, data_bytes)
    array = _read_numbers(stream, name, dtype, math.prod(shape)).reshape(shape, order="F" if fortran_order else "C")
    return array.astype(dtype.newbyteorder("="), order="K", copy=False)


def read_npy_blocks(stream: IO[bytes], name: str, *, stored_bytes: int, rows: int) -> Iterator[np.ndarray]:
    """Read an array whose rows lie one after another, so many at a time; see `read_npy`."""
    dtype, _, shape = read_shape(stream, name, stored_bytes=stored_bytes)
    for start in range(0, shape[0], rows):
        part = (min(rows, shape[0] - start), *shape[1:])
        numbers = _read_numbers(stream, name, dtype, math.prod(part)).reshape(part)
        yield numbers.astype(dtype.newbyteorder("="), copy=False)


def _read_numbers(stream: IO[bytes], name: str, dtype: np.dtype, count: int) -> np.ndarray:
    data_bytes = dtype.itemsize * count
    data = make_array((data_bytes,), np.uint8)
    try:
        filled = fill(stream, data.data)
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptDataError(f"{name}: cannot be read: {error}") from error
    if filled < data_bytes:
        raise CorruptDataError(f"{name}: expected {data_bytes:,} bytes of numbers, found fewer: the file is truncated")
    return data.view(dtype)


def read_shape(
    stream: IO[bytes], name: str, *, stored_bytes: int, kinds: str = "biuf"
) -> tuple[np.dtype, bool, tuple[int, ...]]:
    """Read what an array is, up to its first number; see `read_npy`.

    Returns
    -------
    dtype, fortran_order, shape
        The kind of number, whether the first axis runs fastest, and the shape: as many bytes as the file has.
    """
    begin = stream.tell()
    dtype, fortran_order, shape = _read_header(stream, name)
    _check_kind(dtype, name, kinds)
    if len(shape) > _MOST_DIMENSIONS or not all(type(length) is int and 0 <= length < 2**63 for length in shape):
        raise CorruptDataError(
            f"{name}: expected a shape of at most {_MOST_DIMENSIONS} lengths from 0, found {str(shape)[:120]}"
        )
    data_bytes, left = dtype.itemsize * math.prod(shape), stored_bytes - (stream.tell() - begin)
    if data_bytes != left:
        fault = "longer: is there more than one array?" if data_bytes < left else "truncated"
        raise CorruptDataError(
            f"{name}: the header declares shape {' × '.join(map(str, shape)) or '()'} of {dtype.name}, "
            f"{data_bytes:,} bytes, but {left:,} follow it: the file is {fault}"
        )
    return dtype, fortran_order, shape


def _read_header(stream: IO[bytes], name: str) -> tuple[np.dtype, bool, tuple[int, ...]]:
    try:
        start = stream.read(npy_format.MAGIC_LEN)
        if not start.startswith(npy_format.MAGIC_PREFIX):
            raise CorruptDataError(f"{name}: expected a NumPy array, found {name_content(start) or 'something else'}")
        read = _READERS.get(start[6]) if len(start) == npy_format.MAGIC_LEN else None
        if read is None:
            found = start[6:].hex(" ") or "the end"
            raise CorruptDataError(f"{name}: expected version 1, 2 or 3 of .npy, found {found}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that Python 2 wrote it
            shape, fortran_order, dtype = read(stream)
    except CorruptDataError:
        raise
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptDataError(f"{name}: cannot be read: {error}") from error
    except _DAMAGES as error:
        reason = str(error).split("\n")[0]
        raise CorruptDataError(f"{name}: the header is damaged or truncated: {reason[:120].strip()!r}") from error
    return dtype, fortran_order, shape


def _check_kind(dtype: np.dtype, name: str, kinds: str) -> None:
    if dtype.kind not in kinds:
        raise InvalidInputError(f"{name}: holds {_REFUSED.get(dtype.kind, f'cells of kind {dtype.str!r}')}")
    if dtype.kind in "fiu" and dtype.itemsize > 8:
        raise InvalidInputError(f"{name}: holds {dtype.name}, which differs between machines; store it as float64")
    if dtype.itemsize == 0:
        raise CorruptDataError(f"{name}: expected a kind of number such as '<f8', found {dtype.str!r}")
