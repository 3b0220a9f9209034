"""The text of a table before its cells are read: decompressed, in its encoding, with its layout found."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from autoencode.arrow import pa
from autoencode.data.compression import name_compression, open_decompressed, strip_compression
from autoencode.data.csv_layout import Layout, find_layout, name_blank
from autoencode.data.regular_file import check_memory, name_content, read_head, show_path
from autoencode.data.table_options import TableOptions
from autoencode.data.text_encoding import guess_encoding, is_utf8
from autoencode.exceptions import AutoencodeWarning, CorruptDataError
from autoencode.notice import warn_user
from autoencode.stored_arrays import can_store
from autoencode.stored_tables import keep_text

_HEAD_BYTES = 1 << 20
_BLOCK = 1 << 20
_LONGEST_HEADER = 1 << 26
# So many lines the layout is found by, where they are short.
_LEAST_LINES = 4
# What pyarrow takes for each column as it reads, however few the rows are.
_COLUMN_BYTES = 5_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WITHOUT_MARK = (("utf-16-le", rb"(?:[\x09-\x7e]\x00){8}"), ("utf-16-be", rb"(?:\x00[\x09-\x7e]){8}"))


@dataclass(frozen=True)
class CsvText:
    """A table's text.

    Attributes
    ----------
    path
        The file.
    name
        What it is called in messages.
    encoding
        The name of the encoding, for Python.
    layout
        How it is laid out.
    is_stored
        Whether the file is plain UTF-8, which Arrow reads by itself.
    line_bytes
        How long the longest of the first lines is.
    """

    path: Path
    name: str
    encoding: str
    layout: Layout
    is_stored: bool
    line_bytes: int

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
        if self.is_stored and self.layout.is_plain:
            return pa.OSFile(os.fsencode(self.path))
        blocks = self._decode() if self.layout.is_plain else self._rewrite()
        return keep_text(block.encode() for block in blocks)

    @property
    def skipped(self) -> int:
        """How many lines of the opened text stand above the first sample."""
        return self.layout.skipped + self.layout.header_lines if self.layout.is_plain else 0

    def records(self) -> Iterator[list[str]]:
        """Read the rows below the header one by one, as Python's own reader has them; slow, and it forgives much."""
        return (cells for _, cells in self.numbered_records())

    def numbered_records(self) -> Iterator[tuple[int, list[str]]]:
        """Read the rows below the header, each with the line of the file that it ends in, counted from 1."""
        layout = self.layout
        above = layout.skipped + layout.header_lines
        with open_decompressed(self.path) as file:
            text = io.TextIOWrapper(file, self.encoding, newline="")
            for _ in range(above):
                next(text, None)
            pads_quotes = layout.pads_quotes
            lines = map(self._unpad, text) if pads_quotes and layout.separator != " " else text
            reader = layout.read(lines, skips_blanks=pads_quotes, strict=True)
            for cells in reader:
                if cells and (len(cells) > 1 or cells[0].strip()):
                    yield above + reader.line_num, cells

    def _unpad(self, line: str) -> str:
        """Return a line without the blanks between a quote that ends a cell and the separator."""
        mark = re.escape(self.layout.separator)
        blank, quote = name_blank(self.layout.separator), self.layout.quote
        return re.sub(rf"(?<=[^{mark}]){quote}{blank}+(?={mark}|[\r\n])", quote, line)

    def _decode(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        with open_decompressed(self.path) as file:
            while block := file.read(_BLOCK):
                yield decoder.decode(block)
        yield decoder.decode(b"", final=True)

    def _rewrite(self) -> Iterator[str]:
        """Yield the rows as Arrow reads them: every cell quoted, and as many in each as the header has."""
        block, width = io.StringIO(), self.layout.width
        written = csv.writer(block, quoting=csv.QUOTE_ALL)
        for cells in self.records():
            short = [*cells, ""] if len(cells) == width - 1 and not self.layout.names else cells
            written.writerow(short[:width] if not any(short[width:]) else short)
            if block.tell() > _BLOCK:
                yield block.getvalue()
                block.seek(0)
                block.truncate()
        yield block.getvalue()

    def locate_byte(self) -> str:
        """Say in which line the first byte stands that is no text in the encoding, and which byte it is."""
        decoder, line = codecs.getincrementaldecoder(self.encoding)(), 1
        with open_decompressed(self.path) as file:
            try:
                while block := file.read(_BLOCK):
                    line += decoder.decode(block).count("\n")
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                # The error's object begins with what the decoder kept of the block before.
                line += error.object[: error.start].count(b"\n")
                return f"line {line} has the byte 0x{error.object[error.start : error.start + 1].hex()}"
        return ""


def open_text(path: Path, options: TableOptions, *, guess: bool = False) -> CsvText:
    """Find a text's encoding and layout by its first lines.

    Parameters
    ----------
    path : Path
        The file, compressed or not, whatever its name says.
    options : TableOptions
        What was asked for.
    guess : bool
        Whether its encoding is guessed from the whole of it, as some later line is no UTF-8.

    Raises
    ------
    CorruptDataError
        If it is empty, binary, or another kind of file.
    InvalidInputError
        If it is no file, or does not fit in memory.
    DataNotFoundError
        If it cannot be read.

    Warns
    -----
    AutoencodeWarning
        If the encoding had to be guessed.
    """
    name, stored_bytes = show_path(path), path.stat().st_size if path.exists() else 0
    is_compressed = name_compression(read_head(path)) is not None
    with open_decompressed(path) as file:
        head, is_whole = _take_head(file, name)
        _check_text(head, name)
        encoding, is_guessed = _find_encoding(head, options)
        if encoding is None or guess:
            encoding = guess_encoding(head + (file.read(_HEAD_BYTES * 16) if guess else b""), name)
    text = head.decode(encoding, errors="replace")
    ending = Path(strip_compression(path.name)).suffix.lower()
    layout = find_layout(text, options, is_whole=is_whole, ending=ending)
    if (is_guessed or guess) and options.encoding is None:
        words = f"{name}: is read as {encoding}, as it is no UTF-8 (encoding=)"
        warn_user(words, AutoencodeWarning, cause=words)
    held_bytes = 0 if can_store() else stored_bytes
    check_memory(f"{name}, with {layout.width:,} columns", held_bytes + _COLUMN_BYTES * layout.width)
    is_stored = not is_compressed and encoding in ("utf-8", "utf-8-sig")
    longest = max(map(len, re.split(rb"[\r\n]+", head)))
    return CsvText(path, name, encoding, layout, is_stored, longest)


def _take_head(file: BinaryIO, name: str) -> tuple[bytes, bool]:
    """Return the first bytes of a text, to the end of its first lines; and whether these are all."""
    blocks = [file.read(_HEAD_BYTES)]
    lines = len(re.findall(rb"\r\n?|\n", blocks[0]))
    while lines < _LEAST_LINES and (block := file.read(_BLOCK)):
        blocks.append(block)
        lines += len(re.findall(rb"\r\n?|\n", block))
        if not lines and len(blocks) * _BLOCK > _LONGEST_HEADER:
            raise CorruptDataError(
                f"{name}: its first line is longer than {_LONGEST_HEADER >> 20} MiB; expected the names of columns in "
                "it: is it a table?"
            )
        if len(blocks) * _BLOCK > _LONGEST_HEADER:
            break
    head = b"".join(blocks)
    return head, not file.read(1) if len(head) >= _HEAD_BYTES else True


def _check_text(head: bytes, name: str) -> None:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise CorruptDataError(f"{name}: the file is empty; expected a header and samples")
    if found := name_content(head):
        raise CorruptDataError(f"{name}: expected text with columns (CSV), but it is {found}")


def _find_encoding(head: bytes, options: TableOptions) -> tuple[str | None, bool]:
    """Return the encoding of a text, None where its letters are to tell; and whether it says none itself."""
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked, False
    if options.encoding is not None and options.encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        return ("utf-8" if is_utf8(head) and not head.isascii() else options.encoding), False
    unmarked = next((encoding for encoding, pattern in _WITHOUT_MARK if re.match(pattern, head[:64])), None)
    if unmarked is not None:
        return unmarked, True
    return ("utf-8", False) if is_utf8(head) else (None, True)
