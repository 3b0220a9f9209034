"""Whether repairs bring back what stood in planted rows; categories beside scikit-learn's KNN imputer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from planted_cells import PlantedCells, encode_alike, list_categories
from sklearn.impute import KNNImputer

__all__ = ["find_imputed", "find_recovered", "find_right"]

SPREADS = 2
"""So many spreads of its reason a number may be away from what stood there."""

ROUNDING = 1e-6
"""What float32 rounds, where those alike do not spread."""


def find_right(planted: PlantedCells, repairs: Sequence[Any]) -> np.ndarray:
    """Return of which rows planted cells are changed, and no others."""
    right = np.zeros(len(planted.kinds), bool)
    for repair in repairs:
        changed = {cell.column for cell in repair.cells}
        right[repair.sample] = bool(changed) and changed <= set(planted.places[repair.sample])
    return right


def find_recovered(planted: PlantedCells, repairs: Sequence[Any], reasons: Sequence[Sequence[Any]]) -> np.ndarray:
    """Return of which of these rows all changed cells are what stood there; numbers within twice their ±."""
    recovered = find_right(planted, repairs)
    for repair in repairs:
        row = repair.sample
        spreads = {reason.column: reason.spread or 0.0 for reason in reasons[row]}
        recovered[row] &= all(
            is_near(cell.proposed, planted.truth[cell.column][row], spreads.get(cell.column, 0.0))
            for cell in repair.cells
        )
    return recovered


def is_near(proposed: Any, truth: Any, spread: float) -> bool:
    """Return whether a number is within twice a spread of another, or another cell the same; missing is missing."""
    truth = None if truth is None or truth != truth else truth
    if isinstance(truth, float) and proposed is not None:
        return abs(proposed - truth) <= SPREADS * spread + ROUNDING * max(1.0, abs(truth))
    return proposed is truth is None or (proposed is not None and str(proposed).lower() == str(truth).lower())


def find_imputed(planted: PlantedCells) -> np.ndarray:
    """Return of which rows with one wrong category a KNN imputer, told which cell it is, gives what stood there.

    It sees standardised numbers, and a column of 0 and 1 for each category.
    """
    train, rows, owners = encode_alike(planted.train, planted.planted)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    train, rows = ((part - mean) / np.where(deviation > 0, deviation, 1.0) for part in (train, rows))
    imputer = KNNImputer(keep_empty_features=True).fit(train)
    imputed = np.zeros(len(rows), bool)
    for row, (column, *others) in enumerate(planted.places):
        if not others and planted.train[column].dtype == object:
            own = owners == list(planted.train).index(column)
            asked = np.where(own, np.nan, rows[row])
            filled = (imputer.transform(asked[None])[0] * deviation + mean)[own]
            known = list_categories(planted.train[column])
            imputed[row] = is_near(known[filled.argmax()], planted.truth[column][row], 0.0)
    return imputed
