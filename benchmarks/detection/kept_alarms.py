"""False alarms of detectors that are kept without a reference: what the mean of both halves' p-values realises.

A table's normal rows are split at random. One part is judged against itself and the detector is kept; the other is new
to it, and all normal. Once that part is clean, and once every fiftieth row of it is an anomaly.

Run: python benchmarks/detection/kept_alarms.py FOLDER_OF_ADBENCH
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import autoencode as ae

RATES, SEEDS, MOST_ROWS, LEAST_ROWS = (0.01, 0.05, 0.1), 2, 2000, 600
ANOMALIES = 0.02


def realise(rows: np.ndarray, anomalies: np.ndarray, seed: int) -> list[float]:
    """Return, of each rate, what share of new normal rows is flagged."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(rows))
    known, new = rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]
    count = min(len(anomalies), int(ANOMALIES * len(known)))
    known = np.concatenate([known, anomalies[draw.permutation(len(anomalies))[:count]]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.safetensors"
        ae.detect(known, false_alarm_rate=0.05, random_state=seed, keep=path)
        detector = ae.load(path)
    p_values = detector.p_values(new)
    return [float(np.mean(p_values <= rate)) for rate in RATES]


def main(folder: Path) -> None:
    """Print the share of false alarms by table, and over all."""
    warnings.simplefilter("ignore")
    found: dict[str, list[list[float]]] = {"clean": [], "2 % anomalies": []}
    for path in sorted(folder.glob("*.npz")):
        content = np.load(path, allow_pickle=False)
        normal, odd = content["X"][content["y"] == 0], content["X"][content["y"] == 1]
        normal = normal[np.random.default_rng(0).permutation(len(normal))[:MOST_ROWS]]
        if len(normal) < LEAST_ROWS or normal.shape[1] > 300:
            continue
        for kind, among in (("clean", odd[:0]), ("2 % anomalies", odd)):
            rates = np.mean([realise(normal, among, seed) for seed in range(SEEDS)], axis=0)
            found[kind].append(rates.tolist())
            print(f"{path.stem:20} {kind:14}", *(f"{rate:.2%}" for rate in rates), flush=True)
    for kind, rows in found.items():
        means, errors = np.mean(rows, axis=0), np.std(rows, axis=0) / np.sqrt(len(rows))
        print(kind, len(rows), "tables:", *(f"{m:.2%} ± {e:.2%}" for m, e in zip(means, errors, strict=True)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
