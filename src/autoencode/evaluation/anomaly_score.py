"""The anomaly score: how much evidence there is that a sample is unlike normal ones, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

from autoencode.evaluation.evidence_map import EvidenceMap, make_evidence
from autoencode.evaluation.rank_map import ColumnRanks
from autoencode.evaluation.references import (
    NEAREST,
    Neighbours,
    Points,
    References,
    View,
    add_up,
    map_tiles,
    square_apart,
    square_by_column,
)

SIZES, RANKS, ISOLATION = View(2.0, ranks=0.0), View(2.0, ranks=1.0), View(4.0, ranks=0.0)
"""What the two distances count, and what the isolation does: mostly what could not be rebuilt."""

SCENE, AT_ONCE = 128, 4
"""Of how many typical samples so few at a time stand for all, where samples are seen from afar."""

BACKGROUND = 0.1
"""How much of the mean distance is added to that of the neighbours before anything is divided by it."""

LEAST_SPREAD = 1e-3
"""A spread of references, in units of the scaled features, below which there is none."""

ISOLATED = 3.5
"""Evidence of isolation that about 3 % of the references have: what is above it counts, squared."""


@dataclass(frozen=True, eq=False)
class _Found:
    """Some samples, the neighbours of each in every view, and how far each is from the scene, if there is one."""

    points: Points
    neighbours: dict[View, Neighbours]
    afar: dict[View, Float64[np.ndarray, " samples"]]


@dataclass(frozen=True, eq=False)
class AnomalyScore:
    """The evidence that a sample is unlike normal ones: far from them, or alone.

    Two distances from the nearest normal samples, in which what the network could not rebuild counts double: one of
    columns by size, one that counts them by rank and rarity too. Each is looked at a second time: where samples may be
    contaminated, from afar, so that anomalies that resemble each other cannot hide; where they are normal, from near,
    beside the distances that are usual among the neighbours. Each becomes evidence, −ln of the share of references that
    are as far away, and both add up. A group that is far away is among the references, so that its own size bounds its
    evidence. What is isolated, in residuals that no neighbour has, adds evidence that nothing bounds.

    Attributes
    ----------
    column_ranks
        Of heavy-tailed columns and rare values; None counts all columns by size alone.
    points
        The references.
    typical
        Which of them distances are measured from.
    scene
        The indices of the typical ones that are looked at from afar, at least two; None looks from near.
    left_out
        Which references are not compared with samples that are equal to them: what calibrates is judged like others.
    weights
        How much each reference counts in the share that is evidence; None: all the same. A distance is from the
        nearest, whatever they weigh.
    marked
        How many of them, the last, people marked as normal: others are near them too, but what is usual among
        references, and what share of them is evidence, the references before these say alone.

    Examples
    --------
    >>> normal = np.random.default_rng(0).normal(size=(100, 1))
    >>> score = make_anomaly_score(normal, normal, np.ones(100, bool), contaminated=True, seed=0)
    >>> near, far = score.measure(np.array([[0.4], [9.0]]), np.array([[0.4], [9.0]]))
    >>> bool(near < far)
    True
    """

    column_ranks: ColumnRanks | None
    points: Points
    typical: Bool[np.ndarray, " references"]
    scene: Int[np.ndarray, " scene"] | None
    left_out: Bool[np.ndarray, " references"]
    weights: Float64[np.ndarray, " references"] | None = None
    marked: int = 0

    # ------------------------------------------------------------------ measuring

    def measure(
        self,
        rows: Float[np.ndarray, "samples features"],
        rebuilt: Float[np.ndarray, "samples features"],
    ) -> Float64[np.ndarray, " samples"]:
        """Return the anomaly score of scaled samples, > 0, high is abnormal, in natural units of evidence.

        Parameters
        ----------
        rows, rebuilt
            The samples and their reconstructions.
        """
        _ = self.evidence  # else each thread would compute it

        def measure(tile: slice) -> np.ndarray:
            found = self._find(place_points(rows[tile], rebuilt[tile], self.column_ranks))
            return self._weigh_distance(found, SIZES) + self._weigh_distance(found, RANKS) + self._isolate(found)

        return np.concatenate(map_tiles(measure, len(rows)))

    def explain(
        self, rows: Float[np.ndarray, "samples features"], rebuilt: Float[np.ndarray, "samples features"]
    ) -> tuple[Float64[np.ndarray, " samples"], Float64[np.ndarray, "samples features"], Int[np.ndarray, " samples"]]:
        """Return the score, what each feature adds to it, and the index of the nearest normal sample.

        Each distance's evidence is shared out among the features as its squares are, isolation's too; a feature's rank
        and rarity are its own. So a sample's contributions, each ≥ 0, add up to its score.
        """
        _ = self.evidence

        def explain(tile: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            found = self._find(place_points(rows[tile], rebuilt[tile], self.column_ranks))
            evidence = {view: self._weigh_distance(found, view) for view in (SIZES, RANKS)}
            evidence[ISOLATION] = self._isolate(found)
            added = np.sum([part[:, None] * self._share(found, view) for view, part in evidence.items()], axis=0)
            return np.sum(list(evidence.values()), axis=0), added, found.neighbours[SIZES].indices[:, 0]

        scores, added, nearest = zip(*map_tiles(explain, len(rows)), strict=True)
        return np.concatenate(scores), np.concatenate(added), np.concatenate(nearest)

    @property
    def rows(self) -> Float64[np.ndarray, "references features"]:
        """The references, scaled."""
        return self.points.rebuilt + self.points.residual

    @property
    def typical_rows(self) -> Float64[np.ndarray, "typical features"]:
        """The typical references, scaled, without those that are marked: what is expected of a sample."""
        return self.unmarked.rows[self.unmarked.typical]

    def mark(
        self, rows: Float[np.ndarray, "marked features"], rebuilt: Float[np.ndarray, "marked features"]
    ) -> AnomalyScore:
        """Return the same score with more references, which are marked as normal.

        Each is there as often as a distance looks at neighbours, so that nothing that is equal to it is far away.
        """
        copies = np.repeat(np.arange(len(rows)), NEAREST)
        added, count = place_points(rows, rebuilt, self.column_ranks).take(copies), len(copies)
        known = self.points
        pairs = ((known.rebuilt, added.rebuilt), (known.residual, added.residual), (known.ranks, added.ranks))
        return replace(
            self,
            points=Points(*map(np.concatenate, pairs)),
            typical=np.append(self.typical, np.ones(count, bool)),
            left_out=np.append(self.left_out, np.zeros(count, bool)),
            weights=None if self.weights is None else np.append(self.weights, np.ones(count)),
            marked=self.marked + count,
        )

    @cached_property
    def unmarked(self) -> AnomalyScore:
        """The same score without the references that are marked."""
        if not self.marked:
            return self
        kept = slice(0, -self.marked)
        return replace(
            self,
            points=self.points.take(kept),
            typical=self.typical[kept],
            left_out=self.left_out[kept],
            weights=None if self.weights is None else self.weights[kept],
            marked=0,
        )

    # ------------------------------------------------------------------ parts

    def _find(self, points: Points, left_out: Bool[np.ndarray, " references"] | None = None) -> _Found:
        left_out = self.left_out if left_out is None else left_out
        afar = {}
        if self.scene is not None:
            for view, squares in self._square_to_scene(points).items():
                squares.sort(axis=1)
                others = np.where((squares[:, :1] == 0) & left_out.all(), squares[:, 1:], squares[:, :-1])
                afar[view] = add_up(np.sqrt(others) * self.afar_weights)
        neighbours = self._references.search(points, left_out)
        neighbours.setdefault(RANKS, neighbours[SIZES])
        return _Found(points, neighbours, afar)

    def _look_again(self, found: _Found, view: View) -> Float64[np.ndarray, " samples"]:
        """Return the geometric mean of a distance and what is seen from afar, or from near."""
        second = found.afar[view] if self.scene is not None else self._compare(found, view)
        return np.sqrt(found.neighbours[view].distance * second)

    def _weigh_distance(self, found: _Found, view: View) -> Float64[np.ndarray, " samples"]:
        """Return the evidence of a distance."""
        return self.evidence[view].apply(self._look_again(found, view))

    def _compare(self, found: _Found, view: View) -> Float64[np.ndarray, " samples"]:
        """Return distances as multiples of those that are usual among the neighbours."""
        usual = BACKGROUND * self.mean_usual[view] + self._look_around(found, view) + LEAST_SPREAD
        return found.neighbours[view].distance / usual

    def _look_around(self, found: _Found, view: View) -> Float64[np.ndarray, " samples"]:
        """Return the mean of the distances that are usual at the neighbours."""
        indices = found.neighbours[view].indices
        return add_up(self.usual[view][indices]) / indices.shape[1]

    def _isolate(self, found: _Found) -> Float64[np.ndarray, " samples"]:
        """Return the evidence of isolation: 0 of nearly all, and without a bound."""
        return np.maximum(self.evidence[ISOLATION].apply(self._find_isolation(found)) - ISOLATED, 0) ** 2

    def _find_isolation(self, found: _Found) -> Float64[np.ndarray, " samples"]:
        return np.log(BACKGROUND + self._compare(found, ISOLATION))

    def _square_to_scene(self, points: Points) -> dict[View, Float64[np.ndarray, "samples scene"]]:
        """Return squared distances to the scene, in which the residual counts once."""
        assert self.scene is not None
        scene = self.points.take(self.scene)

        squares = [square_apart(part, known) for part, known in zip(points.parts, scene.parts, strict=True)]
        by_size = squares[0] + squares[1]
        return {SIZES: by_size, RANKS: by_size + squares[2] if len(squares) > 2 else by_size}

    # ------------------------------------------------------------------ shares

    def _share(self, found: _Found, view: View) -> Float64[np.ndarray, "samples features"]:
        """Return what share of a view's distance, and of what is seen from afar in it, each feature has."""
        shares = self._gather(self._references.share_out(found.points, found.neighbours[view], view))
        return (shares + self._share_from_afar(found.points, view)) / 2 if view in found.afar else shares

    def _share_from_afar(self, points: Points, view: View) -> Float64[np.ndarray, "samples features"]:
        assert self.scene is not None
        squares = self._square_to_scene(points)[view]
        indices = np.argsort(squares, axis=1, kind="stable")
        indices = indices[:, :-1]
        distances = np.sqrt(np.take_along_axis(squares, indices, 1))
        far, total = View(1.0, ranks=view.ranks), 0.0
        for weight, distance, index in zip(self.afar_weights, distances.T, indices.T, strict=True):
            by_column = square_by_column(points, self.points.take(self.scene[index]), far)
            total = total + weight * by_column / np.where(distance > 0, distance, 1.0)[:, None]
        return self._gather(np.asarray(total))

    def _gather(self, by_column: Float64[np.ndarray, "samples columns"]) -> Float64[np.ndarray, "samples features"]:
        """Return shares of features, of which ranks and rarities are a part; of nothing all have the same."""
        features = self.points.rebuilt.shape[1]
        shares = by_column[:, :features].copy()
        if self.column_ranks is not None:
            for index, column in enumerate(self.column_ranks.columns):
                shares[:, column] += by_column[:, features + index]
        sums = shares.sum(axis=1, keepdims=True)
        return np.where(sums > 0, shares / np.where(sums > 0, sums, 1.0), 1 / features)

    # ------------------------------------------------------------------ references among themselves

    @cached_property
    def _references(self) -> References:
        among = None if self.typical.all() else self.typical
        by_rank = {RANKS: among} if self.points.ranks.shape[1] else {}  # without ranks both are the same
        return References(self.points, {SIZES: among, **by_rank, ISOLATION: None})

    @cached_property
    def _own(self) -> list[_Found]:
        """The references, each without itself, by tile."""
        every = np.ones(len(self.points), bool)
        return map_tiles(lambda tile: self._find(self.points.take(tile), every), len(self.points))

    @cached_property
    def usual(self) -> dict[View, Float64[np.ndarray, " references"]]:
        """How far each reference is from the others; at one that is marked, what is so around it, or on average."""
        views = (SIZES, RANKS, ISOLATION)
        if not self.marked:
            return {view: np.concatenate([found.neighbours[view].distance for found in self._own]) for view in views}
        known, marked = self.unmarked, self.points.take(slice(-self.marked, None))
        found = map_tiles(lambda tile: known._find(marked.take(tile)), self.marked)
        around = {view: np.concatenate([known._look_around(part, view) for part in found]) for view in views}
        # A mark takes flags away: near one nothing shall be further than usual that would not be so without it.
        return {
            view: np.append(known.usual[view], np.maximum(usual, self.mean_usual[view]))
            for view, usual in around.items()
        }

    @cached_property
    def mean_usual(self) -> dict[View, float]:
        """The mean of what is usual at references, without those that are marked."""
        return {view: distances.mean() for view, distances in self.unmarked.usual.items()}

    @cached_property
    def evidence(self) -> dict[View, EvidenceMap]:
        """What each distance is worth as evidence, and isolation."""
        if self.marked:
            _ = self.usual, self.mean_usual  # as much is computed once
            return self.unmarked.evidence
        own = {view: [self._look_again(found, view) for found in self._own] for view in (SIZES, RANKS)}
        own[ISOLATION] = [self._find_isolation(found) for found in self._own]
        return {view: make_evidence(np.concatenate(distances), self.weights) for view, distances in own.items()}

    @cached_property
    def afar_weights(self) -> Float64[np.ndarray, " scene"]:
        """In what share of all choices of 4 of the scene each is the nearest, the nearest first.

        The k-th nearest of n is the nearest of m in C(n − k, m − 1) of C(n, m) choices. Without the farthest: one of
        the scene has no more than the others.
        """
        assert self.scene is not None
        count = len(self.scene) - 1
        size = max(1, min(AT_ONCE, count // 2))
        left = count - np.arange(1, count)
        weights = (size / count) * np.cumprod(np.concatenate([[1.0], np.maximum(left - size + 1, 0) / left]))
        return weights / weights.sum()


def make_anomaly_score(
    rows: Float64[np.ndarray, "references features"],
    rebuilt: Float64[np.ndarray, "references features"],
    typical: Bool[np.ndarray, " references"],
    *,
    contaminated: bool,
    seed: int,
    column_ranks: ColumnRanks | None = None,
    left_out: Bool[np.ndarray, " references"] | None = None,
) -> AnomalyScore:
    """Return the default score.

    Parameters
    ----------
    rows, rebuilt
        Scaled samples and their reconstructions, at least two.
    typical
        Which of them are normal as far as one can tell, at least two.
    contaminated
        Whether some of them may be anomalies: then distances are seen from afar too, else from near.
    seed
        Of the 128 typical samples that are looked at from afar.
    column_ranks
        Of heavy-tailed columns and rare values; None counts all columns by size alone.
    left_out
        Which references are not compared with samples that are equal to them; None: none.
    """
    points, scene = place_points(rows, rebuilt, column_ranks), None
    if contaminated:
        # In the order of their values, so that another order of the references draws the same.
        indices = np.flatnonzero(typical)
        indices = indices[np.lexsort(rows[indices].T[::-1])]
        scene = indices[np.random.default_rng(seed).permutation(len(indices))[:SCENE]]
    left_out = np.zeros(len(rows), bool) if left_out is None else left_out
    return AnomalyScore(column_ranks, points, typical, scene, left_out)


def place_points(rows: np.ndarray, rebuilt: np.ndarray, column_ranks: ColumnRanks | None) -> Points:
    """Return scaled samples and their reconstructions as distances see them."""
    rows, rebuilt = np.asarray(rows, np.float64), np.asarray(rebuilt, np.float64)
    ranks = np.zeros((len(rows), 0)) if column_ranks is None else column_ranks.apply(rows)
    return Points(rebuilt, rows - rebuilt, ranks)
