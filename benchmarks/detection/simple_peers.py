"""Peers that need no environment of their own: DTE-NP, and scikit-learn's LOF and isolation forest with its defaults.

DTE-NP (Livernoche et al. 2024, *On diffusion modeling for anomaly detection*) is what their method becomes without a
network: the mean of the squared distances to the five nearest rows trained on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from protocol import Split
from score_files import Scores
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

__all__ = ["SIMPLE_PEERS"]

NEIGHBOURS = 5


def _fit_and_score(data: Split, detector: Any, score: Callable[[Any, np.ndarray], np.ndarray]) -> Scores:
    start = time.perf_counter()
    detector.fit(data.train)
    fitted = time.perf_counter()
    scores = score(detector, data.test)
    return Scores(scores, fitted - start, time.perf_counter() - fitted)


def _mean_square(neighbours: NearestNeighbors, rows: np.ndarray) -> np.ndarray:
    return (neighbours.kneighbors(rows)[0] ** 2).mean(axis=1)


def _negate(detector: Any, rows: np.ndarray) -> np.ndarray:
    return -detector.score_samples(rows)


SIMPLE_PEERS: dict[str, Callable[[Split, int], Scores]] = {
    "DTE-NP": lambda data, _seed: _fit_and_score(data, NearestNeighbors(n_neighbors=NEIGHBOURS), _mean_square),
    "LOF": lambda data, _seed: _fit_and_score(data, LocalOutlierFactor(novelty=True), _negate),
    "IForest": lambda data, seed: _fit_and_score(data, IsolationForest(random_state=seed), _negate),
}
"""By name: standardised rows and a seed to scores."""
