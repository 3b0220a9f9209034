"""Scaling of features: fitted on the training samples, invertible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.exceptions import InvalidInputError, InvalidRowError
from autoencode.stored_arrays import make_array
from autoencode.tables.number_map import find_moments

Ends = Float64[np.ndarray, " features"]
Weights = Float64[np.ndarray, " samples"]

MOST_SPREAD = 1e110
"""Up to it, and down to one over it, float64 holds squared differences of features that float32 holds when scaled."""

ROUNDING = 16 * np.finfo(np.float64).eps
"""A feature that varies by no larger share of its size is constant but for rounding."""

BLOCK_NUMBERS = 2**16
"""How many numbers are scaled at a time, so that what float64 takes of them stays in the cache."""

STATISTICS_ROWS = 131_072
"""Rows of which means and deviations are added up at once: one block after another, in memory as in files."""

SCALINGS: dict[str, str] = {
    "none": "the features as they are",
    "standard": "each feature to mean 0 and standard deviation 1",
    "minmax": "each feature to [0, 1]",
    "global_minmax": "all features together to [0, 1], which keeps their proportions; for images",
}
"""Every scaling that an estimator takes by name, with what it does."""


@dataclass(frozen=True)
class Scaling:
    r"""A fitted scaling, :math:`z = (x - \text{offset}) / \text{scale}`.

    Attributes
    ----------
    kind
        A key of `SCALINGS`.
    offset, scale
        One number a feature, in the feature's own units; a constant feature has scale 1.
    """

    kind: str
    offset: Float64[np.ndarray, " features"]
    scale: Float64[np.ndarray, " features"]

    def apply(self, samples: Float[np.ndarray, "samples features"]) -> Float32[np.ndarray, "samples features"]:
        """Return the scaled features of samples, as float32.

        Raises
        ------
        InvalidInputError
            If a scaled value is too large for float32.
        """
        if self.kind == "none" and samples.dtype == np.float32:
            return samples
        scaled, step = make_array(samples.shape, np.float32), max(1, BLOCK_NUMBERS // max(1, samples.shape[1]))
        for start in range(0, len(samples), step):
            block, out = samples[start : start + step], scaled[start : start + step]
            with np.errstate(over="ignore"):
                out[:] = block if self.kind == "none" else (block - self.offset) / self.scale
            if not np.isfinite(out).all():
                row, column = np.argwhere(~np.isfinite(out))[0]
                advice = "rescale that feature" if self.kind == "standard" else "use scaling='standard', or rescale it"
                raise InvalidRowError(
                    f"X has values too large for float32 after scaling {self.kind!r}, first in sample \0, feature "
                    f"{column} ({block[row, column]:.3g}); {advice}.",
                    int(start + row),
                )
        return scaled

    def invert(self, scaled: Float32[np.ndarray, "samples features"]) -> Float[np.ndarray, "samples features"]:
        """Return scaled features in their own units: float64, or unchanged where there is no scaling."""
        if self.kind == "none":
            return scaled
        inverted = scaled.astype(np.float64)
        inverted *= self.scale
        inverted += self.offset
        return inverted


def choose_scaling(
    samples: Float[np.ndarray, "samples features"], *, image: bool, unit_interval: bool, named: bool = False
) -> str:
    """Choose the scaling that ``scaling="auto"`` stands for.

    Parameters
    ----------
    samples
        The training samples, flat.
    image
        Whether a sample has more than one axis, so that its features share one unit.
    unit_interval
        Whether the loss needs features in [0, 1].
    named
        Whether features are columns of a table, each with a unit of its own.

    Returns
    -------
    str
        "none" where every value of an array already lies in [0, 1]; else "global_minmax" for images, "minmax" where
        the loss needs [0, 1], and "standard" otherwise.

    Examples
    --------
    >>> choose_scaling(np.array([[0.0, 300.0]]), image=False, unit_interval=False)
    'standard'
    """
    if not named and samples.min() >= 0 and samples.max() <= 1:
        return "none"
    if image:
        return "global_minmax"
    return "minmax" if unit_interval else "standard"


def fit_scaling(samples: Float[np.ndarray, "samples features"], kind: str, weights: Weights | None = None) -> Scaling:
    """Fit a scaling to training samples.

    Parameters
    ----------
    samples
        The training samples, finite.
    kind
        A key of `SCALINGS`.
    weights
        How much each sample counts in a mean, > 0; None: all the same.

    Returns
    -------
    Scaling
        The fitted scaling.

    Raises
    ------
    InvalidInputError
        If the kind is not known, or the spread of a feature is too large or too small for float64 or float32.

    Examples
    --------
    >>> fit_scaling(np.array([[0.0], [10.0]]), "minmax").apply(np.array([[5.0]])).item()
    0.5
    """
    features = samples.shape[1]
    offset, scale = np.zeros(features), np.ones(features)
    if kind not in SCALINGS:
        raise InvalidInputError(f"scaling must be 'auto' or one of {', '.join(SCALINGS)}, got {kind!r}.")
    low, high = (ends.astype(np.float64) for ends in (samples.min(axis=0), samples.max(axis=0)))
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == "standard":
            offset, scale = _standardise(samples, low, high, weights)
        elif kind == "minmax":
            offset, scale = low, high - low
        elif kind == "global_minmax":
            offset = np.full(features, low.min())
            scale = high.max() - offset
    _check_spread(kind, low, high, offset, scale)
    return Scaling(kind, offset, np.where(scale == 0, 1.0, scale))


def find_deviations(samples: Float[np.ndarray, "samples features"], weights: Weights | None = None) -> Ends:
    """Return the standard deviation of each feature, the scale of "standard"; of a constant one, 1.

    Examples
    --------
    >>> find_deviations(np.array([[0.0, 5.0], [10.0, 5.0]]))
    array([5., 1.])
    """
    low, high = (ends.astype(np.float64) for ends in (samples.min(axis=0), samples.max(axis=0)))
    with np.errstate(over="ignore", invalid="ignore"):
        _, deviations = _standardise(samples, low, high, weights)
    return np.where(deviations == 0, 1.0, deviations)


def _standardise(
    samples: Float[np.ndarray, "samples features"], low: Ends, high: Ends, weights: Weights | None
) -> tuple[Ends, Ends]:
    """Return mean and standard deviation of each feature; of one that is constant but for rounding, 1."""
    from sklearn.preprocessing import StandardScaler

    fitted = StandardScaler()
    for start in range(0, len(samples), STATISTICS_ROWS):
        block = slice(start, start + STATISTICS_ROWS)
        part = None if weights is None else weights[block]
        fitted.partial_fit(samples[block].astype(np.float64, copy=False), sample_weight=part)
    offset, scale = np.asarray(fitted.mean_), np.asarray(fitted.scale_)
    # It takes a feature for constant whose variance overflows or vanishes, or is small beside a large mean.
    lost = (scale == 1) & (high - low > ROUNDING * np.maximum(np.abs(low), np.abs(high)))
    for index in np.flatnonzero(lost):
        offset[index], scale[index] = find_moments(samples[:, index].astype(np.float64), weights)
    return offset, scale


def _check_spread(kind: str, low: Ends, high: Ends, offset: Ends, scale: Ends) -> None:
    """Check that float64 holds squares of what the features differ by, and float32 the scaled features."""
    varies, rescale = low < high, "rescale it before fitting"
    with np.errstate(over="ignore"):
        vanishes = high - low < np.finfo(np.float32).tiny * scale
    for wrong, fault, advice in (
        (~(np.isfinite(offset) & (scale <= MOST_SPREAD)), "spreads too far for float64", rescale),
        (varies & (scale < 1 / MOST_SPREAD), "spreads too little for float64", rescale),
        (varies & vanishes, f"vanishes in float32 after scaling={kind!r}", f"use scaling='standard', or {rescale}"),
    ):
        if wrong.any():
            index = int(wrong.argmax())
            raise InvalidInputError(
                f"feature {index} of X {fault}: it reaches from {low[index]:g} to {high[index]:g}; {advice}."
            )
