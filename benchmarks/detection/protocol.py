"""What every detector is given: the sets, their seeded samples and splits, in both ways of training. NumPy only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = [
    "DEVELOPED_ON",
    "MAX_ROWS",
    "MODES",
    "PROTOCOL",
    "REPORTED",
    "SEEDS",
    "SETS",
    "Split",
    "data_folder",
    "read_set",
    "split",
    "split_class",
    "standardise",
]

PROTOCOL = 1
"""Counts up with every change of what is given to a detector; scores of another number are not used."""

# In alphabetical order, every other set was used while the default score was designed; the rest only to report it.
DEVELOPED_ON = ("ALOI", "cardio", "glass", "letter", "mnist", "pendigits", "shuttle", "Stamps", "Waveform", "wine")
REPORTED = (
    *("breastw", "donors", "Ionosphere", "magic.gamma", "optdigits"),
    *("satellite", "smtp", "vertebral", "WDBC", "yeast"),
)
SETS = DEVELOPED_ON + REPORTED
SEEDS = (1, 2, 3, 4, 5)
MODES = ("unsupervised", "semi-supervised")
MAX_ROWS = 10_000
TRAIN_FRACTION = 0.7


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows to score; in ``*_labels`` 1 is an anomaly."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def data_folder(name: str) -> Path:
    """Return one folder of data, below the one that the tests' environment variable names."""
    root = os.environ.get("AUTOENCODE_DATA", "").strip()
    folder = Path(root) / name
    if not root or not folder.is_dir():
        raise SystemExit(f"error: set AUTOENCODE_DATA to a folder that has {name}/ (now: {root or 'unset'}).")
    return folder


def read_set(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return features and labels of one set, as float64 and int64."""
    with np.load(data_folder("adbench") / f"{name}.npz", allow_pickle=False) as arrays:
        return arrays["X"].astype(np.float64), arrays["y"].astype(np.int64)


def count_kept(labels: np.ndarray) -> tuple[int, int]:
    """Return how many normal rows and anomalies take part: all, or `MAX_ROWS` in the set's own ratio."""
    rows, anomalies = len(labels), int(np.sum(labels == 1))
    if rows > MAX_ROWS:
        # One to train on and one to score, however rare they are.
        anomalies = max(2, round(MAX_ROWS * anomalies / rows))
        rows = MAX_ROWS
    return rows - anomalies, anomalies


def split(features: np.ndarray, labels: np.ndarray, seed: int, mode: str) -> Split:
    """Take 70 % of each class to train on, or of the normal rows only; scale by what is trained on."""
    random = np.random.default_rng(seed)
    train, test = [], []
    for label, kept in enumerate(count_kept(labels)):
        rows = random.permutation(np.flatnonzero(labels == label))
        border = min(max(round(TRAIN_FRACTION * kept), 1), kept - 1)
        train.append(rows[:border])
        test.append(rows[border:kept])
    if mode == "semi-supervised":
        train = train[:1]
    trained, tested = (random.permutation(np.concatenate(parts)) for parts in (train, test))
    return standardise(Split(features[trained], labels[trained], features[tested], labels[tested]))


def standardise(data: Split) -> Split:
    """Return the same rows in units of the deviations of those to train on."""
    mean, deviation = data.train.mean(axis=0), data.train.std(axis=0)
    train, test = ((rows - mean) / np.where(deviation > 0, deviation, 1.0) for rows in (data.train, data.test))
    return Split(train, data.train_labels, test, data.test_labels)


def split_class(samples: np.ndarray, classes: np.ndarray, normal: int, seed: int) -> Split:
    """Take 70 % of one class to train on; the rest of it and every other class are scored. Nothing is scaled."""
    random = np.random.default_rng(seed)
    rows = random.permutation(np.flatnonzero(classes == normal))
    border = round(TRAIN_FRACTION * len(rows))
    tested = np.concatenate([rows[border:], np.flatnonzero(classes != normal)])
    labels = (classes != normal).astype(np.int64)
    return Split(samples[rows[:border]], labels[rows[:border]], samples[tested], labels[tested])
