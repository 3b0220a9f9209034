from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit

from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks import ACTIVATIONS, OUTPUT_ACTIVATIONS, find_activation

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def softplus(z: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, z)


# The definitions, in NumPy and float64.
ORACLES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z >= 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "selu": lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z * expit(z),
    "mish": lambda z: z * np.tanh(softplus(z)),
    "tanh": np.tanh,
    "sigmoid": expit,
    "softplus": softplus,
    "softsign": lambda z: z / (1 + np.abs(z)),
}
NAMES = sorted(ACTIVATIONS)
POINTS = np.random.default_rng(0).uniform(-6, 6, 64)


def test_every_activation_has_an_oracle() -> None:
    assert NAMES
    assert sorted(ORACLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_the_definition(name: str) -> None:
    values = np.asarray(jax.jit(ACTIVATIONS[name])(jnp.asarray(POINTS, jnp.float32)))
    np.testing.assert_allclose(values, ORACLES[name](POINTS), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_acts_element_by_element(name: str) -> None:
    values = jnp.asarray(POINTS.reshape(8, 8), jnp.float32)
    whole = np.asarray(jax.jit(ACTIVATIONS[name])(values))
    assert whole.shape == (8, 8)
    one_by_one = jax.lax.map(ACTIVATIONS[name], values.ravel())
    np.testing.assert_allclose(whole.ravel(), one_by_one, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_slope_of_the_definition(name: str) -> None:
    points = POINTS[np.abs(POINTS) > 1e-3]  # not at the corner of the rectifiers
    gradients = np.asarray(jax.jit(jax.vmap(jax.grad(ACTIVATIONS[name])))(jnp.asarray(points, jnp.float32)))
    slopes = (ORACLES[name](points + 1e-6) - ORACLES[name](points - 1e-6)) / 2e-6
    assert np.isfinite(gradients).all()
    np.testing.assert_allclose(gradients, slopes, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_finite_far_out_and_at_zero(name: str) -> None:
    points = jnp.array([0.0, 50.0, -50.0, 500.0, -500.0])
    values, gradients = jax.jit(jax.vmap(jax.value_and_grad(ACTIVATIONS[name])))(points)
    assert values.shape == (5,)
    assert np.isfinite([values, gradients]).all()


@pytest.mark.parametrize("name", NAMES)
def test_found_by_name(name: str) -> None:
    assert find_activation(name) is ACTIVATIONS[name]


def test_softmax_makes_a_distribution_of_all_features_of_a_sample() -> None:
    values = POINTS.reshape(8, 8)
    expected = np.exp(values) / np.exp(values).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(find_activation("softmax")(jnp.asarray(values, jnp.float32)), expected, rtol=1e-5)
    assert set(OUTPUT_ACTIVATIONS) - set(ACTIVATIONS) == {"softmax"}
    with pytest.raises(InvalidInputError, match="got 'softmax'"):
        find_activation("softmax", ACTIVATIONS)


def test_function_is_returned_as_it_is() -> None:
    assert find_activation(jnp.sin) is jnp.sin


@pytest.mark.parametrize(("name", "nearest"), [("rleu", "relu"), ("sigmoyd", "sigmoid"), ("leakyrelu", "leaky_relu")])
def test_unknown_name_suggests_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(InvalidInputError, match=rf"activation .* got '{name}'; did you mean '{nearest}'\?"):
        find_activation(name)


def test_name_like_no_other_lists_them_all() -> None:
    with pytest.raises(InvalidInputError) as caught:
        find_activation("zzzz")
    assert all(name in str(caught.value) for name in NAMES)
    assert "did you mean" not in str(caught.value)
