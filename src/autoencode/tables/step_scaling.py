"""Scaling of sequences: one offset and scale a feature, for all steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.tables.scaling import Scaling, fit_scaling


def pick_steps(
    features: Float[np.ndarray, "samples features"], step_features: int
) -> Float[np.ndarray, "steps values"]:
    """Return the features of all steps of all sequences that exist, a row each.

    Parameters
    ----------
    features
        Flat sequences: of each step its features, and then 1 where the step exists, 0 where it does not.
    step_features
        Features of one step.
    """
    steps = features.reshape(-1, step_features + 1)
    return steps[steps[:, -1] >= 0.5, :-1]


@dataclass(frozen=True)
class StepScaling(Scaling):
    """A fitted scaling of flat sequences, in which what is missing stays 0.

    Attributes
    ----------
    step_features
        Features of one step; after them comes what says whether it exists, which is not scaled.
    """

    step_features: int = 1

    def apply(self, samples: Float[np.ndarray, "samples features"]) -> Float32[np.ndarray, "samples features"]:
        """Return the scaled features of samples, as float32; those of missing steps are 0."""
        scaled = super().apply(samples)
        if self.kind == "none":
            return scaled
        steps = scaled.reshape(-1, self.step_features + 1)
        steps[steps[:, -1] < 0.5, :-1] = 0
        return scaled


def fit_step_scaling(
    features: Float[np.ndarray, "samples features"],
    kind: str,
    step_features: int,
    weights: Float64[np.ndarray, " samples"] | None = None,
) -> StepScaling:
    """Fit a scaling to the steps of sequences that exist.

    Parameters
    ----------
    features
        Flat sequences of training, as `pick_steps` takes them.
    kind
        A key of `SCALINGS`.
    step_features
        Features of one step.
    weights
        How much each step of a sequence counts in a mean, > 0; None: all the same.

    Returns
    -------
    StepScaling
        With the same offset and scale for a feature at every step.

    Raises
    ------
    InvalidInputError
        If the kind is not known, or the spread of a feature is too large for float64.

    Examples
    --------
    >>> sequences = np.array([[1.0, 1, 3.0, 1], [5.0, 1, 0.0, 0]])  # two steps, and one
    >>> scaling = fit_step_scaling(sequences, "minmax", step_features=1)
    >>> scaling.apply(sequences).tolist()
    [[0.0, 1.0, 0.5, 1.0], [1.0, 1.0, 0.0, 0.0]]
    """
    if weights is not None:
        exists = features.reshape(len(features), -1, step_features + 1)[..., -1] >= 0.5
        weights = np.repeat(weights, exists.sum(axis=1))
    fitted = fit_scaling(pick_steps(features, step_features), kind, weights)
    count = features.shape[1] // (step_features + 1)
    return StepScaling(
        kind, np.tile([*fitted.offset, 0.0], count), np.tile([*fitted.scale, 1.0], count), step_features=step_features
    )
