"""What each part of the default score adds, on the sets that it was developed on: a row a change, others left alone."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from comparisons import measure_ranking
from protocol import DEVELOPED_ON, MODES, read_set, split

import autoencode as ae
from autoencode.estimators import anomaly_detector
from autoencode.evaluation import AnomalyScore, NormalReference
from autoencode.training.inference import encode_row, map_restarts

__all__ = ["DEFAULT", "measure_ablation"]

SEEDS = (1, 2)
DEFAULT, COARSE = "the default", "the coarse scale alone"

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


def measure_code_density(detector: Any, rows: Rows) -> np.ndarray:
    """Return the distance of the whitened code from the nearest of the normal samples' codes."""
    network, normal = detector.autoencoder_, detector._score.normal_rows
    codes, usual = (
        map_restarts(encode_row, network.networks_, part.astype(np.float32))[0].astype(np.float64)
        for part in (rows[0], normal)
    )
    white = np.linalg.cholesky(np.linalg.inv(np.atleast_2d(np.cov(usual.T)) + 1e-6 * np.eye(usual.shape[1])))
    codes, usual = codes @ white, usual @ white
    return NormalReference(usual, usual).score(codes, codes)


def vary_fine(**changes: Any) -> Callable[[Any, Rows], np.ndarray]:
    """Return the score with another finest scale."""

    def measure(detector: Any, rows: Rows) -> np.ndarray:
        *coarse, fine = detector._score.references
        return AnomalyScore((*coarse, replace(fine, **changes))).measure(*rows)

    return measure


def normal_of(detector: Any) -> Rows:
    fine = detector._score.references[-1]
    return fine.rows, fine.rebuilt


SCORES: dict[str, Callable[[Any, Rows], np.ndarray]] = {
    DEFAULT: lambda detector, rows: detector._score.measure(*rows),
    "squared error": lambda _, rows: ((rows[0] - rows[1]) ** 2).sum(axis=1),
    "squared error, standardised by feature": lambda detector, rows: (standardise(rows, normal_of(detector)) ** 2).sum(
        axis=1
    ),
    "Mahalanobis distance of the residual": lambda detector, rows: measure_covariance(rows, normal_of(detector)),
    "distance of the code from normal codes": measure_code_density,
    "distance from normal samples, without the network": lambda detector, rows: NormalReference(
        normal_of(detector)[0], normal_of(detector)[0]
    ).score(rows[0], rows[0]),
    "the fine scale alone": lambda detector, rows: detector._score.references[-1].score(*rows),
    COARSE: lambda detector, rows: detector._score.references[0].score(*rows),
    "residual weight 1": vary_fine(residual_weight=1.0),
    "residual weight 4": vary_fine(residual_weight=4.0),
    "nearest of 32": vary_fine(subset_size=32),
    "nearest of 128": vary_fine(subset_size=128),
}
"""By name, each computed of the default fit."""

FITS: dict[str, dict[str, Any]] = {
    DEFAULT: {},
    "1 restart": {"restarts": 1},
    "8 restarts": {"restarts": 8},
    "code size 1": {"code_size": 1},
    "code of half the features": {"code_size": "half"},
    "16 hidden units": {"hidden": (16,)},
    "hidden layers of 128 and 64": {"hidden": (128, 64)},
    "15 epochs": {"epochs": 15},
    "60 epochs": {"epochs": 60},
    "denoising": {"recipe": "denoising"},
    "trained on the typical 70 %": {"typical": 0.7},
    "trained on the typical 90 %": {"typical": 0.9},
    "trained on all": {"typical": 1.0},
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
    usual, anomaly_detector.TYPICAL_SHARE = (
        anomaly_detector.TYPICAL_SHARE,
        changes.pop("typical", anomaly_detector.TYPICAL_SHARE),
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
        anomaly_detector.TYPICAL_SHARE = usual


def measure_ablation() -> dict[str, dict[str, float]]:
    """Return the mean AUROC over sets and seeds, by change and by way of training."""
    found: dict[str, dict[str, list[float]]] = {}
    for set_name, mode, seed in product(DEVELOPED_ON, MODES, SEEDS):
        data = split(*read_set(set_name), seed, mode)
        for name, changes in FITS.items():
            if "typical" in changes and mode != "unsupervised":
                continue
            detector = fit(data.train, seed, mode, changes)
            rows = detector._rebuild(data.test, "X")
            scores = SCORES if name == DEFAULT else {name: SCORES[DEFAULT]}
            for title, measure in scores.items():
                if title == COARSE and mode != "unsupervised":  # there is none
                    continue
                area, _ = measure_ranking(data.test_labels, measure(detector, rows))
                found.setdefault(title, {}).setdefault(mode, []).append(area)
        print(f"  {set_name}, {mode}, seed {seed} done", file=sys.stderr, flush=True)
    return {title: {mode: float(np.mean(areas)) for mode, areas in by_mode.items()} for title, by_mode in found.items()}
