"""What a training minimises, put together from parts."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autoencode.parts.bottlenecks import Gaussian, TopK
from autoencode.parts.corruptions import GaussianNoise, SampleSpace
from autoencode.parts.networks import DenseBlueprint
from autoencode.parts.objectives import L1, find_loss, squared_error
from autoencode.training import (
    BottleneckedBlueprint,
    EpochRecord,
    Objective,
    TrainSettings,
    UpdateRule,
    create_networks,
    create_state,
    find_optimizer,
    train,
)
from autoencode.training.objective import sum_losses

FEATURES, CODE = 6, 3
SAMPLES = np.random.default_rng(0).random((40, FEATURES), dtype=np.float32)
NOISE = Objective(find_loss("squared_error"), GaussianNoise(0.5), SampleSpace((FEATURES,), 0.0, 1.0))
KEY, PROGRESS = jax.random.key(3), jnp.float32(1)


def blueprint(bottleneck: Any = None) -> Any:
    dense = DenseBlueprint(FEATURES, CODE, (4,), encoded_size=2 * CODE if isinstance(bottleneck, Gaussian) else None)
    return dense if bottleneck is None else BottleneckedBlueprint(dense, CODE, bottleneck)


def draw(bottleneck: Any) -> Any:
    return jax.tree.map(jnp.asarray, blueprint(bottleneck).draw(np.random.default_rng(0)))


def run(objective: Objective, seed: int = 0, **options: Any) -> list[EpochRecord]:
    """Train with a step too small to change a weight, so that only chance can change a loss."""
    rule = UpdateRule(find_optimizer("adam", 1e-30))
    settings = TrainSettings(3, 8, objective, rule, seed)
    state = create_state(create_networks(blueprint(), 0, 2), rule.optimizer, keep_best=False)
    return list(train(state, SAMPLES, settings, **options))


def test_noise_is_fresh_every_epoch_and_keyed_by_the_seed() -> None:
    records = run(NOISE, held_out=SAMPLES[:20])
    losses = [record.loss[0] for record in records]
    assert len(set(losses)) == 3
    assert max(losses) - min(losses) > 1e-4
    assert [record.loss[0] for record in run(NOISE, held_out=SAMPLES[:20])] == losses
    assert run(NOISE, seed=1)[0].loss[0] != losses[0]
    held_out = [record.validation_loss[0] for record in records if record.validation_loss is not None]
    assert len(held_out) == 3
    assert len(set(held_out)) == 1


def test_a_loss_is_a_mean_and_what_stands_beside_it_a_sum() -> None:
    network = draw(TopK(k=2))
    objective = Objective(find_loss("squared_error"), terms=(L1(0.5),))
    samples = jnp.asarray(SAMPLES)
    total, _ = sum_losses(network, objective, samples, jnp.ones(40), KEY, PROGRESS)
    codes = jax.vmap(network.encode)(samples)
    rebuilt = jax.vmap(network.decode)(codes)
    expected = squared_error(rebuilt, samples).sum() + 0.5 * jnp.abs(codes).sum() / FEATURES
    assert float(total) == pytest.approx(float(expected), rel=1e-5)


def test_a_gaussian_pays_its_divergence_beside_the_loss() -> None:
    network = draw(Gaussian(beta=2.0))
    objective = Objective(find_loss("squared_error"))
    batch, weights = jnp.asarray(SAMPLES[:4]), jnp.array([1.0, 1, 1, 0])
    total, _ = sum_losses(network, objective, batch, weights, KEY, PROGRESS)
    encoded = jax.vmap(network.network.encode)(batch)
    _, keys, _ = jax.random.split(KEY, (3, 4))
    drawn = network.bottleneck.draw(encoded, keys, weights, PROGRESS)
    costs = squared_error(jax.vmap(network.decode)(drawn.codes), batch) + drawn.penalties / FEATURES
    assert float(total) == pytest.approx(float(costs[:3].sum()), rel=1e-5)


def test_the_bound_of_several_draws_lies_between_the_least_cost_and_the_mean() -> None:
    network = draw(Gaussian(draws=5))
    loss, one = find_loss("squared_error"), jnp.ones(1)
    batch = jnp.asarray(SAMPLES[:1])
    total, _ = sum_losses(network, Objective(loss), batch, one, KEY, PROGRESS)
    _, keys, _ = jax.random.split(KEY, (3, 1))
    drawn = network.bottleneck.draw(jax.vmap(network.network.encode)(batch), keys, one, PROGRESS)
    errors = squared_error(jax.vmap(network.decode)(drawn.codes[0]), jnp.broadcast_to(batch, (5, FEATURES)))
    costs = np.asarray(FEATURES * errors + drawn.penalties[0], np.float64)
    bound = -np.log(np.mean(np.exp(-costs)))
    assert float(total) * FEATURES == pytest.approx(bound, rel=1e-4)
    assert costs.min() < bound < costs.mean()
