"""`Explanation`: why samples are abnormal, and `Reason`: one column of one of them, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int

from autoencode.evaluation.wording import say_number, say_percent

WHOLE_SAID = 1e15
"""Below this a whole number is said digit by digit."""


@dataclass(frozen=True)
class Reason:
    """One column of one sample, beside what would be expected of it.

    Attributes
    ----------
    column
        Its name.
    value
        The sample's: a number, text, a truth value, or None where it is missing.
    expected, spread
        Of normal samples that are alike in every other column: the mean and the standard deviation of numbers; else
        what is most frequent, and its share. None where numbers are missing in all of them.
    share
        Of the sample's anomaly score, that the column adds.
    distance
        How far a number or a date is from what is expected, in spreads; None of other cells, and where one is missing.
    either
        Whether either this cell or that of the first reason is wrong: the sample would be normal with any of the two
        as expected.
    """

    column: str
    value: float | str | bool | None
    expected: float | str | bool | None
    spread: float | None
    share: float
    distance: float | None
    either: bool = False

    def __str__(self) -> str:
        return f"or {self._say()}" if self.either else self._say()

    def _say(self) -> str:
        found = "is missing" if self.value is None else f"is {say_cell(self.value)}"
        if isinstance(self.expected, float) and self.spread is not None:
            return f"{self.column} {found}, expected {_say_interval(self.expected, self.spread)}"
        expected = "missing" if self.expected is None else say_cell(self.expected)
        share = "" if self.spread is None else f" ({say_percent(round(self.spread, 2))})"
        return f"{self.column} {found}, expected {expected}{share}"


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why samples are as abnormal as they are.

    Attributes
    ----------
    columns
        Their names; of samples of several axes, of every number.
    contributions
        What each column adds to the anomaly score, ≥ 0, in units of evidence; of samples of several axes in
        their shape. A sample's add up to its `scores`.
    scores, p_values
        Anomaly score, high is abnormal, and conformal p-value of each sample.
    nearest
        The index, in the samples of `fit`, of the normal sample nearest to each.
    reasons
        Of each sample, of the columns that add most. The first is the cell without which the sample is most normal:
        each of the five that add most is replaced by that of a normal sample which is alike in every other column, and
        the sample is scored again; numbers and dates within two spreads of what is expected come after all others.
        The rest of the columns, and every number of pictures and sequences, in the order of how far they are off in
        their own spread, other cells before the first of them that adds less. None that adds nothing, and none whose
        cell is what is expected.
    """

    columns: tuple[str, ...]
    contributions: Float64[np.ndarray, "samples ..."]
    scores: Float64[np.ndarray, " samples"]
    p_values: Float64[np.ndarray, " samples"]
    nearest: Int[np.ndarray, " samples"]
    reasons: tuple[tuple[Reason, ...], ...]

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def has_columns(self) -> bool:
        """Whether a sample is a row of columns, and not of several axes."""
        return self.contributions.ndim == 2

    def find_shares(self, numbers: Any) -> Float64[np.ndarray, "*samples columns"]:
        """Return, of one sample or of some, which share of its score each column adds."""
        added = self.contributions[numbers]
        return added / np.maximum(added.sum(axis=-1, keepdims=True), np.finfo(float).tiny)

    def __str__(self) -> str:
        return "\n".join(
            f"sample {index}: p = {say_number(p_value, 2)}; {'; '.join(map(str, reasons)) or 'no reasons'}"
            for index, (p_value, reasons) in enumerate(zip(self.p_values.tolist(), self.reasons, strict=True))
        )


def say_cell(value: float | str | bool) -> str:
    """Return a cell in words: text quoted, a number to four digits."""
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < WHOLE_SAID else say_number(value, 4)


def find_place(spread: float) -> int:
    """Return the power of ten of the last digit that a deviation leaves a mean."""
    return int(np.floor(np.log10(spread))) - 1


def _say_interval(expected: float, spread: float) -> str:
    """Return a mean and a deviation, the mean to the digits that the deviation leaves it."""
    if spread == 0:
        return say_cell(expected)
    place = find_place(spread)
    if not -5 <= place <= 6:
        return f"{say_number(expected, 3)} ± {say_number(spread, 2)}"
    decimals = max(0, -place)
    return f"{round(expected, -place):,.{decimals}f} ± {round(spread, -place):,.{decimals}f}"
