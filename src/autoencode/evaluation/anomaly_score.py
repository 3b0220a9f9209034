"""The anomaly score: how far a sample is from normal ones, at one scale or several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

from autoencode.evaluation.normal_reference import NormalReference

__all__ = ["AnomalyScore", "make_anomaly_score"]

COARSE_ROWS, COARSE_SUBSET = 128, 4
"""Of how many normal samples so few at a time stand for all, at the coarse scale."""


@dataclass(frozen=True, eq=False)
class AnomalyScore:
    """The geometric mean of a sample's distances from several references.

    Attributes
    ----------
    references
        At least one; the last is the finest.

    Examples
    --------
    >>> normal = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> score = make_anomaly_score(normal, normal, contaminated=True, seed=0)
    >>> near, far = score.measure(np.array([[1.4], [9.0]]), np.array([[1.4], [9.0]]))
    >>> bool(near < far)
    True
    """

    references: tuple[NormalReference, ...]

    def measure(
        self, rows: Float[np.ndarray, "samples features"], rebuilt: Float[np.ndarray, "samples features"]
    ) -> Float64[np.ndarray, " samples"]:
        """Return the anomaly score of scaled samples, ≥ 0, high is abnormal, in units of the scaled features.

        Parameters
        ----------
        rows, rebuilt
            The samples and their reconstructions.
        """
        return _geometric_mean([reference.score(rows, rebuilt) for reference in self.references])

    def explain(
        self, rows: Float[np.ndarray, "samples features"], rebuilt: Float[np.ndarray, "samples features"]
    ) -> tuple[Float64[np.ndarray, " samples"], Float64[np.ndarray, "samples features"], Int[np.ndarray, " samples"]]:
        """Return the score, what each feature adds to it, and the place of the nearest normal sample.

        A feature's share of the score is the mean of its shares of the distances, so a sample's contributions, each
        ≥ 0, add up to its score.
        """
        found = [reference.explain(rows, rebuilt) for reference in self.references]
        scores = _geometric_mean([distances for distances, _, _ in found])
        parts = [part for _, part, _ in found]
        sums = [part.sum(axis=1, keepdims=True) for part in parts]
        shares = [part / np.where(total > 0, total, 1.0) for part, total in zip(parts, sums, strict=True)]
        return scores, np.mean(shares, axis=0) * scores[:, None], found[-1][2]

    @property
    def normal_rows(self) -> Float64[np.ndarray, "normal features"]:
        """The normal samples, scaled."""
        return self.references[-1].rows


def make_anomaly_score(
    rows: Float64[np.ndarray, "normal features"],
    rebuilt: Float64[np.ndarray, "normal features"],
    *,
    contaminated: bool,
    seed: int,
) -> AnomalyScore:
    """Return the default score.

    Parameters
    ----------
    rows, rebuilt
        Scaled normal samples and their reconstructions.
    contaminated
        Whether some of them may be anomalies: then half of the score is the distance from 4 random normal samples,
        in which anomalies that resemble each other cannot hide.
    seed
        Of the 128 samples from which the 4 are taken, in every way there is.
    """
    fine = NormalReference(rows, rebuilt)
    if not contaminated:
        return AnomalyScore((fine,))
    drawn = np.random.default_rng(seed).permutation(len(rows))[:COARSE_ROWS]
    coarse = NormalReference(rows[drawn], rebuilt[drawn], residual_weight=1.0, subset_size=COARSE_SUBSET)
    return AnomalyScore((coarse, fine))


def _geometric_mean(scores: list[Float64[np.ndarray, " samples"]]) -> Float64[np.ndarray, " samples"]:
    """Return the n-th root of the product, 0 where one is 0."""
    if len(scores) == 1:
        return scores[0]
    return np.prod([score ** (1 / len(scores)) for score in scores], axis=0)
