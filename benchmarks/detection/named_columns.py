"""Anomalies of data frames with named columns, before and after a change of the source, and of the same rows as arrays.

``python benchmarks/detection/named_columns.py --out before.json`` measures the package that Python finds, so that
``PYTHONPATH`` can name another checkout's ``src``; ``--compare before.json after.json`` prints what has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from comparisons import bootstrap_difference, measure_ranking
from protocol import MODES, SETS, Split, data_folder, read_set, split

import autoencode

SEEDS = (1, 2, 3)
MOST_TRAINED, MOST_SCORED = 2_000, 5_000
"""Rows to train on, and rows to score of a normal-only set: of larger sets so many are drawn."""

NOTABLE = 0.03
"""A set whose mean falls by more is named."""


def read_normal_only(path: Path, seed: int) -> Split:
    """Return one set of normal rows to train on and others to score, as they are, at most so many."""
    with np.load(path, allow_pickle=True) as arrays:
        train, test = (np.asarray(arrays[name], np.float64) for name in ("train", "test"))
        labels = np.asarray(arrays["test_labels"], np.int64)
    random = np.random.default_rng(seed)
    parts = zip((train, test), (MOST_TRAINED, MOST_SCORED), strict=True)
    trained, tested = (np.sort(random.permutation(len(rows))[:most]) for rows, most in parts)
    return Split(train[trained], np.zeros(len(trained), np.int64), test[tested], labels[tested])


def list_splits(seed: int) -> Iterator[tuple[str, Split, bool]]:
    """Yield name, rows, and whether anomalies may be among those to train on."""
    for name in SETS:
        for mode in MODES:
            whole = split(*read_set(name), seed, mode)  # in random order
            some = replace(whole, train=whole.train[:MOST_TRAINED], train_labels=whole.train_labels[:MOST_TRAINED])
            yield f"{name}, {mode}", some, mode == "unsupervised"
    for path in sorted(data_folder("oddbench").glob("*.npz")):
        yield path.stem, read_normal_only(path, seed), False


def name_columns(rows: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[f"c{place}" for place in range(rows.shape[1])])


def score_by_detector(train: Any, test: Any, seed: int, contaminated: bool) -> np.ndarray:
    detector = autoencode.AnomalyDetector(contaminated=contaminated, random_state=seed)
    return -detector.fit(train).score_samples(test)


def score_by_errors(train: Any, test: Any, seed: int, _contaminated: bool) -> np.ndarray:
    return autoencode.Autoencoder(random_state=seed).fit(train).errors(test)


SCORES: dict[str, Callable[[Any, Any, int, bool], np.ndarray]] = {
    "AnomalyDetector": score_by_detector,
    "Autoencoder.errors": score_by_errors,
}


def measure(data: Split, seed: int, contaminated: bool) -> dict[str, Any]:
    """Return AUROC and average precision of each score on data frames, and with the first seed the arrays' bits."""
    found: dict[str, Any] = {}
    for name, score in SCORES.items():
        try:
            scores = score(name_columns(data.train), name_columns(data.test), seed, contaminated)
        except autoencode.AutoencodeError as error:
            found[name] = {"refused": str(error)}
            continue
        found[name] = dict(zip(("auroc", "precision"), measure_ranking(data.test_labels, scores), strict=True))
        if seed == SEEDS[0]:
            bits = score(data.train, data.test, seed, contaminated).tobytes()
            found[name]["array"] = hashlib.sha256(bits).hexdigest()
    return found


def measure_all(target: Path) -> None:
    """Measure every set with every seed; what the file has already is kept."""
    results = json.loads(target.read_text()) if target.exists() else {}
    for seed in SEEDS:
        for name, data, contaminated in list_splits(seed):
            if f"{name}, seed {seed}" in results:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", autoencode.AutoencodeWarning)
                results[f"{name}, seed {seed}"] = measure(data, seed, contaminated)
            target.write_text(json.dumps(results, indent=1))
            print(f"  {name}, seed {seed} done", file=sys.stderr, flush=True)


def average(results: dict[str, Any], score: str, quantity: str) -> dict[str, float]:
    """Return the mean over seeds of each set."""
    by_set: dict[str, list[float]] = {}
    for key, found in results.items():
        if quantity in found[score]:
            by_set.setdefault(key.rpartition(", seed")[0], []).append(found[score][quantity])
    return {name: float(np.mean(values)) for name, values in by_set.items()}


def compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Print means, paired intervals over sets, and the sets that fell."""
    for score in SCORES:
        arrays = [(before[key][score].get("array"), found[score].get("array")) for key, found in after.items()]
        told = [pair for pair in arrays if pair[1] is not None]
        same = sum(old == new for old, new in told)
        print(f"{score}: scores of arrays equal to the bit on {same} of {len(told)} sets")
        for quantity in ("auroc", "precision"):
            old, new = (average(results, score, quantity) for results in (before, after))
            for title, suffixes in (("ADBench", MODES), ("normal-only", None)):
                names = [name for name in new if name in old and (name.endswith(MODES) == (suffixes is not None))]
                pair = [np.array([values[name] for name in names]) for values in (new, old)]
                means = " → ".join(f"{values.mean():.3f}" for values in pair[::-1])
                print(f"  {quantity}, {title}, {len(names)} sets: {means}, {bootstrap_difference(*pair)}")
                for name in names:
                    if new[name] < old[name] - NOTABLE:
                        print(f"    fell: {name} {old[name]:.3f} → {new[name]:.3f}")
        refused = [key for key, found in after.items() if "refused" in found[score]]
        print(f"  refused: {len(refused)} {refused[:3]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, metavar="FILE", help="measure, into this file")
    parser.add_argument("--compare", type=Path, nargs=2, metavar="FILE", help="print what has changed")
    arguments = parser.parse_args()
    if arguments.out:
        measure_all(arguments.out)
    if arguments.compare:
        compare(*(json.loads(path.read_text()) for path in arguments.compare))


if __name__ == "__main__":
    main()
