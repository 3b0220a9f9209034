"""Terms against their definitions in NumPy, float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autoencode.parts.networks import ACTIVATIONS, DenseBlueprint, DenseNetwork
from autoencode.parts.objectives import L1, MMD, CodedBatch, Contractive, KLSparsity
from autoencode.parts.objectives.contractive import estimate_squared_jacobians

ROWS, CODE_SIZE = 8, 3
CODES = np.random.default_rng(0).uniform(0.02, 0.9, (ROWS, CODE_SIZE)).astype(np.float32)
WEIGHTS = np.array([1, 1, 1, 1, 1, 1, 0, 0], np.float32)
KEYS = jax.random.split(jax.random.key(3), ROWS)
BATCH = CodedBatch(jnp.zeros((ROWS, 4)), jnp.asarray(CODES), jnp.asarray(WEIGHTS), KEYS, None)


def test_l1() -> None:
    codes = CODES - 0.5
    expected = 0.3 * np.abs(codes.astype(np.float64)).sum(axis=1)
    np.testing.assert_allclose(L1(weight=0.3)(BATCH._replace(codes=jnp.asarray(codes))), expected, rtol=1e-6)


def test_kl_sparsity() -> None:
    mean, share = CODES[:6].astype(np.float64).mean(axis=0), 0.1
    expected = 2 * np.sum(share * np.log(share / mean) + (1 - share) * np.log((1 - share) / (1 - mean)))
    np.testing.assert_allclose(KLSparsity(weight=2, sparsity=0.1)(BATCH), expected, rtol=1e-5)


def test_kl_sparsity_is_least_where_the_means_are_the_share() -> None:
    at_share = KLSparsity()(BATCH._replace(codes=jnp.full((ROWS, CODE_SIZE), 0.05)))
    np.testing.assert_allclose(at_share, 0, atol=1e-6)
    for value in (-3.0, 0.0, 1.0, 30.0):  # units that are off, on, or no share at all
        assert np.isfinite(KLSparsity()(BATCH._replace(codes=jnp.full((ROWS, CODE_SIZE), value)))).all()


def kernel(one: np.ndarray, other: np.ndarray, scale: float) -> float:
    width = 2 * len(one) * scale**2
    return width / (width + np.sum((one - other) ** 2))


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_mmd(scale: float) -> None:
    draws = np.asarray(jax.vmap(lambda key: jax.random.normal(key, (CODE_SIZE,)))(KEYS), np.float64)[:6]
    codes = CODES[:6].astype(np.float64)
    others = [(i, j) for i in range(6) for j in range(6) if i != j]
    expected = sum(kernel(x[i], x[j], scale) for x in (codes, draws) for i, j in others) / 30
    expected -= 2 * sum(kernel(one, other, scale) for one in codes for other in draws) / 36
    np.testing.assert_allclose(MMD(weight=5, scale=scale)(BATCH), 5 * expected, rtol=1e-4, atol=1e-5)


def test_mmd_has_no_bias_and_knows_what_is_no_normal() -> None:
    keys = jax.random.split(jax.random.key(0), (200, 2, 16))
    normal = jax.vmap(jax.vmap(lambda key: jax.random.normal(key, (2,))))(keys[:, 0])

    @jax.jit
    @jax.vmap
    def discrepancy(codes: jax.Array, keys: jax.Array) -> jax.Array:
        return MMD(weight=1)(CodedBatch(jnp.zeros((16, 4)), codes, jnp.ones(16), keys, None))[0]

    found = np.asarray(discrepancy(normal, keys[:, 1]))
    assert abs(found.mean()) < 3 * found.std() / np.sqrt(200)
    assert (found < 0).any()
    assert np.asarray(discrepancy(normal + 2, keys[:, 1])).mean() > 0.2


def test_mmd_of_one_sample_is_nothing() -> None:
    alone = BATCH._replace(weights=jnp.asarray(np.eye(ROWS, dtype=np.float32)[0]))
    assert not np.any(MMD()(alone))


def draw_network(hidden: tuple[int, ...], code_activation: str) -> DenseNetwork:
    network = DenseBlueprint(6, 4, hidden, "tanh", code_activation).draw(np.random.default_rng(1))
    return jax.tree.map(jnp.asarray, network)


def jacobian(network: DenseNetwork, sample: jax.Array) -> np.ndarray:
    """By central differences, in float64."""
    columns = []
    for shift in 1e-2 * np.eye(len(sample), dtype=np.float32):
        ends = [np.asarray(network.encode(sample + step), np.float64) for step in (shift, -shift)]
        columns.append((ends[0] - ends[1]) / 2e-2)
    return np.stack(columns)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_squared_jacobian_is_that_of_finite_differences(activation: str) -> None:
    network = draw_network((), activation)
    sample = jnp.asarray(np.random.default_rng(2).normal(size=6), jnp.float32)
    exact = network.squared_jacobian(sample)
    assert exact is not None
    np.testing.assert_allclose(exact, np.sum(jacobian(network, sample) ** 2), rtol=2e-2)


def test_contractive_of_a_deep_encoder_is_right_on_average() -> None:
    network = draw_network((5,), "sigmoid")
    sample = jnp.asarray(np.random.default_rng(2).normal(size=6), jnp.float32)
    assert network.squared_jacobian(sample) is None
    exact = np.sum(jacobian(network, sample) ** 2)
    keys = jax.random.split(jax.random.key(0), 4000)
    samples = jnp.tile(sample, (4000, 1))
    batch = CodedBatch(samples, jax.vmap(network.encode)(samples), jnp.ones(4000), keys, network)
    found = np.asarray(estimate_squared_jacobians(batch))
    assert abs(found.mean() - exact) < 4 * found.std() / np.sqrt(len(found))
    assert found.std() > 0.1 * exact
    np.testing.assert_allclose(Contractive(weight=2)(batch), 2 * found, rtol=1e-5)
