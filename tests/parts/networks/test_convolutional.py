from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks import ConvolutionalBlueprint, ConvolutionalNetwork
from autoencode.parts.objectives import find_loss
from autoencode.training import (
    EpochRecord,
    Objective,
    TrainSettings,
    UpdateRule,
    create_networks,
    create_state,
    find_optimizer,
    select_restart,
    train,
)
from autoencode.training.inference import CHUNK_ROWS, map_restarts, map_rows, reconstruct_row, trace_row

KINDS = pytest.mark.parametrize("residual", [False, True], ids=["plain", "residual"])


def fill(network: ConvolutionalNetwork, seed: int = 0) -> ConvolutionalNetwork:
    """Draw every number anew: biases and the ends of residual blocks start at zero, and would hide a mistake."""
    generator = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(generator.normal(0, 0.3, leaf.shape), jnp.float32), network)


def draw(shape: tuple[int, ...], code_size: int = 3, **options: Any) -> ConvolutionalNetwork:
    return fill(ConvolutionalBlueprint(shape, code_size, **options).draw(np.random.default_rng(0)))


def apply_plainly(network: ConvolutionalNetwork, samples: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return codes and reconstructions by XLA's own convolutions on images of the usual order, one step at a time."""

    def convolve(layer: Any, images: jax.Array, stride: int) -> jax.Array:
        order, edges = ("NHWC", "HWIO", "NHWC"), ((1, 1), (1, 1))
        strides = (stride, stride)
        return jax.lax.conv_general_dilated(images, layer.kernel, strides, edges, dimension_numbers=order) + layer.bias

    def finish(blocks: Any, images: jax.Array) -> jax.Array:
        for block in blocks:
            inner = convolve(block.first, jnp.tanh(images), 1)
            images = images + convolve(block.second, jnp.tanh(inner), 1)
        return jnp.tanh(images)

    images = samples.reshape(-1, *network.sample_shape)
    sizes = [images.shape[1:3]]
    for layer, blocks in zip(network.encoder, network.encoder_blocks, strict=True):
        images = finish(blocks, convolve(layer, images, 2))
        sizes.append(images.shape[1:3])
    rows, columns, channels = images.shape[1:]
    codes = images.transpose(0, 3, 1, 2).reshape(len(samples), -1) @ network.narrow.kernel + network.narrow.bias
    flat = codes @ network.widen.kernel + network.widen.bias
    images = flat.reshape(-1, channels, rows, columns).transpose(0, 2, 3, 1)
    for layer, blocks, size in zip(network.decoder, network.decoder_blocks, sizes[-2::-1], strict=True):
        doubled = jnp.repeat(jnp.repeat(finish(blocks, images), 2, axis=1), 2, axis=2)
        images = convolve(layer, doubled, 1)[:, : size[0], : size[1]]
    return codes, images.reshape(len(samples), -1)


@pytest.mark.parametrize(
    ("shape", "residual"), [((1, 1), False), ((6, 8), False), ((5, 7, 3), True)], ids=["1x1", "6x8", "5x7x3-residual"]
)
def test_values_and_gradients_are_those_of_the_plain_formulation(shape: tuple[int, ...], residual: bool) -> None:
    network = draw(shape, channels=(3, 4), residual=residual, activation="tanh")
    samples = jnp.asarray(np.random.default_rng(1).normal(size=(4, np.prod(shape))), jnp.float32)

    def apply(network: ConvolutionalNetwork, samples: jax.Array) -> tuple[jax.Array, jax.Array]:
        codes = jax.vmap(network.encode)(samples)
        return codes, jax.vmap(network.decode_linear)(codes)

    def differentiate(function: Callable) -> tuple[Any, Any]:
        def total(network: ConvolutionalNetwork, samples: jax.Array) -> tuple[jax.Array, Any]:
            codes, decoded = function(network, samples)
            return jnp.sum(jnp.sin(codes)) + jnp.sum(jnp.sin(decoded)), (codes, decoded)

        gradients, values = jax.jit(jax.grad(total, argnums=(0, 1), has_aux=True))(network, samples)
        return values, jax.tree.leaves(gradients)

    for ours, plain in zip(differentiate(apply), differentiate(apply_plainly), strict=True):
        for one, expected in zip(ours, plain, strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-4)


@settings(max_examples=6, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 3)),
    channels=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    residual=st.booleans(),
    code_size=st.integers(1, 3),
    encoded_size=st.none() | st.integers(1, 6),
)
def test_shapes(
    shape: tuple[int, int, int], channels: list[int], residual: bool, code_size: int, encoded_size: int | None
) -> None:
    blueprint = ConvolutionalBlueprint(shape, code_size, tuple(channels), residual, encoded_size)
    network = blueprint.draw(np.random.default_rng(0))
    features = blueprint.features
    assert features == np.prod(shape)
    shapes = network.layer_shapes()
    assert sum(layer.parameters for layer in shapes) == sum(leaf.size for leaf in jax.tree.leaves(network))
    names = [f"encoder_{i + 1}" for i in range(len(channels))] + ["code"]
    names += [f"decoder_{i + 1}" for i in range(len(channels))] + ["reconstruction"]
    assert [layer.name for layer in shapes] == names
    wanted = encoded_size or code_size
    assert [layer.units for layer in shapes] == [*channels, wanted, *channels[::-1], features]
    sample, code = np.zeros(features, np.float32), np.zeros(code_size, np.float32)
    units = [layer.units for layer in shapes]
    given_units = [one.shape for one in jax.eval_shape(network.encoder_activations, sample)]
    assert given_units == [(count,) for count in units[: len(channels) + 1]]
    given_units = [one.shape for one in jax.eval_shape(network.decoder_activations, code)]
    assert given_units == [(code_size,), *((count,) for count in units[len(channels) + 1 : -1])]
    assert jax.eval_shape(network.encode, sample).shape == (wanted,)
    assert jax.eval_shape(network.decode_linear, code).shape == (features,)
    assert jax.eval_shape(network.decode, code).shape == (features,)


def test_a_sample_has_the_numbers_in_its_own_order() -> None:
    """A kernel that passes the middle place on, and nothing else, gives every second place of every channel."""
    network = ConvolutionalBlueprint((5, 4, 3), 18, (3,), activation="identity").draw(np.random.default_rng(0))
    kernel = np.zeros((3, 3, 3, 3), np.float32)
    kernel[1, 1] = np.eye(3)
    convolution = dataclasses.replace(network.encoder[0], kernel=kernel)
    narrow = dataclasses.replace(network.narrow, kernel=jnp.eye(18))
    network = dataclasses.replace(network, encoder=(convolution,), narrow=narrow)
    sample = np.arange(60, dtype=np.float32)
    code = np.asarray(network.encode(jnp.asarray(sample))).reshape(3, 3, 2)
    np.testing.assert_array_equal(code, sample.reshape(5, 4, 3)[::2, ::2].transpose(2, 0, 1))


def test_activations_say_dead_and_constant() -> None:
    network = draw((6, 6), channels=(4,), activation="relu")
    bias = np.array([-1e6, 2, 1, 1], np.float32)
    kernel = np.asarray(network.encoder[0].kernel).copy()
    kernel[..., 1] = 0
    convolution = dataclasses.replace(network.encoder[0], kernel=kernel, bias=bias)
    network = dataclasses.replace(network, encoder=(convolution,))
    sizes = map_rows(trace_row, network, np.random.default_rng(0).uniform(0, 1, (20, 36)).astype(np.float32))[0]
    assert not sizes[:, 0].any()
    np.testing.assert_array_equal(sizes[:, 1], 2)
    assert (sizes[:, 2:].std(axis=0) > 0).all()


@KINDS
def test_a_sample_alone_in_a_batch_and_in_several_networks(residual: bool) -> None:
    blueprint = ConvolutionalBlueprint((5, 7), 3, (3,) if residual else (3, 4), residual)
    networks = fill(create_networks(blueprint, 0, 2))
    rows = np.random.default_rng(0).normal(size=(CHUNK_ROWS + 3, 35)).astype(np.float32)
    together = map_restarts(trace_row, networks, rows)
    for k in range(2):
        network = select_restart(networks, k)
        for one, all_ in zip(map_rows(trace_row, network, rows), together, strict=True):
            np.testing.assert_allclose(all_[k], one, rtol=1e-5, atol=1e-5)
    network = select_restart(networks, 0)
    whole = map_rows(reconstruct_row, network, rows)
    for row in (0, CHUNK_ROWS - 1, CHUNK_ROWS, len(rows) - 1):
        np.testing.assert_array_equal(map_rows(reconstruct_row, network, rows[row : row + 1])[0], whole[row])
    order = np.random.default_rng(1).permutation(len(rows))
    np.testing.assert_array_equal(map_rows(reconstruct_row, network, rows[order]), whole[order])
    alone = eqx.filter_jit(reconstruct_row)(network, jnp.asarray(rows[0]))
    np.testing.assert_allclose(alone, whole[0], rtol=1e-5, atol=1e-5)


def test_directions_are_carried_forward() -> None:
    """A Jacobian by `jax.jvp`, one sample or many, as penalties of the Jacobian need it."""
    network = draw((3, 4), channels=(2,), activation="tanh")
    samples = jnp.asarray(np.random.default_rng(0).normal(size=(3, 12)), jnp.float32)
    plain = jax.vmap(jax.jacfwd(lambda sample: apply_plainly(network, sample[None])[0][0]))(samples)
    np.testing.assert_allclose(jax.jit(jax.vmap(jax.jacfwd(network.encode)))(samples), plain, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(jax.jacfwd(network.encode)(samples[0]), plain[0], rtol=1e-4, atol=1e-5)


@KINDS
def test_the_loss_falls_on_digits(residual: bool) -> None:
    digits = (load_digits().data / 16).astype(np.float32)
    blueprint = ConvolutionalBlueprint((8, 8), 8, (12,) if residual else (8, 16), residual, output_activation="sigmoid")
    rule = UpdateRule(find_optimizer("adam", 3e-3))
    told = TrainSettings(6, 64, Objective(find_loss("binary_cross_entropy")), rule, seed=0)

    def run(restarts: int) -> Iterator[EpochRecord]:
        networks = create_networks(blueprint, 0, restarts)
        return train(create_state(networks, rule.optimizer, keep_best=False), digits, told)

    alone = list(run(1))
    losses = np.array([record.loss[0] for record in alone])
    assert (np.diff(losses) < 0).all()
    assert losses[-1] < 0.36  # the mean sample has 0.416
    np.testing.assert_allclose(next(run(2)).loss[0], losses[0], rtol=1e-4)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(alone[-1].state.networks))


@KINDS
def test_same_generator_same_bits(residual: bool) -> None:
    blueprint = ConvolutionalBlueprint((5, 7, 3), 3, residual=residual)
    first, again, other = (blueprint.draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    bits = [[np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(network)] for network in (first, again, other)]
    assert bits[0] == bits[1]
    assert bits[0] != bits[2]
    assert all(leaf.dtype == np.float32 for leaf in jax.tree.leaves(first))


def test_multiplications() -> None:
    # 14 × 14 and 7 × 7 places; nine products a place on the way in, sixteen on the way back.
    stages = (9 + 16) * (16 * 14 * 14 + 16 * 32 * 7 * 7)
    affine = 7 * 7 * 32 * (20 + 10)
    blueprint = ConvolutionalBlueprint((28, 28), 10, encoded_size=20)
    assert blueprint.multiplications == stages + affine
    blocks = 4 * 9 * (16 * 16 * 14 * 14 + 32 * 32 * 7 * 7)
    assert dataclasses.replace(blueprint, residual=True).multiplications == stages + affine + blocks


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"sample_shape": (28,)}, r"sample_shape must be \(rows, columns\) or .* got \(28,\)"),
        ({"sample_shape": (28, 0)}, r"sample_shape must be .* at least 1, got \(28, 0\)"),
        ({"channels": ()}, r"channels must be a tuple of 1 to 30 stages.* got \(\)"),
        ({"code_size": 0}, "code_size must be .* at least 1, got 0"),
        ({"encoded_size": -1}, "encoded_size must be None or .* got -1"),
    ],
    ids=["axes", "empty", "no-stage", "code", "encoded"],
)
def test_sizes_that_make_no_network(options: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidInputError, match=match):
        ConvolutionalBlueprint(**{"sample_shape": (28, 28), "code_size": 2, **options})
