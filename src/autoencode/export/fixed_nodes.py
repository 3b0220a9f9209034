"""A column of a table without features that a file reads all the same, as one that names the groups of rows is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.export.column_nodes import Port, feed_booleans, feed_numbers
from autoencode.export.datetime_nodes import NOT_A_TIME, feed_ticks
from autoencode.tables.column_type import find_family, parse_type
from autoencode.tables.datetime_column import TIME_FAMILIES
from autoencode.tables.fixed_column import FixedColumn

if TYPE_CHECKING:
    import pyarrow as pa


class FixedNodes:
    """A column without features: numbers as double, booleans as float, dates as int64, and all else as texts."""

    def __init__(self, column: FixedColumn, port: Port):
        self.column, self.port, self.kind = column, port, parse_type(column.type)
        self.family = find_family(self.kind)
        if self.family in TIME_FAMILIES:
            self.dtype, self.missing = np.dtype(np.int64), NOT_A_TIME
        elif self.family in ("numbers", "booleans"):
            self.dtype, self.missing = np.dtype(np.float64 if self.family == "numbers" else np.float32), "NaN"
        else:
            self.dtype, self.missing = np.dtype(object), ""

    def feed(self, cells: pa.ChunkedArray) -> np.ndarray:
        """Return cells as the input takes them."""
        import pyarrow as pa

        if self.family in TIME_FAMILIES:
            return feed_ticks(cells.cast(self.kind))
        if self.family in ("numbers", "booleans"):
            return feed_numbers(cells) if self.family == "numbers" else feed_booleans(cells)
        return np.array(cells.cast(pa.string()).fill_null("").to_pylist(), object)
