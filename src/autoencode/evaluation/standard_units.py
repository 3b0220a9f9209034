"""Errors in standard deviations of the training columns: one unit for models of any scaling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float64

from autoencode.evaluation.errors import CheckedError, Measure, signed_difference
from autoencode.parts.losses import OfDifferences
from autoencode.types import SampleMatrix

DEVIATIONS = "standard deviations of the column"
"""What an error of one column in standard units is counted in."""


def has_units(measure: Measure) -> bool:
    """Return whether a measure is of differences, which have the units of the features; a cross-entropy has none."""
    return isinstance(measure.function, CheckedError) and isinstance(measure.function.formula, OfDifferences)


def measure_deviations(measure: Measure, deviations: Float64[np.ndarray, " features"]) -> Measure:
    """Return a measure of differences as it is of differences in standard deviations.

    Parameters
    ----------
    measure
        One that `has_units`.
    deviations
        The standard deviation of each feature in training, in its own unit; not 0.

    Returns
    -------
    Measure
        Of the same name; it takes samples and reconstructions in their own units.

    Examples
    --------
    >>> from autoencode.evaluation import MEASURES, errors
    >>> measure = measure_deviations(MEASURES["squared_error"], np.array([1.0, 1000.0]))
    >>> errors(np.array([[2.0, 3000.0]]), np.zeros((1, 2)), measure=measure, per="feature")
    array([4., 9.])
    """

    def measure_shares(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
        # The difference first: beside a large mean, samples in other units would lose its digits.
        shares = signed_difference(samples, reconstructions) / deviations
        return measure.function(shares, np.zeros_like(shares))

    unit = measure.unit.replace("units of the features", "standard deviations of the columns")
    return replace(measure, function=measure_shares, unit=unit)
