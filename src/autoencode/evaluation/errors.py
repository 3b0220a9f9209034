"""Measures of how far a reconstruction is from its sample, per sample and per feature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from autoencode.evaluation.arrays import block_slices, check_pair
from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.parts.losses import LOSSES, Loss, OfDifferences
from autoencode.parts.losses.loss import Formula
from autoencode.registry import Kind
from autoencode.types import Errors, SampleMatrix


@dataclass(frozen=True)
class CheckedError:
    """The unreduced error of every feature of samples, which are checked first.

    Parameters
    ----------
    formula
        From samples and reconstructions, finite and of one shape, to the errors.
    """

    formula: Formula

    def __call__(self, samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
        r"""Return the error of each feature of each sample, unreduced.

        Parameters
        ----------
        samples
            The samples :math:`x`.
        reconstructions
            Their reconstructions :math:`\hat{x}`, of the same shape and in the same units.

        Returns
        -------
        array of shape (samples, features), float64
            In the measure's unit; not negative, but for signed differences: a reconstruction that is too large.

        Raises
        ------
        InvalidInputError
            If the arrays differ in shape, are empty, or hold a number that is not finite, or the samples are not what
            the measure needs.

        Examples
        --------
        >>> signed_difference(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))
        array([[-0.5,  0.5]])
        """
        return self.formula(*check_pair(samples, reconstructions))


def _keep(difference: Any, numpy: Any) -> Any:
    del numpy
    return difference


signed_difference = CheckedError(OfDifferences(_keep))
"""Sample minus reconstruction."""


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
        words = self.name.replace("_", " ").replace("cross entropy", "cross-entropy").replace("huber", "Huber error")
        return f"mean {words}" if self.reduction == "mean" else words


_SIGNED_SUM = Measure(
    "signed_sum",
    signed_difference,
    "sum",
    "units of the features",
    "The sum of signed differences, in which errors cancel; it cannot rank models or samples.",
    misleading=True,
)


@cache
def _make_measure(part: Loss | Measure) -> Measure:
    if isinstance(part, Measure):
        return part
    assert part.error is not None, "a loss that has a name has a measure"
    return Measure(part.name, CheckedError(part.error), "mean", part.unit, part.description)


MEASURES: Mapping[str, Measure] = Kind("loss", {**LOSSES.ours, "signed_sum": _SIGNED_SUM}, _make_measure)
"""Every measure by its full name: that of each loss, and one more."""

squared_error, absolute_error, huber, binary_cross_entropy, categorical_cross_entropy = (
    MEASURES[name].function
    for name in ("squared_error", "absolute_error", "huber", "binary_cross_entropy", "categorical_cross_entropy")
)


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
    nearest = end_with_nearest(name, MEASURES)
    raise InvalidInputError(f"measure must be one of {', '.join(MEASURES)}, got {name!r}{nearest}")


def stretch_measure(measure: Measure) -> Measure:
    """Return a measure as it is of samples whose features were in [0, 1] in training, and may have left it since.

    Examples
    --------
    >>> stretch_measure(MEASURES["binary_cross_entropy"]).function(np.array([[2.0]]), np.array([[1.0]])).round(1)
    array([[16.1]])
    """
    loss = LOSSES.get(measure.name)
    if loss is None or loss.stretched_error is None or measure.function != CheckedError(loss.error):
        return measure
    return replace(measure, function=CheckedError(loss.stretched_error))


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
        or the samples are no probabilities, or no distributions, where the measure needs them.

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
