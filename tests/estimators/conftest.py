"""Small samples and quick models. All share their shapes, so that one compiled program serves many tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from autoencode import Autoencoder


@pytest.fixture(scope="session")
def table() -> np.ndarray:
    """60 samples of five features of very different size, from two hidden numbers and a little noise."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 2))
    samples = hidden @ rng.normal(size=(2, 5)) + 0.05 * rng.normal(size=(60, 5))
    return samples * [1, 10, 100, 1, 0.1] + [0, 5, -50, 1000, 0]


@pytest.fixture(scope="session")
def make() -> Callable[..., Autoencoder]:
    """Return a factory of models that train in no time."""

    def create(**parameters: object) -> Autoencoder:
        quick = {"code_size": 2, "hidden": (), "epochs": 3, "batch_size": 16, "random_state": 0}
        return Autoencoder(**{**quick, **parameters})

    return create


@pytest.fixture(scope="session")
def fitted(make: Callable[..., Autoencoder], table: np.ndarray) -> Autoencoder:
    """Return a model that learned the table well. No test may change it."""
    return make(epochs=150, learning_rate=0.02).fit(table)
