"""The error of each column: in standard deviations of the column, or in its own unit, which people can picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from autoencode.evaluation import ColumnError, Measure, errors
from autoencode.evaluation.arrays import block_slices
from autoencode.evaluation.standard_units import DEVIATIONS
from autoencode.tables import TableColumns
from autoencode.types import SampleMatrix

ROOT_MEAN_SQUARE = "root mean squared error"
WRONG = "share of samples rebuilt wrong"
OWN_UNIT = "units of the column"


class ColumnSums(Protocol):
    """What the errors of columns are told from, added up over samples that come block by block."""

    def add(self, features: SampleMatrix, rebuilt: SampleMatrix) -> None:
        """Count features and their reconstructions; blocks begin at multiples of those of `block_slices`."""
        ...

    def tell(self) -> tuple[ColumnError, ...]:
        """Return the errors of all that was counted."""
        ...


class FeatureSums:
    """The squared errors of each feature of samples that are numbers; those of sequences over the steps that exist.

    Parameters
    ----------
    names
        Of the features.
    measure
        The squared error, in the units that are asked for.
    """

    def __init__(self, names: Sequence[str], measure: Measure):
        self._names, self._measure = names, measure
        self._count, self._total = 0, np.zeros(1)

    def add(self, features: SampleMatrix, rebuilt: SampleMatrix) -> None:
        """Count samples."""
        summed = replace(self._measure, reduction="sum")
        for rows in block_slices(*features.shape):
            self._total = self._total + errors(features[rows], rebuilt[rows], measure=summed, per="feature")
        self._count += len(features)

    def tell(self) -> tuple[ColumnError, ...]:
        """Return the root mean squared error of each feature."""
        found = np.sqrt(self._total / self._count)
        unit = DEVIATIONS if "deviations" in self._measure.unit else OWN_UNIT
        return tuple(
            ColumnError(str(name), "numeric", float(error), ROOT_MEAN_SQUARE, unit)
            for name, error in zip(self._names, found, strict=True)
        )


def find_unit(column: Any) -> str:
    """Return what differences of a column's cells are counted in."""
    if column.kind not in ("numeric", "datetime"):
        return "share"
    return getattr(column, "unit", OWN_UNIT)


class TableSums:
    """What the errors of each column of a table that has features are told from.

    Parameters
    ----------
    encoder
        The fitted encoder.
    in_deviations
        Whether numbers and dates are told in standard deviations of their column, else in its own unit.
    """

    def __init__(self, encoder: TableColumns, *, in_deviations: bool):
        self._sums, start = [], 0
        for column in encoder.columns:
            stop = start + sum(width for _, width in column.groups)
            if column.groups:
                self._sums.append((slice(start, stop), _ColumnSum(column, in_deviations)))
            start = stop

    def add(self, features: SampleMatrix, rebuilt: SampleMatrix) -> None:
        """Count features as the encoder gives them, and their reconstructions."""
        for rows in block_slices(*features.shape):
            for place, column in self._sums:
                column.add(features[rows, place], rebuilt[rows, place])

    def tell(self) -> tuple[ColumnError, ...]:
        """Return the errors in the order of the columns.

        A column of numbers or dates gives the root mean squared error of the cells that are there, the others the share
        of cells rebuilt wrong; a column whose missing cells are flagged gives another entry, of kind "missing": the
        share of cells that are rebuilt as missing and are not, or the reverse.
        """
        return tuple(error for _, column in self._sums for error in column.tell())


@dataclass
class _ColumnSum:
    """One column: how many cells were counted, are there, and were rebuilt wrong; flags too; and squares."""

    column: Any
    in_deviations: bool
    count: int = 0
    there: int = 0
    wrong: int = 0
    wrong_flags: int = 0
    largest: float = 0.0
    squares: float = 0.0
    is_flagged: bool = False

    def add(self, truth: Float[np.ndarray, "samples features"], guess: Float[np.ndarray, "samples features"]) -> None:
        self.count += len(truth)
        if self.column.kind == "category":
            self.wrong += int((truth.argmax(axis=1) != guess.argmax(axis=1)).sum())
            return
        self.is_flagged = truth.shape[1] > 1
        there = truth[:, 1] < 0.5 if self.is_flagged else np.ones(len(truth), bool)
        truth_there, guess_there = truth[there].copy(), guess[there].copy()
        if self.is_flagged:  # what stands beside a wrong flag is judged by itself
            truth_there[:, 1] = guess_there[:, 1] = 0
            self.wrong_flags += int(((truth[:, 1] >= 0.5) != (guess[:, 1] >= 0.5)).sum())
        self.there += len(truth_there)
        if self.column.kind == "boolean":
            self.wrong += int(((truth_there[:, 0] >= 0.5) != (guess_there[:, 0] >= 0.5)).sum())
        elif len(truth_there):
            self._add_squares(self.column.decode_numbers(truth_there) - self.column.decode_numbers(guess_there))

    def _add_squares(self, difference: Float[np.ndarray, " there"]) -> None:
        """Count squares as shares of the square of the largest: so they neither overflow nor vanish."""
        before, own = self.largest, float(np.abs(difference).max())
        self.largest = float(np.maximum(before, own))
        if self.largest:
            self.squares *= (before / self.largest) ** 2
            self.squares += float(np.square(difference / self.largest).sum())

    def tell(self) -> Iterator[ColumnError]:
        name, kind = self.column.name, self.column.kind
        if kind == "category":
            yield ColumnError(name, kind, self.wrong / self.count, WRONG, "share")
            return
        if not self.there:
            yield ColumnError(name, kind, float("nan"), "no cell is there to be measured", "")
        elif kind == "boolean":
            yield ColumnError(name, kind, self.wrong / self.there, WRONG, "share")
        else:
            error = self.largest * math.sqrt(self.squares / self.there)
            unit = find_unit(self.column)
            error, unit = (error / self.column.deviation, DEVIATIONS) if self.in_deviations else (error, unit)
            yield ColumnError(name, kind, error, ROOT_MEAN_SQUARE, unit)
        if self.is_flagged:
            yield ColumnError(name, "missing", self.wrong_flags / self.count, WRONG, "share")
