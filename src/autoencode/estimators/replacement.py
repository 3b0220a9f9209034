"""Cells of samples replaced by those of normal samples that are alike otherwise, and the samples scored again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32, Float64, Int

from autoencode.model.detector import FittedDetector
from autoencode.model.odd_numbers import MOST_SCALED, fill
from autoencode.report.study import CellColumn

ALIKE = 20
"""How many normal samples, alike in every other column, say what is expected of one."""

Alike = Int[np.ndarray, " alike"]


def find_alike(squares: Float64[np.ndarray, "normal features"], columns: Sequence[CellColumn]) -> list[Alike]:
    """Return, for each column, the places of the normal samples that are most alike in every other, the nearest first.

    Parameters
    ----------
    squares
        How far each normal sample is from one sample, squared, feature by feature.
    columns
        The columns that are left out in turn.
    """
    if not columns:
        return []
    total = squares.sum(axis=1)
    others = np.stack([total - squares[:, column.start : column.stop].sum(axis=1) for column in columns])
    return [find_nearest(distances) for distances in others]


def find_nearest(distances: Float64[np.ndarray, " normal"], count: int = ALIKE) -> Alike:
    """Return the places of the least distances, the least first."""
    last = min(count, len(distances)) - 1
    # As a stable sort of all would have it, for a part of its time.
    near = np.flatnonzero(distances <= np.partition(distances, last)[last])
    return near[np.argsort(distances[near], kind="stable")][:count]


def replace_cells(
    row: Float[np.ndarray, " features"],
    columns: Sequence[CellColumn],
    alike: Float64[np.ndarray, "alike features"],
) -> Float32[np.ndarray, " features"]:
    """Return a row with the cells of one that is alike in some columns: of the one nearest to their mean there."""
    places = np.concatenate([np.arange(column.start, column.stop) for column in columns])
    cells = alike[:, places]
    replaced = row.astype(np.float32)
    replaced[places] = cells[((cells - cells.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    return replaced


def score_again(
    detector: FittedDetector, scaled: Float[np.ndarray, "samples features"]
) -> Float64[np.ndarray, " samples"]:
    """Return the anomaly score of each row of scaled features, as `rebuild_samples` gives them, which were changed."""
    fitted, seen = detector.fitted, scaled.astype(np.float32)
    if fitted.format.may_hold_odd_numbers:  # of which the networks see the mean
        seen = np.where(np.abs(seen) < MOST_SCALED, seen, np.float32(0))
    return detector.score.measure(scaled.astype(np.float32), fill(fitted.rebuild_by_usable(seen)))
