"""The measures of sequences: each over the steps that exist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from autoencode.evaluation.errors import Measure
from autoencode.types import SampleMatrix


def step_measure(measure: Measure, step_features: int) -> Measure:
    """Return a measure as it is of sequences, unreduced over the features of a step.

    Parameters
    ----------
    measure
        A measure of numbers, of which it has the name.
    step_features
        Features of one step; of flat sequences, after them comes what says whether the step exists, 1 or 0.

    Returns
    -------
    Measure
        Of a sample's feature, the mean (of ``signed_sum`` the sum) over the steps of the sample that exist; with
        `errors`, ``per="feature"`` gives one number a feature of a step. Every sequence counts the same, however long.

    Examples
    --------
    >>> from autoencode.evaluation import MEASURES, errors
    >>> measure = step_measure(MEASURES["squared_error"], 1)
    >>> sequences = np.array([[1.0, 1, 1.0, 1], [1.0, 1, 0.0, 0]])  # two steps, and one
    >>> errors(sequences, np.full((2, 4), 3.0), measure=measure)
    array([4., 4.])
    """

    def measure_steps(
        samples: SampleMatrix, reconstructions: SampleMatrix
    ) -> Float[np.ndarray, "samples step_features"]:
        by_step = (len(samples), -1, step_features + 1)
        steps, rebuilt = samples.reshape(by_step), reconstructions.reshape(by_step)
        flat = (array[..., :-1].reshape(len(samples), -1) for array in (steps, rebuilt))
        unreduced = measure.function(*flat).reshape(len(samples), -1, step_features)
        weights = (steps[..., -1] >= 0.5).astype(np.float64)
        if measure.reduction == "mean":
            weights /= weights.sum(axis=1, keepdims=True)
        return np.einsum("nsf,ns->nf", unreduced, weights)

    return replace(measure, function=measure_steps)
