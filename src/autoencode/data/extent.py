"""How large samples are, found out before they are read: from headers, sizes of files and the first rows of text."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

_CELL_BYTES = 8
# Measured: Arrow holds a file's text one and a half times beside its cells while it reads, and gives back a part of it.
_TEXT_SHARE, _TEXT_KEPT = 1.5, 1.0


@dataclass(frozen=True)
class Extent:
    """What is known of samples that are not read yet.

    Attributes
    ----------
    count
        How many samples there are; of a text, estimated by its first rows.
    shape
        The shape of a sample; of a table, its number of columns.
    kept_bytes
        What they take once they are read.
    reading_bytes
        What they take while they are read, at most.
    number_bytes
        Bytes of a number, as training is given it: 4 for float32, else 8.
    is_table
        Whether they are a table, whose columns may become more features than they are.
    is_resizable
        Whether they are image files, which can be read at another size.
    may_lie_in_files
        Whether they need no memory of their own where they are too large for it.
    """

    count: int
    shape: tuple[int, ...]
    kept_bytes: int
    reading_bytes: int
    number_bytes: int = 4
    is_table: bool = False
    is_resizable: bool = False
    may_lie_in_files: bool = False

    @property
    def features(self) -> int:
        """How many numbers a flat sample has; a column of a table counts once."""
        return math.prod(self.shape)


def measure_array(shape: tuple[int, ...], dtype: np.dtype, *, copies: float = 1) -> Extent:
    """Return the extent of an array that is read as it is stored.

    Parameters
    ----------
    shape, dtype
        Of the array.
    copies
        How many times its bytes are held while it is read.

    Examples
    --------
    >>> measure_array((10, 8, 8), np.dtype("uint8")).features
    64
    """
    size = math.prod(shape) * dtype.itemsize
    return Extent(shape[0] if shape else 0, shape[1:], size, int(copies * size), 4 if dtype == np.float32 else 8)


def measure_table(rows: int, columns: int, *, text_bytes: float) -> Extent:
    """Return the extent of a table.

    Parameters
    ----------
    rows, columns
        Of the table.
    text_bytes
        Of the file that it is read from, decompressed.
    """
    cells = rows * columns * _CELL_BYTES
    kept, reading = (int(cells + share * text_bytes) for share in (_TEXT_KEPT, _TEXT_SHARE))
    return Extent(rows, (columns,), kept, reading, 8, is_table=True)


def join_extents(extents: list[Extent]) -> Extent | None:
    """Return the extent of parts below each other, all held while they are joined; None of none."""
    if not extents:
        return None
    first = extents[0]
    kept = sum(extent.kept_bytes for extent in extents)
    beside = max(extent.reading_bytes - extent.kept_bytes for extent in extents)
    count = sum(extent.count for extent in extents)
    in_files = all(extent.may_lie_in_files for extent in extents)
    joined = Extent(count, first.shape, kept, kept + beside, first.number_bytes, first.is_table)
    return replace(joined, may_lie_in_files=in_files)
