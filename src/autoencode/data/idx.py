"""The IDX format of the MNIST files: read with every check that the format allows, and written.

An IDX file is two zero bytes, a byte for the kind of number, a byte for the number of dimensions, each dimension
as four bytes, then the numbers; everything big-endian. It may be compressed with gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from autoencode.data.compression import DEFLATE_EXPANSION
from autoencode.data.extent import Extent, measure_array
from autoencode.data.regular_file import fill, open_file, unreadable
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.stored_arrays import make_array

_DTYPES = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_CODES = {dtype.newbyteorder("="): code for code, dtype in _DTYPES.items()}
IDX_BYTES = "IDX bytes"
"""What content that is no file is called in errors."""
_MOST_DIMENSIONS = 32
_MAX_BYTES = 2**32
_BLOCK = 1 << 20


class _Content(NamedTuple):
    """An open source: what to call it in errors, its uncompressed stream, its size as stored, and the most it holds."""

    name: str
    stream: IO[bytes]
    stored_bytes: int
    most_bytes: int


def read_idx(
    source: str | os.PathLike[str] | bytes,
    *,
    dimensions: int | None = None,
    dtype: DTypeLike | None = None,
    max_bytes: int = _MAX_BYTES,
) -> np.ndarray:
    """Read an IDX file, gzipped or plain, or refuse it; a wrong array is never returned.

    Parameters
    ----------
    source : path or bytes
        The file, or its content. Whether it is gzipped is read from its first bytes, not from its name.
    dimensions : int or None
        How many dimensions the array must have. None accepts any number.
    dtype : dtype or None
        What kind of number it must hold: uint8, int8, int16, int32, float32 or float64. None accepts any of them.
    max_bytes : int
        The most bytes that the uncompressed content may have; a larger claim is refused before anything is allocated.

    Returns
    -------
    array
        Shape and kind of number as the file says, in the byte order of this machine.

    Raises
    ------
    CorruptDataError
        If the content is empty, truncated, longer than its header says, not IDX, broken gzip, larger than
        `max_bytes`, or not of the `dimensions` and `dtype` asked for.
    DataNotFoundError
        If the file is not there or cannot be read.

    References
    ----------
    LeCun, Cortes and Burges (1998), "The MNIST database of handwritten digits", section on file formats.

    Examples
    --------
    >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]))
    array([5, 0, 4], dtype=uint8)
    """
    with _open_content(source) as content:
        kind, shape = _read_header(content)
        _check_kind(content.name, kind, shape, dimensions, dtype)
        data_bytes = math.prod(shape) * kind.itemsize
        _check_size(content, kind, shape, max_bytes)
        data = make_array((data_bytes,), np.uint8)
        found = fill(content.stream, data.data)
        if found < data_bytes:
            raise CorruptDataError(
                f"{content.name}: expected {data_bytes} bytes of data for shape {shape} of {kind.name}, "
                f"found {found}; the file is truncated"
            )
        # This read also makes gzip compare its checksum, which stands after the last byte.
        if content.stream.read(1):
            raise CorruptDataError(
                f"{content.name}: expected the content to end after {data_bytes} bytes of data for shape {shape} "
                f"of {kind.name}, found more bytes after them"
            )
    return data.view(kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)


def measure_idx(path: str | os.PathLike[str]) -> Extent:
    """Return the extent of an IDX file, whose unsigned bytes become float32; it raises the errors of `read_idx`."""
    with _open_content(path) as content:
        kind, shape = _read_header(content)
        _check_size(content, kind, shape, _MAX_BYTES)
    # The bytes, the same as float32, and what comes of their division.
    is_pixels = kind == np.uint8
    extent = measure_array(shape, np.dtype(np.float32), copies=9 / 4) if is_pixels else measure_array(shape, kind)
    return replace(extent, may_lie_in_files=True)


def encode_idx(array: np.ndarray) -> bytes:
    """Write an array as plain IDX, the exact inverse of `read_idx`.

    Parameters
    ----------
    array : array of uint8, int8, int16, int32, float32 or float64
        One to 32 dimensions, each below 2³².

    Returns
    -------
    bytes
        The content of the file, not compressed.

    Raises
    ------
    InvalidInputError
        If IDX has no code for the kind of number, or there are no dimensions or too many.

    Examples
    --------
    >>> import numpy as np
    >>> encode_idx(np.array([5, 0, 4], dtype=np.uint8)).hex(" ")
    '00 00 08 01 00 00 00 03 05 00 04'
    """
    code = _CODES.get(array.dtype.newbyteorder("="))
    if code is None:
        known = ", ".join(dtype.name for dtype in _DTYPES.values())
        raise InvalidInputError(f"array: expected a dtype that IDX has a code for ({known}), got {array.dtype}")
    if not 1 <= array.ndim <= _MOST_DIMENSIONS or max(array.shape) >= 2**32:
        raise InvalidInputError(f"array: expected 1 to {_MOST_DIMENSIONS} dimensions below 2³², got {array.shape}")
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return header + array.astype(_DTYPES[code], copy=False).tobytes()


def hash_idx(path: str | os.PathLike[str], *, max_bytes: int = _MAX_BYTES) -> str:
    """Compute the MD5 of a file's uncompressed content, whatever the content is.

    Parameters
    ----------
    path : path
        A file, gzipped or plain.
    max_bytes : int
        The most bytes of uncompressed content to read.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    CorruptDataError
        If the file is empty, broken gzip, or longer than `max_bytes` once uncompressed.
    DataNotFoundError
        If the file is not there or cannot be read.
    """
    digest = hashlib.md5(usedforsecurity=False)
    total = 0
    with _open_content(path) as content:
        while block := content.stream.read(_BLOCK):
            total += len(block)
            if total > max_bytes:
                raise CorruptDataError(f"{content.name}: expected at most {max_bytes} bytes of content, found more")
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _open_content(source: str | os.PathLike[str] | bytes) -> Iterator[_Content]:
    """Open a source uncompressed; what is wrong with the file or its gzip is said with its name."""
    name, raw = (IDX_BYTES, io.BytesIO(source)) if isinstance(source, bytes) else (str(source), open_file(Path(source)))
    with raw:
        stored_bytes = raw.seek(0, os.SEEK_END)
        if stored_bytes == 0:
            raise CorruptDataError(f"{name}: expected an IDX file, found it empty")
        raw.seek(0)
        gzipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        most_bytes = stored_bytes * (DEFLATE_EXPANSION if gzipped else 1)
        try:
            yield _Content(name, gzip.GzipFile(fileobj=raw) if gzipped else raw, stored_bytes, most_bytes)  # type: ignore[arg-type]
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CorruptDataError(f"{name}: expected whole gzip data, found it broken: {error}") from error
        except OSError as error:
            raise unreadable(Path(name), error) from error


def _read_header(content: _Content) -> tuple[np.dtype, tuple[int, ...]]:
    magic = content.stream.read(4)
    if len(magic) < 4:
        raise CorruptDataError(f"{content.name}: expected an IDX header of at least 8 bytes, found {len(magic)}")
    kind = _DTYPES.get(magic[2])
    if magic[:2] != b"\x00\x00" or kind is None or not 1 <= magic[3] <= _MOST_DIMENSIONS:
        hint = "; it looks like a web page" if magic.lstrip()[:1] == b"<" else ""
        codes = ", ".join(f"{code:02x}" for code in _DTYPES)
        raise CorruptDataError(
            f"{content.name}: expected an IDX header (00 00, then one of {codes}, then 01 to {_MOST_DIMENSIONS:02x} "
            f"dimensions), found {magic.hex(' ')}{hint}"
        )
    lengths = content.stream.read(4 * magic[3])
    if len(lengths) < 4 * magic[3]:
        raise CorruptDataError(
            f"{content.name}: expected {4 * magic[3]} bytes of header for {magic[3]} dimensions, found {len(lengths)}"
        )
    return kind, tuple(int(length) for length in np.frombuffer(lengths, dtype=">u4"))


def _check_kind(
    name: str, kind: np.dtype, shape: tuple[int, ...], dimensions: int | None, dtype: DTypeLike | None
) -> None:
    if dimensions is not None and len(shape) != dimensions:
        raise CorruptDataError(
            f"{name}: expected {dimensions} dimensions, found {len(shape)} {shape}; is it another file under this name?"
        )
    if dtype is not None and kind.newbyteorder("=") != np.dtype(dtype):
        raise CorruptDataError(f"{name}: expected numbers of type {np.dtype(dtype).name}, found {kind.name}")


def _check_size(content: _Content, kind: np.dtype, shape: tuple[int, ...], max_bytes: int) -> None:
    """Refuse a declared size that is too large or impossible, before anything is allocated for it."""
    header_bytes = 4 + 4 * len(shape)
    # An empty dimension would hide absurd ones beside it, which NumPy could not shape.
    declared = header_bytes + kind.itemsize * math.prod(length for length in shape if length)
    if declared > max_bytes:
        raise CorruptDataError(
            f"{content.name}: expected at most {max_bytes} bytes of content, found a header that declares "
            f"{declared} (shape {shape} of {kind.name})"
        )
    declared = header_bytes + kind.itemsize * math.prod(shape)
    if declared > content.most_bytes:
        raise CorruptDataError(
            f"{content.name}: expected {declared} bytes of content for shape {shape} of {kind.name}, found a file of "
            f"{content.stored_bytes} bytes, which holds at most {content.most_bytes}; the file is truncated or its "
            "header is damaged"
        )
