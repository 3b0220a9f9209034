"""Measures of how far a reconstruction is from its sample, per sample and per feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from autoencode.evaluation.arrays import block_slices, check_pair
from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.types import Errors, SampleMatrix

__all__ = [
    "CLIP_EPSILON",
    "MEASURES",
    "Measure",
    "absolute_error",
    "binary_cross_entropy",
    "errors",
    "find_measure",
    "signed_difference",
    "signed_sum",
    "squared_error",
]

CLIP_EPSILON = 1e-7
"""How near a probability may come to 0 or 1 before its logarithm is taken; Keras uses the same number."""


def squared_error(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
    r"""Return the squared error of each feature of each sample, unreduced.

    .. math:: e = (x - \hat{x})^2

    Parameters
    ----------
    samples
        The samples :math:`x`.
    reconstructions
        Their reconstructions :math:`\hat{x}`, of the same shape and in the same units.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in squared units of the features.

    Raises
    ------
    InvalidInputError
        If the arrays differ in shape, are empty, or hold a number that is not finite.

    Examples
    --------
    >>> squared_error(np.array([[0.0, 1.0]]), np.array([[0.5, 1.0]]))
    array([[0.25, 0.  ]])
    """
    difference = signed_difference(samples, reconstructions)
    return np.square(difference, out=difference)


def absolute_error(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
    r"""Return the absolute error of each feature of each sample, unreduced.

    .. math:: e = |x - \hat{x}|

    Parameters
    ----------
    samples
        The samples :math:`x`.
    reconstructions
        Their reconstructions :math:`\hat{x}`, of the same shape and in the same units.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in units of the features.

    Raises
    ------
    InvalidInputError
        If the arrays differ in shape, are empty, or hold a number that is not finite.

    Examples
    --------
    >>> absolute_error(np.array([[0.0, 1.0]]), np.array([[0.5, 1.0]]))
    array([[0.5, 0. ]])
    """
    difference = signed_difference(samples, reconstructions)
    return np.abs(difference, out=difference)


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
    truth = samples.astype(np.float64)
    probability = np.clip(reconstructions.astype(np.float64), CLIP_EPSILON, 1 - CLIP_EPSILON)
    return -truth * np.log(probability) - (1 - truth) * np.log1p(-probability)


def signed_difference(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
    r"""Return sample minus reconstruction for each feature, unreduced.

    .. math:: e = x - \hat{x}

    Parameters
    ----------
    samples
        The samples :math:`x`.
    reconstructions
        Their reconstructions :math:`\hat{x}`, of the same shape and in the same units.

    Returns
    -------
    array of shape (samples, features), float64
        In units of the features; negative where the reconstruction is too large.

    Raises
    ------
    InvalidInputError
        If the arrays differ in shape, are empty, or hold a number that is not finite.

    Examples
    --------
    >>> signed_difference(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))
    array([[-0.5,  0.5]])
    """
    samples, reconstructions = check_pair(samples, reconstructions)
    return np.subtract(samples, reconstructions, dtype=np.float64)


def signed_sum(samples: SampleMatrix, reconstructions: SampleMatrix) -> Errors:
    r"""Return the sum of the signed differences of each sample, a misleading measure.

    .. math:: e_i = \sum_j (x_{ij} - \hat{x}_{ij})

    Parameters
    ----------
    samples
        The samples :math:`x`.
    reconstructions
        Their reconstructions :math:`\hat{x}`, of the same shape and in the same units.

    Returns
    -------
    array of shape (samples,), float64
        Summed over features, in units of the features; negative where the reconstruction is too large overall.

    Raises
    ------
    InvalidInputError
        If the arrays differ in shape, are empty, or hold a number that is not finite.

    Notes
    -----
    Errors of opposite sign cancel: 0 does not mean a perfect reconstruction, and the spread of these sums does not
    rank models. For 30 independent uniform features a constant reconstruction already has a standard deviation of
    :math:`\sqrt{30/12} = 1.581`, which a trained network hardly changes. It is here to show just that.

    Examples
    --------
    >>> signed_sum(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]))  # as wrong as can be
    array([0.])
    """
    return errors(samples, reconstructions, measure="signed_sum")


@dataclass(frozen=True)
class Measure:
    """How the error of a reconstruction is measured, reduced and named.

    Parameters
    ----------
    name
        The full name, a key of `MEASURES`.
    function
        From samples and reconstructions to the unreduced error, both of shape (samples, features).
    reduction
        ``"mean"`` or ``"sum"``: how the axis that goes is reduced.
    unit
        What one unit of the reduced error is.
    description
        One sentence for people.
    misleading
        True where the measure cannot rank models or samples.

    Examples
    --------
    >>> MEASURES["binary_cross_entropy"].unit
    'nats per feature'
    """

    name: str
    function: Callable[[SampleMatrix, SampleMatrix], Float[np.ndarray, "samples features"]]
    reduction: Literal["mean", "sum"]
    unit: str
    description: str
    misleading: bool = False

    @property
    def title(self) -> str:
        """The name with its reduction, as a figure's axis says it: ``mean squared error``."""
        words = self.name.replace("_", " ").replace("cross entropy", "cross-entropy")
        return f"mean {words}" if self.reduction == "mean" else words


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "squared_error",
            squared_error,
            "mean",
            "squared units of the features",
            "The mean of the squared differences; large ones count most.",
        ),
        Measure(
            "absolute_error",
            absolute_error,
            "mean",
            "units of the features",
            "The mean of the absolute differences; all count in proportion.",
        ),
        Measure(
            "binary_cross_entropy",
            binary_cross_entropy,
            "mean",
            "nats per feature",
            "The mean cross-entropy of features in [0, 1] under reconstructed probabilities.",
        ),
        Measure(
            "signed_sum",
            signed_difference,
            "sum",
            "units of the features",
            "The sum of signed differences, in which errors cancel; it cannot rank models or samples.",
            misleading=True,
        ),
    )
}
"""Every measure by its full name."""

_SHORT_NAMES = {"mse": "squared_error", "mae": "absolute_error", "bce": "binary_cross_entropy"}


def find_measure(name: str | Measure) -> Measure:
    """Return the measure of a name.

    Parameters
    ----------
    name
        A key of `MEASURES`; or a measure, which is returned.

    Returns
    -------
    Measure
        Its function, reduction and words.

    Raises
    ------
    InvalidInputError
        If there is no such measure; the nearest name is suggested.

    Examples
    --------
    >>> find_measure("squared_error").title
    'mean squared error'
    """
    if isinstance(name, Measure):
        return name
    if name in MEASURES:
        return MEASURES[name]
    nearest = end_with_nearest(_SHORT_NAMES.get(name, name), MEASURES)
    raise InvalidInputError(f"measure must be one of {', '.join(MEASURES)}, got {name!r}{nearest}")


def errors(
    samples: SampleMatrix,
    reconstructions: SampleMatrix,
    *,
    measure: str | Measure = "squared_error",
    per: Literal["sample", "feature"] = "sample",
) -> Float[np.ndarray, " kept"]:
    r"""Return the error of each sample, or of each feature.

    .. math:: e_i = \frac{1}{d} \sum_j e(x_{ij}, \hat{x}_{ij}), \qquad e_j = \frac{1}{n} \sum_i e(x_{ij}, \hat{x}_{ij})

    without the division for ``signed_sum``.

    Parameters
    ----------
    samples
        The samples :math:`x`.
    reconstructions
        Their reconstructions :math:`\hat{x}`, of the same shape and in the same units.
    measure
        A key of `MEASURES`, or a measure such as that of `column_measure`, whose features are columns.
    per
        ``"sample"`` reduces over features, ``"feature"`` over samples.

    Returns
    -------
    array of shape (samples,) or (features,), float64
        In the measure's unit. All measures but ``signed_sum`` are not negative, and lower is better.

    Raises
    ------
    InvalidInputError
        If the measure is not known, the arrays differ in shape, are empty, or hold a number that is not finite,
        or a sample leaves [0, 1] where the measure is ``binary_cross_entropy``.

    Notes
    -----
    The rows are worked through in blocks, so float32 arrays need little memory beyond themselves.

    Examples
    --------
    >>> samples, reconstructions = np.array([[0.0, 1.0], [1.0, 1.0]]), np.full((2, 2), 0.5)
    >>> errors(samples, reconstructions)
    array([0.25, 0.25])
    >>> errors(samples, reconstructions, measure="signed_sum", per="feature")
    array([0., 1.])
    """
    chosen = find_measure(measure)
    if per not in ("sample", "feature"):
        raise InvalidInputError(f"per must be 'sample' or 'feature'; got {per!r}.")
    samples, reconstructions = check_pair(samples, reconstructions)
    count, features = samples.shape
    by_sample, by_feature = np.empty(count), np.zeros(1)
    for rows in block_slices(count, features):
        unreduced = chosen.function(samples[rows], reconstructions[rows])
        features = unreduced.shape[1]
        if per == "sample":
            by_sample[rows] = np.ascontiguousarray(unreduced).sum(axis=1)
        else:
            by_feature = by_feature + unreduced.sum(axis=0)
    total, reduced = (by_sample, features) if per == "sample" else (by_feature, count)
    return total / reduced if chosen.reduction == "mean" else total
