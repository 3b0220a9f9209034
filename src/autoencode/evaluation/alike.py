"""Abnormal samples that are alike: a group of them is one thing to look at, and may be a kind of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autoencode.evaluation.explanation import Reason, say_cell
from autoencode.evaluation.wording import say_number

LEAST_SHARE = 0.5
"""What share of its score the first reason of a sample adds, if it is one of a group."""

LEAST_ALIKE, NEAR = 5, 0.05
"""Fewer are no group; and how near numbers are to the next, as a share of how far they are from what is expected."""


@dataclass(frozen=True)
class Alike:
    """Abnormal samples for mostly the same reason: a column, with the same value or numbers near each other.

    Attributes
    ----------
    numbers
        Their numbers in the order of a detection, the most abnormal first.
    column
        What is unusual of all of them.
    value
        Of numbers the median.
    digits
        So many of a number tell how far it is off.
    """

    numbers: tuple[int, ...]
    column: str
    value: float | str | bool | None
    digits: int = 2

    def __str__(self) -> str:
        if self.value is None:
            return f"{len(self.numbers):,} rows alike: {self.column} is missing"
        if isinstance(self.value, float):
            return f"{len(self.numbers):,} rows alike: {self.column} about {say_number(self.value, self.digits)}"
        return f"{len(self.numbers):,} rows alike: {self.column} is {say_cell(self.value)}"


def find_alike(reasons: Sequence[Sequence[Reason]]) -> tuple[Alike, ...]:
    """Return the groups of at least five among abnormal samples, the largest first.

    Numbers are near each other where the next is no further away than a twentieth of how far they are off, and all lie
    within a tenth.

    Parameters
    ----------
    reasons
        Of each sample, the most abnormal first.

    Examples
    --------
    >>> rows = [[Reason("bill", bill, 20.0, 5.0, 0.9, 60.0)] for bill in (338.0, 340.5, 341.0, 345.0, 339.0, 90.0)]
    >>> print(*find_alike(rows))
    5 rows alike: bill about 340
    """
    by_kind: dict[tuple[str, object], list[tuple[int, Reason]]] = {}
    for number, given in enumerate(reasons):
        if given and given[0].share >= LEAST_SHARE:
            value: Any = given[0].value
            kind = "number" if isinstance(value, float) else ("other", value)
            by_kind.setdefault((given[0].column, kind), []).append((number, given[0]))
    found = []
    for (column, kind), members in by_kind.items():
        for group in _chain(members) if kind == "number" else [members]:
            if len(group) >= LEAST_ALIKE:
                numbers = tuple(sorted(number for number, _ in group))
                if kind == "number":
                    found.append(Alike(numbers, column, *_find_middle([reason for _, reason in group])))
                else:
                    found.append(Alike(numbers, column, group[0][1].value))
    return tuple(sorted(found, key=lambda group: (-len(group.numbers), group.numbers)))


def _find_middle(reasons: Sequence[Reason]) -> tuple[float, int]:
    """Return the median of numbers, and how many of its digits, two at least, tell how far it is off."""
    pairs: list[Any] = [(reason.value, reason.expected) for reason in reasons]
    value = float(np.median([found for found, _ in pairs]))
    off = np.median([abs(found - expected) for found, expected in pairs if isinstance(expected, float)] or [0.0])
    digits = 2 if not off or not value else 2 + max(0, math.floor(math.log10(abs(value))) - math.floor(math.log10(off)))
    return value, digits


def _chain(members: list[tuple[int, Reason]]) -> list[list[tuple[int, Reason]]]:
    """Return numbers of one column in groups, between which there are gaps."""
    values: dict[int, Any] = {number: reason.value for number, reason in members}
    ordered = sorted(members, key=lambda member: values[member[0]])
    expected: dict[int, Any] = {number: reason.expected for number, reason in members}
    off = [abs(value - expected[number]) for number, value in values.items() if isinstance(expected[number], float)]
    near = NEAR * float(np.median(off)) if off else 0.0
    groups = [ordered[:1]]
    for before, member in pairwise(ordered):
        first = values[groups[-1][0][0]]
        if values[member[0]] - values[before[0]] > near or values[member[0]] - first > 2 * near:
            groups.append([])
        groups[-1].append(member)
    return groups
