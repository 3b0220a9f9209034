"""Columns of dates, times and durations as ONNX nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64, Int64

from autoencode.export.column_nodes import Port, add_cut_scores, add_features, add_flag, compare_numbers
from autoencode.export.graph import Graph
from autoencode.export.number_nodes import add_numbers
from autoencode.tables.column_type import parse_type
from autoencode.tables.datetime_column import DAY, DatetimeColumn, find_ends, ticks_a_second

if TYPE_CHECKING:
    import pyarrow as pa

NOT_A_TIME = int(np.iinfo(np.int64).min)


def feed_ticks(cells: pa.ChunkedArray) -> Int64[np.ndarray, " rows"]:
    """Return dates, times or durations as the integers that they are stored as."""
    import pyarrow as pa

    stored = pa.int32() if cells.type.bit_width == 32 else pa.int64()
    return cells.cast(stored).cast(pa.int64()).fill_null(NOT_A_TIME).to_numpy()


class DatetimeNodes:
    """A column of dates, times or durations: int64 in the column's own unit, as NumPy and Arrow store them."""

    dtype = np.dtype(np.int64)

    def __init__(self, column: DatetimeColumn, port: Port):
        self.column, self.port = column, port
        self.kind = parse_type(column.type)
        self.per_second = ticks_a_second(self.kind)
        self.missing = NOT_A_TIME if column.flagged else None

    def add_features(self, graph: Graph) -> str:
        """Add the input and its features, float32 of shape (batch, features); return their name."""
        name, missing = self.port.input, ""
        ticks = graph.add_input(name, np.int64, (), f"column {self.column.name!r}: {self.column.type} as int64")
        if self.column.flagged:
            nothing = graph.add_number(NOT_A_TIME, f"{name}.not_a_time", np.int64)
            missing = graph.add("Equal", ticks, nothing, name=f"{name}.missing")
            nil = graph.add_number(0, f"{name}.nil_ticks", np.int64)
            ticks = graph.add("Where", missing, nil, ticks, name=f"{name}.ticks")
        score = add_cut_scores(graph, self.column, self._add_seconds(graph, ticks, name), name)
        if not self.column.flagged:
            return add_features(graph, [score], name)
        score = graph.add("Where", missing, graph.add_number(0.0, f"{name}.nil"), score, name=f"{name}.present")
        return add_features(graph, [score, missing], name)

    def _add_seconds(self, graph: Graph, ticks: str, name: str) -> str:
        """Add what counts seconds since the origin: whole ones in int64, so that none is lost, and their parts."""
        if self.per_second == 0:
            day = graph.add_number(DAY, f"{name}.day", np.int64)
            return self._add_since(graph, graph.add("Mul", ticks, day, name=f"{name}.whole"), name)
        second = graph.add_number(self.per_second, f"{name}.second", np.int64)
        rest = graph.add("Mod", ticks, second, name=f"{name}.rest")  # of the divisor's sign, as in Python
        whole = graph.add("Div", graph.add("Sub", ticks, rest, name=f"{name}.even"), second, name=f"{name}.whole")
        since = self._add_since(graph, whole, name)
        part = graph.add_cast(rest, np.float64, f"{name}.rest_double")
        part = graph.add("Div", part, graph.add_number(self.per_second, f"{name}.ticks_a_second"), name=f"{name}.part")
        return graph.add("Add", since, part, name=f"{name}.seconds")

    def _add_since(self, graph: Graph, whole: str, name: str) -> str:
        """Add what counts whole seconds from the origin, cut where the column cuts them."""
        if self.column.encodes_unseen:
            first, last = find_ends(self.kind)
            ends = (graph.add_number(end, f"{name}.end", np.int64) for end in (first, last - 1))
            whole = graph.add("Clip", whole, *ends, name=f"{name}.within")
        origin = graph.add_number(self.column.origin, f"{name}.origin", np.int64)
        return graph.add_cast(graph.add("Sub", whole, origin, name=f"{name}.since"), np.float64, f"{name}.since_double")

    def add_cells(self, graph: Graph, features: str) -> None:
        """Add the output of the cells that features stand for, to the column's resolution."""
        name, step = self.port.output, self.column.step
        score = graph.add_cast(graph.add_column(features, 0, f"{name}.score"), np.float64, f"{name}.double")
        seconds = add_numbers(graph, self.column.number_map, score, name)
        steps = graph.add("Div", seconds, graph.add_number(step, f"{name}.step"), name=f"{name}.exact_steps")
        steps = graph.add("Round", steps, name=f"{name}.rounded")
        first, last = ((limit - self.column.origin) / step for limit in self.column.find_limits(self.kind))
        ends = (graph.add_number(end, f"{name}.end") for end in (np.ceil(first), np.ceil(last) - 1))
        steps = graph.add_cast(graph.add("Clip", steps, *ends, name=f"{name}.clipped"), np.int64, f"{name}.steps")
        a_step = round(step / DAY) if self.per_second == 0 else round(step * self.per_second)
        start = self.column.origin // DAY if self.per_second == 0 else self.column.origin * self.per_second
        ticks = graph.add("Mul", steps, graph.add_number(a_step, f"{name}.a_step", np.int64), name=f"{name}.since")
        ticks = graph.add("Add", ticks, graph.add_number(start, f"{name}.start", np.int64), name=f"{name}.ticks")
        if self.column.flagged:
            nothing = graph.add_number(NOT_A_TIME, f"{name}.not_a_time", np.int64)
            ticks = graph.add("Where", add_flag(graph, features, 1, name), nothing, ticks, name=f"{name}.cells")
        graph.add_output(ticks, name, np.int64, (), f"column {self.column.name!r}, rebuilt")

    def feed(self, cells: pa.ChunkedArray) -> Int64[np.ndarray, " rows"]:
        """Return cells as the input takes them."""
        return feed_ticks(cells.cast(self.kind))

    def subtract(self, theirs: np.ndarray, features: np.ndarray) -> Float64[np.ndarray, " rows"]:
        """Return how far a file's cells are from those that features stand for, in scores; rounding is not counted."""
        missing = theirs == NOT_A_TIME
        ticks = np.where(missing, 0, theirs)
        whole, rest = (ticks * DAY, 0 * ticks) if self.per_second == 0 else np.divmod(ticks, self.per_second)
        seconds = (whole - self.column.origin) + rest / max(1, self.per_second)
        first, last = (limit - self.column.origin for limit in self.column.find_limits(self.kind))
        ours = self.column.decode_numbers(features) * (DAY if self.column.unit == "days" else 1)
        ours = np.clip(ours, first, last - self.column.step)
        step = np.maximum(self.column.step, np.spacing(np.abs(ours))) / 2 + np.spacing(np.abs(ours))
        return compare_numbers(self.column, seconds, ours, step, missing, features)
