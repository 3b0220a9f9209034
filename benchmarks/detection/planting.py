"""Errors planted in tables: what people and programs do to single rows, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

__all__ = ["KINDS", "PER_KIND", "PLANS", "Plan", "Planted", "plant"]

PER_KIND = 25
Columns = dict[str, np.ndarray]
"""Numbers as float64 with NaN, everything else as objects with None, where a cell is missing."""


@dataclass(frozen=True)
class Plan:
    """What can go wrong in one table.

    Attributes
    ----------
    measured
        The columns of numbers that are swapped and mistyped.
    units
        Columns, and the factor that brings them to another unit in use.
    left_out
        Columns that name a row, and that no detector is given.
    """

    measured: tuple[str, ...]
    units: dict[str, float]
    left_out: tuple[str, ...] = ()


PLANS = {
    # Years to months; pounds to shillings.
    "titanic": Plan(("age", "fare", "sibsp", "parch"), {"age": 12, "fare": 20}),
    # Millimetres to centimetres or inches; grams to kilograms.
    "penguins": Plan(
        ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"),
        {"bill_length_mm": 0.1, "bill_depth_mm": 1 / 25.4, "flipper_length_mm": 0.1, "body_mass_g": 0.001},
    ),
    # Miles a gallon to kilometres a litre; cubic inches to litres; horsepower to kilowatts; pounds to kilograms.
    "mpg": Plan(
        ("mpg", "displacement", "horsepower", "weight", "acceleration"),
        {"mpg": 0.4251, "displacement": 0.016387, "horsepower": 0.7457, "weight": 0.45359},
        left_out=("name",),
    ),
    # Carats to grams; to thousands; millimetres to inches.
    "diamonds": Plan(
        ("carat", "depth", "table", "price", "x", "y", "z"),
        {"carat": 0.2, "price": 0.001, "x": 1 / 25.4, "y": 1 / 25.4, "z": 1 / 25.4},
    ),
}


@dataclass(frozen=True)
class Edit:
    """One thing that can be done to a table's rows.

    Attributes
    ----------
    rows
        (rows,): in which of them it makes an error.
    values
        What the changed columns would hold in every row.
    """

    rows: np.ndarray
    values: Columns


@dataclass(frozen=True)
class Planted:
    """A table with errors, and by kind the rows that have one; no row has two."""

    columns: Columns
    rows: dict[str, np.ndarray]


def move(columns: Columns, values: Columns) -> Edit:
    """Return an edit of numbers: an error where one of them moves by its column's standard deviation or more."""
    moved = [np.abs(new - columns[name]) >= np.nanstd(columns[name]) for name, new in values.items()]
    return Edit(np.logical_or.reduce(moved), values)


def swap_values(columns: Columns, plan: Plan) -> Iterator[Edit]:
    """Yield the swaps of two columns; with a missing value there is none."""
    for one, other in combinations(plan.measured, 2):
        yield move(columns, {one: columns[other], other: columns[one]})


def change_units(columns: Columns, plan: Plan) -> Iterator[Edit]:
    for name, factor in plan.units.items():
        yield move(columns, {name: columns[name] * factor})


def shift_points(columns: Columns, plan: Plan) -> Iterator[Edit]:
    """Yield the slips of the decimal point."""
    for name in plan.measured:
        yield move(columns, {name: columns[name] * 10})


def pair_impossibly(columns: Columns, plan: Plan) -> Iterator[Edit]:
    """Yield the categories that never occur in the table with the rest of a row.

    Either another of its categories never does, or one of its numbers is outside the range that it has with the new.
    """
    del plan
    numbers = {name: values for name, values in columns.items() if values.dtype != object}
    categories = {name: values for name, values in columns.items() if name not in numbers}
    present = {name: np.array([cell is not None for cell in values]) for name, values in categories.items()}
    for name, values in categories.items():
        for new in sorted(set(values[present[name]])):
            having = values == new
            never = np.zeros(len(values), dtype=bool)
            for other, cells in categories.items():
                if other != name:
                    seen = set(cells[having])
                    never |= present[other] & np.array([cell not in seen for cell in cells])
            for cells in numbers.values():
                if np.isfinite(cells[having]).any():
                    never |= (cells < np.nanmin(cells[having])) | (cells > np.nanmax(cells[having]))
            yield Edit(never & present[name] & ~having, {name: np.full(len(values), new, dtype=object)})


KINDS = {
    "two values swapped": swap_values,
    "another unit": change_units,
    "ten times as much": shift_points,
    "impossible pair": pair_impossibly,
}


def plant(columns: Columns, plan: Plan, seed: int) -> Planted:
    """Make `PER_KIND` errors of each kind, each in a row of its own, drawn among all rows where the kind makes one."""
    random = np.random.default_rng(seed)
    changed = {name: values.copy() for name, values in columns.items()}
    free = np.ones(len(next(iter(columns.values()))), dtype=bool)
    planted = {}
    for kind, list_edits in KINDS.items():
        edits = list(list_edits(columns, plan))
        able = np.stack([edit.rows for edit in edits])
        planted[kind] = random.choice(np.flatnonzero(able.any(axis=0) & free), PER_KIND, replace=False)
        free[planted[kind]] = False
        for row in planted[kind]:
            edit = edits[random.choice(np.flatnonzero(able[:, row]))]
            for name, values in edit.values.items():
                changed[name][row] = values[row]
    return Planted(changed, planted)
