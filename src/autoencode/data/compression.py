"""Files that may be compressed, opened as what is in them: gzip, bzip2, xz and Zstandard, by content, not by name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from autoencode.arrow import pa
from autoencode.data.regular_file import damaged, open_file, read_head, show_path
from autoencode.exceptions import CorruptDataError

COMPRESSED_ENDINGS = (".gz", ".zst", ".bz2", ".xz")
"""How the names of compressed files end; their content decides."""

DEFLATE_EXPANSION = 1032
"""Deflate turns a byte into at most so many; a larger claim cannot be met, so nothing is allocated for it."""
_MARKS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
_BLOCK_BYTES = 1 << 20
# bzip2 takes 900,000 bytes at once: of fewer than this, how much they shrink could not be told.
_MEASURED_BYTES = 1 << 22
# What takes more room than this, and shrinks by more than this factor, was made to fill the memory.
_SUSPECT_BYTES = 2**30
_SUSPECT_EXPANSION = 200
_DAMAGES = (EOFError, OSError, zlib.error, lzma.LZMAError, MemoryError)


def name_compression(head: bytes) -> str | None:
    """Say by the first bytes of a file how it is compressed; None where it is not.

    Examples
    --------
    >>> name_compression(b"\\x1f\\x8b\\x08"), name_compression(b"a,b")
    ('gzip', None)
    """
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def strip_compression(name: str) -> str:
    """Return a file's name without the ending of a compressed one.

    Examples
    --------
    >>> strip_compression("table.csv.gz"), strip_compression("table.csv")
    ('table.csv', 'table.csv')
    """
    stem, ending = os.path.splitext(name)
    return stem if ending.lower() in COMPRESSED_ENDINGS else name


@contextmanager
def open_decompressed(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading from its start to its end, decompressed where it is compressed, whatever its name.

    Several members or frames behind each other are one content. Nothing is held but a block.

    Raises
    ------
    CorruptDataError
        If the file is empty; and as it is read, if it is damaged, truncated, or expands so much that it was made to.
    InvalidInputError
        If it is a folder, a pipe or a device.
    DataNotFoundError
        If it is not there or cannot be read.
    """
    compression = name_compression(read_head(path))
    with open_file(path) as file:
        if compression is None:
            yield file
            return
        stream, _ = _open(compression, path, file)
        with stream:
            yield io.BufferedReader(_Watched(stream, path, compression), _BLOCK_BYTES)  # pyright: ignore[reportReturnType]


def read_beginning(path: Path, lines: int, most_bytes: int) -> tuple[bytes, float]:
    """Return the first lines of a file, decompressed, and about how many bytes its whole content has.

    Parameters
    ----------
    path
        A file, compressed or not.
    lines
        How many lines to read at least, where it has so many.
    most_bytes
        How many bytes to stop after.

    Returns
    -------
    beginning
        Blocks of the content. Where the file is damaged they end before: who reads all of it says what is wrong.
    content_bytes
        The length of the content, by how much the beginning was compressed; exact where the beginning is all of it.
    """
    stored = path.stat().st_size
    beginning = b""
    with open_file(path) as file:
        compression = name_compression(file.read(8))
        least = 0 if compression is None else _MEASURED_BYTES
        file.seek(0)
        stream, handle = (file, file) if compression is None else _open(compression, path, file)
        with suppress(*_DAMAGES):
            while len(beginning) < most_bytes and (beginning.count(b"\n") < lines or len(beginning) < least):
                block = stream.read(_BLOCK_BYTES)
                if not block:
                    return beginning, float(len(beginning))
                beginning += block
        if compression is None:
            return beginning, float(stored)
        return beginning, max(float(len(beginning)), stored * len(beginning) / max(1, handle.tell()))


def _open(compression: str, path: Path, file: BinaryIO) -> tuple[Any, Any]:
    """Return the decompressed content, and the handle that it is read from."""
    if compression == "gzip":
        return gzip.GzipFile(fileobj=file), file
    if compression == "bzip2":
        return bz2.BZ2File(file), file
    if compression == "xz":
        return lzma.LZMAFile(file), file

    handle = pa.OSFile(os.fsencode(path))  # by its path: Arrow is never given a file of Python's
    return pa.CompressedInputStream(handle, "zstd"), handle


class _Watched(io.RawIOBase):
    """What a decompressor gives, with its errors in our words, and an end to what has none."""

    def __init__(self, stream: Any, path: Path, compression: str) -> None:
        self._stream = stream
        self._name, self._compression = show_path(path), compression
        self._stored_bytes = path.stat().st_size
        self._given_bytes = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes; none at the end."""
        try:
            block = self._stream.read(len(buffer))
        except _DAMAGES as error:
            raise damaged(self._name, f"damaged or truncated {self._compression} data", error) from error
        self._given_bytes += len(block)
        if self._given_bytes > max(_SUSPECT_BYTES, _SUSPECT_EXPANSION * self._stored_bytes):
            raise CorruptDataError(
                f"{self._name}: its {self._stored_bytes:,} bytes expand to more than {_SUSPECT_EXPANSION} times as many"
                "; if that is right, decompress the file first"
            )
        buffer[: len(block)] = block
        return len(block)
