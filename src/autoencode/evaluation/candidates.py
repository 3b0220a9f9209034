"""Which references may be among the nearest: by products in single precision, whose rounding has a bound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

GROUPS = 256
"""References are looked at in so many groups: the nearest of each tell how near the nearest of all are at least."""

BLOCK_ROWS = 128
"""Samples that are multiplied at a time, in memory that is used again."""

CROWDED = 64
"""Of a sample with more candidates, products in double precision leave fewer."""

FAR = 1e30
"""A square, where the largest number of the references is 1, beyond which products in single precision overflow."""

Parts = tuple[Float64[np.ndarray, "points _"], ...]
Pairs = tuple[Int[np.ndarray, " pairs"], Int[np.ndarray, " pairs"]]
Known = list[Float[np.ndarray, "_ padded"]]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The references that may be among the nearest of samples: all of the nearest, and few others.

    A squared distance is |x|² − 2n, where the nearness n = x·r − |r|²/2 is a product of matrices. In whatever order it
    is summed, rounding moves it by at most γ (|x||r| + |r|²/2) ≤ γ (5/2 |x|² + 2 |x − r|²), where γ is the unit of
    rounding times the number of roundings. So if k references have a rounded nearness of t or more, then the k nearest
    have one of t − γ (4 (|x|² − 2t) + 5 |x|²) or more, but for terms in γ². Here it is 5 and 6, for these terms and
    for the roundings of what is computed in double precision: the nearest by distances so computed are not missed.

    Attributes
    ----------
    parts
        Of the references, each (references, columns).
    weights
        By view, what the squares of each part count.
    among
        By view, which references may be neighbours.
    nearest
        By view, how many of the nearest are wanted: at most so many as may be neighbours. Of equal ones the first are.

    Examples
    --------
    >>> rows = np.arange(100.0)[:, None]
    >>> candidates = Candidates((rows,), ((1.0,),), (np.ones(100, bool),), (2,))
    >>> ((samples, references),) = candidates.find((np.array([[7.2], [30.9]]),))
    >>> samples.tolist(), references.tolist()
    ([0, 0, 1, 1], [7, 8, 30, 31])
    """

    parts: Parts
    weights: tuple[tuple[float, ...], ...]
    among: tuple[Bool[np.ndarray, " references"], ...]
    nearest: tuple[int, ...]

    def find(self, parts: Parts) -> list[Pairs]:
        """Return, by view, the pairs of a sample and a candidate, in the order of both.

        Parameters
        ----------
        parts
            Of samples, each (samples, columns).
        """
        found = self._find(parts, self._rounded)
        crowded = np.zeros(len(parts[0]), bool)
        for samples, _ in found:
            crowded |= np.bincount(samples, minlength=len(crowded)) > CROWDED
        if not crowded.any():
            return found
        places = np.flatnonzero(crowded)
        fewer = self._find(tuple(part[places] for part in parts), self._known)
        return [
            _exchange(pairs, crowded, (places[samples], others))
            for pairs, (samples, others) in zip(found, fewer, strict=True)
        ]

    def _find(self, parts: Parts, known: Known) -> list[Pairs]:
        """Return the pairs, by products in the precision of what is known."""
        count, width = len(parts[0]), known[0].shape[1]
        # Used for every block, as to get fresh memory takes longer than to fill it.
        memory = np.empty((len(known) + 1, min(count, BLOCK_ROWS), width), known[0].dtype)
        found: list[list[np.ndarray]] = [[np.zeros(0, int)] for _ in self.weights]
        for start in range(0, count, BLOCK_ROWS):
            block = tuple(part[start : start + BLOCK_ROWS] for part in parts)
            for places, more in zip(found, self._find_block(block, known, memory[:, : count - start]), strict=True):
                places.append(more + start * width)
        return [np.divmod(np.concatenate(places), width) for places in found]

    def _find_block(self, parts: Parts, known: Known, memory: np.ndarray) -> list[Int[np.ndarray, " pairs"]]:
        """Return, by view, the places of the pairs in a matrix of samples and references."""
        apart = [(part - centre) / self._size for part, centre in zip(parts, self._centres, strict=True)]
        squares = np.array([np.einsum("ij,ij->i", part, part) for part in apart])
        far = squares.sum(axis=0) > FAR
        *products, total = memory
        for part, others, product in zip(apart, known, products, strict=True):
            rows = np.ones((len(part), len(others)), others.dtype)
            rows[:, :-1] = np.where(far[:, None], 0, part) if far.any() else part
            np.matmul(rows, others, out=product)
        # Of numbers to the precision, of their product, of two factors a view, of the sum of parts.
        roundings = 2 + max(map(len, known)) + 2 * len(self.weights) + len(parts)
        gamma = roundings * float(np.finfo(known[0].dtype).eps) / 2
        counted, found = list(self._first_weights), []
        for weights, excluded, nearest in zip(self.weights, self._excluded, self.nearest, strict=True):
            nearness = products[0]
            for place, weight in enumerate(weights):
                if weight and weight != counted[place]:
                    products[place] *= products[place].dtype.type(weight / counted[place])
                    counted[place] = weight
                if weight and place:
                    nearness = np.add(nearness, products[place], out=total)
            if excluded is not None:
                nearness = np.add(nearness, excluded, out=total)
            best = nearness.reshape(len(nearness), nearness.shape[1] // GROUPS, GROUPS).max(axis=1)
            least = np.partition(best, -nearest, axis=1)[:, -nearest].astype(np.float64)
            square = weights @ squares
            least -= gamma * (5 * (square - 2 * least) + 6 * square)
            least = np.maximum(least, -FAR).astype(nearness.dtype)
            found.append(np.flatnonzero(nearness >= least[:, None]))
        return found

    # ------------------------------------------------------------------ of the references

    @cached_property
    def _centres(self) -> list[Float64[np.ndarray, " columns"]]:
        """What is taken off, so that little is rounded: what is in the middle of most, wherever a few others are."""
        return [np.median(part, axis=0) for part in self.parts]

    @cached_property
    def _size(self) -> float:
        """The largest number that is left, as a power of two: to divide by it rounds nothing."""
        parts = zip(self.parts, self._centres, strict=True)
        largest = max(float(np.abs(part - centre).max()) for part, centre in parts)
        return 2.0 ** np.ceil(np.log2(largest)) if largest else 1.0

    @cached_property
    def _first_weights(self) -> list[float]:
        """What the squares of each part count in the first view that counts them."""
        return [next((weight for weight in weights if weight), 1.0) for weights in zip(*self.weights, strict=True)]

    @cached_property
    def _known(self) -> Known:
        """The parts, a reference a column, and below them minus half their squares, which are what products are with 1.

        So many are added to a whole number of groups, at an infinite distance.
        """
        found, more = [], -len(self.parts[0]) % GROUPS
        for part, centre, weight in zip(self.parts, self._centres, self._first_weights, strict=True):
            apart = (part - centre) / self._size
            known = np.vstack([apart.T, -np.einsum("ij,ij->i", apart, apart) / 2])
            found.append(np.pad(weight * known, ((0, 0), (0, more))))
        found[0][-1, len(self.parts[0]) :] = -np.inf
        return found

    @cached_property
    def _rounded(self) -> Known:
        """The same in single precision."""
        return [known.astype(np.float32) for known in self._known]

    @cached_property
    def _excluded(self) -> list[Float[np.ndarray, " padded"] | None]:
        """By view, what takes away the references that can be no neighbours, if there are some."""
        found = []
        rows = np.hstack(self.parts)
        for among, nearest in zip(self.among, self.nearest, strict=True):
            there = _leave_out_copies(rows, among, nearest)
            padded = np.zeros(self._known[0].shape[1], np.float32)
            padded[: len(there)][~there] = -np.inf
            found.append(None if there.all() else padded)
        return found


def _leave_out_copies(
    rows: Float64[np.ndarray, "references columns"], among: Bool[np.ndarray, " references"], most: int
) -> Bool[np.ndarray, " references"]:
    """Return which references may be neighbours, and of those that are equal only so many, the first."""
    there, seen = among.copy(), Counter()
    for place in np.flatnonzero(among).tolist():
        key = rows[place].tobytes()
        seen[key] += 1
        there[place] = seen[key] <= most
    return there


def _exchange(
    pairs: tuple[np.ndarray, np.ndarray], crowded: np.ndarray, others: tuple[np.ndarray, np.ndarray]
) -> Pairs:
    """Return pairs, of crowded samples the others."""
    kept = ~crowded[pairs[0]]
    samples, indices = (np.append(part[kept], more) for part, more in zip(pairs, others, strict=True))
    order = np.argsort(samples, kind="stable")
    return samples[order], indices[order]
