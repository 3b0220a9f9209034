from __future__ import annotations

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, log_expit, logsumexp

from autoencode.exceptions import InvalidInputError
from autoencode.parts.objectives import (
    LOSSES,
    Loss,
    absolute_error,
    binary_cross_entropy,
    categorical_cross_entropy,
    find_loss,
    huber,
    squared_error,
)

SHAPE = (6, 5)
logit_batches = arrays(np.float32, SHAPE, elements=st.floats(-12, 12, width=32))
unit_batches = arrays(np.float32, SHAPE, elements=st.floats(0, 1, width=32))
batches = arrays(np.float32, SHAPE, elements=st.floats(-100, 100, width=32))


def cross_entropy_oracle(logits: np.ndarray, sample: np.ndarray) -> np.ndarray:
    logits, sample = logits.astype(np.float64), sample.astype(np.float64)
    # log p and log(1 − p) of p = sigmoid(z), without the cancellation that 1 − p would bring.
    return -np.mean(sample * log_expit(logits) + (1 - sample) * log_expit(-logits), axis=-1)


@settings(max_examples=30, deadline=None)
@given(logit_batches, unit_batches)
def test_cross_entropy_from_probabilities(logits: np.ndarray, sample: np.ndarray) -> None:
    losses = np.asarray(binary_cross_entropy(jnp.asarray(logits), jnp.asarray(sample)))
    assert losses.shape == (6,)
    assert (losses >= -1e-6).all()
    np.testing.assert_allclose(losses, cross_entropy_oracle(logits, sample), rtol=1e-5, atol=2e-6)


@settings(max_examples=30, deadline=None)
@given(logit_batches, unit_batches)
def test_cross_entropy_gradient_is_sigmoid_less_sample_over_features(logits: np.ndarray, sample: np.ndarray) -> None:
    by_logits, by_sample = jax.grad(lambda z, x: binary_cross_entropy(z, x).sum(), argnums=(0, 1))(
        jnp.asarray(logits), jnp.asarray(sample)
    )
    expected = (expit(logits.astype(np.float64)) - sample) / SHAPE[-1]
    np.testing.assert_allclose(np.asarray(by_logits), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(np.asarray(by_sample), -logits / SHAPE[-1], rtol=1e-5, atol=1e-7)


def test_cross_entropy_gradient_is_that_of_the_naive_formula() -> None:
    generator = np.random.default_rng(0)
    logits = jnp.asarray(generator.uniform(-4, 4, SHAPE), jnp.float32)
    sample = jnp.asarray(generator.uniform(0, 1, SHAPE), jnp.float32)
    # Unequal weights: a backward pass that forgets what comes from above is noticed.
    weights = jnp.arange(1.0, 7.0)

    def naive(logits: jax.Array, sample: jax.Array) -> jax.Array:
        probability = 1 / (1 + jnp.exp(-logits))
        losses = -jnp.mean(sample * jnp.log(probability) + (1 - sample) * jnp.log(1 - probability), axis=-1)
        return jnp.sum(weights * losses)

    def ours(logits: jax.Array, sample: jax.Array) -> jax.Array:
        return jnp.sum(weights * binary_cross_entropy(logits, sample))

    expected = jax.value_and_grad(naive, argnums=(0, 1))(logits, sample)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5),
        jax.value_and_grad(ours, argnums=(0, 1))(logits, sample),
        expected,
    )


value_and_gradients = jax.jit(jax.value_and_grad(binary_cross_entropy, argnums=(0, 1)))


@pytest.mark.parametrize("logit", [1e4, -1e4, 0.0, -0.0, 88.0, -88.0])
@pytest.mark.parametrize("feature", [0.0, 0.25, 1.0])
def test_extreme_logits_give_a_finite_value_and_gradient(logit: float, feature: float) -> None:
    loss, gradients = value_and_gradients(jnp.array([logit]), jnp.array([feature]))
    assert float(loss) == pytest.approx(max(logit, 0) - logit * feature + np.log1p(np.exp(-abs(logit))), rel=1e-6)
    assert float(gradients[0][0]) == pytest.approx(expit(logit) - feature, abs=1e-7)
    assert np.isfinite(gradients[1]).all()


def test_cross_entropy_is_lowest_where_the_probability_is_the_feature() -> None:
    feature = 0.3
    logits = jnp.linspace(-5, 5, 2001)[:, None]
    losses = binary_cross_entropy(logits, jnp.full_like(logits, feature))
    best = float(logits[int(jnp.argmin(losses)), 0])
    assert expit(best) == pytest.approx(feature, abs=2e-3)
    entropy = -(feature * np.log(feature) + (1 - feature) * np.log(1 - feature))
    assert float(losses.min()) == pytest.approx(entropy, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(batches, batches)
def test_squared_error_and_its_gradient(reconstruction: np.ndarray, sample: np.ndarray) -> None:
    difference = sample.astype(np.float64) - reconstruction
    losses = np.asarray(squared_error(jnp.asarray(reconstruction), jnp.asarray(sample)))
    np.testing.assert_allclose(losses, (difference**2).mean(axis=-1), rtol=1e-5, atol=1e-6)
    gradient = jax.grad(lambda a, b: squared_error(a, b).sum())(jnp.asarray(reconstruction), jnp.asarray(sample))
    np.testing.assert_allclose(np.asarray(gradient), -2 * difference / SHAPE[-1], rtol=1e-5, atol=1e-5)


def test_squared_error_of_a_perfect_reconstruction_is_zero() -> None:
    sample = jnp.asarray(np.random.default_rng(0).normal(size=SHAPE), jnp.float32)
    assert not np.asarray(squared_error(sample, sample)).any()


@settings(max_examples=20, deadline=None)
@given(batches, batches)
def test_absolute_error_and_its_gradient(reconstruction: np.ndarray, sample: np.ndarray) -> None:
    difference = sample.astype(np.float64) - reconstruction
    losses, gradient = graded_losses(absolute_error, reconstruction, sample)
    np.testing.assert_allclose(losses, np.abs(difference).mean(axis=-1), rtol=1e-5, atol=1e-6)
    far = np.abs(difference) > 1e-4
    np.testing.assert_allclose(gradient[far], -np.sign(difference)[far] / SHAPE[-1], rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(batches, batches)
def test_huber_and_its_gradient(reconstruction: np.ndarray, sample: np.ndarray) -> None:
    difference = sample.astype(np.float64) - reconstruction
    oracle = np.where(np.abs(difference) <= 1, difference**2 / 2, np.abs(difference) - 0.5)
    losses, gradient = graded_losses(huber, reconstruction, sample)
    np.testing.assert_allclose(losses, oracle.mean(axis=-1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, -np.clip(difference, -1, 1) / SHAPE[-1], rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(logit_batches, unit_batches)
def test_categorical_cross_entropy_and_its_gradient(logits: np.ndarray, counts: np.ndarray) -> None:
    counts = counts + np.float32(0.01)
    sample = counts / counts.sum(axis=1, keepdims=True)
    wide = logits.astype(np.float64)
    logarithms = wide - logsumexp(wide, axis=-1, keepdims=True)
    losses, gradient = graded_losses(categorical_cross_entropy, logits, sample)
    np.testing.assert_allclose(SHAPE[-1] * losses, -(sample * logarithms).sum(axis=-1), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(gradient, (np.exp(logarithms) - sample) / SHAPE[-1], rtol=1e-4, atol=1e-6)


def graded_losses(loss: Callable, outputs: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of each sample, and its gradient."""
    losses, gradient = differentiate(loss)(jnp.asarray(outputs), jnp.asarray(sample))
    return np.asarray(losses), np.asarray(gradient)


@cache
def differentiate(loss: Callable) -> Callable:
    return jax.jit(jax.vmap(jax.value_and_grad(loss)))


def test_features_that_a_loss_cannot_take_are_refused() -> None:
    distributions = np.array([[0.25, 0.75], [1.0, 0.0]], np.float32)
    for name, loss in LOSSES.items():
        loss.check_features(distributions)
        if loss.needs_unit_interval:
            with pytest.raises(
                InvalidInputError, match=rf"{name}.*in \[0, 1\].*validation reaches from 0 to 4.*minmax"
            ):
                loss.check_features(distributions * 4, argument="validation")
        elif loss.needs_distribution:
            for bad in (distributions * 2, distributions - 1, np.array([[-0.5, 1.5]], np.float32)):
                with pytest.raises(InvalidInputError, match=rf"{name}.*add up to 1.*'none'; divide each sample"):
                    loss.check_features(bad)
        else:
            loss.check_features(distributions * 4 - 1)


def test_a_distribution_over_many_features_is_one_in_spite_of_rounding() -> None:
    counts = np.random.default_rng(0).poisson(1.0, (3, 20_000)).astype(np.float32)
    LOSSES["categorical_cross_entropy"].check_features(counts / counts.sum(axis=1, keepdims=True))


def test_found_by_name_or_function() -> None:
    assert LOSSES
    for name, loss in LOSSES.items():
        assert find_loss(name) is loss
        assert loss.name == name

    def my_loss(reconstruction: jax.Array, sample: jax.Array) -> jax.Array:
        return jnp.abs(reconstruction - sample).max()

    assert find_loss(my_loss) == Loss("my_loss", my_loss, "identity")


@pytest.mark.parametrize(
    ("name", "nearest"), [("squared_eror", "squared_error"), ("cross_entropy", None), ("zz", None)]
)
def test_unknown_name_is_refused_and_the_nearest_suggested(name: str, nearest: str | None) -> None:
    with pytest.raises(InvalidInputError, match=f"loss must be one of .* got '{name}'") as caught:
        find_loss(name)
    if nearest:
        assert f"did you mean {nearest!r}?" in str(caught.value)
    assert all(known in str(caught.value) for known in LOSSES)
