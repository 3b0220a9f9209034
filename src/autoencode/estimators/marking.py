"""New samples of which some cannot be used: the good ones are judged, and the others named, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Int

from autoencode.estimators.scoring import judge_by
from autoencode.evaluation.detection import Detection
from autoencode.exceptions import InvalidRowError
from autoencode.model.grouped_detector import Detector, GroupedDetector
from autoencode.model.samples import Opened, counting_rows, open_samples


@dataclass(frozen=True, eq=False)
class Judged:
    """What a detector found among samples.

    Attributes
    ----------
    found
        Of those that could be used; None where none could.
    places
        Their places among all.
    marks
        Why each of the others could not be used, by its place.
    """

    found: Detection | None
    places: Int[np.ndarray, " judged"]
    marks: dict[int, str]

    @classmethod
    def mark(cls, reason: str) -> Judged:
        """Return what is said of one sample that cannot be used."""
        return cls(None, np.empty(0, int), {0: reason})

    @property
    def count(self) -> int:
        """How many samples there were."""
        return len(self.places) + len(self.marks)


def judge_marking(detector: Detector, X: Any, *, against: str, least: int, marks_rows: bool) -> Judged:
    """Judge samples; those that cannot be used are marked, or refuse all of them.

    Parameters
    ----------
    detector
        What was learnt.
    X
        Samples, whatever `AnomalyDetector.score_samples` takes.
    against
        What the detector was fitted to, in words.
    least
        How many are explained at least.
    marks_rows
        Whether rows that cannot be used are marked; else the first of them is an error.

    Raises
    ------
    InvalidInputError
        If the samples are no such samples as those of training, or, unless they are marked, a row cannot be used.
    """
    opened = open_samples(X, reading=detector.fitted.reading)
    every = np.arange(opened.count)
    try:
        return Judged(judge_by(detector, _check(detector, opened), against=against, least=least), every, {})
    except InvalidRowError as error:
        if not marks_rows or error.row is None:
            raise
    marks = _find_bad(detector, opened, every)
    places = np.setdiff1d(every, list(marks))
    found = None
    if len(places):
        found = judge_by(detector, _check(detector, opened.take(places)), against=against, least=least)
    return Judged(found, places, marks)


def _check(detector: Detector, opened: Opened) -> Any:
    return detector.fitted.format.check(opened, reset=False, finite=not isinstance(opened.values, nw.DataFrame))


def _find_bad(detector: Detector, opened: Opened, places: Int[np.ndarray, " places"]) -> dict[int, str]:
    """Return why rows cannot be used, by their places: by halves, so that few are looked at often."""
    try:
        with counting_rows(places):
            samples = _check(detector, opened.take(places))
            for part in detector.parts:
                part.fitted.format.encode(samples, opened.argument)
            if isinstance(detector, GroupedDetector):
                detector.find_members(samples)
    except InvalidRowError as error:
        if len(places) == 1:
            return {int(places[0]): str(error)}
        middle = len(places) // 2
        return _find_bad(detector, opened, places[:middle]) | _find_bad(detector, opened, places[middle:])
    return {}
