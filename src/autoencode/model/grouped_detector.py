"""`GroupedDetector`: a detector with a threshold for each group, found among the group's calibration samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
from jaxtyping import Float64, Int

from autoencode.evaluation import calibration_needed
from autoencode.exceptions import InvalidInputError, InvalidRowError
from autoencode.model.detector import DetectorPair, DetectorSettings, FittedDetector, Rows, Scores
from autoencode.model.fingerprint import take_fingerprint
from autoencode.model.fitted import Fitted
from autoencode.model.format import Format
from autoencode.model.samples import PickedSamples, counting_rows
from autoencode.printable import list_names

MOST_NAMED, MIDNIGHT = 5, " 00:00:00"

SMALL = "(small groups)"
"""What the groups that share a threshold are called together."""

Plain: TypeAlias = FittedDetector | DetectorPair
Members = Int[np.ndarray, " samples"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class GroupedDetector:
    """A detector whose p-values are found among calibration samples of a sample's own group.

    Groups with too few calibration samples for the false-alarm rate share one threshold.

    Attributes
    ----------
    base
        The detector, calibrated on all groups together.
    column
        That names the group of a sample.
    names
        Of all groups, in order.
    labels
        Of each part of the detector, the index of the group of each calibration sample.

    References
    ----------
    Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world, section 4.5 (Mondrian predictors).
    """

    base: Plain
    column: str
    names: tuple[str, ...]
    labels: tuple[Members, ...]

    def __repr__(self) -> str:
        return f"GroupedDetector({self.base!r} by {self.column!r}, {len(self.names)} groups)"

    # ------------------------------------------------------------------ groups

    @cached_property
    def counts(self) -> Int[np.ndarray, " groups"]:
        """How many calibration samples each group has; of a pair, in the half that has fewer."""
        return np.min([np.bincount(labels, minlength=len(self.names)) for labels in self.labels], axis=0)

    @property
    def needed(self) -> int:
        """How many calibration samples a group needs for a threshold of its own."""
        return calibration_needed(self.settings.false_alarm_rate)

    @cached_property
    def numbers(self) -> Int[np.ndarray, " groups"]:
        """Which threshold each group has; those that share one have the last."""
        own = self.counts >= self.needed
        return np.where(own, np.cumsum(own) - 1, own.sum())

    @cached_property
    def judges(self) -> tuple[Plain, ...]:
        """For each threshold, the detector that is calibrated on its groups."""
        return tuple(self._choose(number) for number in range(int(self.numbers.max(initial=0)) + 1))

    @property
    def judge_names(self) -> tuple[str, ...]:
        """What each threshold is of: a group, or the small ones together."""
        by_number = [np.flatnonzero(self.numbers == number) for number in range(len(self.judges))]
        own = self.counts >= self.needed
        return tuple(self.names[found[0]] if len(found) == 1 and own[found[0]] else SMALL for found in by_number)

    def _choose(self, number: int) -> Plain:
        parts = [
            _calibrate_on(part, self.numbers[labels] == number)
            for part, labels in zip(self.base.parts, self.labels, strict=True)
        ]
        return parts[0] if len(parts) == 1 else DetectorPair(parts=(parts[0], parts[1]))

    def find_members(self, samples: Any) -> Members:
        """Return which of `judges` each of checked samples has.

        Raises
        ------
        InvalidRowError
            If a sample is of a group that was not there in the training.
        """
        known = {name: int(number) for name, number in zip(self.names, self.numbers, strict=True)}
        labels = read_labels(self.fitted.format, samples, self.column)
        for row, label in enumerate(labels):
            if label not in known:
                raise InvalidRowError(
                    f"{self.column!r} of row \0 is {label!r:.100}, a group that the detector was not fitted to: "
                    f"{list_names(self.names, MOST_NAMED)}",
                    row,
                )
        return np.array([known[label] for label in labels], np.int64)

    # ------------------------------------------------------------------ judging

    @property
    def thresholds(self) -> dict[str, float]:
        """The score above which a sample of each group is flagged."""
        return {name: judge.threshold for name, judge in zip(self.judge_names, self.judges, strict=True)}

    @property
    def threshold(self) -> float:
        """The highest of the groups' thresholds."""
        return max(self.thresholds.values())

    def measure(self, samples: Any, argument: str = "X") -> Scores:
        """Return the score of checked samples; see `FittedDetector.measure`."""
        return self.assess(samples, argument)[0]

    def assess(self, samples: Any, argument: str = "X") -> tuple[Scores, Float64[np.ndarray, " samples"]]:
        """Return score and p-value of checked samples."""
        members = self.find_members(samples)
        scores, p_values = np.empty(len(members)), np.empty(len(members))
        for number, judge in enumerate(self.judges):
            places = np.flatnonzero(members == number)
            if len(places):
                with counting_rows(places):
                    scores[places], p_values[places] = judge.assess(PickedSamples(samples, places), argument)
        return scores, p_values

    def find_thresholds(self, samples: Any) -> Float64[np.ndarray, " samples"]:
        """Return the score above which each of checked samples is flagged."""
        return np.array([judge.threshold for judge in self.judges])[self.find_members(samples)]

    def at_rate(self, false_alarm_rate: float) -> GroupedDetector:
        """Return the same detector with another false-alarm rate."""
        return replace(self, base=self.base.at_rate(false_alarm_rate))

    def calibrate(self, samples: Any, argument: str = "X") -> GroupedDetector:
        """Return the same detector, calibrated on other checked samples, which are normal."""
        base = self.base.calibrate(samples, argument)
        found = read_labels(self.fitted.format, samples, self.column)
        names, labels = _number((found,) * len(base.parts), (*self.names, *found))
        return replace(self, base=base, names=names, labels=labels)

    # ------------------------------------------------------------------ of the detector

    def list_tensors(self) -> dict[str, np.ndarray]:
        """Return its arrays but those of `base`, by name in a model file."""
        return {f"groups.{place}": labels for place, labels in enumerate(self.labels)}

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the groups, and of the fingerprint of the detector that they divide."""
        groups = {"column": self.column, "names": list(self.names)}
        return take_fingerprint(self.list_tensors(), groups | {"base": self.base.fingerprint})

    @property
    def parts(self) -> tuple[FittedDetector, ...]:
        """The detectors that it is made of."""
        return self.base.parts

    @property
    def fitted(self) -> Fitted:
        """What its training learnt."""
        return self.base.fitted

    @property
    def settings(self) -> DetectorSettings:
        """How it was fitted."""
        return self.base.settings

    @property
    def calibration_scores(self) -> Scores:
        """Of all groups."""
        return self.base.calibration_scores

    @property
    def trained_on(self) -> Rows:
        """Places of the samples that it was trained on."""
        return self.base.trained_on

    @property
    def reference(self) -> Rows:
        """Places of its references."""
        return self.base.reference

    @property
    def calibrated_on(self) -> str:
        """What the calibration samples are."""
        return self.base.calibrated_on

    @property
    def fitted_at(self) -> str:
        """When it was fitted or calibrated last."""
        return self.base.fitted_at


Detector: TypeAlias = FittedDetector | DetectorPair | GroupedDetector
"""Whatever judges samples."""


def group_detector(
    base: Plain, column: str, labels: Sequence[str], calibration: Sequence[Sequence[str]]
) -> GroupedDetector:
    """Return a detector that judges by group.

    Parameters
    ----------
    base
        The detector.
    column
        That names the groups.
    labels
        The groups of all samples that are known.
    calibration
        Of each part of the detector, the group of each sample that calibrated it, in the order of their scores.
    """
    names, numbers = _number(calibration, labels)
    return GroupedDetector(base=base, column=column, names=names, labels=numbers)


def _number(found: Sequence[Sequence[str]], every: Sequence[str]) -> tuple[tuple[str, ...], tuple[Members, ...]]:
    """Return the names of groups in order, and those of some samples as indices of these."""
    names = tuple(sorted({*every, *(label for labels in found for label in labels)}))
    places = {name: place for place, name in enumerate(names)}
    return names, tuple(np.array([places[label] for label in labels], np.int64) for labels in found)


def _calibrate_on(part: FittedDetector, chosen: np.ndarray) -> FittedDetector:
    """Return a detector that some of its calibration samples calibrate."""
    weights = part.calibration_weights
    return replace(
        part,
        calibration_scores=part.calibration_scores[chosen],
        calibration_weights=None if weights is None else weights[chosen],
    )


def read_labels(form: Format, samples: Any, column: str) -> list[str]:
    """Return the group of each of checked samples, as text; "" where the cell is missing.

    Raises
    ------
    InvalidInputError
        If they have no such column.
    """
    is_frame = isinstance(samples, nw.DataFrame)
    names = list(map(str, (samples.columns if is_frame else form.columns.names) or ()))
    if column not in names:
        told = f"one of the columns {list_names(names, MOST_NAMED)}" if names else "samples whose columns have names"
        raise InvalidInputError(f"by: expected {told}, got {column!r:.100}.")
    if is_frame:
        cells, gaps = samples[column].to_list(), samples[column].is_null().to_list()
    else:
        cells, gaps = samples[:, names.index(column)].tolist(), [False] * len(samples)
    # Of polars and arrays NaN is no gap; what pandas has for one is not even comparable.
    return ["" if gap or cell != cell else _write(cell) for cell, gap in zip(cells, gaps, strict=True)]


def _write(cell: Any) -> str:
    """Return a cell as text: the same of a whole number, a date or a duration, whatever type its column has."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, timedelta):
        return str(timedelta(cell.days, cell.seconds, cell.microseconds))  # those of pandas write otherwise
    return str(cell).removesuffix(MIDNIGHT) if isinstance(cell, datetime) else str(cell)
