"""The text of a CSV file before its cells are read: decompressed, its encoding and its separator found."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from autoencode.data.regular_file import (
    check_memory,
    name_content,
    open_file,
    read_head,
    show_path,
)
from autoencode.exceptions import CorruptDataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CsvText", "check_encoding", "is_sample", "open_csv"]

_HEAD_BYTES = 1 << 20
_BLOCK = 1 << 20
_LONGEST_HEADER = 1 << 26
# What pyarrow takes for each column as it reads, however few the rows are.
_COLUMN_BYTES = 10_000
_LINE_BREAKS = b"\r\n"
# Text that takes more room than this, and shrinks by more than this factor, was made to fill the memory.
_SUSPECT_BYTES = 2**30
_SUSPECT_EXPANSION = 200
_SEPARATORS = (",", ";", "\t", "|")
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")


class CsvText:
    """The text of a CSV file.

    Attributes
    ----------
    name
        What the file is called in messages.
    encoding
        The name of the encoding, for Python.
    separator
        What stands between two cells: the one of comma, semicolon, tab and bar that the header has most of.
    columns
        How many of them the header names.
    header_bytes
        How long the first line is.
    """

    def __init__(self, path: Path, file: BinaryIO, *, is_gzipped: bool, stored_bytes: int) -> None:
        self.name = show_path(path)
        self._path = path
        self._is_gzipped = is_gzipped
        self._stream = io.BufferedReader(gzip.GzipFile(fileobj=file), _BLOCK) if is_gzipped else file
        self._stored_bytes = stored_bytes
        self._given_bytes = 0
        self._head = b""
        self._head = head = self._take(_HEAD_BYTES)
        if not head.strip():
            raise CorruptDataError(f"{self.name}: the file is empty; expected a header and samples")
        self.encoding = next((encoding for mark, encoding in _ENCODINGS if head.startswith(mark)), "utf-8")
        if found := name_content(head):
            raise CorruptDataError(f"{self.name}: expected text with columns (CSV), but it is {found}")
        if self.encoding == "utf-8" and b"\0" in head:
            raise CorruptDataError(
                f"{self.name}: expected text with columns (CSV), found a zero byte after {head.index(0):,} bytes: it "
                "is binary, or text in UTF-16 without its mark; save it as UTF-8"
            )
        self._head = head = self._take_header(head)
        header = _find_header(head.decode(self.encoding, errors="replace"))
        self.header_bytes = len(head.lstrip(_LINE_BREAKS).split(b"\n", 1)[0])
        self.separator = _find_separator(header, path)
        self.columns = header.count(self.separator) + 1

    def read(self) -> bytes:
        """Return the next bytes; none at the end."""
        block, self._head = self._head, b""
        return block or self._take(_BLOCK)

    def open(self) -> pa.NativeFile:
        """Return the whole text in UTF-8, as pyarrow reads it without calling Python.

        Its threads may hold what they were given until after Python has begun to end, and whichever of them then
        frees an object of Python's ends the process by an abort. So it gets a path, or memory of its own.

        Raises
        ------
        CorruptDataError
            If the file is damaged.
        UnicodeError
            If it is no text in its encoding.
        """
        import pyarrow as pa

        if self.encoding == "utf-8" and not self._is_gzipped:
            return pa.OSFile(os.fsencode(self._path))
        decoder = codecs.getincrementaldecoder(self.encoding)()
        copied = pa.BufferOutputStream()
        while block := self.read():
            copied.write(block if self.encoding == "utf-8" else decoder.decode(block).encode())
        copied.write(decoder.decode(b"", final=True).encode())
        return pa.BufferReader(copied.getvalue())

    def _take_header(self, head: bytes) -> bytes:
        """Return the first bytes of the text with more of them, to the end of the first line."""
        blocks, line = [head], head.lstrip(_LINE_BREAKS)
        while not re.search(rb"[\r\n]", line) and (line := self._take(_BLOCK)):
            blocks.append(line)
            if len(blocks) * _BLOCK > _LONGEST_HEADER:
                raise CorruptDataError(
                    f"{self.name}: its first line is longer than {_LONGEST_HEADER >> 20} MiB; expected the names of "
                    "columns in it: is it a table?"
                )
        return b"".join(blocks)

    def _take(self, size: int) -> bytes:
        try:
            block = self._stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CorruptDataError(f"{self.name}: is damaged or truncated gzip data: {error}") from error
        except OSError as error:
            raise CorruptDataError(f"{self.name}: cannot be read: {error.strerror or error}") from error
        self._given_bytes += len(block)
        if self._given_bytes > max(_SUSPECT_BYTES, _SUSPECT_EXPANSION * self._stored_bytes):
            raise CorruptDataError(
                f"{self.name}: its {self._stored_bytes:,} bytes expand to more than {_SUSPECT_EXPANSION} times as many"
                "; if that is right, decompress the file first"
            )
        return block


@contextmanager
def open_csv(path: Path) -> Iterator[CsvText]:
    """Open a CSV file, gzipped or not, whatever its name says.

    Raises
    ------
    CorruptDataError
        If it is empty, binary, or another kind of file.
    InvalidInputError
        If it is no file, or does not fit in memory.
    DataNotFoundError
        If it cannot be read.
    """
    is_gzipped = read_head(path).startswith(b"\x1f\x8b")
    with open_file(path) as file:
        stored_bytes = path.stat().st_size
        text = CsvText(path, file, is_gzipped=is_gzipped, stored_bytes=stored_bytes)
        check_memory(f"{text.name}, with {text.columns:,} columns", stored_bytes + _COLUMN_BYTES * text.columns)
        yield text


def check_encoding(path: Path) -> None:
    """Read a whole CSV file as text.

    Raises
    ------
    CorruptDataError
        If some bytes are no text in the file's encoding; says in which line the first of them stands.
    """
    with open_csv(path) as text:
        decoder = codecs.getincrementaldecoder(text.encoding)()
        line = 1
        try:
            while block := text.read():
                line += decoder.decode(block).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            # The error's object begins with what the decoder kept of the block before.
            line += error.object[: error.start].count(b"\n")
            found = error.object[error.start : error.start + 1].hex()
            hint = ", as in Latin-1 or Windows-1252" if text.encoding == "utf-8" else ""
            raise CorruptDataError(
                f"{text.name}: line {line}: expected text in {text.encoding.upper()}, found the byte 0x{found}{hint}; "
                "save the file as UTF-8"
            ) from error


def is_sample(names: Sequence[str]) -> bool:
    """Tell whether a first line is a sample rather than a header.

    It is, where all its cells are numbers, or where some are and do not rise. ``0,1,2,…``, which pandas writes for
    columns without names, and names such as ``country,1990,1991`` are a header.

    Examples
    --------
    >>> is_sample(["5.1", "3.5", "setosa"]), is_sample(["country", "1990", "1991"]), is_sample(["0", "1", "2"])
    (True, False, False)
    """
    numbers = [float(name.replace(",", ".")) for name in names if _NUMBER.fullmatch(name)]
    if len(numbers) == len(names):
        return len(names) < 3 or list(names) != [str(number) for number in range(len(names))]
    return any(second <= first for first, second in pairwise(numbers))


def _find_header(head: str) -> str:
    """Return the line that names the columns, without what is quoted in it."""
    return re.split(r"[\r\n]", _QUOTED.sub('""', head.lstrip("\ufeff\r\n")), maxsplit=1)[0]


def _find_separator(header: str, path: Path) -> str:
    if "\t" in header and ".tsv" in path.name.lower():
        return "\t"
    return max(_SEPARATORS, key=header.count)
