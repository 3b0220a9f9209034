"""Raw tables, as people have them: are the anomalies of 68 sets found, by ours and by what needs no training?

*Normal only* trains on the normal rows that a set has for that. *Let in* puts half of the anomalies that were to be
scored, drawn by seed, among them; the rest is scored. Columns have their own units; the peers get them standardised.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from alarms import LEAST_CALIBRATION
from ours import fit_and_score, source_folder
from protocol import Split, data_folder, standardise
from rankings import summarise
from score_files import Scores, keep_scores
from simple_peers import SIMPLE_PEERS

__all__ = ["RAW_MODES", "RAW_SEEDS", "list_sets", "measure_raw_tables"]

RAW_MODES = ("normal only", "let in")
RAW_SEEDS = (1, 2, 3)
MOST_ROWS = 5_000


def list_sets() -> list[str]:
    """Return the sets by name, in the order of its bytes; the first, the third, … were developed on."""
    return sorted((path.stem for path in data_folder("oddbench").glob("*.npz")), key=str.encode)


def lay_out(name: str, seed: int, mode: str) -> Split:
    """Return at most `MOST_ROWS` rows to train on, and as many to score, both drawn by seed."""
    with np.load(data_folder("oddbench") / f"{name}.npz", allow_pickle=False) as arrays:
        train, test, labels = (np.asarray(arrays[key], np.float64) for key in ("train", "test", "test_labels"))
    random = np.random.default_rng(seed)
    train = train[random.permutation(len(train))[:MOST_ROWS]]
    drawn = random.permutation(len(test))[:MOST_ROWS]
    test, labels = test[drawn], labels[drawn].astype(np.int64)
    train_labels = np.zeros(len(train), np.int64)
    if mode == "let in":
        anomalies = np.flatnonzero(labels == 1)
        let_in = random.permutation(anomalies)[: len(anomalies) // 2]
        mixed = random.permutation(len(train) + len(let_in))
        train = np.concatenate([train, test[let_in]])[mixed]
        train_labels = np.concatenate([train_labels, labels[let_in]])[mixed]
        test, labels = np.delete(test, let_in, axis=0), np.delete(labels, let_in)
    return Split(train, train_labels, test, labels)


def score_all(cache: Path, name: str, seed: int, mode: str) -> tuple[np.ndarray, dict[str, Scores]]:
    """Return the labels of the rows that are scored, and each detector's scores."""
    data, key = lay_out(name, seed, mode), f"{name}-{seed}-{mode.replace(' ', '-')}.npz"
    scaled = standardise(data)
    makers: dict[str, Callable[[], Scores]] = {
        peer: partial(score, scaled, seed) for peer, score in SIMPLE_PEERS.items()
    }
    scores = {peer: keep_scores(cache / peer / key, make) for peer, make in makers.items()}
    fit = partial(fit_and_score, data.train, data.test, seed, contaminated=mode == "let in")
    return data.test_labels, {"ours": keep_scores(source_folder(cache) / key, fit), **scores}


def measure_raw_tables(cache: Path) -> dict[str, Any]:
    """Return, by mode and set, each detector's figures, one a seed; and of normal rows only, the false alarms.

    The alarms are, by rate and seed, the normal rows flagged, all of them, and the calibration rows.
    """
    results: dict[str, Any] = {mode: {} for mode in RAW_MODES} | {"alarms": {}}
    for name in list_sets():
        for mode in RAW_MODES:
            found = [score_all(cache, name, seed, mode) for seed in RAW_SEEDS]
            labels = [given for given, _ in found]
            results[mode][name] = {
                detector: summarise(labels, [scores[detector] for _, scores in found]) for detector in found[0][1]
            }
            if mode == "normal only":
                results["alarms"][name] = {
                    str(rate): [
                        [
                            int((scores["ours"].more["p_values"][given == 0] <= rate).sum()),
                            int((given == 0).sum()),
                            int(scores["ours"].more["calibration_rows"]),
                        ]
                        for given, scores in found
                    ]
                    for rate in LEAST_CALIBRATION
                }
        print(f"  {name} done", file=sys.stderr, flush=True)
    return results
