"""Columns by rank: where a value stands among others, and how rare it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int, Shaped

MOST_KNOTS = 256
"""Of a column with more different values so many stand for all, evenly spread over the ranks."""

DEGREES = 3
"""Of freedom of Student's distribution, in whose quantiles ranks are counted."""

LEAST_EXCESS, LEAST_VALUES = 3.0, 3
"""A column is counted by rank if its excess kurtosis is above this, and it has so many different values."""

MOST_REPEATED = 0.1
"""A column with at most so many different values, as a share of the rows, has rare ones and frequent ones."""

RAMP = 0.05
"""Over what distance beyond all known values a rank rises to that of a value never seen."""

SAME = 1e-4
"""Values of a column of few that are nearer than this are the same."""

RARITY_WEIGHT, LEAST_DEVIATION = 0.5, 0.5


@dataclass(frozen=True, eq=False)
class ColumnRanks:
    """Where values stand in columns of heavy tails, and how rare they are in columns of few values.

    Money, counts and many sensors' values have tails so heavy that, in units of their deviation, nearly all of them are
    in one corner. By rank they are spread out: a value's rank among the n known ones, as a share, is turned into the
    quantile of Student's distribution with 3 degrees of freedom, which lets the tails count for more than a normal
    one's, and scaled to unit deviation. A rarity is −ln of a value's share of the rows, in units of its deviation.

    Attributes
    ----------
    columns
        Of each feature that is returned, the column that it is made of.
    knots, values
        Of each of these, where it is known, ascending, and what it is there; between them it is interpolated. A
        rarity's value has two knots, and so has the gap between two values, in which nothing was seen.

    Examples
    --------
    >>> rows = np.random.default_rng(0).pareto(1.5, size=(500, 1))
    >>> ranks = make_column_ranks(rows)
    >>> low, high = ranks.apply(np.array([[np.median(rows)], [rows.max()]]))[:, 0].round(1).tolist()
    >>> abs(low) < 0.1, 3 < high < 20
    (True, True)
    """

    columns: Int[np.ndarray, " ranks"]
    knots: tuple[np.ndarray, ...]
    values: tuple[np.ndarray, ...]

    def apply(self, rows: Float[np.ndarray, "samples features"]) -> Float64[np.ndarray, "samples ranks"]:
        """Return ranks and rarities of scaled samples.

        Beyond all that was seen a rank is clipped, and a rarity is that of a new value.

        Parameters
        ----------
        rows
            Scaled.
        """
        found = np.empty((len(rows), len(self.columns)))
        for index, (column, knots, values) in enumerate(zip(self.columns, self.knots, self.values, strict=True)):
            found[:, index] = np.interp(np.asarray(rows[:, column], np.float64), knots, values)
        return found


def make_column_ranks(
    rows: Float[np.ndarray, "samples features"], weights: Float64[np.ndarray, " samples"] | None = None
) -> ColumnRanks:
    """Return the ranks of columns of heavy tails, and the rarities of columns of few values.

    Parameters
    ----------
    rows
        Scaled samples, at least one.
    weights
        How much each counts, > 0; None: all the same.
    """
    made = []
    weights = None if weights is None else weights / weights.mean()  # as many in all as there are rows
    for index, column in enumerate(np.asarray(rows, np.float64).T):
        known, places = np.unique(column, return_inverse=True)
        counts = np.bincount(places, weights)
        if len(known) >= LEAST_VALUES and _excess_kurtosis(column, weights) > LEAST_EXCESS:
            made.append((index, *_map_ranks(known, counts)))
        if 1 < len(known) <= MOST_REPEATED * len(column):
            made.append((index, *_map_rarity(known, counts)))
    return ColumnRanks(
        np.array([index for index, _, _ in made], int),
        tuple(knots for _, knots, _ in made),
        tuple(values for _, _, values in made),
    )


def _excess_kurtosis(column: Float64[np.ndarray, " samples"], weights: Float64[np.ndarray, " samples"] | None) -> float:
    apart = column - np.average(column, weights=weights)
    deviation = np.sqrt(np.average(apart**2, weights=weights))
    return float(np.average((apart / deviation) ** 4, weights=weights)) - 3 if deviation > 0 else 0.0


def _map_ranks(
    known: Float64[np.ndarray, " known"], counts: Shaped[np.ndarray, " known"]
) -> tuple[Float64[np.ndarray, " knots"], Float64[np.ndarray, " knots"]]:
    """Return knots, and the quantiles of their ranks."""
    from scipy.special import stdtrit

    count = counts.sum()
    shares = (np.cumsum(counts) - counts / 2) / count
    least = 0.5 / (count + 1)
    quantiles = stdtrit(DEGREES, np.clip(shares, least, 1 - least))
    mean = np.average(quantiles, weights=counts)
    deviation = np.sqrt(np.average((quantiles - mean) ** 2, weights=counts))
    ends = stdtrit(DEGREES, np.array([least, 1 - least]))
    if len(known) > MOST_KNOTS:
        # Half of them evenly spread over the ranks, half over the quantiles, whose ends are far apart.
        wanted = [np.linspace(side[0], side[-1], MOST_KNOTS // 2) for side in (shares, quantiles)]
        kept = [np.searchsorted(side, want) for side, want in zip((shares, quantiles), wanted, strict=True)]
        indices = np.unique(np.clip(np.concatenate(kept), 0, len(known) - 1))
        known, quantiles = known[indices], quantiles[indices]
    knots = np.concatenate([[known[0] - RAMP], known, [known[-1] + RAMP]])
    return knots, (np.concatenate([ends[:1], quantiles, ends[1:]]) - mean) / max(deviation, SAME)


def _map_rarity(
    known: Float64[np.ndarray, " known"], counts: Shaped[np.ndarray, " known"]
) -> tuple[Float64[np.ndarray, " knots"], Float64[np.ndarray, " knots"]]:
    """Return two knots for each value, and two for what is between it and the next, which no row had."""
    count = counts.sum()
    rarity = -np.log((counts + 0.5) / count)
    mean = np.average(rarity, weights=counts)
    deviation = np.sqrt(np.average((rarity - mean) ** 2, weights=counts))
    weight = RARITY_WEIGHT / max(deviation, LEAST_DEVIATION)
    near = np.full(len(known), SAME)
    gaps = np.diff(known) / 4
    near[1:], near[:-1] = np.minimum(near[1:], gaps), np.minimum(near[:-1], gaps)
    knots = np.stack([known - 2 * near, known - near, known + near, known + 2 * near], axis=1)
    never = np.full(len(known), -np.log(0.5 / count))
    return knots.ravel(), weight * np.stack([never, rarity, rarity, never], axis=1).ravel()
