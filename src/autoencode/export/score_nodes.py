"""The anomaly score as ONNX nodes, and what each feature adds to it; float64, as `AnomalyScore` measures it."""

from __future__ import annotations

import numpy as np

from autoencode.evaluation import AnomalyScore
from autoencode.evaluation.anomaly_score import BACKGROUND, ISOLATED, ISOLATION, LEAST_SPREAD, RANKS, SIZES
from autoencode.evaluation.references import View
from autoencode.export.arithmetic import Arithmetic
from autoencode.export.neighbour_nodes import Found, PointNames, ReferenceNodes


def add_score(add: Arithmetic, score: AnomalyScore, rows: str, rebuilt: str) -> tuple[str, str]:
    """Add the anomaly score of samples.

    Parameters
    ----------
    add
        What adds nodes.
    score
        The fitted score.
    rows, rebuilt
        Names of the scaled samples and their reconstructions, float32, shape (batch, features).

    Returns
    -------
    score, added
        Names of the score, float64, shape (batch,), and of what each feature adds to it, shape (batch, features).
    """
    return _ScoreNodes(add, score, _add_points(add, score, rows, rebuilt)).add_all()


def _add_points(add: Arithmetic, score: AnomalyScore, rows: str, rebuilt: str) -> PointNames:
    rows, rebuilt = add.double(rows), add.double(rebuilt)
    known, ranks = score.column_ranks, None
    if known is not None and len(known.columns):
        columns = add("Gather", rows, known.columns.astype(np.int64), axis=1, name="ranks.columns")
        ranks = add.interpolate(columns, list(zip(known.knots, known.values, strict=True)))
    return PointNames(rows, rebuilt, add("Sub", rows, rebuilt, name="residual"), ranks)


class _ScoreNodes:
    """The score of some samples, part by part."""

    def __init__(self, add: Arithmetic, score: AnomalyScore, points: PointNames):
        self.add, self.score, self.points = add, score, points
        self.references = ReferenceNodes(add, score.points, score.left_out)
        self.usual = score.usual

    def add_all(self) -> tuple[str, str]:
        """Add the score and what each feature adds to it."""
        add, views = self.add, (SIZES, RANKS, ISOLATION)
        among = None if self.score.typical.all() else self.score.typical
        looked, shares = [], []
        for view in views:
            if view is RANKS and self.points.ranks is None:  # then it is what counts by size, once more
                looked, shares = looked * 2, shares * 2
                continue
            found = self.references.search(self.points, view, None if view is ISOLATION else among, self.usual[view])
            share, near = self._share(found), self._compare(found, view)
            if view is ISOLATION:
                near = add("Log", add("Add", near, BACKGROUND))
            elif self.score.scene is not None:
                far = self._look_from_afar(view)
                share = add("Mul", add("Add", share, self._share(far)), 0.5, name="share")
                near = add("Sqrt", add("Mul", found.distance, far.distance))
            else:
                near = add("Sqrt", add("Mul", found.distance, near))
            looked.append(add.widen(near, 1))
            shares.append(share)
        evidence = self._add_evidence(add("Concat", *looked, axis=1, name="looked"), views)
        parts = [add.widen(add.graph.add_column(evidence, place, "evidence"), 1) for place in range(len(views))]
        isolated = add("Max", add("Sub", parts[-1], ISOLATED), 0.0)
        parts[-1] = add.square(isolated)
        added = [add("Mul", part, share, name="added") for part, share in zip(parts, shares, strict=True)]
        whole = add("Sum", *parts, name="score.column")
        return add("Squeeze", whole, np.array([1]), name="score"), add("Sum", *added, name="added")

    def _compare(self, found: Found, view: View) -> str:
        """Add distances as multiples of those that are usual among the neighbours."""
        assert found.around is not None, "it was searched"
        usual = BACKGROUND * self.score.mean_usual[view] + LEAST_SPREAD
        return self.add("Div", found.distance, self.add("Add", found.around, usual), name="compared")

    def _look_from_afar(self, view: View) -> Found:
        score = self.score
        assert score.scene is not None, "samples are looked at from afar"
        weights, ranks = score.afar_weights, bool(view.ranks)
        return self.references.look_from_afar(self.points, score.scene.astype(np.int64), weights, ranks=ranks)

    def _add_evidence(self, looked: str, views: tuple[View, ...]) -> str:
        """Add the evidence of each view, a column each."""
        add, maps = self.add, [self.score.evidence[view] for view in views]
        ends, scales = np.array([known.knots[-1] for known in maps]), np.array([known.scale for known in maps])
        beyond = add("Div", add("Max", add("Sub", looked, ends), 0.0), scales, name="beyond")
        return add("Add", add.interpolate(looked, [(known.knots, known.values) for known in maps]), beyond)

    def _share(self, found: Found) -> str:
        """Add the shares of features, of which ranks and rarities are a part; of nothing all have the same."""
        add, shares = self.add, found.by_feature
        width = self.score.points.rebuilt.shape[1]
        if found.by_rank is not None:
            assert self.score.column_ranks is not None, "ranks are counted"
            belongs = np.eye(width)[self.score.column_ranks.columns]
            shares = add("Add", shares, add("MatMul", found.by_rank, belongs), name="shares")
        return add.divide(shares, add.widen(add.add_up(shares, 1), 1), 1 / width)
