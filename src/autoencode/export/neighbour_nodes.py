"""Distances from references as ONNX nodes: from the nearest, and from all of a scene; float64, as `References` does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.evaluation.references import NEAREST, Points, View
from autoencode.export.arithmetic import Arithmetic

SAME = 1e-12
"""What share of its points' squared lengths a squared distance is, up to which it is rounding alone."""


class PointNames(NamedTuple):
    """What samples are called as distances see them; float64, see `references.Points`.

    Attributes
    ----------
    rows
        The scaled samples, (batch, features).
    rebuilt, residual
        Their reconstructions, and what these leave, likewise.
    ranks
        Ranks and rarities, (batch, ranks); None where there are none.
    """

    rows: str
    rebuilt: str
    residual: str
    ranks: str | None


class Found(NamedTuple):
    """What distances are called, and what they are made of.

    Attributes
    ----------
    distance
        The weighted mean of distances, (batch,).
    by_feature, by_rank
        What each feature, and each rank, adds to it, (batch, features) and (batch, ranks); None where there are none.
    around
        The mean of what is usual among the neighbours, (batch,); None of a scene.
    """

    distance: str
    by_feature: str
    by_rank: str | None
    around: str | None


def halve_weights(count: int) -> Float64[np.ndarray, " neighbours"]:
    """Return what neighbours count, each half as much as the one before, 1 in all."""
    weights = 0.5 ** np.arange(count)
    return weights / weights.sum()


class ReferenceNodes:
    """What adds distances from references to a graph.

    Parameters
    ----------
    add
        What adds nodes.
    points
        The references.
    left_out
        Which of them are no neighbours of samples that are equal to them.
    """

    def __init__(self, add: Arithmetic, points: Points, left_out: Bool[np.ndarray, " references"]):
        self.add, self.points, self.left_out = add, points, left_out
        # As they were in float32, for half of the size.
        self._rows, self._rebuilt = (
            add.graph.add_constant(part.astype(np.float32), f"references.{name}")
            for name, part in (("rows", points.rebuilt + points.residual), ("rebuilt", points.rebuilt))
        )
        rebuilt = add.double(self._rebuilt)
        residual = add("Sub", add.double(self._rows), rebuilt, name="references.residual")
        self._ranks = add.graph.add_constant(points.ranks, "references.ranks") if points.ranks.shape[1] else None
        self._parts = (rebuilt, residual, self._ranks)
        self._products: dict[PointNames, list[str | None]] = {}

    # ------------------------------------------------------------------ the nearest

    def search(
        self,
        samples: PointNames,
        view: View,
        among: Bool[np.ndarray, " references"] | None,
        usual: Float64[np.ndarray, " references"],
    ) -> Found:
        """Add what finds the nearest references of samples in one view.

        Parameters
        ----------
        samples
            Their names.
        view
            What counts.
        among
            Which references may be neighbours; None: all.
        usual
            The distance of each reference from the others.
        """
        add, count = self.add, min(NEAREST, (len(self.points) if among is None else int(among.sum())) - 1)
        # By products, which lose digits, one more than are wanted; these then by differences.
        nearness = self._add_nearness(samples, view, among)
        _, places = add.graph.add_top(nearness, add.graph.add_constant(np.array([count + 1]), "count"), "nearest")
        apart = add("Sub", add.double(add.take(self._rows, places)), add.widen(samples.rows, 1), name="apart")
        rebuilt = add("Sub", add.double(add.take(self._rebuilt, places)), add.widen(samples.rebuilt, 1))
        residual = add.square(add("Sub", apart, rebuilt, name="residual"))
        features = add("Add", add.square(rebuilt), add("Mul", residual, view.residual**2), name="squares")
        squared, ranks = add.add_up(features, 2), None
        if samples.ranks is not None and view.ranks:
            assert self._ranks is not None, "both are counted by rank, or none"
            ranks = add.square(add("Sub", add.take(self._ranks, places), add.widen(samples.ranks, 1)))
            ranks = add("Mul", ranks, view.ranks**2)
            squared = add("Add", squared, add.add_up(ranks, 2), name="squared")
        # Equal samples have equal reconstructions, however the network rounds.
        same = add("Equal", add.add_up(add.square(apart), 2), 0.0, name="same")
        distances, order = add.sort(add("Sqrt", add("Where", same, 0.0, squared, name="squared")), count + 1)
        halves, evenly = halve_weights(count), np.full(count, 1 / count)
        weights, shares = (np.append(counted, 0.0) for counted in (halves, evenly))
        if self.left_out.any():
            marked = add("And", same, add.take(self.left_out, places), name="marked")
            equal = add("ReduceMax", add.graph.add_cast(marked, np.float32, "marked"), np.array([1]), name="equal")
            equal = add.graph.add_cast(equal, np.bool_, "equal")
            weights, shares = (
                add("Where", equal, np.append(0.0, counted), np.append(counted, 0.0), name="weights")
                for counted in (halves, evenly)
            )
        around = add("GatherElements", add.take(usual, places), order, axis=1, name="usual")
        around = add.add_up(add("Mul", around, shares), 1, "around")
        distance = add.add_up(add("Mul", distances, weights), 1, "distance")
        each = add.widen(add.spread(add.divide(weights, distances), order), 1)
        by_feature, by_rank = (
            None if squares is None else add("Squeeze", add("MatMul", each, squares), np.array([1]), name="shares")
            for squares in (features, ranks)
        )
        assert by_feature is not None
        return Found(distance, by_feature, by_rank, around)

    def _add_nearness(self, samples: PointNames, view: View, among: Bool[np.ndarray, " references"] | None) -> str:
        """Add what is the higher the nearer a reference is: the product with it, less half of its squared length."""
        weighed = zip(self.points.parts, view.weights, strict=False)  # where nothing is ranked, that part is missing
        half = sum(weight * np.einsum("ij,ij->i", part, part) for part, weight in weighed) / 2
        half = half if among is None else np.where(among, half, np.inf)
        nearness = None
        for product, weight in zip(self._multiply(samples), view.weights, strict=True):
            if product is not None and weight:
                weighed = product if weight == 1 else self.add("Mul", product, weight)
                nearness = weighed if nearness is None else self.add("Add", nearness, weighed, name="nearness")
        assert nearness is not None, "what was rebuilt counts in every view"
        return self.add("Sub", nearness, half, name="nearness")

    def _multiply(self, samples: PointNames) -> list[str | None]:
        """Add the products of samples with all references, part by part, once for all views."""
        if samples not in self._products:
            self._products[samples] = [
                None if part is None or known is None else self.add("Gemm", part, known, transB=1, name="products")
                for part, known in zip(samples[1:], self._parts, strict=True)
            ]
        return self._products[samples]

    # ------------------------------------------------------------------ from afar

    def look_from_afar(
        self,
        samples: PointNames,
        scene: Int[np.ndarray, " scene"],
        weights: Float64[np.ndarray, " others"],
        *,
        ranks: bool,
    ) -> Found:
        """Add distances from a scene: from all of it but the farthest.

        They are made of products: what digits these lose is nothing beside the sum. Where nothing but rounding is left,
        the distance is 0.

        Parameters
        ----------
        samples
            Their names.
        scene
            Which references it is.
        weights
            What the distance from each counts, the nearest first.
        ranks
            Whether ranks are counted.
        """
        add, parts = self.add, self._pair_scene(samples, scene, ranks=ranks)
        squared, lengths = [], []
        for part, known, known_lengths in parts:
            own = add.widen(add.add_up(add.square(part), 1), 1)
            lengths.append(add("Add", own, known_lengths, name="lengths"))
            crossed = add("Gemm", part, known, alpha=2.0, transB=1, name="products")
            squared.append(add("Sub", lengths[-1], crossed, name="squared"))
        squared, least = add("Sum", *squared), add("Mul", add("Sum", *lengths), SAME, name="least")
        squared = add("Where", add("Greater", squared, least), squared, 0.0, name="squared")
        distances, order = add.sort(add("Sqrt", squared), len(scene))
        every = np.append(weights, 0.0)
        distance = add.add_up(add("Mul", distances, every), 1, "distance")
        each = add.spread(add.divide(every, distances), order)
        total, shares = add.widen(add.add_up(each, 1), 1), []
        for part, known, _ in parts:
            crossed = add("Mul", add("Mul", part, 2.0), add("MatMul", each, known), name="crossed")
            ends = add("Add", add("Mul", add.square(part), total), add("MatMul", each, add.square(known)), name="ends")
            shares.append(add("Max", add("Sub", ends, crossed), 0.0, name="shares"))
        return Found(distance, add("Add", *shares[:2]), shares[2] if len(shares) > 2 else None, None)

    def _pair_scene(
        self, samples: PointNames, scene: Int[np.ndarray, " scene"], *, ranks: bool
    ) -> list[tuple[str, str, Float64[np.ndarray, " scene"]]]:
        """Return the parts of samples, those of the scene, and the squared lengths of these."""
        points = self.points.take(scene)
        pairs = zip(samples[1:], self._parts, (points.rebuilt, points.residual, points.ranks), strict=True)
        return [
            (part, self.add.take(known, scene), np.einsum("ij,ij->i", numbers, numbers))
            for (part, known, numbers), counts in zip(pairs, (True, True, ranks), strict=True)
            if counts and part is not None and known is not None
        ]
