"""How far samples lie from normal ones: the distance to the nearest of some, in what was rebuilt and what was not."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

__all__ = ["NormalReference", "find_typical"]

TILE_ROWS = 256
"""Rows that are multiplied at a time, padded, so that a row alone and one of many give the same bits."""

FEWEST_TILES = 16
"""From so many tiles on they are searched side by side."""

MOST_DIFFERENCES = 2**18
"""Numbers that are subtracted at a time, so that they stay in the processor's cache."""

BLOCK_ROWS = 4096
"""Rows that are held against the prototypes at a time."""

PROTOTYPES, DRAWS = 4, 64
"""How many rows at a time stand for all others while the typical ones are sought, and how often they are drawn."""

MOST_WEIGHT = 0.999
"""Neighbours count until their weights add up to this."""


@dataclass(frozen=True, eq=False)
class NormalReference:
    r"""Normal samples and their reconstructions, from which others are a distance away.

    The distance of two samples counts what was rebuilt once and the residual, what was not, `residual_weight` times:

    .. math:: d(x, y)^2 = \sum_j (\hat x_j - \hat y_j)^2 + w^2 \sum_j (x_j - \hat x_j - y_j + \hat y_j)^2

    The anomaly score of a sample is the mean, over all subsets of `subset_size` of the normal samples, of the distance
    to the nearest of the subset. No subset is drawn: the k-th nearest of n is the nearest of a subset of m in
    C(n − k, m − 1) of C(n, m) of them, so the score is a mean of the distances to the nearest, with these weights.

    Parameters
    ----------
    rows, rebuilt
        Scaled normal samples and their reconstructions, shape (n, features).
    residual_weight
        w ≥ 0. At 1 the network hardly matters; a larger one finds what it cannot rebuild, more than what is rare.
    subset_size
        m ≥ 1. A smaller one looks at more neighbours: few abnormal samples among the normal ones then matter less,
        and rare kinds of normal ones are further away. At most half of the normal samples.

    Notes
    -----
    With w = 1 and subsets drawn at random this is the ensemble of Pang et al.; of sampled points, that of Sugiyama and
    Borgwardt. The residual's weight is ours: `docs/explanation/anomaly-score.md` measures what it adds.

    References
    ----------
    Sugiyama, Borgwardt (2013), Rapid distance-based outlier detection via sampling.
    Pang, Ting, Albrecht (2015), LeSiNN: detecting anomalies by identifying least similar nearest neighbours.

    Examples
    --------
    >>> normal = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> reference = NormalReference(normal, normal, residual_weight=2.0, subset_size=1)
    >>> reference.score(np.array([[0.0], [9.0]]), np.array([[0.0], [9.0]])).round(1).tolist()
    [1.5, 7.5]
    """

    rows: Float64[np.ndarray, "normal features"]
    rebuilt: Float64[np.ndarray, "normal features"]
    residual_weight: float | int = 2.0
    subset_size: int = 512

    def score(
        self, rows: Float[np.ndarray, "samples features"], rebuilt: Float[np.ndarray, "samples features"]
    ) -> Float64[np.ndarray, " samples"]:
        """Return how far each scaled sample is from the normal ones, ≥ 0, in units of the scaled features."""
        distances, _ = self.find_nearest(rows, rebuilt)
        return _add_up(distances * self.weights)

    def find_nearest(
        self, rows: Float[np.ndarray, "samples features"], rebuilt: Float[np.ndarray, "samples features"]
    ) -> tuple[Float64[np.ndarray, "samples neighbours"], Int[np.ndarray, "samples neighbours"]]:
        """Return the distances to the normal samples that count, the nearest first, and their places."""
        points = self._place(rows, rebuilt)
        tiles = [points[start : start + TILE_ROWS] for start in range(0, max(1, len(points)), TILE_ROWS)]
        found = [self._search(tile) for tile in tiles] if len(tiles) < FEWEST_TILES else self._search_all(tiles)
        distances, places = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return distances, places

    def _search_all(self, tiles: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Search many tiles side by side, each in one thread, in which BLAS has no threads of its own."""
        from threadpoolctl import threadpool_limits

        _ = self._squared_lengths, self.weights  # else each thread would compute them
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self._search, tiles))

    def contributions(
        self, rows: Float[np.ndarray, "samples features"], rebuilt: Float[np.ndarray, "samples features"]
    ) -> Float64[np.ndarray, "samples features"]:
        """Return what each feature adds to the score, ≥ 0; a sample's add up to its score."""
        return self.explain(rows, rebuilt)[1]

    def explain(
        self, rows: Float[np.ndarray, "samples features"], rebuilt: Float[np.ndarray, "samples features"]
    ) -> tuple[Float64[np.ndarray, " samples"], Float64[np.ndarray, "samples features"], Int[np.ndarray, " samples"]]:
        """Return score, contributions and the place of the nearest normal sample, all of one search."""
        points, features = self._place(rows, rebuilt), self.rows.shape[1]
        distances, places = self.find_nearest(rows, rebuilt)
        total = np.zeros((len(rows), features))
        for weight, distance, place in zip(self.weights, distances.T, places.T, strict=True):
            squares = (points - self._points[place]) ** 2
            by_feature = squares[:, :features] + squares[:, features:]
            # What the distance to itself is made of does not matter: it is 0.
            total += weight * by_feature / np.where(distance > 0, distance, 1.0)[:, None]
        return _add_up(distances * self.weights), total, places[:, 0]

    @cached_property
    def weights(self) -> Float64[np.ndarray, " neighbours"]:
        """How much each of the nearest counts, the nearest first; they add up to 1."""
        count = len(self.rows)
        size = max(1, min(self.subset_size, count // 2))
        # The k + 1-th is the nearest where the k-th is not in the subset, and the others are of what is left.
        left = count - np.arange(1, count)
        weights = (size / count) * np.cumprod(np.concatenate([[1.0], np.maximum(left - size + 1, 0) / left]))
        weights = weights[: np.searchsorted(np.cumsum(weights), MOST_WEIGHT) + 1]
        return weights / weights.sum()

    @cached_property
    def _points(self) -> Float64[np.ndarray, "normal coordinates"]:
        return self._place(self.rows, self.rebuilt)

    @cached_property
    def _squared_lengths(self) -> Float64[np.ndarray, " normal"]:
        return np.einsum("ij,ij->i", self._points, self._points)

    def _place(self, rows: np.ndarray, rebuilt: np.ndarray) -> Float64[np.ndarray, "samples coordinates"]:
        """Return the points whose Euclidean distances are those of the samples."""
        wide = np.asarray(rebuilt, np.float64)
        return np.hstack([wide, self.residual_weight * (np.asarray(rows, np.float64) - wide)])

    def _search(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and places of the neighbours of at most one tile of points."""
        tile = np.zeros((TILE_ROWS, points.shape[1]))
        tile[: len(points)] = points
        nearness = (tile @ self._points.T)[: len(points)] - self._squared_lengths / 2
        count = len(self.weights)
        if count < nearness.shape[1]:
            places = np.argpartition(nearness, -count, axis=1)[:, -count:]
        else:
            places = np.broadcast_to(np.arange(count), nearness.shape).copy()
        # Differences, not products: near a point, these would lose its digits.
        distances = np.empty(places.shape)
        at_once = max(1, MOST_DIFFERENCES // (count * points.shape[1]))
        for start in range(0, len(points), at_once):
            part = slice(start, start + at_once)
            if 2 * count > len(self.rows):  # all of few, which need not be gathered
                differences = self._points - points[part, None]
                every = np.sqrt(np.einsum("ijk,ijk->ij", differences, differences))
                distances[part] = np.take_along_axis(every, places[part], 1)
            else:
                differences = self._points[places[part]] - points[part, None]
                distances[part] = np.sqrt(np.einsum("ijk,ijk->ij", differences, differences))
        order = np.lexsort((places, distances), axis=1)
        return np.take_along_axis(distances, order, 1), np.take_along_axis(places, order, 1)


def _add_up(parts: Float64[np.ndarray, "samples parts"]) -> Float64[np.ndarray, " samples"]:
    """Return the sum of each row, in the same order however many rows there are."""
    return np.cumsum(parts, axis=1)[:, -1]


def find_typical(
    rows: Float[np.ndarray, "samples features"], *, share: float, seed: int
) -> Bool[np.ndarray, " samples"]:
    """Return which samples are the most typical: those nearest to few that were drawn at random.

    Each of 64 times 4 samples are drawn, and each sample is as far as the nearest of them: the coarsest autoencoder,
    whose code says which of four samples is nearest. So few seldom have an anomaly among them, and cannot stand for a
    cluster of anomalies.

    Parameters
    ----------
    rows
        Scaled samples.
    share
        How many are typical, in (0, 1].
    seed
        Of the draws.

    Returns
    -------
    array
        True for ⌈share · samples⌉ samples, at least 2.

    Examples
    --------
    >>> find_typical(np.array([[0.0], [0.1], [0.2], [9.0]]), share=0.7, seed=0).tolist()
    [True, True, True, False]
    """
    count, wide = len(rows), np.asarray(rows, np.float64)
    random, at_once = np.random.default_rng(seed), min(PROTOTYPES, count)
    drawn = wide[np.concatenate([random.choice(count, at_once, replace=False) for _ in range(DRAWS)])]
    lengths = np.einsum("ij,ij->i", drawn, drawn)
    distances = np.empty(count)
    for start in range(0, count, BLOCK_ROWS):
        block = wide[start : start + BLOCK_ROWS]
        squares = np.einsum("ij,ij->i", block, block)[:, None] + lengths - 2 * block @ drawn.T
        nearest = squares.reshape(len(block), DRAWS, at_once).min(axis=2)
        distances[start : start + BLOCK_ROWS] = np.sqrt(np.maximum(nearest, 0)).sum(axis=1)
    kept = np.argsort(distances, kind="stable")[: max(2, int(np.ceil(share * count)))]
    return np.isin(np.arange(count), kept)
