"""Conformal p-values: how unusual a sample is among calibration samples, and which score has a false-alarm rate."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from jaxtyping import Float, Float64

from autoencode.evaluation.arrays import check_rate, check_vector
from autoencode.exceptions import InvalidInputError

Weights = Float64[np.ndarray, " calibration"]

STEP_MARGIN = 1e-4
"""Of a score, how far above it the p-value steps at most: ten times what float32 rounds away on the way to it."""


def conformal_p_values(
    calibration: Float[np.ndarray, " calibration"],
    scores: Float[np.ndarray, " samples"],
    weights: Weights | None = None,
) -> Float[np.ndarray, " samples"]:
    r"""Return the conformal p-value of each anomaly score.

    .. math:: p = \frac{1 + \#\{i : c_i \ge s\}}{n + 1}

    with the anomaly scores :math:`c_1, \dots, c_n` of the calibration samples. Where these have weights, of mean 1,

    .. math:: p = \frac{1 + \sum_i w_i [c_i \ge s]}{1 + \sum_i w_i}

    Parameters
    ----------
    calibration
        Anomaly scores of normal samples that the model was not trained on; high is abnormal.
    scores
        Anomaly scores of the samples to judge, by the same model.
    weights
        How much each calibration sample counts, > 0, one of twice another's weight as two of it; they are divided by
        their mean. None: all the same.

    Returns
    -------
    array of shape (samples,), float64
        In [1/(n + 1), 1]; low is abnormal.

    Raises
    ------
    InvalidInputError
        If one of the arrays is empty, holds NaN, or has another number of axes than one, or the weights are not as many
        as the calibration scores, finite and positive. Infinite scores are fine.

    Notes
    -----
    For a normal sample the probability of :math:`p \le \alpha` is at most :math:`\alpha`, whatever the model, if it and
    the calibration samples are exchangeable. That holds on average over calibration sets: with one given set the rate
    lies somewhat above or below. Only the order of the scores matters. Time grows with (n + samples) × log n.

    With weights the same holds of a sample whose own weight is 1, as much as a calibration sample counts on average,
    which is what a sample to judge is taken for: nothing is known of its weight.

    References
    ----------
    V. Vovk, A. Gammerman and G. Shafer, "Algorithmic Learning in a Random World", 2005, section 2.2.
    R. Laxhammar and G. Falkman, "Conformal prediction for distribution-independent anomaly detection in streaming
    vessel data", 2010.
    R. J. Tibshirani, R. Foygel Barber, E. J. Candès and A. Ramdas, "Conformal prediction under covariate shift", 2019,
    eq. 6.

    Examples
    --------
    >>> conformal_p_values(np.array([0.1, 0.2, 0.3]), np.array([0.0, 0.3, 9.0])).tolist()
    [1.0, 0.5, 0.25]
    """
    known, p_values = rank_calibration(calibration, weights)
    return p_values[np.searchsorted(known, check_vector(scores, "scores"), side="left")]


def rank_calibration(
    calibration: Float[np.ndarray, " calibration"], weights: Weights | None
) -> tuple[Float64[np.ndarray, " calibration"], Float64[np.ndarray, " places"]]:
    """Return the calibration scores, ascending, and the p-value of a score above the first 0, 1, … n of them.

    Parameters
    ----------
    calibration, weights
        As of `conformal_p_values`.
    """
    known = check_vector(calibration, "calibration")
    if weights is None:
        above = np.arange(len(known), -1.0, -1.0)
        return np.sort(known), (1 + above) / (len(known) + 1)
    weights = check_vector(weights, "weights")
    if len(weights) != len(known) or not ((weights > 0) & np.isfinite(weights)).all():
        raise InvalidInputError(
            f"weights must be finite numbers above 0, one for each of {len(known)} calibration scores; got "
            f"{len(weights)}, from {weights.min():g} to {weights.max():g}."
        )
    order = np.argsort(known, kind="stable")
    above = np.append(np.cumsum((weights / weights.mean())[order][::-1])[::-1], 0.0)
    return known[order], np.minimum((1 + above) / (len(known) + 1), 1.0)


def find_steps(calibration: Float[np.ndarray, " calibration"]) -> Float[np.ndarray, " calibration"]:
    r"""Return where the p-value steps: a little above each calibration score, so that rounding turns no flag.

    Midway to the next higher score, but at most :math:`10^{-4} \max(1, |c|)` above: a score that another program finds
    in float32 then has the same p-value, and a high calibration score does not hide what lies below it. A step above
    the score itself only makes p-values larger, so that the false-alarm rate holds.

    Parameters
    ----------
    calibration
        Anomaly scores of calibration samples.

    Returns
    -------
    array of shape (calibration,), float64
        Ascending; `conformal_p_values` and `conformal_threshold` take them in the place of the scores.

    Examples
    --------
    >>> find_steps(np.array([2.0, 1.0, 1.00002])).tolist()
    [1.00001, 1.0001200019999998, 2.0002]
    """
    known, indices = np.unique(check_vector(calibration, "calibration"), return_inverse=True)
    with np.errstate(invalid="ignore"):  # infinite scores have no gap
        above = known + np.fmin(np.diff(known, append=np.inf) / 2, STEP_MARGIN * np.maximum(1.0, np.abs(known)))
    return np.sort(np.where(np.isfinite(known), above, known)[indices.ravel()])


def calibration_needed(false_alarm_rate: float) -> int:
    r"""Return the least number of calibration samples with which any sample can be flagged at all.

    The least p-value is :math:`1 / (n + 1)`, so :math:`n \ge 1/\alpha - 1`.

    Parameters
    ----------
    false_alarm_rate
        The share :math:`\alpha` of normal samples that may be flagged, in (0, 1); a smaller one needs more.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    InvalidInputError
        If the rate is not between 0 and 1.

    Examples
    --------
    >>> [calibration_needed(rate) for rate in (0.1, 0.05, 0.01, 0.001)]
    [9, 19, 99, 999]
    """
    return math.ceil(1 / _upper_bound(check_rate(false_alarm_rate, "false_alarm_rate"))) - 1


def least_rate(calibration: int) -> float:
    """Return the smallest false-alarm rate at which so many calibration samples can flag anything, in three digits.

    Parameters
    ----------
    calibration
        How many calibration samples there are.

    Examples
    --------
    >>> least_rate(36), least_rate(98), least_rate(99)
    (0.0271, 0.0102, 0.01)
    """
    exact = Fraction(1, calibration + 1)
    step = Fraction(10) ** (math.floor(math.log10(exact)) - 2)
    return float(math.ceil(exact / step) * step)


def conformal_threshold(
    calibration: Float[np.ndarray, " calibration"], false_alarm_rate: float, weights: Weights | None = None
) -> float:
    r"""Return the anomaly score above which the conformal p-value is at most the false-alarm rate.

    The :math:`k`-th largest calibration score, :math:`k = \lfloor \alpha (n + 1) \rfloor`; where that is 0, infinity.
    With weights, the smallest score of which the larger ones weigh at most :math:`\alpha (n + 1) - 1`.

    Parameters
    ----------
    calibration
        Anomaly scores of normal samples that the model was not trained on; high is abnormal.
    false_alarm_rate
        The share :math:`\alpha` of normal samples that may be flagged, in (0, 1); a larger one lowers the threshold.
    weights
        As of `conformal_p_values`.

    Returns
    -------
    float
        ``score > threshold`` is ``p_value <= false_alarm_rate``, for every float64 score, ties included. Infinity,
        which no score exceeds, where there are fewer samples than `calibration_needed`.

    Raises
    ------
    InvalidInputError
        If the scores are empty, hold NaN or have another number of axes than one, or the rate is not between 0 and 1.

    Examples
    --------
    >>> calibration = np.arange(19.0)
    >>> conformal_threshold(calibration, 0.05), conformal_threshold(calibration, 0.04)
    (18.0, inf)
    """
    known, p_values = rank_calibration(calibration, weights)
    below = np.count_nonzero(p_values > check_rate(false_alarm_rate, "false_alarm_rate"))
    return float(known[below - 1]) if below <= len(known) else math.inf


def pair_threshold(first: int, second: int, false_alarm_rate: float) -> float:
    r"""Return the value of −ln p above which the mean of two conformal p-values is at most the false-alarm rate.

    −ln of the middle between the largest mean of i / (m + 1) and j / (n + 1) that is at most the rate, and the next.

    Parameters
    ----------
    first, second
        How many calibration samples each of the two has, m and n.
    false_alarm_rate
        In (0, 1).

    Returns
    -------
    float
        Infinity, which nothing exceeds, where no mean is so small.

    Examples
    --------
    >>> round(pair_threshold(199, 199, 0.01), 4), pair_threshold(50, 50, 0.01)  # −ln of 4.5 / 400
    (4.4874, inf)
    """
    m, n = first + 1, second + 1
    bound = math.floor(_upper_bound(check_rate(false_alarm_rate, "false_alarm_rate")) * 2 * m * n)
    of_first = np.arange(1, m + 1) * n  # in units of 1 / (2 m n)
    most = np.clip((bound - of_first) // m, 0, n)  # of the second, beside each of the first
    there = most > 0
    if not there.any():
        return math.inf
    below = int((of_first + most * m)[there].max())
    after = (of_first + (most + 1) * m)[most < n]
    above = int(after.min()) if len(after) else 2 * m * n
    return -math.log((below + above) / 2 / (2 * m * n))


def _upper_bound(rate: float) -> Fraction:
    """Return the number up to which float64 rounds to the rate or less: half-way to the next float.

    The p-value 1/20 is not above the rate 0.05 although, as a float, 0.05 is not 1/20. A share of two counts never
    lies exactly half-way: that needs more samples than there can be.
    """
    return (Fraction(rate) + Fraction(math.nextafter(rate, 1.0))) / 2
