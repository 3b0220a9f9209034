"""Which of many p-values to call discoveries, so that few of those are false."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from autoencode.evaluation.arrays import check_rate, check_vector
from autoencode.exceptions import InvalidInputError

ROUNDING = 1 + 4 * np.finfo(np.float64).eps
"""A p-value that exceeds its bound by less than this factor does so by rounding only."""


def benjamini_hochberg(p_values: Float[np.ndarray, " samples"], rate: float) -> Bool[np.ndarray, " samples"]:
    r"""Return which samples to flag so that, on average, at most a given share of those flagged is flagged wrongly.

    All up to :math:`p_{(k)}` of the sorted p-values :math:`p_{(1)} \le \dots \le p_{(m)}` are flagged, with

    .. math:: k = \max \{i : p_{(i)} \le \tfrac{i}{m} \alpha\}

    Parameters
    ----------
    p_values
        One a sample, in [0, 1]; low is abnormal.
    rate
        The false discovery rate :math:`\alpha`, in (0, 1); a larger one flags more.

    Returns
    -------
    array of shape (samples,), bool
        True where the sample is flagged. Samples with the same p-value are flagged together.

    Raises
    ------
    InvalidInputError
        If the p-values are empty, hold NaN, have another number of axes than one or lie outside of [0, 1], or the rate
        is not between 0 and 1.

    Notes
    -----
    A threshold on the p-value bounds the share of the *normal* samples that are flagged; this bounds the share of the
    *flagged* samples that are normal. It holds for independent p-values, and for conformal ones, which share their
    calibration samples (Bates et al., theorem 2; for scores without ties). Equality counts, also where rounding
    hides it.

    References
    ----------
    Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", 1995, equation 1.
    S. Bates, E. Candès, L. Lei, Y. Romano and M. Sesia, "Testing for outliers with conformal p-values", 2023.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.04, 0.9, 0.001, 0.03]), 0.05).tolist()
    [False, False, True, False]
    >>> benjamini_hochberg(np.array([0.04, 0.04, 0.001, 0.03]), 0.05).tolist()
    [True, True, True, True]
    """
    values, level = check_vector(p_values, "p_values"), check_rate(rate, "rate")
    if values.min() < 0 or values.max() > 1:
        raise InvalidInputError(
            f"p_values must lie between 0 and 1; they reach from {values.min():g} to {values.max():g}. "
            "Pass p-values, not scores."
        )
    ordered = np.sort(values)
    reached = np.flatnonzero(ordered <= np.arange(1, len(ordered) + 1) / len(ordered) * level * ROUNDING)
    return values <= ordered[reached[-1]] if len(reached) else np.zeros(len(values), bool)
