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


def make_evidence(distances: Float64[np.ndarray, " references"]) -> EvidenceMap:
    """Return the evidence of a distance, beside those of references.

    Parameters
    ----------
    distances
        Of each reference from the others.

    Examples
    --------
    >>> evidence = make_evidence(np.random.default_rng(0).exponential(size=10_000))
    >>> evidence.apply(np.array([0.7, 5.0, 20.0])).round().tolist()
    [1.0, 5.0, 20.0]
    """
    most = -np.log(TAIL)
    values = np.linspace(0, most, int(np.ceil(most / STEP)) + 1)
    knots = np.quantile(distances, 1 - np.exp(-values))
    excess = distances[distances > knots[-1]] - knots[-1]
    scale = max(float(excess.mean()) if len(excess) else 0.0, LEAST_SCALE)
    # Where many are alike, the evidence is that of the fewest that are further away.
    last = np.append(np.diff(knots) > 0, True)
    values = np.maximum(values, STEP / 2)  # never nothing, for nothing has no shares
    return EvidenceMap(knots[last], values[last], scale)
