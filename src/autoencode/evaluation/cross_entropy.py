"""Cross-entropies of samples that are probabilities, per feature."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from autoencode.evaluation.arrays import check_pair
from autoencode.exceptions import InvalidInputError
from autoencode.types import SampleMatrix

__all__ = ["CLIP_EPSILON", "binary_cross_entropy", "categorical_cross_entropy", "stretched_cross_entropy"]

CLIP_EPSILON = 1e-7
"""How near a probability may come to 0 or 1 before its logarithm is taken; Keras uses the same number."""

SUM_TOLERANCE = 1e-3
"""How far from 1 the features of a distribution may add up, through rounding of many small ones."""


def binary_cross_entropy(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
    r"""Return the cross-entropy of each feature, reconstructions being probabilities, unreduced.

    .. math:: e = -x \ln p - (1 - x) \ln (1 - p), \quad p = \min(\max(\hat{x}, \epsilon), 1 - \epsilon)

    Parameters
    ----------
    samples
        The samples :math:`x`, each number in [0, 1].
    reconstructions
        Their reconstructions :math:`\hat{x}` after the decoder's activation. They are clipped to
        [1e-7, 1 - 1e-7] first, so a number outside of [0, 1] counts as the nearest probability.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in nats. Its least value, at :math:`p = x`, is the entropy of :math:`x` and not 0.

    Raises
    ------
    InvalidInputError
        If a sample leaves [0, 1], or the arrays differ in shape, are empty, or hold a number that is not finite.

    Notes
    -----
    Keras clips to the same bounds, which caps the error of one feature at 16.1 nats. A loss computed from the
    decoder's output before its activation is not clipped; the two differ only there.

    Examples
    --------
    >>> binary_cross_entropy(np.array([[1.0, 0.5]]), np.array([[1.0, 0.5]])).round(4)
    array([[0.    , 0.6931]])
    """
    samples, reconstructions = check_pair(samples, reconstructions)
    low, high = samples.min(), samples.max()
    if low < 0 or high > 1:
        raise InvalidInputError(
            f"samples must lie in [0, 1] for binary_cross_entropy; they reach from {low:g} to {high:g}. "
            "Scale them to [0, 1], or use measure='squared_error'."
        )
    return stretched_cross_entropy(samples, reconstructions)


def stretched_cross_entropy(
    samples: SampleMatrix, reconstructions: SampleMatrix
) -> Float[np.ndarray, "samples features"]:
    r"""Return the binary cross-entropy of each feature, of samples that may leave [0, 1] too.

    .. math:: e = -c \ln p - (1 - c) \ln (1 - p) - |x - c| \ln \epsilon, \quad c = \min(\max(x, 0), 1)

    A feature costs what the nearest end costs and, for each unit of [0, 1] beyond it, as much as one that is rebuilt as
    the wrong end, 16.1 nats: the farther, the more.

    Parameters
    ----------
    samples
        The samples :math:`x`; in training their features were in [0, 1].
    reconstructions
        Their reconstructions, as for `binary_cross_entropy`.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in nats; in [0, 1] what `binary_cross_entropy` gives.

    Raises
    ------
    InvalidInputError
        If the arrays differ in shape, are empty, or hold a number that is not finite.

    Examples
    --------
    >>> stretched_cross_entropy(np.array([[1.0, 3.0]]), np.array([[1.0, 1.0]])).round(1)
    array([[ 0. , 32.2]])
    """
    samples, reconstructions = check_pair(samples, reconstructions)
    truth = samples.astype(np.float64)
    inside = np.clip(truth, 0, 1)
    probability = np.clip(reconstructions.astype(np.float64), CLIP_EPSILON, 1 - CLIP_EPSILON)
    within = -inside * np.log(probability) - (1 - inside) * np.log1p(-probability)
    return within - np.abs(truth - inside) * np.log(CLIP_EPSILON)


def categorical_cross_entropy(
    samples: SampleMatrix, reconstructions: SampleMatrix
) -> Float[np.ndarray, "samples features"]:
    r"""Return what each feature adds to the cross-entropy of a sample that is one distribution over its features.

    .. math:: e_j = -x_j \ln \frac{p_j}{\sum_k p_k}, \quad p = \min(\max(\hat{x}, \epsilon), 1)

    Parameters
    ----------
    samples
        The samples :math:`x`, each ≥ 0 and with a sum of 1: a choice among features, or counts divided by their sum.
    reconstructions
        Their reconstructions :math:`\hat{x}`. They are clipped to [1e-7, 1] and divided by their sum first: PCA's may
        be negative.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in nats. The sum over a sample's features is its cross-entropy, least, at :math:`p = x`, where it
        is the entropy of :math:`x`; `errors` gives the mean over features, as of every measure.

    Raises
    ------
    InvalidInputError
        If a sample is negative or does not add up to 1, or the arrays differ in shape, are empty, or hold a number that
        is not finite.

    Examples
    --------
    >>> categorical_cross_entropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(4)
    array([[0.    , 0.6931]])
    """
    samples, reconstructions = check_pair(samples, reconstructions)
    truth = samples.astype(np.float64)
    low, sums = truth.min(), truth.sum(axis=1)
    if low < 0 or np.abs(sums - 1).max() > SUM_TOLERANCE:
        raise InvalidInputError(
            "samples must be ≥ 0 and each add up to 1 for categorical_cross_entropy; they reach down to "
            f"{low:g}, and add up to between {sums.min():g} and {sums.max():g}. Divide each by its sum, or use "
            "measure='squared_error'."
        )
    probability = np.clip(reconstructions.astype(np.float64), CLIP_EPSILON, 1)
    return truth * (np.log(probability.sum(axis=1, keepdims=True)) - np.log(probability))
