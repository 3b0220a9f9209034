"""How well every detector ranks the rows of the sets: ours and PyOD's, each set and seed in both ways of training."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from comparisons import measure_ranking
from environments import CONTESTANTS, python_of
from ours import fit_and_score, source_folder
from protocol import MODES, SEEDS, SETS, Split, read_set, split
from score_files import Scores, keep_scores, read_scores
from simple_peers import SIMPLE_PEERS

__all__ = ["DETECTORS", "fit_peers", "measure_rankings", "score_ours", "summarise"]

HERE = Path(__file__).resolve().parent
DETECTORS = ("ours", "AutoEncoder", "VAE", "IForest", "KNN", "PCA", "ECOD", "LOF", "DTE-NP")


def fit_peers(cache: Path, *options: str | Path) -> None:
    """Let PyOD make the scores that the folder does not hold yet."""
    subprocess.run([python_of(CONTESTANTS["pyod"]), HERE / "peers.py", cache, *options], check=True)


def score_ours(cache: Path, name: str, data: Split, seed: int) -> Scores:
    """Return our scores of one split, fitted where they are not kept yet."""
    is_normal_only = not data.train_labels.any()
    return keep_scores(
        source_folder(cache) / f"{name}.npz",
        lambda: fit_and_score(data.train, data.test, seed, contaminated=not is_normal_only),
    )


def summarise(labels: list[np.ndarray], scores: list[Scores]) -> dict[str, Any]:
    """Return the quality of one detector's scores, one a seed, and the mean seconds of its fits."""
    pairs = [measure_ranking(given, found.scores) for given, found in zip(labels, scores, strict=True)]
    return {
        "auroc": [area for area, _ in pairs],
        "average_precision": [precision for _, precision in pairs],
        "fit_seconds": float(np.mean([found.fit_seconds for found in scores])),
    }


def measure_rankings(cache: Path, *, peers_only: bool = False) -> dict[str, Any]:
    """Return, by mode, set and detector, AUROC and average precision of each seed, and the fit seconds."""
    fit_peers(cache)
    results: dict[str, Any] = {mode: {} for mode in MODES}
    for set_name in SETS:
        features, labels = read_set(set_name)
        for mode in MODES:
            splits = {f"{set_name}-{seed}-{mode}": split(features, labels, seed, mode) for seed in SEEDS}
            tested = [data.test_labels for data in splits.values()]
            for seed, (key, data) in zip(SEEDS, splits.items(), strict=True):
                keep_scores(cache / "DTE-NP" / f"{key}.npz", partial(SIMPLE_PEERS["DTE-NP"], data, seed))
            results[mode][set_name] = {
                name: summarise(tested, [read_scores(cache / name / f"{key}.npz") for key in splits])
                for name in DETECTORS
                if name != "ours"
            }
            if not peers_only:
                scores = [
                    score_ours(cache, key, data, seed) for seed, (key, data) in zip(SEEDS, splits.items(), strict=True)
                ]
                results[mode][set_name]["ours"] = summarise(tested, scores)
        print(f"  {set_name} done", file=sys.stderr, flush=True)
    return results
