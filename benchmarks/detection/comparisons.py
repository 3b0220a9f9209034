"""How good a ranking is, and how sure one can be that one detector's rankings are better than another's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, roc_auc_score

__all__ = ["Difference", "bootstrap_difference", "count_found", "mean_ranks", "measure_ranking", "standard_error"]

DRAWS = 10_000


def measure_ranking(labels: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Return the area under the ROC curve and the average precision; an infinite score ranks as the highest."""
    # Only the order counts, and scikit-learn takes no infinity.
    order = np.unique(scores, return_inverse=True)[1]
    return float(roc_auc_score(labels, order)), float(average_precision_score(labels, order))


def mean_ranks(values: np.ndarray) -> np.ndarray:
    """Return each detector's rank, 1 for the highest value of a set, averaged over the sets; ties share theirs.

    Parameters
    ----------
    values
        (detectors, sets); higher is better.
    """
    return rankdata(-values, axis=0).mean(axis=1)


@dataclass(frozen=True)
class Difference:
    """A mean difference over sets, and where 95 % of its bootstrap draws lie."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]".replace("-", "−")


def bootstrap_difference(ours: np.ndarray, theirs: np.ndarray, seed: int = 0) -> Difference:
    """Return ours − theirs, averaged over sets, with the interval that drawing other sets gives.

    Parameters
    ----------
    ours, theirs
        (sets,): one value a set, in the same order. The pairs stay together.
    seed
        Of the draws.
    """
    differences = ours - theirs
    draws = np.random.default_rng(seed).integers(len(differences), size=(DRAWS, len(differences)))
    low, high = np.quantile(differences[draws].mean(axis=1), (0.025, 0.975))
    return Difference(float(differences.mean()), float(low), float(high))


def standard_error(by_set: np.ndarray) -> float:
    """Return the standard error of a mean over sets.

    Seeds of one set share rows, and rows of one fit share their calibration rows, so that only sets are independent: a
    set's mean is one observation, and a binomial error over all rows would be too small.
    """
    return float(np.std(by_set, ddof=1) / np.sqrt(len(by_set)))


def count_found(scores: np.ndarray, wanted: np.ndarray, top: int) -> int:
    """Return how many of the wanted rows are among the highest scores; ties are in the order of a fixed shuffle."""
    shuffle = np.random.default_rng(0).permutation(len(scores))
    return int(np.isin(np.lexsort((shuffle, -scores))[:top], wanted).sum())
