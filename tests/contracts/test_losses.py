"""Every registered loss obeys the laws of a loss per sample."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.parts.networks import OUTPUT_ACTIVATIONS
from autoencode.parts.objectives import LOSSES

NAMES = sorted(LOSSES)
ROWS, FEATURES = 12, 5
every_loss = pytest.mark.parametrize("name", NAMES)


def draw(seed: int, rows: int = ROWS) -> tuple[jax.Array, jax.Array]:
    """Outputs of a decoder, and samples in [0, 1], which every loss takes."""
    generator = np.random.default_rng(seed)
    outputs = generator.normal(scale=3, size=(rows, FEATURES))
    samples = generator.uniform(0, 1, (rows, FEATURES)).round(1)
    return jnp.asarray(outputs, jnp.float32), jnp.asarray(samples, jnp.float32)


def test_there_are_losses() -> None:
    assert len(NAMES) >= 5


@every_loss
def test_one_number_a_sample(name: str) -> None:
    losses = LOSSES[name].function(*draw(0))
    assert losses.shape == (ROWS,)
    assert losses.dtype == jnp.float32
    assert (np.asarray(losses) >= 0).all()


@every_loss
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.sampled_from([1, 5, 11]))
def test_split_of_a_batch_changes_nothing(name: str, seed: int, cut: int) -> None:
    loss, (outputs, samples) = LOSSES[name].function, draw(seed)
    whole = np.asarray(loss(outputs, samples))
    parts = [loss(outputs[:cut], samples[:cut]), loss(outputs[cut:], samples[cut:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-6)


@every_loss
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_order_of_samples_changes_nothing(name: str, seed: int) -> None:
    loss, (outputs, samples) = LOSSES[name].function, draw(seed)
    order = np.random.default_rng(seed).permutation(ROWS)
    np.testing.assert_allclose(loss(outputs[order], samples[order]), loss(outputs, samples)[order], rtol=1e-6)


@every_loss
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_order_of_features_changes_nothing(name: str, seed: int) -> None:
    loss, (outputs, samples) = LOSSES[name].function, draw(seed)
    order = np.random.default_rng(seed).permutation(FEATURES)
    np.testing.assert_allclose(loss(outputs[:, order], samples[:, order]), loss(outputs, samples), rtol=1e-5)


@every_loss
def test_alone_under_vmap_and_under_jit_it_is_the_same(name: str) -> None:
    loss, (outputs, samples) = LOSSES[name].function, draw(0)
    whole = np.asarray(loss(outputs, samples))
    assert jnp.shape(loss(outputs[0], samples[0])) == ()
    np.testing.assert_allclose(jax.vmap(loss)(outputs, samples), whole, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(loss)(outputs, samples), whole, rtol=1e-6)


@every_loss
def test_gradient_is_finite_and_that_of_finite_differences(name: str) -> None:
    loss, (outputs, samples) = LOSSES[name].function, draw(1, rows=3)
    gradient = np.asarray(jax.grad(lambda values: loss(values, samples).sum())(outputs))
    assert np.isfinite(gradient).all()
    step = 1e-2
    for feature in range(FEATURES):
        shift = jnp.zeros(FEATURES).at[feature].set(step)
        slope = (loss(outputs + shift, samples) - loss(outputs - shift, samples)) / (2 * step)
        np.testing.assert_allclose(gradient[:, feature], slope, rtol=1e-2, atol=1e-3)


@every_loss
@pytest.mark.parametrize("output", [0.0, 1e4, -1e4])
@pytest.mark.parametrize("feature", [0.0, 1.0])
def test_extreme_outputs_are_finite(name: str, output: float, feature: float) -> None:
    loss = jax.jit(jax.value_and_grad(LOSSES[name].function))
    value, gradient = loss(jnp.full(FEATURES, output), jnp.full(FEATURES, feature))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@every_loss
def test_a_better_reconstruction_has_the_lower_loss(name: str) -> None:
    loss = LOSSES[name]
    sample = jnp.array([0.0, 1.0, 0.0, 0.0])  # a choice, which every loss takes
    sure, wrong = (2 * sample - 1) * 6, (1 - 2 * sample) * 6
    if not loss.fused:
        sure, wrong = sample, 1 - sample
    assert loss.function(sure, sample) < 0.01 < loss.function(wrong, sample)


@every_loss
def test_output_activation_is_a_registered_one(name: str) -> None:
    loss = LOSSES[name]
    assert loss.name == name
    assert loss.output_activation in OUTPUT_ACTIVATIONS
