"""How large the table of a CSV file is, by the file's size and its first rows."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from autoencode.data.extent import Extent, measure_table
from autoencode.data.regular_file import open_file

__all__ = ["measure_csv"]

_HEAD_BYTES, _LONGEST_HEAD = 1 << 20, 1 << 25
_SEPARATORS = (b",", b";", b"\t", b"|")


def measure_csv(path: Path) -> Extent | None:
    """Return the extent of a CSV file by its size and first rows; None where they do not show it.

    Parameters
    ----------
    path
        The file, gzipped or not.
    """
    head, stored = _read_head(path)
    lines = head.split(b"\n")
    if len(lines) < 2 or not lines[0]:
        return None
    whole = lines[1:-1] or lines[1:]  # the last one may be torn
    row_bytes = sum(map(len, whole)) / len(whole) + 1
    text_bytes = len(head) if stored is None else max(float(len(head)), stored)
    rows = max(1, round((text_bytes - len(lines[0])) / row_bytes))
    return measure_table(rows, 1 + max(lines[0].count(mark) for mark in _SEPARATORS), text_bytes=text_bytes)


def _read_head(path: Path) -> tuple[bytes, float | None]:
    """Return the first lines of a text, and how many bytes the whole has; None for the second where these are all."""
    stored = path.stat().st_size
    with open_file(path) as file:
        is_gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = gzip.GzipFile(fileobj=file) if is_gzipped else file
        head = b""
        try:
            while head.count(b"\n") < 2 and len(head) < _LONGEST_HEAD:
                block = stream.read(_HEAD_BYTES)
                if not block:
                    return head, None
                head += block
        except (OSError, EOFError, zlib.error):  # who reads it says what is wrong
            return head, None
        return head, stored * len(head) / max(1, file.tell()) if is_gzipped else float(stored)
