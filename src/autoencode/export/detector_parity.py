"""The check that a detector's ONNX file judges as the detector does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
from jaxtyping import Float64

from autoencode.evaluation.references import NEAREST
from autoencode.exceptions import ModelFileError
from autoencode.export.judge_nodes import LEAST_P, GroupNodes, PooledNodes
from autoencode.export.parity import BATCH_SIZES, open_session, run_session
from autoencode.model.detector import FittedDetector, rebuild_samples
from autoencode.model.grouped_detector import Detector
from autoencode.model.samples import open_samples

TOLERANCES = {"score": 1e-3, "unusual": 1e-3, "p_value": 1e-9, "flagged": 0.0, "contributions": 1e-2}
"""The largest differences with which a file is handed over; see `measure_detector`."""

MOST_USUAL, USUAL_SHARE = 0.1, 0.9
"""Samples of such a p-value and below are unusual; and of how many samples the numbers must be as near as that."""

BLOCK_NUMBERS = 2**24
"""Of samples beside their nearest references so many numbers are looked at at a time."""

Numbers = Float64[np.ndarray, " samples"]


class _Bounds(NamedTuple):
    """Between what a file's numbers are as right as ours, and what share of a score its columns add."""

    least_score: Numbers
    most_score: Numbers
    least_p: Numbers
    most_p: Numbers
    shares: Float64[np.ndarray, "samples ..."]


def check_samples(detector: Detector, samples: Any, *, finite: bool = True) -> Any:
    """Return checked samples, whatever the detector takes: of a table's rows numbers may be missing.

    Parameters
    ----------
    detector
        What was learnt.
    samples
        Whatever `AnomalyDetector.fit` takes.
    finite
        Whether missing numbers of an array are refused.
    """
    fitted = detector.fitted
    opened = open_samples(samples, reading=fitted.reading, argument="samples")
    return fitted.format.check(opened, reset=False, finite=finite and not isinstance(opened.values, nw.DataFrame))


def measure_detector(
    detector: Detector,
    name: str,
    content: bytes,
    ends: Sequence[Any],
    judges: PooledNodes | GroupNodes,
    samples: Any,
) -> dict[str, float]:
    """Run a file in ONNX Runtime and return how far its numbers are from the detector's.

    Of a score it is the difference as a share of the score, or of 1 where that is larger, which nine of ten samples do
    not exceed: of neighbours that are as near as rounding tells, either may count, and a sample that has a dozen of
    them, as in a table of rounded numbers, has another score then. Of unusual samples, which have none, it is the
    largest. A p-value steps: it differs only as far as it lies beyond those of the scores within the tolerance. So does
    a pair's score, which is made of p-values. Of flags it is the share that is otherwise although no score within the
    tolerance has that flag. Of contributions it is the largest of a sample, beside our shares of the file's score, and
    of the samples the median.

    Parameters
    ----------
    detector
        What was learnt.
    name, content
        What the file is called, and what is in it.
    ends
        What `find_ends` gave.
    judges
        What `find_judges` gave.
    samples
        What one of them took for samples, or made.

    Returns
    -------
    dict
        One number ≥ 0 of each of `TOLERANCES`.

    Raises
    ------
    ModelFileError
        If ONNX's checker or ONNX Runtime refuses the file, or a difference is larger than in `TOLERANCES`.
    """
    session = open_session(name, content)
    apart: dict[str, list[np.ndarray]] = {name: [] for name in TOLERANCES}
    for places in _split(len(samples), detector.fitted.format.width):
        part = samples.take(places) if hasattr(samples, "column_names") else samples[places]
        outputs = run_session(session, {key: cells for nodes in ends for key, cells in nodes.feed(part).items()})
        bounds = _bound(detector, ends, judges, check_samples(detector, part, finite=False))
        scale = np.maximum(1, bounds.most_score)
        shared = bounds.shares * _widen(outputs["score"], bounds.shares)
        off = _exceed(outputs["score"], bounds.least_score, bounds.most_score) / scale
        apart["score"].append(off)
        apart["unusual"].append(np.where(bounds.least_p <= MOST_USUAL, off, 0.0))
        apart["p_value"].append(_exceed(outputs["p_value"], bounds.least_p, bounds.most_p))
        rate = detector.settings.false_alarm_rate
        apart["flagged"].append(
            np.where(outputs["flagged"], bounds.least_p > rate, bounds.most_p <= rate).astype(float)
        )
        of_columns = np.abs(outputs["contributions"] - shared).reshape(len(scale), -1).max(axis=1)
        apart["contributions"].append(of_columns / scale)
    shares = {"score": USUAL_SHARE, "unusual": 1.0, "p_value": USUAL_SHARE, "flagged": 1.0, "contributions": 0.5}
    differences = {key: float(np.quantile(np.concatenate(found), shares[key])) for key, found in apart.items()}
    for key, difference in differences.items():
        if not difference <= TOLERANCES[key]:  # NaN is a difference too
            raise ModelFileError(
                f"{name}.onnx gives another {key} than the detector, {difference:.2g} apart where {TOLERANCES[key]:g} "
                "is the most that is handed over; nothing was written. Export with samples= that it was made for."
            )
    return differences


def _split(count: int, width: int) -> Iterator[np.ndarray]:
    """Yield the places of all samples, some at a time, and of few."""
    rows = max(1, BLOCK_NUMBERS // (width * (NEAREST + 1)))
    for start in range(0, count, rows):
        yield np.arange(start, min(start + rows, count))
    for few in BATCH_SIZES:
        yield np.arange(few) % count


def _bound(detector: Detector, ends: Sequence[Any], judges: PooledNodes | GroupNodes, samples: Any) -> _Bounds:
    """Return what a file may give for checked samples."""
    members = judges.find_members(samples)
    parts = [
        _bound_part(part, nodes, samples, partial(judges.find_p_values, place, members=members))
        for place, (part, nodes) in enumerate(zip(detector.parts, ends, strict=True))
    ]
    if len(parts) == 1:
        return parts[0]
    least_p, most_p, shares = (np.mean([part[place] for part in parts], axis=0) for place in (2, 3, 4))
    rounding = 1e-12  # of logarithms
    least, most = (-np.log(np.maximum(p_values, LEAST_P)) for p_values in (most_p, least_p))
    return _Bounds(least - rounding, most + rounding, least_p, most_p, shares)


def _bound_part(
    detector: FittedDetector, nodes: Any, samples: Any, find_p_values: Callable[[Numbers], Numbers]
) -> _Bounds:
    scores, added, _ = detector.score.explain(*rebuild_samples(detector.fitted, samples))
    off = TOLERANCES["score"] * np.maximum(1, scores)
    least_p, most_p = (find_p_values(scores + step) for step in (off, -off))
    contributions = nodes.join_contributions(added)
    return _Bounds(scores, scores, least_p, most_p, contributions / _widen(scores, contributions))


def _widen(numbers: Numbers, like: np.ndarray) -> np.ndarray:
    return numbers.reshape(len(numbers), *[1] * (like.ndim - 1))


def _exceed(numbers: Numbers, least: Numbers, most: Numbers) -> Numbers:
    """Return how far numbers lie outside of bounds."""
    return np.maximum(np.maximum(least - numbers, numbers - most), 0.0)
