"""CSV that is piped in, record by record: whole ones as soon as no more input waits."""

from __future__ import annotations

import csv
import io
import select
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader

MOST_BYTES = 2**22
"""So much is read before anything of it is judged, if more waits."""

MOST_LINES = 1000
"""A record of more lines is none: one of its quotes is not closed."""

_READ = 2**16
_INCOMPLETE = "unexpected end of data"


@dataclass
class RecordStream:
    """A stream of CSV records; the first line is a header where there is one.

    Parameters
    ----------
    stream
        Of bytes, of which those that are there can be read without waiting for more.
    read_first
        Says, of the first line, what stands between two cells, and whether it is a header.

    Attributes
    ----------
    separator, has_header, header
        What was found of the first line, once it was read.
    """

    stream: BufferedReader
    read_first: Callable[[bytes], tuple[str, bool]]
    separator: str = ""
    has_header: bool = False
    header: bytes = b""

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield the records that are there, each with its line ends, whenever no more input waits."""
        rest = b""
        while True:
            read = self._read_waiting()
            rest += read
            records, rest = self._split(rest, at_end=not read)
            if self.has_header and not self.header and records:
                self.header = records.pop(0)
            if records:
                yield records
            if not read:
                return

    def _read_waiting(self) -> bytes:
        """Read what is there, at most some megabytes; wait for the first byte, and return nothing at the end."""
        parts, size = [], 0
        while part := self.stream.read1(_READ):
            parts.append(part)
            size += len(part)
            if size >= MOST_BYTES or not _waits(self.stream):
                break
        return b"".join(parts)

    def _split(self, content: bytes, *, at_end: bool) -> tuple[list[bytes], bytes]:
        """Return the whole records, and what is left of a last one; empty lines are passed over."""
        *lines, last = content.split(b"\n")
        records, held = [], []
        for line in lines:
            if not self.separator and line.strip():
                self.separator, self.has_header = self.read_first(line)
            held.append(line + b"\n")
            if self._is_whole(held):
                records.append(b"".join(held))
                held = []
        left = b"".join([*held, last])
        if at_end and left:
            if not self.separator:
                self.separator, self.has_header = self.read_first(left)
            records, left = [*records, left + b"\n"], b""
        return [record for record in records if record.strip()], left

    def _is_whole(self, lines: list[bytes]) -> bool:
        """Return whether lines are a record, and not the beginning of one with a line break between quotes."""
        if (len(lines) == 1 and b'"' not in lines[0]) or len(lines) > MOST_LINES:
            return True
        text = b"".join(lines).decode("latin-1")
        try:
            for _ in csv.reader(io.StringIO(text, newline=""), delimiter=self.separator or ",", strict=True):
                pass
        except csv.Error as error:
            return _INCOMPLETE not in str(error)
        return True


def _waits(stream: BufferedReader) -> bool:
    """Return whether there is more to read, or the end, without waiting for it."""
    try:
        return bool(select.select([stream], [], [], 0)[0])
    except OSError:  # no system that can tell of a pipe
        return False
