"""Quick models, and what it takes to run their files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from autoencode import Autoencoder


@pytest.fixture(scope="session")
def table() -> np.ndarray:
    """60 samples of five features of very different size."""
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(60, 2)) @ rng.normal(size=(2, 5)) + 0.05 * rng.normal(size=(60, 5))
    return samples * [1, 10, 100, 1, 0.1] + [0, 5, -50, 1000, 0]


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """40 colour images of 4 × 3, as bytes are."""
    return np.random.default_rng(1).integers(0, 256, (40, 4, 3, 3)).astype(np.float32)


@pytest.fixture(scope="session")
def make() -> Callable[..., Autoencoder]:
    """Return a factory of models that train in no time."""

    def create(**parameters: object) -> Autoencoder:
        quick = {"code_size": 2, "hidden": (4,), "epochs": 2, "batch_size": 16, "random_state": 0}
        return Autoencoder(**{**quick, **parameters})

    return create


@pytest.fixture(scope="session")
def fitted(make: Callable[..., Autoencoder], table: np.ndarray) -> Autoencoder:
    """Return a fitted model of the table. No test may change it."""
    return make().fit(table)


@pytest.fixture(scope="session")
def run() -> Callable[..., np.ndarray]:
    """Return a function that runs a file of one output."""

    def run_file(path: Path, **feed: np.ndarray) -> np.ndarray:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        (output,) = session.run(None, feed)
        return np.asarray(output)

    return run_file
