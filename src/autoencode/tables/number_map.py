"""Maps of a column's numbers to scores of about unit size and back, fitted, in float64."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.printable import quote
from autoencode.tables.stored_fields import take, take_numbers

NUMERIC_SCALINGS = {
    "standard": "each column to mean 0 and standard deviation 1",
    "quantile": "each column to a normal distribution, by its quantiles; for columns with long tails",
}
"""Every scaling that a `TableEncoder` takes by name, with what it does."""

MOST_KNOTS = 257
MOST_RANKED = 2**20
"""Of more numbers than these, the quantiles are those of so many."""

# Below it, float64 loses digits.
LEAST_SCALE = 1e-300

Numbers = Float64[np.ndarray, " rows"]


@dataclass(frozen=True)
class StandardMap:
    r"""The map :math:`z = (x - \text{offset}) / \text{scale}`.

    Attributes
    ----------
    offset, scale
        Mean and standard deviation of the training column, in its own units; scale is 1 where they are all equal.
    """

    offset: float
    scale: float

    @property
    def deviation(self) -> float:
        """The standard deviation of the training column, in its own units."""
        return self.scale

    def apply(self, numbers: Numbers) -> Numbers:
        """Return the scores of numbers."""
        return (numbers - self.offset) / self.scale

    def invert(self, scores: Numbers) -> Numbers:
        """Return the numbers of scores."""
        with np.errstate(over="ignore"):
            return scores * self.scale + self.offset

    def describe(self) -> str:
        """Return the map in words."""
        deviation = (
            "scale 1" if self.scale == 1 else f"standard deviation {self.scale:.4g}"
        )  # of a constant there is none
        return f"mean {self.offset:.4g}, {deviation}"

    def to_dict(self) -> dict[str, Any]:
        """Return the map as JSON can hold it."""
        return {"scaling": "standard", "offset": self.offset, "scale": self.scale}


@dataclass(frozen=True, eq=False)
class QuantileMap:
    """The map that is linear between knots, which are quantiles of the training column, and goes on beyond them.

    Attributes
    ----------
    knots
        Numbers of the training column, ascending.
    scores
        The normal scores of their quantiles, ascending.
    deviation
        The standard deviation of the training column, in its own units.
    """

    knots: Float64[np.ndarray, " knots"]
    scores: Float64[np.ndarray, " knots"]
    deviation: float

    def apply(self, numbers: Numbers) -> Numbers:
        """Return the scores of numbers."""
        return _interpolate(numbers, self.knots, self.scores)

    def invert(self, scores: Numbers) -> Numbers:
        """Return the numbers of scores."""
        return _interpolate(scores, self.scores, self.knots)

    def describe(self) -> str:
        """Return the map in words."""
        return f"{self.knots[0]:.4g} to {self.knots[-1]:.4g}, by its quantiles"

    def to_dict(self) -> dict[str, Any]:
        """Return the map as JSON can hold it."""
        ends = {"knots": self.knots.tolist(), "scores": self.scores.tolist()}
        return {"scaling": "quantile", **ends, "deviation": self.deviation}


NumberMap = StandardMap | QuantileMap


def _interpolate(places: Numbers, knots: Numbers, values: Numbers) -> Numbers:
    """Return the values at places, with the mean slope beyond the first and the last knot."""
    slope = (values[-1] - values[0]) / (knots[-1] - knots[0])
    beyond = np.minimum(places - knots[0], 0) + np.maximum(places - knots[-1], 0)
    with np.errstate(over="ignore"):
        return np.interp(places, knots, values) + slope * beyond


def find_moments(
    numbers: Float64[np.ndarray, "*columns rows"], weights: Float64[np.ndarray, "*columns rows"] | None = None
) -> tuple[Float64[np.ndarray, "*columns"], Float64[np.ndarray, "*columns"]]:
    """Return mean and standard deviation along the last axis; not finite where the numbers reach too far."""
    low = numbers.min(axis=-1)
    with np.errstate(over="ignore", invalid="ignore"):
        reach = numbers.max(axis=-1) - low
        # Of shares of the reach, whose squares and sums neither overflow nor vanish.
        shares = (numbers - low[..., None]) / reach[..., None]
        means = np.average(shares, axis=-1, weights=weights)
        variances = np.average(np.square(shares - means[..., None]), axis=-1, weights=weights)
        return low + means * reach, np.sqrt(variances) * reach


def draw_places(count: int, most: int) -> Int64[np.ndarray, " places"]:
    """Return which of many places stand for all: one of each of `most` equal stretches, drawn by their number alone.

    Examples
    --------
    >>> draw_places(10, 3).tolist()
    [1, 4, 6]
    """
    ends = np.arange(most + 1, dtype=np.int64) * count // most
    chance = np.random.Philox(key=count).random_raw(most)  # its bits, which no version of NumPy changes
    return ends[:-1] + (chance % np.diff(ends).astype(np.uint64)).astype(np.int64)


def fit_number_map(name: str, numbers: Numbers, scaling: str, weights: Numbers | None = None) -> NumberMap:
    """Fit a map to the numbers of a training column.

    Parameters
    ----------
    name
        The column's, for messages.
    numbers
        At least one, all finite.
    scaling
        A key of `NUMERIC_SCALINGS`.
    weights
        How much each counts, > 0; None: all the same.

    Raises
    ------
    InvalidInputError
        If they spread too far, or too little, for float64.

    Examples
    --------
    >>> fit_number_map("age", np.array([10.0, 30.0]), "standard")
    StandardMap(offset=20.0, scale=10.0)
    """
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        return StandardMap(low, 1.0)
    offset, scale = map(float, find_moments(numbers, weights))
    if not LEAST_SCALE <= scale < np.inf:
        raise InvalidInputError(
            f"column {quote(name)} reaches from {low:g} to {high:g}, too "
            f"{'little' if scale < 1 else 'far'} for float64; rescale it, or drop it."
        )
    if scaling == "standard":
        return StandardMap(offset, scale)
    if len(numbers) > MOST_RANKED:
        sample = draw_places(len(numbers), MOST_RANKED)
        numbers, weights = numbers[sample], None if weights is None else weights[sample]
    distinct, places = np.unique(numbers, return_inverse=True)
    counts = np.bincount(places, weights)
    # Half of the rows that hold a number count as below it: then a number's score does not depend on how ties fall.
    shares = (np.cumsum(counts) - counts / 2) / counts.sum()
    wanted = np.linspace(shares[0], shares[-1], min(MOST_KNOTS, len(distinct)))
    chosen = (
        np.unique(np.clip(np.searchsorted(shares, wanted), 0, len(shares) - 1)) if len(distinct) > MOST_KNOTS else ...
    )
    knots, shares = distinct[chosen], shares[chosen]
    return QuantileMap(knots, np.array([NormalDist().inv_cdf(share) for share in shares]), scale)


def _estimate_deviation(knots: Float64[np.ndarray, " knots"], scores: Float64[np.ndarray, " knots"]) -> float:
    """Return the standard deviation of a column of these quantiles: each knot stands for the rows nearest to it."""
    shares = np.array([NormalDist().cdf(score) for score in scores])
    ends = np.concatenate([[0.0], (shares[1:] + shares[:-1]) / 2, [1.0]])
    reach = knots[-1] - knots[0]
    parts, weights = (knots - knots[0]) / reach, np.diff(ends)
    return float(np.sqrt(weights @ np.square(parts - weights @ parts)) * reach)


def restore_number_map(content: Any) -> NumberMap:
    """Return the map that `to_dict` of one gave.

    Raises
    ------
    ModelFileError
        If it is not one.
    """
    scaling = take(content, "scaling", str)
    if scaling == "standard":
        return StandardMap(take(content, "offset", float), take(content, "scale", float, least=LEAST_SCALE))
    knots, scores = take_numbers(content, "knots"), take_numbers(content, "scores")
    ascend = len(knots) == len(scores) > 1 and (np.diff(knots) > 0).all() and (np.diff(scores) > 0).all()
    if scaling != "quantile":
        raise ModelFileError(f"the table encoder's scaling {scaling[:50]!r} is none.")
    if not ascend:
        raise ModelFileError("the knots of the table encoder's scaling do not ascend.")
    deviation = content.get("deviation")  # files of earlier versions have none
    if deviation is None:
        return QuantileMap(knots, scores, _estimate_deviation(knots, scores))
    return QuantileMap(knots, scores, take(content, "deviation", float, least=LEAST_SCALE))
