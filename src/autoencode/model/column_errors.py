"""The error of each column: in standard deviations of the column, or in its own unit, which people can picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from autoencode.evaluation import ColumnError, Measure, errors
from autoencode.evaluation.standard_units import DEVIATIONS
from autoencode.tables import TableColumns
from autoencode.types import SampleMatrix

ROOT_MEAN_SQUARE = "root mean squared error"
WRONG = "share of samples rebuilt wrong"
OWN_UNIT = "units of the column"


def feature_errors(
    names: Sequence[str], features: SampleMatrix, rebuilt: SampleMatrix, measure: Measure
) -> tuple[ColumnError, ...]:
    """Return the root mean squared error of each feature of samples that are numbers; `measure` is the squared error.

    That of sequences is over the steps that exist.
    """
    found = np.sqrt(errors(features, rebuilt, measure=measure, per="feature"))
    unit = DEVIATIONS if "deviations" in measure.unit else OWN_UNIT
    return tuple(
        ColumnError(str(name), "numeric", float(error), ROOT_MEAN_SQUARE, unit)
        for name, error in zip(names, found, strict=True)
    )


def find_unit(column: Any) -> str:
    """Return what differences of a column's cells are counted in."""
    if column.kind not in ("numeric", "datetime"):
        return "share"
    return getattr(column, "unit", OWN_UNIT)


def table_errors(
    encoder: TableColumns, features: SampleMatrix, rebuilt: SampleMatrix, *, in_deviations: bool
) -> tuple[ColumnError, ...]:
    """Return the errors of each column of a table that has features.

    Parameters
    ----------
    encoder
        The fitted encoder.
    features, rebuilt
        Features of samples as the encoder gives them, and their reconstructions.
    in_deviations
        Whether numbers and dates are told in standard deviations of their column, else in its own unit.

    Returns
    -------
    tuple of ColumnError
        In the order of the columns. A column of numbers or dates gives the root mean squared error of the cells that
        are there, the others the share of cells rebuilt wrong; a column whose missing cells are flagged gives another
        entry, of kind "missing": the share of cells that are rebuilt as missing and are not, or the reverse.
    """
    found: list[ColumnError] = []
    start = 0
    for column in encoder.columns:
        stop = start + sum(width for _, width in column.groups)
        if column.groups:
            found += _errors_of_column(column, features[:, start:stop], rebuilt[:, start:stop], in_deviations)
        start = stop
    return tuple(found)


def _errors_of_column(
    column: Any,
    truth: Float[np.ndarray, "samples features"],
    guess: Float[np.ndarray, "samples features"],
    in_deviations: bool,
) -> Iterator[ColumnError]:
    name, kind = column.name, column.kind
    if kind == "category":
        yield ColumnError(name, kind, float((truth.argmax(axis=1) != guess.argmax(axis=1)).mean()), WRONG, "share")
        return
    flagged = truth.shape[1] > 1
    there = truth[:, 1] < 0.5 if flagged else np.ones(len(truth), bool)
    truth_there, guess_there = truth[there].copy(), guess[there].copy()
    if flagged:  # what stands beside a wrong flag is judged by itself
        truth_there[:, 1] = guess_there[:, 1] = 0
    if not there.any():
        yield ColumnError(name, kind, float("nan"), "no cell is there to be measured", "")
    elif kind == "boolean":
        wrong = (truth_there[:, 0] >= 0.5) != (guess_there[:, 0] >= 0.5)
        yield ColumnError(name, kind, float(wrong.mean()), WRONG, "share")
    else:
        difference = column.decode_numbers(truth_there) - column.decode_numbers(guess_there)
        # Of shares of the largest, whose squares neither overflow nor vanish.
        largest = float(np.abs(difference).max()) or 1.0
        error = largest * float(np.sqrt(np.mean(np.square(difference / largest))))
        error, unit = (error / column.deviation, DEVIATIONS) if in_deviations else (error, find_unit(column))
        yield ColumnError(name, kind, error, ROOT_MEAN_SQUARE, unit)
    if flagged:
        wrong = (truth[:, 1] >= 0.5) != (guess[:, 1] >= 0.5)
        yield ColumnError(name, "missing", float(wrong.mean()), WRONG, "share")
