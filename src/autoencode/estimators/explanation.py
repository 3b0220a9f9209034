"""Why samples are abnormal, by a fitted detector: what each feature adds, and what would be expected of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from autoencode.estimators.replacement import ALIKE, Alike, find_alike, replace_cells, score_again
from autoencode.estimators.table_cells import read_cells
from autoencode.evaluation.detection import LEAST_SHARE
from autoencode.evaluation.explanation import Explanation, Reason, find_place
from autoencode.model.detector import FittedDetector, rebuild_samples
from autoencode.report.study import CellColumn

MOST_WEIGHED = 16
"""Of so many columns of a sample, those that add most to its score, it is looked at how far the cell is off."""

MOST_REPLACED = 5
"""Without so many of these cells, each in turn, a sample is scored again."""

BLOCK_SAMPLES = 128
"""Samples that are explained at a time, so that their replacements stay small in memory."""

NEAR = 2.0
"""A number that is fewer spreads from what is expected is a reason after all others."""

ROUNDING = 1e-12
"""Numbers that differ by no larger share are the same."""


@dataclass(frozen=True, eq=False)
class _Odd:
    """A reason, and the sample with the cell of a normal one in its place, where that is looked at."""

    reason: Reason
    replaced: Float32[np.ndarray, " features"] | None


def explain(detector: FittedDetector, samples: Any, *, reasons: int) -> Explanation:
    """Explain checked samples; see `AnomalyDetector.explain`.

    Parameters
    ----------
    detector
        What it learnt.
    samples
        As the detector's format checked them.
    reasons
        How many a sample.
    """
    form, score = detector.fitted.format, detector.score
    rows, rebuilt = rebuild_samples(detector.fitted, samples)
    normal_rows = score.typical_rows
    normal = form.decode(detector.fitted.scaling.invert(normal_rows.astype(np.float32)))
    columns, normal_columns = read_cells(form, samples), read_cells(form, normal)
    scores, added, nearest = score.explain(rows, rebuilt)
    by_feature = form.join_parts(added)
    by_column = np.stack([by_feature[:, column.start : column.stop].sum(axis=1) for column in columns], axis=1)
    shares = by_column / np.maximum(scores, np.finfo(float).tiny)[:, None]

    @cache
    def find_normal(place: int) -> _Normal:
        return _Normal.of(normal_columns[place])

    def find_odd(sample: int) -> list[_Odd]:
        weighed = np.argsort(-shares[sample], kind="stable")[: max(MOST_WEIGHED, reasons)]
        weighed = weighed[shares[sample, weighed] > 0].tolist()
        apart = normal_rows - rows[sample]
        alike = find_alike(form.join_parts(apart**2), [columns[place] for place in weighed])
        found = []
        for place, neighbours in zip(weighed, alike, strict=True):
            column, share = columns[place], float(shares[sample, place])
            reason = _find_reason(column, find_normal(place), sample, share, neighbours, apart)
            # What a single pixel or step is replaced by says nothing.
            looks = form.kind is None and len(found) < MOST_REPLACED
            found.append(
                _Odd(reason, replace_cells(rows[sample], [column], normal_rows[neighbours]) if looks else None)
            )
        return [one for one in found if not _is_expected(one.reason)]

    found: list[tuple[Reason, ...]] = [()] * (0 if reasons else len(rows))
    for start in range(0, len(rows) if reasons else 0, BLOCK_SAMPLES):
        block = range(start, min(start + BLOCK_SAMPLES, len(rows)))
        ordered = _order(detector, [find_odd(sample) for sample in block], scores[block.start : block.stop])
        found += [tuple(given[:reasons]) for given in ordered]
    return Explanation(
        tuple(column.name for column in columns),
        by_column if form.is_mixed else by_column.reshape(len(rows), *form.sample_shape),
        scores,
        detector.find_p_values(scores),
        detector.reference[nearest],
        tuple(found),
    )


def _order(
    detector: FittedDetector, odd: Sequence[Sequence[_Odd]], scores: Float64[np.ndarray, " samples"]
) -> list[list[Reason]]:
    """Return the reasons of samples: first the cell, far from what is expected, without which a sample scores least.

    Where a flagged sample would be normal without the first, each other one that alone would make it so is marked.
    """
    replaced = [one.replaced for given in odd for one in given if one.replaced is not None]
    again = iter(score_again(detector, np.stack(replaced)).tolist() if replaced else ())
    found, threshold = [], detector.threshold
    for given, score in zip(odd, scores.tolist(), strict=True):
        without = {one.reason.column: next(again) for one in given if one.replaced is not None}
        ordered = _order_by_distance([one.reason for one in given])
        ordered.sort(key=lambda reason: (_is_near(reason), without.get(reason.column, np.inf)))
        # What adds so little is left out of short lists: no "or" may be left alone there.
        heals = [without.get(one.column, np.inf) <= threshold and one.share >= LEAST_SHARE for one in ordered]
        if score > threshold and any(heals[:1]):
            ordered[1:] = [
                replace(one, either=healing and _is_near(one) == _is_near(ordered[0]))
                for one, healing in zip(ordered[1:], heals[1:], strict=True)
            ]
        found.append(ordered)
    return found


def _is_near(reason: Reason) -> bool:
    return reason.distance is not None and reason.distance < NEAR


def _order_by_distance(reasons: Sequence[Reason]) -> list[Reason]:
    """Return reasons, the furthest off first; those without a spread stand before the first that adds less."""
    measured = sorted((one for one in reasons if one.distance is not None), key=lambda one: -(one.distance or 0.0))
    others = sorted((one for one in reasons if one.distance is None), key=lambda one: -one.share)
    ordered: list[Reason] = []
    for reason in measured:
        while others and others[0].share > reason.share:
            ordered.append(others.pop(0))
        ordered.append(reason)
    return [*ordered, *others]


@dataclass(frozen=True, eq=False)
class _Normal:
    """The cells of a column of normal samples; of numbers as an array, NaN where one is missing, and their spread."""

    cells: Sequence[float | str | bool | None]
    numbers: Float64[np.ndarray, " normal"] | None
    deviation: float

    @classmethod
    def of(cls, column: CellColumn) -> _Normal:
        if column.kind != "numeric":
            return cls(column.cells, None, 0.0)
        numbers = np.array(column.cells, np.float64)
        there = numbers[~np.isnan(numbers)]
        return cls(column.cells, numbers, float(there.std()) if len(there) else 0.0)


def _find_reason(
    column: CellColumn,
    normal: _Normal,
    sample: int,
    share: float,
    alike: Alike,
    apart: Float64[np.ndarray, "normal features"],
) -> Reason:
    """Hold one cell against those of the normal samples that are alike in every other column.

    `apart` is how far each normal sample is from this one, in scaled features.
    """
    value = read_cell(column.cells[sample])
    if normal.numbers is not None:
        expected, spread = sum_up_numbers(normal.numbers[alike])
    else:
        expected, spread = _sum_up([read_cell(normal.cells[place]) for place in alike.tolist()], column.kind)
    if column.kind not in ("numeric", "datetime") or value is None or expected is None:
        return Reason(column.name, value, expected, spread, share, None)
    off, deviation = abs(float(value) - expected) if column.kind == "numeric" else np.nan, spread
    if column.kind == "datetime":
        off, deviation = abs(float(apart[alike, column.start].mean())), float(apart[alike, column.start].std())
    elif not deviation:  # the few that are alike have none
        deviation = normal.deviation / np.sqrt(ALIKE + 1)
    distance = off / deviation if deviation else np.inf if off else 0.0
    return Reason(column.name, value, expected, spread, share, float(distance))


def _is_expected(reason: Reason) -> bool:
    """Return whether a cell is what is expected, to the digits that are said."""
    value, expected = reason.value, reason.expected
    if not isinstance(expected, float) or not isinstance(value, float):
        return value == expected
    if abs(value - expected) <= ROUNDING * abs(expected):
        return True
    return bool(reason.spread) and value == round(expected, -find_place(reason.spread))


def read_cell(cell: float | str | bool | None) -> float | str | bool | None:
    """Return a cell, None where it is missing."""
    return None if isinstance(cell, float) and np.isnan(cell) else cell


def sum_up_numbers(numbers: Float64[np.ndarray, " alike"]) -> tuple[float | None, float | None]:
    """Return the mean and the deviation of numbers like these; of none, that the most of them are missing."""
    there = numbers[~np.isnan(numbers)]
    if not len(there):
        return None, 1.0
    mean = there.sum() / len(there)
    off = there - mean
    return float(mean), float(np.sqrt((off * off).sum() / len(off)))


def _sum_up(cells: Sequence[float | str | bool | None], kind: str) -> tuple[Any, float | None]:
    """Return what is expected of cells like these, and the share of them that are so; of dates no share."""
    known = [cell for cell in cells if cell is not None]
    if kind == "datetime" and known:
        return sorted(known)[len(known) // 2], None
    value, count = Counter(cells).most_common(1)[0]
    return value, count / len(cells)
