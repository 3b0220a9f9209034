"""The bins that several histograms of errors share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from autoencode.evaluation.arrays import check_vector
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors

FENCE = 3.0
"""Tukey's "far out": how many interquartile ranges beyond a quartile the last bin may end."""


def common_bins(list_of_errors: Sequence[Float[np.ndarray, " _"]], bins: int = 50) -> Float[np.ndarray, " edges"]:
    r"""Return the edges of equally wide bins that fit several arrays of errors.

    The range is the union over the arrays of

    .. math:: [\max(\min e, Q_1 - 3 (Q_3 - Q_1)), \min(\max e, Q_3 + 3 (Q_3 - Q_1))]

    Parameters
    ----------
    list_of_errors
        One array a model, of any lengths; all in one unit.
    bins
        How many bins, at least 1.

    Returns
    -------
    array of shape (bins + 1,), float64
        Strictly ascending, in the unit of the errors.

    Raises
    ------
    InvalidInputError
        If there is no array, one is empty or holds a number that is not finite, or ``bins`` is less than 1.

    Notes
    -----
    A few outliers, up to a quarter of an array, do not stretch the bins; they lie outside of all. `count_outside`
    says how many, and a figure must. Where more than half of an array is one number, its whole range counts.

    References
    ----------
    J. Tukey, "Exploratory Data Analysis", 1977, chapter 2 (outer fences).

    Examples
    --------
    >>> common_bins([np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0])], bins=4)
    array([0., 1., 2., 3., 4.])
    """
    if bins < 1:
        raise InvalidInputError(f"bins must be at least 1; got {bins}. Try 50.")
    if len(list_of_errors) == 0:
        raise InvalidInputError("list_of_errors must hold at least one array; it is empty.")
    ranges = [_robust_range(check_vector(errors, "list_of_errors")) for errors in list_of_errors]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    # Errors that (almost) all are one number still need bins of some width.
    least = 1e-9 * max(abs(low), abs(high))
    if high - low <= least:
        middle, half = (low + high) / 2, 0.5 * max(abs(low), abs(high)) or 0.5
        low, high = middle - half, middle + half
    return np.linspace(low, high, bins + 1)


def _robust_range(errors: Errors) -> tuple[float, float]:
    if not np.isfinite(errors).all():
        raise InvalidInputError("list_of_errors must be finite; an error is infinite. Look for a diverged model.")
    lower, upper = (float(quartile) for quartile in np.quantile(errors, [0.25, 0.75]))
    least, most = float(errors.min()), float(errors.max())
    if upper == lower:
        return least, most
    reach = FENCE * (upper - lower)
    return max(least, lower - reach), min(most, upper + reach)


def count_outside(errors: Errors, edges: Float[np.ndarray, " edges"]) -> tuple[int, int]:
    """Return how many errors lie below the first edge and above the last.

    Parameters
    ----------
    errors
        One number a sample.
    edges
        Ascending edges of bins, as of `common_bins`.

    Returns
    -------
    tuple of two int
        The number below and the number above.

    Raises
    ------
    InvalidInputError
        If the errors are empty or hold NaN.

    Examples
    --------
    >>> count_outside(np.array([-1.0, 0.5, 2.0, 3.0]), np.array([0.0, 1.0]))
    (1, 2)
    """
    values = check_vector(errors, "errors")
    return int(np.count_nonzero(values < edges[0])), int(np.count_nonzero(values > edges[-1]))
