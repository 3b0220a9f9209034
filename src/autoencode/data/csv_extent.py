"""How large the table of a CSV file is, by the file's size and its first rows."""

from __future__ import annotations

from pathlib import Path

from autoencode.data.compression import read_beginning
from autoencode.data.csv_layout import SEPARATORS
from autoencode.data.extent import Extent, measure_table

__all__ = ["measure_csv"]

_LONGEST_HEAD = 1 << 25
# Colons and blanks stand in names too.
_MARKS = [mark.encode() for mark in SEPARATORS if mark not in ": "]


def measure_csv(path: Path) -> Extent | None:
    """Return the extent of a CSV file by its size and first rows; None where they do not show it.

    Parameters
    ----------
    path
        The file, compressed or not.
    """
    head, text_bytes = read_beginning(path, 2, _LONGEST_HEAD)
    lines = head.split(b"\n")
    if len(lines) < 2 or not lines[0]:
        return None
    whole = lines[1:-1] or lines[1:]  # the last one may be torn
    row_bytes = sum(map(len, whole)) / len(whole) + 1
    rows = max(1, round((text_bytes - len(lines[0])) / row_bytes))
    return measure_table(rows, 1 + max(lines[0].count(mark) for mark in _MARKS), text_bytes=text_bytes)
