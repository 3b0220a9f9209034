"""Each class of photographs as the normal one in turn, ours and PyOD's on the same pixels: are the others found?"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from protocol import SEEDS, data_folder, split_class
from rankings import fit_peers, score_ours, summarise
from score_files import read_scores

__all__ = ["PHOTOGRAPH_DETECTORS", "SIDE", "measure_photographs"]

PHOTOGRAPH_DETECTORS = ("ours", "AutoEncoder", "KNN", "PCA")
SIDE = 32


def read_photographs() -> tuple[np.ndarray, np.ndarray]:
    """Return grey images (rows, side, side) between 0 and 1, and the number of each one's class.

    Grey, because a sign is the hand's shape: its colour tells who shows it, and not what.
    """
    import autoencode as ae

    folder = data_folder("images") / "sign_language_digits"
    samples = ae.data.read(str(folder), size=SIDE, colour="grey")
    return samples.values, np.unique(samples.labels, return_inverse=True)[1]


def measure_photographs(cache: Path, *, peers_only: bool = False) -> dict[str, Any]:
    """Return, by class and detector, AUROC and average precision of each seed, and the fit seconds."""
    pixels, classes = read_photographs()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photographs.npz"
        np.savez(file, pixels=pixels, classes=classes)
        fit_peers(cache, "--photographs", file)
    results = {}
    for normal in range(classes.max() + 1):
        splits = [split_class(pixels, classes, normal, seed) for seed in SEEDS]
        keys = [f"photographs-{normal}-{seed}" for seed in SEEDS]
        scores = {
            name: [read_scores(cache / name / f"{key}.npz") for key in keys]
            for name in PHOTOGRAPH_DETECTORS
            if name != "ours"
        }
        if not peers_only:
            scores["ours"] = [
                score_ours(cache, key, data, seed) for key, data, seed in zip(keys, splits, SEEDS, strict=True)
            ]
        tested = [data.test_labels for data in splits]
        results[str(normal)] = {name: summarise(tested, found) for name, found in scores.items()}
        print(f"  class {normal} done", file=sys.stderr, flush=True)
    return results
