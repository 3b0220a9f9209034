from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.exceptions import InvalidInputError
from autoencode.parts.objectives import Loss, squared_error, step_loss


def draw(steps: int, features: int, seed: int, *, full: bool = False) -> tuple[np.ndarray, jax.Array]:
    generator = np.random.default_rng(seed)
    lengths = np.full(3, steps) if full else generator.integers(1, steps + 1, 3)
    exists = np.arange(steps) < lengths[:, None]
    sample = np.concatenate([generator.normal(size=(3, steps, features)), exists[..., None]], axis=2)
    linear = generator.normal(size=sample.shape)
    return linear.reshape(3, -1).astype(np.float32), jnp.asarray(sample.reshape(3, -1), jnp.float32)


@settings(max_examples=10, deadline=None)
@given(steps=st.integers(1, 6), features=st.integers(1, 4), seed=st.integers(0, 1000))
def test_agrees_with_numpy_in_float64(steps: int, features: int, seed: int) -> None:
    linear, sample = draw(steps, features, seed)
    x, z = (np.asarray(array, np.float64).reshape(3, steps, -1) for array in (sample, linear))
    exists, logit = x[..., -1], z[..., -1]
    squares = np.square(x - z)[..., :-1].mean(axis=2)
    entropy = np.logaddexp(0, logit) - exists * logit
    expected = (squares * exists).sum(axis=1) / exists.sum(axis=1) + entropy.mean(axis=1) / features
    ours = step_loss("squared_error", steps, features, varying=True).function(jnp.asarray(linear), sample)
    np.testing.assert_allclose(ours, expected, rtol=1e-5)


@settings(max_examples=5, deadline=None)
@given(steps=st.integers(1, 5), features=st.integers(1, 3), seed=st.integers(0, 1000))
def test_of_full_sequences_it_is_the_squared_error(steps: int, features: int, seed: int) -> None:
    linear, sample = draw(steps, features, seed, full=True)
    loss = step_loss("squared_error", steps, features, varying=False).function
    numbers = (array.reshape(3, steps, -1)[..., :-1].reshape(3, -1) for array in (linear, sample))
    np.testing.assert_allclose(loss(jnp.asarray(linear), sample), squared_error(*map(jnp.asarray, numbers)), rtol=1e-5)
    gradient = np.asarray(jax.grad(lambda z: loss(z, sample).sum())(jnp.asarray(linear)))
    assert not gradient.reshape(3, steps, -1)[..., -1].any(), "existing is not trained"


def test_missing_steps_cost_nothing_but_their_existing() -> None:
    linear, sample = draw(5, 2, seed=3)
    loss = step_loss("squared_error", 5, 2, varying=True).function
    gradient = np.asarray(jax.grad(lambda z: loss(z, sample).sum())(jnp.asarray(linear))).reshape(3, 5, -1)
    exists = np.asarray(sample).reshape(3, 5, -1)[..., -1] > 0
    assert not gradient[..., :-1][~exists].any()
    assert gradient[..., :-1][exists].all()
    assert gradient[..., -1].all()


def test_a_row_alone_and_a_padded_row() -> None:
    linear, sample = draw(4, 2, seed=0)
    loss = step_loss("squared_error", 5, 2, varying=True).function
    together = loss(jnp.asarray(linear), sample)
    np.testing.assert_allclose(jax.vmap(loss)(linear, sample), together, rtol=1e-6)
    value, gradient = jax.value_and_grad(loss)(jnp.asarray(linear[0]), jnp.zeros(12))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_equal_arguments_give_the_same_object() -> None:
    loss = step_loss("squared_error", 4, 2, varying=True)
    assert step_loss("squared_error", 4, 2, varying=True) is loss
    assert step_loss("squared_error", 4, 2, varying=False) != loss
    assert loss == Loss("squared_error", loss.function, "by_step", fused=True, parts=8)


@pytest.mark.parametrize("name", ["binary_cross_entropy", "nothing"])
def test_a_loss_of_another_activation_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="loss must be one of squared_error"):
        step_loss(name, 4, 2, varying=True)
