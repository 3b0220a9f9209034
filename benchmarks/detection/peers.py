"""Fit PyOD's detectors, as their defaults have them, and keep the scores.

Run by the Python of the peers' environment: ``python peers.py FOLDER [--detector NAME] [--set NAME]``, or with
``--photographs FILE`` for images instead of the sets. What the folder holds already is not made again.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from protocol import MODES, PROTOCOL, SEEDS, SETS, Split, read_set, split, split_class
from score_files import Scores, check_folder, keep_scores

DETECTORS = ("IForest", "ECOD", "PCA", "KNN", "LOF", "AutoEncoder", "VAE")
PHOTOGRAPH_DETECTORS = ("PCA", "KNN", "AutoEncoder")
MODULES = {"AutoEncoder": "auto_encoder"}


def make_detector(name: str, seed: int) -> Any:
    """Return one of PyOD's detectors, with its defaults, and our seed where it draws numbers."""
    detector = getattr(import_module(f"pyod.models.{MODULES.get(name, name.lower())}"), name)
    if name in ("AutoEncoder", "VAE"):
        return detector(verbose=0, random_state=seed)
    return detector(random_state=seed) if name in ("IForest", "PCA") else detector()


def fit_and_score(name: str, seed: int, lay_out: Callable[[], Split]) -> Scores:
    """Fit one detector to the rows of a split that are for training, and score the others."""
    data, detector = lay_out(), make_detector(name, seed)
    start = time.perf_counter()
    detector.fit(data.train)
    fitted = time.perf_counter()
    scores = detector.decision_function(data.test)
    return Scores(scores, fitted - start, time.perf_counter() - fitted)


def fit_sets(folder: Path, name: str, sets: list[str]) -> None:
    """Every set, seed and mode."""
    for set_name in sets:
        features, labels = read_set(set_name)
        for seed in SEEDS:
            for mode in MODES:
                make = partial(fit_and_score, name, seed, partial(split, features, labels, seed, mode))
                keep_scores(folder / name / f"{set_name}-{seed}-{mode}.npz", make)


def fit_photographs(folder: Path, name: str, file: Path) -> None:
    """Every class as the normal one, and every seed."""
    with np.load(file) as arrays:
        pixels, classes = arrays["pixels"].reshape(len(arrays["pixels"]), -1).astype(np.float64), arrays["classes"]
    for normal in range(classes.max() + 1):
        for seed in SEEDS:
            make = partial(fit_and_score, name, seed, partial(split_class, pixels, classes, normal, seed))
            keep_scores(folder / name / f"photographs-{normal}-{seed}.npz", make)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit PyOD's detectors and keep the scores.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--detector", action="append", choices=DETECTORS, default=[])
    parser.add_argument("--set", action="append", choices=SETS, default=[])
    parser.add_argument("--photographs", type=Path, help="an .npz with pixels and classes")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    check_folder(asked.folder, {"protocol": PROTOCOL, "pyod": version("pyod")})
    if asked.photographs:
        for name in asked.detector or PHOTOGRAPH_DETECTORS:
            fit_photographs(asked.folder, name, asked.photographs)
    else:
        for name in asked.detector or DETECTORS:
            fit_sets(asked.folder, name, asked.set or list(SETS))


if __name__ == "__main__":
    main()
