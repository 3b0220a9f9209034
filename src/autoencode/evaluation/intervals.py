"""How sure a difference between two mean errors is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autoencode.evaluation.arrays import check_vector, mean_of
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors

NEGLIGIBLE = 1e-6
"""The share of a mean error below which a difference is rounding, whatever its interval."""

LEAST_SKEWNESS = 1e-6
"""Below it the two intervals are one to as many digits, and the inverse loses some."""


@dataclass(frozen=True)
class Interval:
    """A mean difference with a confidence interval.

    Parameters
    ----------
    estimate
        The mean of the differences.
    low, high
        The ends of the interval.
    confidence
        How often such an interval holds the true mean, in (0, 1).
    n
        Over how many samples.
    mean_error
        The larger of the two mean errors that differ, ≥ 0; what the difference is small or large beside.

    Examples
    --------
    >>> Interval(estimate=0.2, low=-0.1, high=0.5, confidence=0.95, n=100, mean_error=1.0).direction
    0
    """

    estimate: float
    low: float
    high: float
    confidence: float
    n: int
    mean_error: float

    @property
    def is_negligible(self) -> bool:
        """Whether the two means are the same: the difference is below a millionth of the larger one."""
        return abs(self.estimate) <= NEGLIGIBLE * self.mean_error

    @property
    def direction(self) -> int:
        """Where a difference is shown, its sign, 1 or -1; else 0: it is negligible, or 0 lies within the interval."""
        if self.is_negligible or self.low <= 0.0 <= self.high:
            return 0
        return 1 if self.low > 0 else -1


def paired_interval(first: Errors, second: Errors, *, confidence: float = 0.95) -> Interval:
    r"""Return the mean of ``first - second`` with its interval: Student's, stretched to where the skewness points.

    .. math::
        \bar{d} = \frac{1}{n} \sum_i (a_i - b_i), \qquad
        \bar{d} - s \, w(\pm t / \sqrt n), \qquad
        w(u) = u \quad\text{and}\quad w(u) = \frac{3}{g} \Big(\sqrt[3]{1 + g u - g^2 / 6n} - 1\Big)

    with the standard deviation :math:`s` and the skewness :math:`g` of the differences, and the quantile :math:`t` of
    Student's distribution with :math:`n - 1` degrees of freedom. Each end is the outer one of the two.

    Parameters
    ----------
    first, second
        Errors of the same samples, in the same order, such as of two models.
    confidence
        In (0, 1); larger is wider.

    Returns
    -------
    Interval
        In the unit of the errors; negative where ``first`` is lower.

    Raises
    ------
    InvalidInputError
        If there are fewer than two samples, the lengths differ, an error is not finite, or an option is out of range.

    Notes
    -----
    Pairing takes out what the two share: a sample that is hard for both says nothing about which is better. The
    interval speaks of the samples alone, not of other restarts of the training. It is exactly independent of the
    order of the samples, and swapping the arguments exactly mirrors it.

    Of differences of normal, χ² and log-normal errors (σ = 1.5) the 95 % interval holds the true mean in 94 to 97 % of
    cases from 30 samples on, where draws of the bootstrap hold it in 90 to 94 %. Where one error is a multiple of the
    other, so that the differences are as skewed as log-normal errors themselves, it holds it in 90 % of cases with 30
    samples, 93 % with 100 and 95 % with 1,000: too few of the rare large errors are among them.

    References
    ----------
    P. Hall, "On the removal of skewness by transformation", 1992, section 2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> hard = rng.random(500)
    >>> interval = paired_interval(hard + 0.1, hard + 0.02 * rng.random(500))
    >>> round(interval.estimate, 2), interval.direction
    (0.09, 1)
    """
    from scipy.special import stdtrit

    if not 0 < confidence < 1:
        raise InvalidInputError(f"confidence must lie between 0 and 1, both excluded; got {confidence}. Try 0.95.")
    first, second = _check_errors(first, second)
    differences, n = first - second, len(first)
    # The mean is rounded once, so it depends neither on the order of the samples nor, but for its sign, on that of the
    # arguments. Neither does the rest: it is of the sorted differences, turned so that their mean is positive.
    estimate = mean_of(differences)
    sign = -1.0 if estimate < 0 else 1.0
    deviations = np.sort(sign * differences) - sign * estimate
    # Shares of the largest, whose powers neither overflow nor vanish.
    largest = float(np.abs(deviations).max()) or 1.0
    shares = deviations / largest
    variance = float(np.square(shares).mean())
    skewness = float((shares**3).mean()) / variance**1.5 if variance else 0.0
    deviation = largest * float(np.sqrt(variance * n / (n - 1)))
    reach = float(stdtrit(n - 1, (1 + confidence) / 2)) / np.sqrt(n)
    below, above = (
        sign * estimate - deviation * side * max(reach, side * _unskew(side * reach, skewness, n)) for side in (1, -1)
    )
    low, high = sorted((sign * float(below), sign * float(above)))
    return Interval(estimate, low, high, confidence, n, max(abs(mean_of(first)), abs(mean_of(second))))


def _unskew(reach: float, skewness: float, n: int) -> float:
    """Return the standardised deviation of a mean which Hall's transformation takes to the normal one given."""
    if abs(skewness) < LEAST_SKEWNESS:
        return reach
    return 3 / skewness * float(np.cbrt(1 + skewness * (reach - skewness / (6 * n))) - 1)


def _check_errors(first: Errors, second: Errors) -> tuple[Errors, Errors]:
    first, second = check_vector(first, "first"), check_vector(second, "second")
    if len(first) != len(second):
        raise InvalidInputError(
            f"first and second must be errors of the same samples; there are {len(first)} and {len(second)}."
        )
    if len(first) < 2:
        raise InvalidInputError("first and second must have at least two samples for an interval; they have one.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InvalidInputError("first and second must be finite; an error is infinite. Look for a diverged model.")
    return first, second
