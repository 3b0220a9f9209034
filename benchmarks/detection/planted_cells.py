"""One wrong cell in a normal row, in rows that a detector never saw: what was there, what is, and in which columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from planted_errors import read_columns
from planting import Columns, Edit, move, pair_impossibly
from protocol import data_folder

__all__ = ["DEVELOPED", "KINDS", "SETS", "PlantedCells", "encode_alike", "list_categories", "plant_cells"]

NUMERIC = ("magic.gamma", "cardio", "WDBC")
DEVELOPED = ("titanic", "mpg", "cardio")
SETS = ("titanic", "penguins", "mpg", "diamonds", *NUMERIC)
"""Those that the order of reasons was developed on, and all."""

MAX_ROWS, TRAIN_FRACTION, PER_KIND = 2_000, 0.7, 40


@dataclass(frozen=True)
class PlantedCells:
    """Rows to fit to, rows with one error each, and what stood there.

    Attributes
    ----------
    train, planted, truth
        Columns of the rows to fit to, and of the others, with and without the errors.
    kinds
        Of each planted row's error.
    places
        The columns of each planted row that are wrong: one, or the two that changed places.
    """

    train: Columns
    planted: Columns
    truth: Columns
    kinds: list[str]
    places: list[tuple[str, ...]]


def read_normal(name: str) -> Columns:
    """Return the columns of a set's normal rows, drawn by a fixed seed where there are too many."""
    if name in NUMERIC:
        with np.load(data_folder("adbench") / f"{name}.npz", allow_pickle=False) as arrays:
            rows = arrays["X"][arrays["y"] == 0].astype(np.float64)
        columns = {f"x{place}": column for place, column in enumerate(rows.T)}
    else:
        columns = read_columns(name)
    kept = np.random.default_rng(0).permutation(len(next(iter(columns.values()))))[:MAX_ROWS]
    return take(columns, np.sort(kept))


def take(columns: Columns, rows: np.ndarray) -> Columns:
    """Return some rows."""
    return {name: values[rows] for name, values in columns.items()}


def find_numbers(columns: Columns) -> list[str]:
    """Return the names of the columns of numbers that vary."""
    return [name for name, values in columns.items() if values.dtype != object and np.nanstd(values) > 0]


def multiply(columns: Columns, *factors: float) -> Iterator[Edit]:
    """Yield one number that is so many times as much."""
    for factor in factors:
        for name in find_numbers(columns):
            yield move(columns, {name: columns[name] * factor})


def swap_cells(columns: Columns) -> Iterator[Edit]:
    """Yield the swaps of two numbers."""
    for one, other in combinations(find_numbers(columns), 2):
        yield move(columns, {one: columns[other], other: columns[one]})


KINDS = {
    "another unit": lambda columns: multiply(columns, 1000.0, 25.4),
    "ten times": lambda columns: multiply(columns, 10.0),
    "impossible category": lambda columns: pair_impossibly(columns, None),
    "two swapped": swap_cells,
}


def plant_cells(name: str, seed: int) -> PlantedCells:
    """Split a set by a seed, and make one error in each of some of the rows that are not trained on."""
    random = np.random.default_rng(seed)
    columns = read_normal(name)
    count = len(next(iter(columns.values())))
    order = random.permutation(count)
    train, rest = np.sort(order[: round(TRAIN_FRACTION * count)]), order[round(TRAIN_FRACTION * count) :]
    free, rows, kinds, places = np.isin(np.arange(count), rest), [], [], []
    changed = {column: values.copy() for column, values in columns.items()}
    for kind, list_edits in KINDS.items():
        edits = list(list_edits(columns))
        if not edits:
            continue
        able = np.stack([edit.rows for edit in edits])
        candidates = np.flatnonzero(able.any(axis=0) & free)
        share = min(PER_KIND, len(rest) // len(KINDS), len(candidates))
        for row in random.choice(candidates, share, replace=False):
            edit = edits[random.choice(np.flatnonzero(able[:, row]))]
            free[row] = False
            for column, values in edit.values.items():
                changed[column][row] = values[row]
            rows.append(row)
            kinds.append(kind)
            places.append(tuple(edit.values))
    at = np.array(rows)
    return PlantedCells(take(columns, train), take(changed, at), take(columns, at), kinds, places)


def encode_alike(train: Columns, rows: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both one-hot encoded, numbers with the median in missing cells, and the column that owns each feature."""
    features, owners = [], []
    for place, (name, values) in enumerate(train.items()):
        if values.dtype == object:
            found = [(values == cell, rows[name] == cell) for cell in list_categories(values)]
        else:
            middle = np.nanmedian(values)
            found = [tuple(np.where(np.isnan(cells), middle, cells) for cells in (values, rows[name]))]
        features += found
        owners += [place] * len(found)
    first, second = (np.stack(part, axis=1).astype(np.float64) for part in zip(*features, strict=True))
    return first, second, np.array(owners)


def list_categories(values: np.ndarray) -> list:
    """Return the categories of a column, in order."""
    return sorted({cell for cell in values if cell is not None}, key=str)
