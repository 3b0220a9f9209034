"""The units in which errors are told: one default for models of any scaling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float64

from autoencode.evaluation import Measure, column_measure, find_measure
from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.options import UNIT_NAMES
from autoencode.tables import TableColumns
from autoencode.tables.number_map import QuantileMap
from autoencode.types import SampleMatrix

NO_UNITS = "units='standard' does not go with measure={!r}, which has no units; leave units at 'auto'."


def check_units(units: str, known: tuple[str, ...] = UNIT_NAMES) -> None:
    """Check that errors can be told in some units.

    Raises
    ------
    InvalidInputError
        If they are not among the known ones.
    """
    if not isinstance(units, str) or units not in known:
        raise InvalidInputError(
            f"units must be one of {', '.join(known)}, got {units!r:.50}{end_with_nearest(units, known)}"
        )


def explain_own_units(*, has_columns: bool) -> str:
    """Return why errors of a model cannot be told in standard deviations, and what to do."""
    reason = (
        "the model was saved by an earlier version, which did not keep those of its columns; fit it again"
        if has_columns
        else "the model was fitted on an array, whose features have no names; fit it on a data frame"
    )
    return f"units='standard' counts in standard deviations of named columns, but {reason}, or use units='original'."


def measure_table(encoder: TableColumns, measure: str, *, units: str) -> Measure:
    """Return the measure of a name as it is of encoded features of a mixed table.

    Parameters
    ----------
    encoder
        The fitted encoder.
    measure
        A measure's name; "auto" and "column_loss" are the mean over columns of what training minimises.
    units
        "auto" and "standard" count numbers in standard deviations of their column, the others as the network sees
        them. The two differ where a column is scaled by its quantiles.
    """
    chosen = column_measure(encoder.groups) if measure in ("auto", "column_loss") else find_measure(measure)
    if units not in ("auto", "standard"):
        return chosen
    chosen = replace(chosen, unit=chosen.unit.replace("units of scaled numbers", "standard deviations of numbers"))
    if not any(isinstance(getattr(column, "number_map", None), QuantileMap) for column in encoder.columns):
        return chosen
    function = chosen.function
    return replace(
        chosen,
        function=lambda samples, rebuilt: function(
            _count_in_deviations(encoder, samples), _count_in_deviations(encoder, rebuilt)
        ),
    )


def _count_in_deviations(encoder: TableColumns, features: SampleMatrix) -> Float64[np.ndarray, "samples features"]:
    """Return encoded features with numbers in standard deviations of their column, however it is scaled."""
    counted, start = features.astype(np.float64), 0
    for column in encoder.columns:
        number_map = getattr(column, "number_map", None)
        if isinstance(number_map, QuantileMap):
            counted[:, start] = number_map.invert(counted[:, start]) / number_map.deviation
        start += sum(width for _, width in column.groups)
    return counted
