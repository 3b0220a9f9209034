"""What calls a score abnormal, as ONNX nodes: the steps of one p-value for all samples, or of one for each group."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64, Int

from autoencode.exceptions import InvalidInputError
from autoencode.export.arithmetic import Arithmetic
from autoencode.model.grouped_detector import MOST_NAMED, Detector, GroupedDetector, Plain, read_labels
from autoencode.printable import list_names
from autoencode.tables.column_type import find_family, parse_type

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_P = float(np.finfo(np.float64).tiny)
"""A pair's score is −ln of a p-value; that of no p-value, 0, is −ln of this one, which is finite."""

ROWS_A_JUDGE = 8
"""So many made-up samples at least are of each group that has a threshold of its own."""

DURATION = re.compile(r"(?:(-?\d+) days?, )?(\d+):(\d\d):(\d\d)(?:\.(\d{6}))?")

Members = Int[np.ndarray, " samples"]
Numbers = Float64[np.ndarray, " samples"]


class PooledNodes:
    """What judges all samples alike.

    Parameters
    ----------
    detector
        What was learnt.
    """

    def __init__(self, detector: Plain):
        self.detector = detector

    def add_members(self, add: Arithmetic) -> str:  # noqa: ARG002 - that of groups needs it
        """Return no name: there are no groups."""
        return ""

    def add_p_value(self, add: Arithmetic, place: int, score: str, members: str) -> str:  # noqa: ARG002
        """Add the p-value of scores, float64, shape (batch,), by the part at a place."""
        part = self.detector.parts[place]
        below = add("Squeeze", add.count_below(add.widen(score, 1), [part.steps], equal=False), np.array([1]))
        return add("Gather", part.step_p_values, below, axis=0, name="p_value")

    def add_threshold(self, add: Arithmetic, members: str) -> str:  # noqa: ARG002
        """Add the score above which a sample is flagged."""
        return add.graph.add_number(self.detector.threshold, "threshold")

    def add_least(self, add: Arithmetic, p_values: str) -> str:  # noqa: ARG002
        """Return sums of p-values as they are: each has a logarithm."""
        return p_values

    def check(self, samples: Any) -> None:
        """Accept checked samples of any group."""

    def find_members(self, samples: Any) -> Members:
        """Return that all of checked samples are judged alike."""
        return np.zeros(len(samples), np.int64)

    def find_p_values(self, place: int, scores: Numbers, members: Members) -> Numbers:  # noqa: ARG002
        """Return the p-value of scores by the part at a place."""
        return self.detector.parts[place].find_p_values(scores)

    def spread(self, samples: Any) -> Any:
        """Return made-up samples as they are."""
        return samples

    def describe(self) -> dict[str, str]:
        """Return what the file says of the threshold."""
        return {"threshold": str(self.detector.threshold)}


class GroupNodes:
    """What judges each sample by its group, and what it does not know as abnormal as can be.

    Parameters
    ----------
    detector
        What was learnt.
    ends
        What `find_ends` gave.

    Raises
    ------
    InvalidInputError
        If its column cannot hold the names of its groups.
    """

    def __init__(self, detector: GroupedDetector, ends: Sequence[Any]):
        self.detector, self.judges = detector, detector.judges
        self.unknown = len(self.judges)
        self.known = {name: int(number) for name, number in zip(detector.names, detector.numbers, strict=True)}
        self.reader = _ColumnReader(detector, ends) if detector.fitted.format.is_mixed else _FeatureReader(detector)

    # ------------------------------------------------------------------ nodes

    def add_members(self, add: Arithmetic) -> str:
        """Add which of the thresholds each sample has, int64, shape (batch,); one more where its group is unknown."""
        cells, values = self.reader.add_cells(add), self.reader.write_cells(list(self.known))
        numbers = dict(zip(values.tolist(), self.known.values(), strict=True))
        missing = self.known.get("", self.unknown)
        if values.dtype == object:
            numbers[""] = missing  # as an empty text is, whatever else stands for a missing cell
            return add.graph.add(
                "LabelEncoder",
                cells,
                domain="ai.onnx.ml",
                keys_strings=list(numbers),
                values_int64s=list(numbers.values()),
                default_int64=self.unknown,
                name="members",
            )
        same = add("Equal", add.widen(cells, 1), np.array(list(numbers), values.dtype), name="same")
        beyond = np.array(list(numbers.values())) - self.unknown  # of the one that is the same, if there is one
        counted = add("Mul", add.graph.add_cast(same, np.int64, "same"), beyond, name="counted")
        members = add("Add", add.add_up(counted, 1), np.int64(self.unknown), name="members")
        if values.dtype.kind != "f":
            return members
        return add("Where", add("IsNaN", cells), np.int64(missing), members, name="members")

    def add_p_value(self, add: Arithmetic, place: int, score: str, members: str) -> str:
        """Add the p-value of scores, float64, shape (batch,), by the part at a place; 0 of unknown groups."""
        parts = [judge.parts[place] for judge in self.judges]
        steps = [*(part.steps for part in parts), np.zeros(0)]
        p_values = np.concatenate([*(part.step_p_values for part in parts), np.zeros(1)])
        starts = np.cumsum([0, *(len(each) + 1 for each in steps[:-1])])
        below = add.count_below(add.widen(score, 1), steps, equal=False, chosen=add.widen(members, 1))
        at = add("Add", add("Squeeze", below, np.array([1])), add.take(starts, members), name="at")
        return add("Gather", p_values, at, axis=0, name="p_value")

    def add_threshold(self, add: Arithmetic, members: str) -> str:
        """Add the score above which each sample is flagged; that of unknown groups is below all scores."""
        thresholds = np.array([*(judge.threshold for judge in self.judges), -math.inf])
        return add("Gather", thresholds, members, axis=0, name="threshold")

    def add_least(self, add: Arithmetic, p_values: str) -> str:
        """Add sums of p-values that have a logarithm."""
        return add("Max", p_values, 2 * LEAST_P, name="p_values")

    # ------------------------------------------------------------------ numbers to check them with

    def check(self, samples: Any) -> None:
        """Refuse checked samples of groups that were not there in the training."""
        self.detector.find_members(samples)

    def find_members(self, samples: Any) -> Members:
        """Return which of the thresholds each of checked samples has; one more where its group is unknown."""
        labels = read_labels(self.detector.fitted.format, samples, self.detector.column)
        return np.array([self.known.get(label, self.unknown) for label in labels], np.int64)

    def find_p_values(self, place: int, scores: Numbers, members: Members) -> Numbers:
        """Return the p-value of scores by the part at a place; 0 of unknown groups."""
        found = np.zeros(len(scores))
        for number, judge in enumerate(self.judges):
            own = np.flatnonzero(members == number)
            if len(own):
                found[own] = judge.parts[place].find_p_values(scores[own])
        return found

    def spread(self, samples: Any) -> Any:
        """Return made-up samples, some for each of the thresholds and some without a group."""
        chosen = [self.detector.names[int(np.argmax(self.detector.numbers == at))] for at in range(self.unknown)]
        count = max(len(samples), ROWS_A_JUDGE * (self.unknown + 1))
        return self.reader.give_groups(samples, np.arange(count) % len(samples), [*chosen, ""])

    def describe(self) -> dict[str, str]:
        """Return what the file says of the thresholds: null where none is so far out."""
        thresholds = {name: self.judges[number].threshold for name, number in self.known.items()}
        finite = {name: value if math.isfinite(value) else None for name, value in thresholds.items()}
        return {"by": json.dumps({"column": self.detector.column, **self.reader.describe(), "thresholds": finite})}


class _ColumnReader:
    """The column of a mixed table that names groups: an input of its own."""

    def __init__(self, detector: GroupedDetector, ends: Sequence[Any]):
        self.column = detector.column
        self.nodes = next(nodes for end in ends if (nodes := end.find_column(detector.column)) is not None)

    def add_cells(self, add: Arithmetic) -> str:
        """Add the input, or share it; return its name."""
        meaning = f"column {self.column!r}: names of groups; missing is {self.nodes.missing!r}"
        is_feature, name = bool(self.nodes.column.groups), self.nodes.port.input
        return name if is_feature else add.graph.add_input(name, self.nodes.dtype, (), meaning)

    def write_cells(self, names: Sequence[str]) -> np.ndarray:
        """Return the groups as the input has them."""
        return self.nodes.feed(self._read_names(names))

    def give_groups(self, samples: pa.Table, places: Members, names: Sequence[str]) -> pa.Table:
        """Return samples at some places as ones of these groups, one after another."""
        cells, where = self._read_names(names), samples.column_names.index(self.column)
        cells = cells.take(np.arange(len(places)) % len(names))
        return samples.take(places).set_column(where, self.column, cells)

    def describe(self) -> dict[str, str]:
        """Return what the file says of where the groups come in."""
        return {"input": self.nodes.port.input}

    def _read_names(self, names: Sequence[str]) -> pa.ChunkedArray:
        """Return the cells of groups: what `read_labels` gives these names."""
        import pyarrow as pa

        kind = parse_type(self.nodes.column.type)
        texts: list[Any] = [name or None for name in names]
        try:
            if pa.types.is_duration(kind):
                cells = pa.array(map(_count_microseconds, texts), pa.duration("us")).cast(kind)
            elif pa.types.is_null(kind):
                cells = pa.array(texts, pa.string())
            else:
                cells = pa.array(texts, pa.string()).cast(kind)
        except pa.ArrowInvalid as error:
            raise InvalidInputError(
                f"a detector with a threshold for each group of {self.column!r} cannot be exported: not all of its "
                f"groups are {find_family(kind)}, which the column held in training: {list_names(names, MOST_NAMED)}; "
                "calibrate it with samples whose column holds what it held then."
            ) from error
        return pa.chunked_array([cells])


class _FeatureReader:
    """The feature of a table of numbers that names groups."""

    def __init__(self, detector: GroupedDetector):
        form = detector.fitted.format
        assert form.columns.names is not None, "it has a column of that name"
        self.dtype, self.place = form.dtype, list(map(str, form.columns.names)).index(detector.column)

    def add_cells(self, add: Arithmetic) -> str:
        """Add what takes the feature out of the samples."""
        return add.graph.add_column("samples", self.place, "group")

    def write_cells(self, names: Sequence[str]) -> np.ndarray:
        """Return the groups as the samples have them."""
        return np.array([float(name or "nan") for name in names], self.dtype)

    def give_groups(self, samples: np.ndarray, places: Members, names: Sequence[str]) -> np.ndarray:
        """Return samples at some places as ones of these groups, one after another."""
        given = samples[places]
        given[:, self.place] = self.write_cells(names)[np.arange(len(places)) % len(names)]
        return given

    def describe(self) -> dict[str, str]:
        """Return what the file says of where the groups come in."""
        return {"input": "samples"}


def _count_microseconds(text: str | None) -> int | None:
    """Return what a duration is, as Python writes it."""
    if text is None:
        return None
    found = DURATION.fullmatch(text)
    assert found is not None, "it was written by Python"
    days, hours, minutes, seconds, rest = (int(part or 0) for part in found.groups())
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 10**6 + rest


def find_judges(detector: Detector, ends: Sequence[Any]) -> PooledNodes | GroupNodes:
    """Return what adds the nodes that judge scores, by whether there are groups.

    Parameters
    ----------
    detector
        What was learnt.
    ends
        What `find_ends` gave.
    """
    return GroupNodes(detector, ends) if isinstance(detector, GroupedDetector) else PooledNodes(detector)
