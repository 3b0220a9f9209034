"""How much evidence a distance is: minus the logarithm of the share of references that are as far away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

STEP = 0.08
"""Evidence from one knot to the next: so few quantiles that rounding moves no value far, so many that none is lost."""

TAIL = 0.1
"""What share of the references says how evidence goes on beyond them."""

LEAST_SCALE = 1e-3
"""Differences of distances below this are no evidence."""


@dataclass(frozen=True, eq=False)
class EvidenceMap:
    """Evidence of a distance, −ln p: interpolated between quantiles of the references' own, and an exponential tail.

    Attributes
    ----------
    knots, values
        Distances, ascending, and their evidence.
    scale
        Beyond the last knot evidence rises by 1 for so much.
    """

    knots: Float64[np.ndarray, " knots"]
    values: Float64[np.ndarray, " knots"]
    scale: float

    def apply(self, distances: Float64[np.ndarray, " samples"]) -> Float64[np.ndarray, " samples"]:
        """Return the evidence of each distance, > 0."""
        beyond = np.maximum(distances - self.knots[-1], 0) / self.scale
        return np.interp(distances, self.knots, self.values) + beyond


def make_evidence(
    distances: Float64[np.ndarray, " references"], weights: Float64[np.ndarray, " references"] | None = None
) -> EvidenceMap:
    """Return the evidence of a distance, beside those of references.

    Parameters
    ----------
    distances
        Of each reference from the others.
    weights
        How much each counts in a share, > 0; None: all the same.

    Examples
    --------
    >>> evidence = make_evidence(np.random.default_rng(0).exponential(size=10_000))
    >>> evidence.apply(np.array([0.7, 5.0, 20.0])).round().tolist()
    [1.0, 5.0, 20.0]
    """
    most = -np.log(TAIL)
    values = np.linspace(0, most, int(np.ceil(most / STEP)) + 1)
    knots = _find_quantiles(distances, 1 - np.exp(-values), weights)
    beyond = distances > knots[-1]
    excess, weights = distances[beyond] - knots[-1], None if weights is None else weights[beyond]
    scale = max(float(np.average(excess, weights=weights)) if len(excess) else 0.0, LEAST_SCALE)
    # Where many are alike, the evidence is that of the fewest that are further away.
    last = np.append(np.diff(knots) > 0, True)
    values = np.maximum(values, STEP / 2)  # never nothing, for nothing has no shares
    return EvidenceMap(knots[last], values[last], scale)


def _find_quantiles(
    numbers: Float64[np.ndarray, " numbers"],
    shares: Float64[np.ndarray, " shares"],
    weights: Float64[np.ndarray, " numbers"] | None,
) -> Float64[np.ndarray, " shares"]:
    """Return quantiles, linear between numbers, of which the least has share 0 and the largest 1."""
    if weights is None:
        return np.quantile(numbers, shares)
    order = np.argsort(numbers, kind="stable")
    middles = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(shares, (middles - middles[0]) / (middles[-1] - middles[0]), numbers[order])
