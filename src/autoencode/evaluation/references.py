"""How far samples lie from others: the distances to the nearest, in what was rebuilt, what was not, and in ranks."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from jaxtyping import Bool, Float64, Int

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

T = TypeVar("T")

NEAREST = 8
"""Neighbours that a distance looks at; each counts half as much as the one before."""

TILE_ROWS = 128
"""Rows that are multiplied at a time, padded, so that a row alone and one of many give the same bits."""

FEWEST_TILES = 4
"""From so many tiles on they are searched side by side."""

GROUP = 32
"""References whose nearest is found first."""

MOST_DIFFERENCES = 2**18
"""Numbers that are subtracted at a time, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class View:
    """What of samples a distance counts: what was rebuilt once, the residual and the ranks so many times."""

    residual: float
    ranks: float


@dataclass(frozen=True, eq=False)
class Points:
    """Samples as distances see them.

    Attributes
    ----------
    rebuilt, residual
        Scaled reconstructions, and what these leave of the scaled samples, (samples, features).
    ranks
        Ranks and rarities, (samples, ranks).
    """

    rebuilt: Float64[np.ndarray, "samples features"]
    residual: Float64[np.ndarray, "samples features"]
    ranks: Float64[np.ndarray, "samples ranks"]

    def __len__(self) -> int:
        return len(self.rebuilt)

    @property
    def parts(self) -> tuple[np.ndarray, ...]:
        """All three, in the order in which a view weighs them."""
        return self.rebuilt, self.residual, self.ranks

    def take(self, indices: slice | np.ndarray) -> Points:
        """Return some of them."""
        return Points(self.rebuilt[indices], self.residual[indices], self.ranks[indices])

    def weigh(self, view: View) -> tuple[tuple[np.ndarray, float], ...]:
        """Return the parts that a view counts, each with the square of its weight."""
        weights = (1.0, view.residual**2, view.ranks**2)
        return tuple(
            (part, weight) for part, weight in zip(self.parts, weights, strict=True) if weight and part.shape[1]
        )


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The references nearest to samples, the nearest first: distances and indices, (samples, neighbours)."""

    distances: Float64[np.ndarray, "samples neighbours"]
    indices: Int[np.ndarray, "samples neighbours"]

    @cached_property
    def distance(self) -> Float64[np.ndarray, " samples"]:
        """The mean distance, in which each neighbour counts half as much as the one before."""
        return add_up(self.distances * self.weights)

    @property
    def weights(self) -> Float64[np.ndarray, " neighbours"]:
        """What each counts, 1 in all."""
        weights = 0.5 ** np.arange(self.distances.shape[1])
        return weights / weights.sum()


@dataclass(frozen=True, eq=False)
class References:
    """Samples from which others are a distance away, in one view or several.

    Parameters
    ----------
    points
        At least two.
    views
        What each distance counts, and which of the points may be neighbours, at least two; None: all.

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [3.0]])
    >>> points = Points(rows, np.zeros_like(rows), np.zeros((3, 0)))
    >>> (found,) = References(points, {View(2.0, 0.0): None}).search(points, np.ones(3, bool)).values()
    >>> found.indices[:, 0].tolist(), found.distances[:, 0].tolist()
    ([1, 0, 1], [1.0, 1.0, 2.0])
    """

    points: Points
    views: dict[View, Bool[np.ndarray, " references"] | None]

    def search(self, points: Points, left_out: Bool[np.ndarray, " references"] | None = None) -> dict[View, Neighbours]:
        """Return the nearest of each sample in each view.

        Parameters
        ----------
        points
            Samples.
        left_out
            Which references are no neighbours of samples that are equal to them; None: none of them.
        """
        left_out = np.zeros(len(self.points), bool) if left_out is None else left_out
        _ = self._half_squares, self._counts  # else each thread would compute them
        with _blas().limit(limits=1, user_api="blas"):  # a tile is small
            found = map_tiles(lambda tile: self._search(tile, left_out), points)
        return {
            view: Neighbours(*(np.concatenate(parts) for parts in zip(*of_view, strict=True)))
            for view, of_view in zip(self.views, zip(*found, strict=True), strict=True)
        }

    def share_out(self, points: Points, found: Neighbours, view: View) -> Float64[np.ndarray, "samples columns"]:
        """Return what each column of features, and after these of ranks, adds to the distances that were found."""
        total = np.zeros((len(points), points.rebuilt.shape[1] + points.ranks.shape[1]))
        for weight, distance, index in zip(found.weights, found.distances.T, found.indices.T, strict=True):
            squares = square_by_column(points, self.points.take(index), view)
            # What the distance to itself is made of does not matter: it is 0.
            total += weight * squares / np.where(distance > 0, distance, 1.0)[:, None]
        return total

    @cached_property
    def _padded(self) -> tuple[np.ndarray, ...]:
        """The parts of the points, with zeros up to a whole number of groups."""
        more = -len(self.points) % GROUP
        return tuple(np.pad(part, ((0, more), (0, 0))) for part in self.points.parts)

    @cached_property
    def _half_squares(self) -> list[np.ndarray]:
        """Half of each one's squared length in each view; infinite of those that are no neighbours."""
        found = []
        for view, among in self.views.items():
            weights = (1.0, view.residual**2, view.ranks**2)
            parts = zip(self._padded, weights, strict=True)
            total = np.sum([weight * np.einsum("ij,ij->i", part, part) for part, weight in parts], axis=0) / 2
            total[len(self.points) :] = np.inf
            if among is not None:
                total[: len(self.points)][~among] = np.inf
            found.append(total)
        return found

    @cached_property
    def _counts(self) -> list[int]:
        """How many neighbours each sample has: one fewer than there are, for a reference has no more."""
        many = [len(self.points) if among is None else int(among.sum()) for among in self.views.values()]
        return [min(NEAREST, count - 1) for count in many]

    def _search(self, points: Points, left_out: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return, by view, distances and indices of the neighbours of at most one tile of points."""
        count, products = len(points), []
        for part, known in zip(points.parts, self._padded, strict=True):
            tile = np.zeros((TILE_ROWS, part.shape[1]))
            tile[:count] = part
            products.append((tile @ known.T)[:count] if part.shape[1] else None)
        found = []
        for view, half_squares, neighbours in zip(self.views, self._half_squares, self._counts, strict=True):
            nearness = products[0] - half_squares
            for product, weight in zip(products[1:], (view.residual, view.ranks), strict=True):
                if weight and product is not None:
                    nearness += weight**2 * product
            indices = _find_highest(nearness, neighbours + 1)
            distances = np.sqrt(self._square(points, indices, view))
            order = np.lexsort((indices, distances), axis=1)
            equal = ((distances == 0) & left_out[indices]).any(axis=1, keepdims=True)
            order = np.where(equal, order[:, 1:], order[:, :-1])
            found.append((np.take_along_axis(distances, order, 1), np.take_along_axis(indices, order, 1)))
        return found

    def _square(self, points: Points, indices: np.ndarray, view: View) -> Float64[np.ndarray, "samples neighbours"]:
        squares = np.zeros(indices.shape)
        for (part, weight), (known, _) in zip(points.weigh(view), self.points.weigh(view), strict=True):
            squares += weight * square_apart(part, known, indices)
        return squares


@cache
def _blas() -> ThreadpoolController:
    """Return what limits the threads of BLAS; to find its libraries takes milliseconds."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _find_highest(values: Float64[np.ndarray, "rows padded"], count: int) -> Int[np.ndarray, "rows highest"]:
    """Return the indices of the highest of each row, in no order.

    They are in the groups of the highest maxima, so that few values are looked at twice.
    """
    groups = values.shape[1] // GROUP
    if groups <= count:
        return np.argpartition(values, -count, axis=1)[:, -count:]
    by_group = values.reshape(len(values), groups, GROUP)
    best = np.sort(np.argpartition(by_group.max(axis=2), -count, axis=1)[:, -count:], axis=1)
    candidates = np.take_along_axis(by_group, best[:, :, None], 1).reshape(len(values), -1)
    indices = np.argpartition(candidates, -count, axis=1)[:, -count:]
    return np.take_along_axis(best, indices // GROUP, 1) * GROUP + indices % GROUP


def map_tiles(function: Callable[[Points], T], points: Points) -> list[T]:
    """Return what a function gives for every tile of points, of which there is one at least; many are side by side."""
    tiles = [points.take(slice(at, at + TILE_ROWS)) for at in range(0, max(1, len(points)), TILE_ROWS)]
    if len(tiles) < FEWEST_TILES:
        return [function(tile) for tile in tiles]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, tiles))


def square_apart(
    part: Float64[np.ndarray, "samples columns"],
    known: Float64[np.ndarray, "others columns"],
    indices: Int[np.ndarray, "samples some"] | None = None,
) -> Float64[np.ndarray, "samples some"]:
    """Return each sample's squared distances to all others, or to some: by differences, for products lose digits."""
    count = len(known) if indices is None else indices.shape[1]
    squares = np.zeros((len(part), count))
    at_once = max(1, MOST_DIFFERENCES // max(1, count * part.shape[1]))
    for start in range(0, len(part) if part.shape[1] else 0, at_once):
        rows = slice(start, start + at_once)
        differences = (known if indices is None else known[indices[rows]]) - part[rows, None]
        squares[rows] = np.einsum("ijk,ijk->ij", differences, differences)
    return squares


def square_by_column(points: Points, others: Points, view: View) -> Float64[np.ndarray, "samples columns"]:
    """Return what each column of features, and after these of ranks, adds to squared distances, pair by pair."""
    features = (points.rebuilt - others.rebuilt) ** 2
    features = features + view.residual**2 * (points.residual - others.residual) ** 2
    return np.hstack([features, view.ranks**2 * (points.ranks - others.ranks) ** 2])


def add_up(parts: Float64[np.ndarray, "samples parts"]) -> Float64[np.ndarray, " samples"]:
    """Return the sum of each row, in the same order however many rows there are."""
    return np.cumsum(parts, axis=1)[:, -1] if parts.shape[1] else np.zeros(len(parts))
