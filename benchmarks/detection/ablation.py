"""What each part of the default score adds, on the sets that it was developed on: a row a change, others left alone."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from comparisons import measure_ranking
from named_columns import read_normal_only
from protocol import DEVELOPED_ON, MODES, Split, data_folder, read_set, split

import autoencode as ae
from autoencode.estimators import anomaly_detector
from autoencode.evaluation import make_anomaly_score, make_column_ranks
from autoencode.evaluation.anomaly_score import ISOLATION, RANKS, SIZES, place_points
from autoencode.evaluation.evidence_map import make_evidence
from autoencode.model import detector_fit
from autoencode.model.detector import rebuild_samples

__all__ = ["DEFAULT", "RAW", "measure_ablation"]

SEEDS = (1, 2)
DEFAULT, RAW = "the default", "normal rows only, raw tables"

Rows = tuple[np.ndarray, np.ndarray]
"""Scaled samples and their reconstructions."""


def standardise(rows: Rows, normal: Rows) -> np.ndarray:
    """Return residuals in units of each feature's deviation among the normal samples."""
    residuals, usual = rows[0] - rows[1], normal[0] - normal[1]
    return residuals / (usual.std(axis=0) + 1e-3)


def measure_covariance(rows: Rows, normal: Rows) -> np.ndarray:
    """Return the Mahalanobis distance of the standardised residuals, a tenth of the variance added."""
    residuals = standardise(rows, normal)
    covariance = np.atleast_2d(np.cov(standardise(normal, normal).T))
    covariance += 0.1 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    return np.einsum("ij,jk,ik->i", residuals, np.linalg.inv(covariance), residuals)


def weigh(detector: Any, rows: Rows, *, looks_again: bool = True) -> dict[Any, np.ndarray]:
    """Return the evidence of each part."""
    score = detector.fitted_.score
    found = score._find(place_points(*rows, score.column_ranks))
    if looks_again:
        evidence = {view: score._weigh_distance(found, view) for view in (SIZES, RANKS)}
    else:
        evidence = {
            view: make_evidence(score.usual[view]).apply(found.neighbours[view].distance) for view in (SIZES, RANKS)
        }
    return evidence | {ISOLATION: score._isolate(found)}


def add(*views: Any, looks_again: bool = True) -> Callable[[Any, Rows], np.ndarray]:
    """Return a score of some parts."""

    def measure(detector: Any, rows: Rows) -> np.ndarray:
        evidence = weigh(detector, rows, looks_again=looks_again)
        return np.sum([evidence[view] for view in views], axis=0)

    return measure


def leave_out_network(detector: Any, rows: Rows) -> np.ndarray:
    """Return the score of samples that are rebuilt perfectly."""
    score = detector.fitted_.score
    normal = score.rows
    bare = make_anomaly_score(
        normal,
        normal,
        score.typical,
        contaminated=score.scene is not None,
        seed=detector.seed_,
        column_ranks=score.column_ranks and make_column_ranks(normal),
        left_out=score.left_out,
    )
    return bare.measure(rows[0], rows[0])


def normal_of(detector: Any) -> Rows:
    score = detector.fitted_.score
    return score.rows[score.typical], score.points.rebuilt[score.typical]


SCORES: dict[str, Callable[[Any, Rows], np.ndarray]] = {
    DEFAULT: lambda detector, rows: detector.fitted_.score.measure(*rows),
    "squared error": lambda _, rows: ((rows[0] - rows[1]) ** 2).sum(axis=1),
    "squared error, standardised by feature": lambda detector, rows: (standardise(rows, normal_of(detector)) ** 2).sum(
        axis=1
    ),
    "Mahalanobis distance of the residual": lambda detector, rows: measure_covariance(rows, normal_of(detector)),
    "without the network": leave_out_network,
    "without isolation": add(SIZES, RANKS),
    "without ranks and rarities": add(SIZES, ISOLATION),
    "ranks and rarities alone": add(RANKS, ISOLATION),
    "isolation alone": add(ISOLATION),
    "without a second look": add(SIZES, RANKS, ISOLATION, looks_again=False),
}
"""By name, each computed of the default fit."""

FITS: dict[str, dict[str, Any]] = {
    DEFAULT: {},
    "1 restart": {"restarts": 1},
    "8 restarts": {"restarts": 8},
    "code size 1": {"code_size": 1},
    "code of half the features": {"code_size": "half"},
    "16 hidden units": {"hidden": (16,)},
    "48 epochs": {"epochs": 48},
    "measured from the typical 70 %": {"typical": 0.7},
    "measured from all": {"typical": 1.0},
}
"""By name, what is changed of the fit; the score is the default."""


def fit(train: np.ndarray, seed: int, mode: str, changes: dict[str, Any]) -> Any:
    """Return a detector of which something is changed."""
    usual_fit = {
        "restarts": 2,
        "hidden": anomaly_detector.HIDDEN,
        "epochs": anomaly_detector.EPOCHS,
        "scaling": "standard",
    }
    changes = usual_fit | changes
    usual, detector_fit.TYPICAL_SHARE = (
        detector_fit.TYPICAL_SHARE,
        changes.pop("typical", detector_fit.TYPICAL_SHARE),
    )
    if changes.get("code_size") == "half":
        changes["code_size"] = max(1, train.shape[1] // 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ae.AutoencodeWarning)
            detector = ae.AnomalyDetector(
                ae.Autoencoder(**changes), contaminated=mode == "unsupervised", random_state=seed
            )
            return detector.fit(train)
    finally:
        detector_fit.TYPICAL_SHARE = usual


def list_splits(seed: int) -> list[tuple[str, Split]]:
    """Return group and rows of every set that the score was developed on."""
    found = [(mode, split(*read_set(name), seed, mode)) for name in DEVELOPED_ON for mode in MODES]
    raw = sorted(data_folder("oddbench").glob("*.npz"), key=lambda path: path.name.encode())[::2]
    return [*found, *((RAW, read_normal_only(path, seed)) for path in raw)]


def measure_ablation() -> dict[str, dict[str, float]]:
    """Return the mean AUROC over sets and seeds, by change and by group of sets."""
    found: dict[str, dict[str, list[float]]] = {}
    for seed, (name, fits) in product(SEEDS, FITS.items()):
        for group, data in list_splits(seed):
            if "typical" in fits and group != "unsupervised":
                continue
            detector = fit(data.train, seed, group, fits)
            fitted = detector.fitted_.fitted
            rows = rebuild_samples(fitted, fitted.check(data.test))
            scores = SCORES if name == DEFAULT else {name: SCORES[DEFAULT]}
            for title, measure in scores.items():
                area, _ = measure_ranking(data.test_labels, measure(detector, rows))
                found.setdefault(title, {}).setdefault(group, []).append(area)
        print(f"  {name}, seed {seed} done", file=sys.stderr, flush=True)
    return {
        title: {group: float(np.mean(areas)) for group, areas in by_group.items()} for title, by_group in found.items()
    }
