from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.parts.networks.convolution import (
    Convolution,
    ResidualBlock,
    convolve,
    convolve_doubled,
    convolve_halved,
)

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.integers(1, 3))


def draw(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def convolve_in_loops(values: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Return the definition, place by place."""
    _, height, width, batch = values.shape
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)))
    rows, columns = -(-height // stride), -(-width // stride)
    result = np.zeros((kernel.shape[-1], rows, columns, batch))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, stride * i : stride * i + 3, stride * j : stride * j + 3]
            result[:, i, j] = np.einsum("cabn,abco->on", window, kernel)
    return result


@jax.jit  # one program is compiled much quicker than one an operation
def apply_all(values: jax.Array, kernel: jax.Array) -> list[jax.Array]:
    return [convolve(values, kernel), convolve_halved(values, kernel), convolve_doubled(values, kernel)]


@settings(max_examples=6, deadline=None)
@given(shape=SHAPES, outputs=st.integers(1, 3), seed=st.integers(0, 99))
def test_agrees_with_the_definition(shape: tuple[int, ...], outputs: int, seed: int) -> None:
    values, kernel = draw(shape, seed), draw((3, 3, shape[0], outputs), seed + 1)
    small, weights = jnp.asarray(values, jnp.float32), jnp.asarray(kernel, jnp.float32)
    ours = apply_all(small, weights)
    doubled = values.repeat(2, axis=1).repeat(2, axis=2)
    for one, (images, stride) in zip(ours, [(values, 1), (values, 2), (doubled, 1)], strict=True):
        np.testing.assert_allclose(one, convolve_in_loops(images, kernel, stride), rtol=1e-4, atol=1e-4)


def convolve_plainly(values: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """Return what XLA's own convolution gives, its axes brought into our order."""
    images, order = values.transpose(3, 1, 2, 0), ("NHWC", "HWIO", "NHWC")
    edges = ((1, 1), (1, 1))
    return jax.lax.conv_general_dilated(images, kernel, (stride,) * 2, edges, dimension_numbers=order).transpose(
        3, 1, 2, 0
    )


def double_plainly(values: jax.Array, kernel: jax.Array) -> jax.Array:
    return convolve_plainly(jnp.repeat(jnp.repeat(values, 2, axis=1), 2, axis=2), kernel, 1)


@pytest.mark.parametrize("size", [(1, 1), (5, 8)], ids=["1x1", "5x8"])
@pytest.mark.parametrize(
    ("ours", "plain"),
    [
        (convolve, lambda values, kernel: convolve_plainly(values, kernel, 1)),
        (convolve_halved, lambda values, kernel: convolve_plainly(values, kernel, 2)),
        (convolve_doubled, double_plainly),
    ],
    ids=["every-place", "every-second-place", "doubled"],
)
def test_gradients_are_those_of_the_plain_formulation(ours: Callable, plain: Callable, size: tuple[int, int]) -> None:
    values, kernel = (jnp.asarray(draw(shape, 3), jnp.float32) for shape in ((2, *size, 4), (3, 3, 2, 3)))

    def gradients(function: Callable) -> tuple[jax.Array, ...]:
        def total(values: jax.Array, kernel: jax.Array) -> jax.Array:
            return jnp.sum(jnp.sin(function(values, kernel)))

        return jax.jit(jax.grad(total, argnums=(0, 1)))(values, kernel)

    for one, expected in zip(gradients(ours), gradients(plain), strict=True):
        np.testing.assert_allclose(one, expected, rtol=2e-5, atol=2e-5)


def test_kernel_is_drawn_as_he_says() -> None:
    layer = Convolution.draw(64, 40, np.random.default_rng(0))
    kernel = np.asarray(layer.kernel, np.float64)
    assert kernel.shape == (3, 3, 64, 40)
    assert kernel.dtype == np.float64
    assert layer.kernel.dtype == layer.bias.dtype == np.float32
    assert not layer.bias.any()
    # The relative standard error of a variance of n normal numbers is √(2 / n).
    assert kernel.var() == pytest.approx(2 / (9 * 64), rel=5 * np.sqrt(2 / kernel.size))
    assert abs(kernel.mean()) < 5 * np.sqrt(2 / (9 * 64) / kernel.size)


def test_a_residual_block_starts_as_the_identity_and_learns() -> None:
    block = ResidualBlock.draw(3, np.random.default_rng(0))
    values = jnp.asarray(draw((3, 5, 4, 2), 0), jnp.float32)

    @jax.jit
    def differentiate(block: ResidualBlock) -> tuple[jax.Array, ResidualBlock]:
        given, pull = jax.vjp(lambda block: block.apply(values, jax.nn.relu), block)
        return given, pull(jnp.sin(given))[0]

    given, gradient = differentiate(block)
    np.testing.assert_array_equal(given, values)
    assert np.abs(gradient.second.kernel).min() > 0
    assert block.parameters == 2 * (3 * 3 * 3 * 3 + 3)
