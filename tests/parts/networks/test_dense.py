from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks import Affine, DenseBlueprint, DenseNetwork

FORMULAS = {"identity": lambda z: z, "relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": expit}


def apply_affine(layer: Affine, values: np.ndarray) -> np.ndarray:
    return values @ np.asarray(layer.kernel, np.float64) + np.asarray(layer.bias, np.float64)


def fill(skeleton: DenseNetwork, seed: int) -> DenseNetwork:
    """Draw all parameters in NumPy: nothing is compiled for it, and a forgotten bias is noticed."""
    generator = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(generator.normal(size=leaf.shape), jnp.float32), skeleton)


@settings(max_examples=6, deadline=None)
@given(
    features=st.integers(1, 9),
    code_size=st.integers(1, 5),
    hidden=st.lists(st.integers(1, 6), max_size=3),
    activations=st.tuples(*[st.sampled_from(sorted(FORMULAS))] * 3),
    seed=st.integers(0, 1000),
)
def test_agrees_with_a_plain_forward_pass(
    features: int, code_size: int, hidden: list[int], activations: tuple[str, str, str], seed: int
) -> None:
    activation, code_activation, output_activation = activations
    blueprint = DenseBlueprint(features, code_size, tuple(hidden), activation, code_activation, output_activation)
    network = fill(blueprint.draw(np.random.default_rng(0)), seed)
    sample = np.random.default_rng(seed).normal(size=features)

    trace, values = [], sample
    for layer in network.encoder[:-1]:
        values = FORMULAS[activation](apply_affine(layer, values))
        trace.append(values)
    code = FORMULAS[code_activation](apply_affine(network.encoder[-1], values))
    decoder_trace, values = [code], code
    for layer in network.decoder[:-1]:
        values = FORMULAS[activation](apply_affine(layer, values))
        decoder_trace.append(values)
    linear = apply_affine(network.decoder[-1], values)
    reconstruction = FORMULAS[output_activation](linear)

    # One compiled program a network is much quicker than one an operation.
    run = jax.jit(
        lambda network, sample, code: (
            network.encode(sample),
            network.decode_linear(code),
            network.decode(code),
            network(sample),
            network.encoder_activations(sample),
            network.decoder_activations(code),
        )
    )

    def check(ours: jax.Array, expected: np.ndarray) -> None:
        np.testing.assert_allclose(np.asarray(ours), expected, rtol=1e-4, atol=1e-4)

    sample_32, code_32 = jnp.asarray(sample, jnp.float32), jnp.asarray(code, jnp.float32)
    ours = run(network, sample_32, code_32)
    for values, expected in zip(ours[:4], (code, linear, reconstruction, reconstruction), strict=True):
        check(values, expected)
    assert len(ours[4]) == len(ours[5]) == len(hidden) + 1
    for values, expected in zip(ours[4] + ours[5], [*trace, code, *decoder_trace], strict=True):
        check(values, expected)


@pytest.mark.parametrize(
    ("features", "hidden", "code_size", "parameters"),
    [(30, (), 2, 152), (30, (2,), 2, 164), (784, (), 32, 50_992)],
)
def test_parameters_of_the_blogs_networks(
    features: int, hidden: tuple[int, ...], code_size: int, parameters: int
) -> None:
    network = DenseBlueprint(features, code_size, hidden=hidden).draw(np.random.default_rng(0))
    shapes = network.layer_shapes()
    assert sum(layer.parameters for layer in shapes) == parameters
    assert sum(leaf.size for leaf in jax.tree.leaves(network)) == parameters
    assert [layer.units for layer in shapes] == [*hidden, code_size, *reversed(hidden), features]


def test_layers_are_named_for_the_diagnosis() -> None:
    network = DenseBlueprint(9, 2, hidden=(5, 4)).draw(np.random.default_rng(0))
    assert [layer.name for layer in network.layer_shapes()] == [
        "encoder_1",
        "encoder_2",
        "code",
        "decoder_1",
        "decoder_2",
        "reconstruction",
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 5), st.lists(st.integers(1, 6), max_size=3))
def test_decoder_mirrors_the_encoder(features: int, code_size: int, hidden: list[int]) -> None:
    blueprint = DenseBlueprint(features, code_size, hidden=tuple(hidden))
    network = blueprint.draw(np.random.default_rng(0))
    assert blueprint.kernel_shapes == [layer.kernel.shape for layer in network.encoder + network.decoder]
    encoder = [layer.kernel.shape for layer in network.encoder]
    decoder = [layer.kernel.shape for layer in network.decoder]
    assert decoder == [shape[::-1] for shape in reversed(encoder)]
    assert encoder[0][0] == features
    assert encoder[-1][1] == code_size


@pytest.mark.parametrize(("inputs", "outputs"), [(784, 32), (30, 200), (200, 200)])
def test_kernel_is_drawn_glorot_uniform_and_bias_is_zero(inputs: int, outputs: int) -> None:
    layer = Affine.draw(inputs, outputs, np.random.default_rng(3))
    kernel = np.asarray(layer.kernel, np.float64)
    bound = np.sqrt(6 / (inputs + outputs))
    assert np.abs(kernel).max() <= bound * (1 + 1e-6)
    assert np.abs(kernel).max() > 0.99 * bound
    # Of a uniform distribution: the mean's standard error is bound / √(3n), the variance's relative one √(0.8 / n).
    assert abs(kernel.mean()) < 5 * bound / np.sqrt(3 * kernel.size)
    assert kernel.var() == pytest.approx(bound**2 / 3, rel=5 * np.sqrt(0.8 / kernel.size))
    assert not np.asarray(layer.bias).any()
    assert layer.kernel.dtype == layer.bias.dtype == jnp.float32


def test_layers_are_drawn_one_after_the_other() -> None:
    network = DenseBlueprint(6, 6, hidden=(6,)).draw(np.random.default_rng(0))
    kernels = [np.asarray(layer.kernel) for layer in network.encoder + network.decoder]
    assert len(kernels) == 4
    assert len({kernel.tobytes() for kernel in kernels}) == 4


def test_same_generator_same_bits() -> None:
    first, again = (DenseBlueprint(7, 3, hidden=(4,)).draw(np.random.default_rng(5)) for _ in range(2))
    other = DenseBlueprint(7, 3, hidden=(4,)).draw(np.random.default_rng(6))
    kernels = [
        [np.asarray(layer.kernel).tobytes() for layer in net.encoder + net.decoder] for net in (first, again, other)
    ]
    assert kernels[0] == kernels[1]
    assert not set(kernels[0]) & set(kernels[2])


def test_unknown_activation_is_refused_when_it_is_used() -> None:
    network = DenseBlueprint(3, 2, code_activation="rleu").draw(np.random.default_rng(0))
    with pytest.raises(InvalidInputError, match="did you mean 'relu'"):
        network.encode(jnp.zeros(3))
