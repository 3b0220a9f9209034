"""Small samples and quick models. All share their shapes, so that one compiled program serves many tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from autoencode import Autoencoder

HOSTILE = "</script><img src=x onerror=alert(1)>"


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


@pytest.fixture(scope="session")
def animals() -> pd.DataFrame:
    """A table of every kind of column, with missing cells and hostile names."""
    rng = np.random.default_rng(3)
    weight = rng.normal(4, 1, 80)
    table = pd.DataFrame(
        {
            "weight": weight,
            HOSTILE: weight > 4,
            "species": [HOSTILE if w > 4 else "dog" for w in weight],
            "legs": rng.integers(2, 5, 80),
            "born": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 80), unit="D"),
            "fed": pd.Timestamp("2020-01-01 12:00") + pd.to_timedelta(rng.integers(0, 90_000, 80), unit="s"),
            "rest": pd.to_timedelta(rng.integers(1, 90, 80), unit="min"),
            "name": [f"animal {row}" for row in range(80)],
            "planet": "Earth",
        }
    )
    table.loc[::9, "weight"] = np.nan
    table.loc[::11, "species"] = None
    table.loc[::7, "born"] = pd.NaT
    return table
