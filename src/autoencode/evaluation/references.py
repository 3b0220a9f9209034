"""How far samples lie from others: the distances to the nearest, in what was rebuilt, what was not, and in ranks."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.blas import find_blas
from autoencode.evaluation.candidates import Candidates

T = TypeVar("T")

NEAREST = 8
"""Neighbours that a distance looks at; each counts half as much as the one before."""

TILE_ROWS = 512
"""Samples that are looked at together, so that what is computed of them stays in the processor's cache."""

MOST_DIFFERENCES = 2**18
"""Numbers that are subtracted at a time, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class View:
    """What of samples a distance counts: what was rebuilt once, the residual and the ranks so many times."""

    residual: float
    ranks: float

    @property
    def weights(self) -> tuple[float, float, float]:
        """What the squares of reconstructions, residuals and ranks count."""
        return 1.0, self.residual**2, self.ranks**2


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
        """Those that have columns, in the order in which a view weighs them."""
        return tuple(part for part in (self.rebuilt, self.residual, self.ranks) if part.shape[1])

    def take(self, indices: slice | np.ndarray) -> Points:
        """Return some of them."""
        return Points(self.rebuilt[indices], self.residual[indices], self.ranks[indices])


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
        """Return the nearest of each sample in each view; of references that are equally near the first.

        Parameters
        ----------
        points
            Samples: of a tile, for their products with all references are in memory.
        left_out
            Which references are no neighbours of samples that are equal to them; None: none of them.
        """
        pairs = self._candidates.find(points.parts)
        return {
            view: _choose(self._measure(points, samples, indices, view), samples, indices, count, left_out)
            for (view, count), (samples, indices) in zip(self._counts.items(), pairs, strict=True)
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
    def _counts(self) -> dict[View, int]:
        """How many of the nearest are looked for: one more than a sample has, as one may be left out."""
        many = (len(self.points) if among is None else int(among.sum()) for among in self.views.values())
        return {view: min(NEAREST + 1, count) for view, count in zip(self.views, many, strict=True)}

    @cached_property
    def _candidates(self) -> Candidates:
        every = np.ones(len(self.points), bool)
        return Candidates(
            self.points.parts,
            tuple(view.weights[: len(self.points.parts)] for view in self.views),
            tuple(every if among is None else among for among in self.views.values()),
            tuple(self._counts.values()),
        )

    def _measure(
        self, points: Points, samples: np.ndarray, indices: np.ndarray, view: View
    ) -> Float64[np.ndarray, " pairs"]:
        """Return the distance of each sample from the reference beside it."""
        squares = np.zeros(len(samples))
        for part, known, weight in zip(points.parts, self.points.parts, view.weights, strict=False):
            if weight:
                squares += weight * square_pairs(part, known, samples, indices)
        return np.sqrt(squares)


def _choose(
    distances: Float64[np.ndarray, " pairs"],
    samples: Int[np.ndarray, " pairs"],
    indices: Int[np.ndarray, " pairs"],
    count: int,
    left_out: Bool[np.ndarray, " references"] | None,
) -> Neighbours:
    """Return the nearest of the candidates of each sample, of which there are `count` or more."""
    many = np.bincount(samples)
    table = np.full((len(many), many.max(initial=count)), np.inf)
    table[np.arange(table.shape[1]) < many[:, None]] = distances
    # Stable: of equal ones the first reference comes first.
    nearest = np.argsort(table, axis=1, kind="stable")[:, :count] + (np.cumsum(many) - many)[:, None]
    distances, indices = distances[nearest], indices[nearest]
    if left_out is None:
        return Neighbours(distances[:, :-1], indices[:, :-1])
    equal = ((distances == 0) & left_out[indices]).any(axis=1, keepdims=True)
    return Neighbours(*(np.where(equal, found[:, 1:], found[:, :-1]) for found in (distances, indices)))


def map_tiles(function: Callable[[slice], T], count: int) -> list[T]:
    """Return what a function gives for every tile of so many samples, one tile at least; several are side by side."""
    tiles = [slice(start, start + TILE_ROWS) for start in range(0, max(1, count), TILE_ROWS)]
    with find_blas().limit(limits=1, user_api="blas"):  # a tile is small
        if len(tiles) == 1:
            return [function(tiles[0])]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(function, tiles))


def square_apart(
    part: Float64[np.ndarray, "samples columns"], known: Float64[np.ndarray, "others columns"]
) -> Float64[np.ndarray, "samples others"]:
    """Return each sample's squared distances to all others: by differences, for products lose digits."""
    squares = np.zeros((len(part), len(known)))
    at_once = max(1, MOST_DIFFERENCES // known.size)
    for start in range(0, len(part), at_once):
        rows = slice(start, start + at_once)
        differences = known - part[rows, None]
        squares[rows] = np.einsum("ijk,ijk->ij", differences, differences)
    return squares


def square_pairs(
    part: Float64[np.ndarray, "samples columns"],
    known: Float64[np.ndarray, "others columns"],
    samples: Int[np.ndarray, " pairs"],
    indices: Int[np.ndarray, " pairs"],
) -> Float64[np.ndarray, " pairs"]:
    """Return the squared distance of each pair of a sample and another, by differences."""
    squares = np.empty(len(samples))
    at_once = max(1, MOST_DIFFERENCES // part.shape[1])
    for start in range(0, len(samples), at_once):
        pairs = slice(start, start + at_once)
        differences = known.take(indices[pairs], axis=0)
        differences -= part.take(samples[pairs], axis=0)
        squares[pairs] = np.einsum("ij,ij->i", differences, differences)
    return squares


def square_by_column(points: Points, others: Points, view: View) -> Float64[np.ndarray, "samples columns"]:
    """Return what each column of features, and after these of ranks, adds to squared distances, pair by pair."""
    features = (points.rebuilt - others.rebuilt) ** 2
    features = features + view.residual**2 * (points.residual - others.residual) ** 2
    return np.hstack([features, view.ranks**2 * (points.ranks - others.ranks) ** 2])


def add_up(parts: Float64[np.ndarray, "samples parts"]) -> Float64[np.ndarray, " samples"]:
    """Return the sum of each row, in the same order however many rows there are."""
    return np.cumsum(parts, axis=1)[:, -1] if parts.shape[1] else np.zeros(len(parts))
