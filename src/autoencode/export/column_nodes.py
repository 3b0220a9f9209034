"""The columns of a mixed table as ONNX nodes: cells in, features out, and back.

Every column is an input of its own, shape (batch,), and an output of its own in a reconstruction. How a missing cell
is written depends on the type: NaN in numbers and booleans that can be missing, -2⁶³ in dates (NumPy's NaT), and in
categories a text that is none of them, "" unless that is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Float64

from autoencode.export.graph import Graph
from autoencode.export.number_nodes import add_numbers, add_scores
from autoencode.tables.boolean_column import BooleanColumn
from autoencode.tables.category_column import OTHER, CategoryColumn
from autoencode.tables.column_type import find_family, parse_type, read_constants
from autoencode.tables.numeric_column import EXACT, MOST_SCORE, NumericColumn

if TYPE_CHECKING:
    import pyarrow as pa

    from autoencode.tables.datetime_column import DatetimeColumn


class Port(NamedTuple):
    """What a column is called outside: as an input, and as an output of reconstructions."""

    input: str
    output: str


def add_flag(graph: Graph, features: str, place: int, name: str) -> str:
    """Add what says which cells a feature flags, from a half on."""
    flag = graph.add_column(features, place, f"{name}.flag")
    return graph.add("GreaterOrEqual", flag, graph.add_number(0.5, f"{name}.half", np.float32), name=f"{name}.flagged")


def add_features(graph: Graph, vectors: list[str], name: str) -> str:
    """Add what puts vectors beside each other as float32 features."""
    axis = graph.add_constant(np.array([1], np.int64), f"{name}.axis")
    columns = [
        graph.add("Unsqueeze", graph.add_cast(vector, np.float32, f"{name}.float"), axis, name=f"{name}.column")
        for vector in vectors
    ]
    return columns[0] if len(columns) == 1 else graph.add("Concat", *columns, axis=1, name=f"{name}.features")


def add_cut_scores(graph: Graph, column: NumericColumn | DatetimeColumn, numbers: str, name: str) -> str:
    """Add what maps numbers to scores, cut where the column cuts them."""
    score = add_scores(graph, column.number_map, numbers, name)
    if not column.encodes_unseen:
        return score
    ends = (graph.add_number(end, f"{name}.farthest") for end in (-MOST_SCORE, MOST_SCORE))
    return graph.add("Clip", score, *ends, name=f"{name}.cut")


class NumericNodes:
    """A column of numbers: float as float, integers without missing cells as int64, all else as double."""

    def __init__(self, column: NumericColumn, port: Port):
        self.column, self.port = column, port
        self.kind = parse_type(column.type)
        self.can_miss = column.flagged
        self.whole = "int" in column.type
        if self.whole and not self.can_miss:
            self.dtype = np.dtype(np.int64)
        else:
            self.dtype = np.dtype(np.float32 if column.type in ("float", "halffloat") else np.float64)
        self.missing = "NaN" if self.can_miss else None

    def add_features(self, graph: Graph) -> str:
        """Add the input and its features, float32 of shape (batch, features); return their name."""
        name = self.port.input
        graph.add_input(name, self.dtype, (), f"column {self.column.name!r}: numbers")
        numbers = graph.add_cast(name, np.float64, f"{name}.double")
        score = add_cut_scores(graph, self.column, numbers, name)
        if not self.can_miss:
            return add_features(graph, [score], name)
        missing = graph.add("IsNaN", numbers, name=f"{name}.missing")
        score = graph.add("Where", missing, graph.add_number(0.0, f"{name}.nil"), score, name=f"{name}.present")
        return add_features(graph, [score, missing], name)

    def add_cells(self, graph: Graph, features: str) -> None:
        """Add the output of the cells that features stand for."""
        name = self.port.output
        score = graph.add_cast(graph.add_column(features, 0, f"{name}.score"), np.float64, f"{name}.double")
        numbers = add_numbers(graph, self.column.number_map, score, name)
        if self.whole:
            numbers = graph.add("Round", numbers, name=f"{name}.rounded")
        least, most = (graph.add_number(limit, f"{name}.limit") for limit in self._limits)
        numbers = graph.add("Clip", numbers, least, most, name=f"{name}.clipped")
        if self.can_miss:
            nothing = graph.add_number(np.nan, f"{name}.nan")
            numbers = graph.add("Where", add_flag(graph, features, 1, name), nothing, numbers, name=f"{name}.cells")
        numbers = graph.add_cast(numbers, self.dtype, f"{name}.typed")
        graph.add_output(numbers, name, self.dtype, (), f"column {self.column.name!r}, rebuilt")

    @property
    def _limits(self) -> tuple[float, float]:
        """The least and the largest number that the column's type holds."""
        if self.whole:
            limits = np.iinfo(self.column.type)
            return float(max(limits.min, -EXACT)), float(min(limits.max, EXACT))
        if self.column.type.startswith("decimal"):
            most = 10.0 ** (self.kind.precision - self.kind.scale)
        else:
            most = float(np.finfo(self.kind.to_pandas_dtype()).max)
        return -most, most

    def feed(self, cells: pa.ChunkedArray) -> np.ndarray:
        """Return cells as the input takes them."""
        return feed_numbers(cells).astype(self.dtype)

    def subtract(self, theirs: np.ndarray, features: np.ndarray) -> Float64[np.ndarray, " rows"]:
        """Return how far a file's cells are from those that features stand for, in scores; rounding is not counted."""
        ours = np.clip(self.column.decode_numbers(features), *self._limits)
        least = 0.5 if self.whole else 10.0**-self.kind.scale if "decimal" in self.column.type else 0.0
        step = np.maximum(
            least, np.spacing(np.abs(ours).astype(np.float32 if self.dtype == np.float32 else np.float64))
        )
        missing = np.isnan(theirs.astype(np.float64))
        return compare_numbers(self.column, theirs, ours, step, missing, features)


def feed_numbers(cells: pa.ChunkedArray) -> Float64[np.ndarray, " rows"]:
    """Return numbers, NaN where they are missing."""
    import pyarrow as pa

    return cells.cast(pa.float64(), safe=False).to_numpy()


def feed_booleans(cells: pa.ChunkedArray) -> Float32[np.ndarray, " rows"]:
    """Return booleans as 0 and 1, NaN where they are missing."""
    import pyarrow as pa

    return cells.cast(pa.int8()).cast(pa.float32()).to_numpy().astype(np.float32)


def compare_numbers(column: Any, theirs: Any, ours: Any, step: Any, missing: Any, features: Any):
    """Return how far numbers are apart in scores, beyond a step of rounding; of a flag, how far it is from a half."""
    if column.flagged:
        wrong_flag = missing != np.isnan(ours)
        flag = np.abs(features[:, 1].astype(np.float64) - 0.5)
    else:
        wrong_flag, flag = missing, np.full(len(theirs), np.inf)
    seen = ~missing & ~np.isnan(ours)
    theirs, ours = np.where(seen, theirs.astype(np.float64), 0.0), np.where(seen, ours, 0.0)
    apply, step = column.number_map.apply, np.where(seen, step, 0.0)
    scores = apply(theirs)
    apart = np.maximum(apply(ours - step) - scores, scores - apply(ours + step))
    return np.where(wrong_flag, flag, np.where(seen, np.maximum(apart, 0), 0))


class BooleanNodes:
    """A column of booleans: as bool; as float, 0 or 1, where cells can be missing."""

    def __init__(self, column: BooleanColumn, port: Port):
        self.column, self.port = column, port
        self.can_miss = column.flagged
        self.dtype = np.dtype(np.float32 if self.can_miss else np.bool_)
        self.missing = "NaN" if self.can_miss else None

    def add_features(self, graph: Graph) -> str:
        """Add the input and its features, float32 of shape (batch, features); return their name."""
        name = self.port.input
        graph.add_input(name, self.dtype, (), f"column {self.column.name!r}: booleans")
        if not self.can_miss:
            return add_features(graph, [name], name)
        missing = graph.add("IsNaN", name, name=f"{name}.missing")
        usual = graph.add_number(self.column.usual, f"{name}.usual", np.float32)
        return add_features(graph, [graph.add("Where", missing, usual, name, name=f"{name}.present"), missing], name)

    def add_cells(self, graph: Graph, features: str) -> None:
        """Add the output of the cells that features stand for."""
        name = self.port.output
        cells = graph.add_cast(add_flag(graph, features, 0, name), self.dtype, f"{name}.typed")
        if self.can_miss:
            nothing = graph.add_number(np.nan, f"{name}.nan", np.float32)
            missing = add_flag(graph, features, 1, f"{name}.missing")
            cells = graph.add("Where", missing, nothing, cells, name=f"{name}.cells")
        graph.add_output(cells, name, self.dtype, (), f"column {self.column.name!r}, rebuilt")

    def feed(self, cells: pa.ChunkedArray) -> np.ndarray:
        """Return cells as the input takes them."""
        return feed_booleans(cells) if self.can_miss else cells.to_numpy().astype(np.bool_)

    def subtract(self, theirs: np.ndarray, features: np.ndarray) -> Float64[np.ndarray, " rows"]:
        """Return how far features are from the half at which they would give a file's cells."""
        from_half = np.abs(features.astype(np.float64) - 0.5)
        rebuilt = features >= 0.5
        if not self.can_miss:
            return np.where(theirs == rebuilt[:, 0], 0, from_half[:, 0])
        missing = np.isnan(theirs)
        wrong = ~missing & ~rebuilt[:, 1] & ((theirs == 1) != rebuilt[:, 0])
        return np.where(missing != rebuilt[:, 1], from_half[:, 1], np.where(wrong, from_half[:, 0], 0))


def _list_labels(column: CategoryColumn) -> list[str]:
    """Return the texts of a column's categories."""
    import pyarrow as pa

    return read_constants(list(column.values), parse_type(column.type)).cast(pa.string()).to_pylist()


class CategoryNodes:
    """A column of categories, as texts; a text that is none of them is read as "other".

    Parameters
    ----------
    column, port
        The fitted column, and its names outside.
    others
        Columns that read the same input: what stands for a missing cell is no category of theirs either.
    """

    dtype = np.dtype(object)

    def __init__(self, column: CategoryColumn, port: Port, others: Sequence[Any] = ()):
        self.column, self.port = column, port
        labels, *known = (_list_labels(one) for one in (column, *others) if isinstance(one, CategoryColumn))
        self.missing = ""
        while any(self.missing in taken for taken in (labels, *known)):
            self.missing = f"({self.missing or 'missing'})"
        other = OTHER if find_family(parse_type(column.type)) == "text" else self.missing
        self.labels = [*labels, other, *([self.missing] if column.flagged else [])]

    def add_features(self, graph: Graph) -> str:
        """Add the input and its features, float32 of shape (batch, features); return their name."""
        name, count = self.port.input, len(self.column.values)
        graph.add_input(name, self.dtype, (), f"column {self.column.name!r}: categories; missing is {self.missing!r}")
        keys, places = self.labels[:count], list(range(count))
        if self.column.flagged:
            keys, places = [*keys, self.missing], [*places, count + 1]
        # An encoder must have a key; this one says what the default says.
        keys, places = (keys, places) if keys else ([self.missing], [count])
        place = graph.add(
            "LabelEncoder",
            name,
            domain="ai.onnx.ml",
            keys_strings=keys,
            values_int64s=places,
            default_int64=count,
            name=f"{name}.place",
        )
        depth = graph.add_number(len(self.labels), f"{name}.depth", np.int64)
        levels = graph.add_constant(np.array([0, 1], np.float32), f"{name}.levels")
        return graph.add("OneHot", place, depth, levels, axis=1, name=f"{name}.features")

    def add_cells(self, graph: Graph, features: str) -> None:
        """Add the output of the cells that features stand for."""
        name = self.port.output
        place = graph.add("ArgMax", features, axis=1, keepdims=0, name=f"{name}.place")
        labels = graph.add_constant(np.array(self.labels, object), f"{name}.labels")
        cells = graph.add("Gather", labels, place, axis=0, name=f"{name}.cells")
        graph.add_output(cells, name, self.dtype, (), f"column {self.column.name!r}, rebuilt")

    def feed(self, cells: pa.ChunkedArray) -> np.ndarray:
        """Return cells as the input takes them."""
        import pyarrow as pa

        return np.array(
            cells.cast(parse_type(self.column.type)).cast(pa.string()).fill_null(self.missing).to_pylist(), object
        )

    def subtract(self, theirs: np.ndarray, features: np.ndarray) -> Float64[np.ndarray, " rows"]:
        """Return how much less likely a file's categories are than the likeliest."""
        named = theirs[:, None] == np.array(self.labels, object)
        chosen = np.where(named, features, -np.inf).max(axis=1)
        return features.max(axis=1).astype(np.float64) - chosen
