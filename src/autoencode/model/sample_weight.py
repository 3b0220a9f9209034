"""How much each sample counts in a fit: read as scikit-learn reads `sample_weight`, without it."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int

from autoencode.exceptions import InvalidInputError, InvalidRowError
from autoencode.model.samples import number_rows

LEAST_COUNTED = 2
"""Samples that a fit needs."""

Weights = Float64[np.ndarray, " samples"]


def weigh_samples(
    sample_weight: Any, count: int
) -> tuple[Int[np.ndarray, " counted"], Float64[np.ndarray, " counted"] | None]:
    """Return the places of the samples that count, and how much each counts.

    Parameters
    ----------
    sample_weight
        A finite number ≥ 0 for each sample; one number is that of all, and None is 1.
    count
        How many samples there are.

    Returns
    -------
    places, weights
        Samples of weight 0 are not among them. The weights are None where all that are left count the same.

    Raises
    ------
    InvalidInputError
        If the weights are not such numbers, or fewer than two samples are left.
    """
    if sample_weight is None:
        return number_rows(count), None
    weights = _read_weights(sample_weight, count)
    # By a power of two, which rounds nothing: sums stay finite, and twice the weights are the same ones.
    weights = np.ldexp(weights, -int(np.frexp(weights.max(initial=0))[1]))
    places = np.flatnonzero(weights)
    if len(places) < min(count, LEAST_COUNTED):
        raise InvalidInputError(
            f"sample_weight is zero for all but {len(places)} of {count} samples; at least {LEAST_COUNTED} must count."
        )
    weights = weights[places]
    is_even = len(weights) == 0 or bool((weights == weights[0]).all())
    return places, None if is_even else weights


def level_weights(weights: Weights | None) -> Float32[np.ndarray, " samples"] | None:
    """Return weights as a training takes them: of mean 1, and above 0 however small beside the others.

    Examples
    --------
    >>> level_weights(np.array([1.0, 2.0, 3.0])).tolist()
    [0.5, 1.0, 1.5]
    """
    if weights is None:
        return None
    return np.maximum(weights / weights.mean(), np.finfo(np.float32).tiny).astype(np.float32)


def _read_weights(sample_weight: Any, count: int) -> Weights:
    """Return one finite number ≥ 0 for each of so many samples."""
    expected = f"sample_weight must be one number ≥ 0 for each of {count} samples, a 1D array"
    try:
        given = np.asarray(sample_weight)
    except ValueError as error:  # ragged
        raise InvalidInputError(f"{expected}; got nested sequences of several lengths.") from error
    is_known = given.dtype.kind in "biuf" or (
        given.dtype.kind == "O" and all(isinstance(weight, numbers.Real) for weight in given.ravel())
    )
    if not is_known:
        raise InvalidInputError(f"{expected}; got values of type {given.dtype}.")
    weights = np.full(count, given) if given.ndim == 0 else given
    if weights.shape != (count,):
        raise InvalidInputError(f"{expected}; got an array of shape {weights.shape}.")
    weights = weights.astype(np.float64)
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise InvalidRowError(
            f"sample_weight must be finite and ≥ 0, but is {weights[row]:g} for sample \0; a weight of 0 leaves the "
            "sample out.",
            row,
        )
    return weights
