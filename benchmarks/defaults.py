"""Which step size and schedule suit data that nobody tuned for: ``python benchmarks/defaults.py``.

Every set is trained with the defaults but for these two, and its held-out losses are compared: each stands as its ratio
to the lowest of the set. Decision 13 has the table.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import autoencode as ae

RATES = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01)
SCHEDULES = ("constant", "cosine", "warmup_cosine")
MOST_SAMPLES = 3_000


def choose(count: int) -> np.ndarray:
    """Return the places of at most some thousands of so many samples."""
    return np.random.default_rng(0).permutation(count)[:MOST_SAMPLES]


def read_sets(root: Path) -> Iterator[tuple[str, Any]]:
    """Yield name and samples of each set, at most some thousands of them."""
    yield "digits", ae.data.load("digits").train
    yield "uniform-table", ae.data.load("uniform-table").train
    if (root / "mnist").is_dir():
        yield "mnist", ae.data.load("mnist").train[:MOST_SAMPLES]
    for path in sorted((root / "tables").glob("*.csv")):
        table = ae.data.read(str(path)).values
        yield path.stem, table.take(choose(len(table)))
    for path in sorted((root / "adbench").glob("*.npz")):
        with np.load(path) as file:
            samples = file["X"]
        yield path.stem, samples[choose(len(samples))]


def measure(samples: Any, epochs: int) -> np.ndarray:
    """Return the held-out loss of each rate and schedule, the median of three restarts."""
    losses = []
    for rate, schedule in product(RATES, SCHEDULES):
        model = ae.Autoencoder(
            learning_rate=rate, schedule=schedule, epochs=epochs, restarts=3, validation_fraction=0.2, random_state=0
        )
        try:
            history = model.fit(samples).history_
            losses.append(np.median(np.asarray(history.validation_loss)[-1]))
        except ae.AutoencodeError:
            losses.append(np.inf)
    return np.array(losses).reshape(len(RATES), len(SCHEDULES))


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare step sizes and schedules on many sets.")
    parser.add_argument("--epochs", type=int, default=50, help="passes over the training samples (default 50)")
    epochs = parser.parse_args().epochs
    warnings.simplefilter("ignore", ae.AutoencodeWarning)
    ratios = {}
    for name, samples in read_sets(Path(os.environ.get("AUTOENCODE_DATA", "."))):
        losses = measure(samples, epochs)
        ratios[name] = losses / losses.min()
        print(f"{name:<24} best {losses.min():.5g} with {RATES[losses.argmin() // 3]} {SCHEDULES[losses.argmin() % 3]}")
    every = np.stack(list(ratios.values()))
    print(f"\nratio to the lowest of each set, of {len(every)} sets: geometric mean (largest)")
    print("rate     " + "  ".join(f"{schedule:>16}" for schedule in SCHEDULES))
    for place, rate in enumerate(RATES):
        means = np.exp(np.log(every[:, place]).mean(axis=0))
        cells = [f"{mean:8.3f} ({worst:5.2f})" for mean, worst in zip(means, every[:, place].max(axis=0), strict=True)]
        print(f"{rate:<8} " + "  ".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
