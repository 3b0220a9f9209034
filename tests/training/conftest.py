from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autoencode.parts.networks import DenseBlueprint
from autoencode.parts.objectives import find_loss
from autoencode.training import (
    Objective,
    TrainSettings,
    TrainState,
    UpdateRule,
    create_networks,
    create_state,
    find_optimizer,
)
from autoencode.training.kernel.library import load_library


@pytest.fixture(params=["kernel", "xla"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test by the native kernel, and again without it."""
    if request.param == "xla":
        monkeypatch.setattr("autoencode.training.kernel.call.load_library", lambda: None)
    elif load_library() is None:
        pytest.skip("there is no C compiler on this machine, so the kernel cannot be had")
    return request.param


@functools.cache
def draw_networks(features: int, hidden: tuple[int, ...], output_activation: str, seed: int, restarts: int) -> Any:
    blueprint = DenseBlueprint(features, 2, hidden=hidden, output_activation=output_activation)
    skeleton = create_networks(blueprint, seed, restarts)
    generator = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(generator.uniform(-0.8, 0.8, leaf.shape), jnp.float32), skeleton)


@pytest.fixture
def make_samples() -> Callable[..., np.ndarray]:
    def make(rows: int, features: int = 5, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).uniform(0, 1, (rows, features)).astype(np.float32)

    return make


@pytest.fixture
def make_state() -> Callable[..., TrainState]:
    def make(
        settings: TrainSettings,
        *,
        restarts: int = 1,
        features: int = 5,
        keep_best: bool = False,
        hidden: tuple[int, ...] = (),
        seed: int = 0,
    ) -> TrainState:
        networks = draw_networks(features, hidden, settings.objective.loss.output_activation, seed, restarts)
        return create_state(networks, settings.rule.optimizer, keep_best=keep_best)

    return make


@pytest.fixture
def make_settings() -> Callable[..., TrainSettings]:
    def make(
        epochs: int,
        batch_size: int,
        *,
        loss: str = "squared_error",
        optimizer: str = "adam",
        learning_rate: float = 0.01,
        **options: Any,
    ) -> TrainSettings:
        return TrainSettings(
            epochs=epochs,
            batch_size=batch_size,
            objective=Objective(find_loss(loss)),
            rule=UpdateRule(find_optimizer(optimizer, learning_rate)),
            **{"seed": 0, **options},
        )

    return make
