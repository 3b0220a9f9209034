from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit

from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks import RecurrentBlueprint, RecurrentNetwork, StepActivation

STEPS, FEATURES, CODE = 6, 2, 3


def fill(skeleton: Any, seed: int = 0, size: float = 1.0) -> Any:
    """Draw all parameters in NumPy: nothing is compiled for it, and a forgotten bias is noticed."""
    generator = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(generator.normal(0, size, leaf.shape), jnp.float32), skeleton)


def draw(cell: str, hidden: tuple[int, ...], seed: int = 0, **settings: Any) -> RecurrentNetwork:
    return fill(
        RecurrentBlueprint(STEPS, FEATURES, CODE, cell, hidden, **settings).draw(np.random.default_rng(0)), seed
    )


def draw_samples(count: int, seed: int = 0, lengths: Any = None) -> jax.Array:
    generator = np.random.default_rng(seed)
    lengths = generator.integers(1, STEPS + 1, count) if lengths is None else np.asarray(lengths)
    exists = np.arange(STEPS) < lengths[:, None]
    values = np.where(exists[..., None], generator.normal(size=(count, STEPS, FEATURES)), 0)
    return jnp.asarray(np.concatenate([values, exists[..., None]], axis=2).reshape(count, -1), jnp.float32)


# ---------------------------------------------------------------------- the equations, in float64


def step_in_float64(kind: str, cell: Any, state: tuple, inputs: np.ndarray) -> tuple:
    kernel, bias, recurrent = (
        np.asarray(a, np.float64) for a in (cell.inward.kernel, cell.inward.bias, cell.recurrent)
    )
    gates = len(bias) // len(recurrent)
    kernels, biases, recurrents = (np.split(array, gates, axis=-1) for array in (kernel, bias, recurrent))
    output = state[0]
    if kind == "lstm":
        i, o, f, g = (inputs @ k + output @ r + b for k, r, b in zip(kernels, recurrents, biases, strict=True))
        memory = expit(f + 1) * state[1] + expit(i) * np.tanh(g)
        return expit(o) * np.tanh(memory), memory
    z, r = (expit(inputs @ kernels[k] + output @ recurrents[k] + biases[k]) for k in range(2))
    inner = output @ recurrents[2] + np.asarray(cell.recurrent_bias, np.float64)
    candidate = np.tanh(inputs @ kernels[2] + biases[2] + r * inner)
    return ((1 - z) * candidate + z * output,)


def encode_in_float64(kind: str, network: RecurrentNetwork, sample: np.ndarray) -> list[np.ndarray]:
    steps = sample.reshape(STEPS, -1)
    values, lasts = [step[:-1] for step in steps if step[-1]], []
    for cell in network.encoder:
        state, outputs = (np.zeros(cell.units),) * cell.states, []
        for value in values:
            state = step_in_float64(kind, cell, state, value)
            outputs.append(state[0])
        values = outputs
        lasts.append(outputs[-1])
    return [*lasts, values[-1] @ np.asarray(network.to_code.kernel) + np.asarray(network.to_code.bias)]


def decode_in_float64(kind: str, network: RecurrentNetwork, code: np.ndarray) -> np.ndarray:
    given = code @ np.asarray(network.to_state.kernel) + np.asarray(network.to_state.bias)
    values = [np.zeros(0)] * STEPS
    for cell in network.decoder:
        start, given = np.split(given, [cell.states * cell.units])
        state = (np.tanh(start[: cell.units]), start[cell.units :])[: cell.states]
        outputs = []
        for value in values:
            state = step_in_float64(kind, cell, state, value)
            outputs.append(state[0])
        values = outputs
    return (np.stack(values) @ np.asarray(network.to_step.kernel) + np.asarray(network.to_step.bias)).reshape(-1)


@pytest.mark.parametrize(("cell", "hidden"), [("lstm", (4,)), ("lstm", (4, 3)), ("gru", (4,)), ("gru", (3, 5))])
def test_agrees_with_the_equations(cell: str, hidden: tuple[int, ...]) -> None:
    network, samples = draw(cell, hidden), draw_samples(5)
    run = jax.jit(jax.vmap(lambda sample: (network.encoder_activations(sample), network.encode(sample))))
    activations, codes = run(samples)
    expected = [encode_in_float64(cell, network, sample) for sample in np.asarray(samples)]
    for ours, theirs in zip(activations, zip(*expected, strict=True), strict=True):
        np.testing.assert_allclose(ours, np.stack(theirs), atol=1e-5)
    np.testing.assert_array_equal(codes, activations[-1])
    linear = jax.jit(jax.vmap(network.decode_linear))(codes)
    expected = [decode_in_float64(cell, network, code) for code in np.asarray(codes, np.float64)]
    np.testing.assert_allclose(linear, np.stack(expected), atol=2e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_layers_are_what_their_activations_are(cell: str) -> None:
    network = draw(cell, (4, 3), encoded_size=2 * CODE)
    sample, code = draw_samples(1)[0], jnp.zeros(CODE)
    encoder, decoder = network.encoder_activations(sample), network.decoder_activations(code)
    units = [len(values) for values in [*encoder, *decoder[1:], network.decode(code)]]
    shapes = network.layer_shapes()
    assert [shape.units for shape in shapes] == units == [4, 3, 6, 3, 4, STEPS * (FEATURES + 1)]
    names = ["encoder_1", "encoder_2", "code", "decoder_1", "decoder_2", "reconstruction"]
    assert [shape.name for shape in shapes] == names
    assert sum(shape.parameters for shape in shapes) == sum(leaf.size for leaf in jax.tree.leaves(network))


# ---------------------------------------------------------------------- laws of the mask


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_what_lies_beyond_the_end_changes_nothing(cell: str) -> None:
    network = draw(cell, (4, 3))
    samples = draw_samples(STEPS, lengths=range(1, STEPS + 1)).reshape(STEPS, STEPS, -1)
    noisy = jnp.where(samples[..., -1:] > 0, samples, 1e3).at[..., -1].set(samples[..., -1])
    encode = jax.jit(jax.vmap(network.encode))
    np.testing.assert_array_equal(encode(noisy.reshape(STEPS, -1)), encode(samples.reshape(STEPS, -1)))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_more_missing_steps_give_the_same_code(cell: str) -> None:
    network, samples = draw(cell, (4,)), draw_samples(4)
    longer = RecurrentNetwork(
        *(network.encoder, network.to_code, network.to_state, network.decoder, network.to_step),
        steps=STEPS + 5,
        code_activation="identity",
        output_activation="identity",
    )
    padded = jnp.pad(samples, [(0, 0), (0, 5 * (FEATURES + 1))])
    np.testing.assert_array_equal(jax.vmap(longer.encode)(padded), jax.vmap(network.encode)(samples))
    codes = jax.vmap(network.encode)(samples)
    more, fewer = jax.vmap(longer.decode)(codes), jax.vmap(network.decode)(codes)
    np.testing.assert_allclose(more[:, : fewer.shape[1]], fewer, atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_batch_of_several_networks(cell: str) -> None:
    networks = [draw(cell, (4, 3), seed) for seed in range(2)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *networks)
    samples, run = draw_samples(3), jax.jit(lambda network, sample: network(sample))
    together = jax.jit(jax.vmap(lambda network: jax.vmap(network)(samples)))(stacked)
    assert [shape.units for shape in stacked.layer_shapes()] == [shape.units for shape in networks[0].layer_shapes()]
    for network, ours in zip(networks, together, strict=True):
        alone = jnp.stack([run(network, sample) for sample in samples])
        np.testing.assert_allclose(ours, alone, atol=2e-5)


@pytest.mark.parametrize("cell", ["lstm", pytest.param("gru", marks=pytest.mark.slow)])
def test_gradients_are_those_of_differences(cell: str) -> None:
    network, samples = fill(draw(cell, (4, 3)), size=0.5), draw_samples(3)
    direction = fill(network, seed=1)

    @jax.jit
    @jax.value_and_grad
    def measure(network: RecurrentNetwork) -> jax.Array:
        return jnp.mean(jnp.square(jax.vmap(network)(samples)))

    def move(step: float) -> RecurrentNetwork:
        return jax.tree.map(lambda leaf, way: leaf + step * way, network, direction)

    gradient = measure(network)[1]
    slope = sum(jax.tree.leaves(jax.tree.map(lambda leaf, way: jnp.sum(leaf * way), gradient, direction)))
    np.testing.assert_allclose(slope, (measure(move(1e-2))[0] - measure(move(-1e-2))[0]) / 2e-2, rtol=1e-2)
    assert all(np.isfinite(leaf).all() and (leaf != 0).any() for leaf in jax.tree.leaves(gradient) if leaf.size)


# ---------------------------------------------------------------------- the blueprint


@pytest.mark.parametrize(("cell", "gates"), [("lstm", 4), ("gru", 3)])
def test_initial_values_and_counts(cell: str, gates: int) -> None:
    blueprint = RecurrentBlueprint(STEPS, FEATURES, CODE, cell, (50, 40))
    network = blueprint.draw(np.random.default_rng(0))
    again = blueprint.draw(np.random.default_rng(0))
    jax.tree.map(np.testing.assert_array_equal, network, again)
    assert blueprint.features == STEPS * (FEATURES + 1)
    assert all(leaf.dtype == np.float32 for leaf in jax.tree.leaves(network))
    for layer, inputs, units in ((network.encoder[0], FEATURES, 50), (network.encoder[1], 50, 40)):
        assert layer.inward.kernel.shape == (inputs, gates * units)
        assert 0.9 < np.abs(layer.inward.kernel).max() / np.sqrt(6 / (inputs + units)) <= 1
        np.testing.assert_allclose(np.var(layer.recurrent), 1 / units, rtol=0.1)
        assert not np.asarray(layer.inward.bias).any()
    assert network.decoder[0].inward.kernel.shape == (0, gates * 40)
    per_step = gates * (FEATURES * 50 + 50**2 + 50 * 40 + 40**2 + 40**2 + 40 * 50 + 50**2) + 50 * (FEATURES + 1)
    assert blueprint.multiplications == STEPS * per_step + 40 * CODE + CODE * (gates - 2) ** 1 * 90


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"cell": "rnn"}, "cell must be one of lstm, gru, got 'rnn'"),
        ({"hidden": ()}, "hidden must name"),
        ({"activation": "relu"}, "activation must be 'tanh'"),
    ],
    ids=["cell", "hidden", "activation"],
)
def test_a_wrong_blueprint_says_so(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        RecurrentBlueprint(STEPS, FEATURES, CODE, **wrong)


# ---------------------------------------------------------------------- the activation of steps


def test_the_activation_of_steps() -> None:
    linear = np.random.default_rng(0).normal(size=(2, 4, STEPS * (FEATURES + 1))).astype(np.float32)
    steps = linear.reshape(2, 4, STEPS, -1)
    rebuilt = np.asarray(StepActivation(STEPS, FEATURES, varying=True)(jnp.asarray(linear))).reshape(steps.shape)
    np.testing.assert_allclose(rebuilt[..., -1], expit(steps[..., -1]), rtol=1e-6)
    exists = steps[..., -1:] >= 0
    np.testing.assert_array_equal(rebuilt[..., :-1], np.where(exists, steps[..., :-1], 0))
    full = np.asarray(StepActivation(STEPS, FEATURES, varying=False)(jnp.asarray(linear))).reshape(steps.shape)
    np.testing.assert_array_equal(full[..., :-1], steps[..., :-1])
    assert (full[..., -1] == 1).all()
    assert StepActivation(1, 2, varying=True) == StepActivation(1, 2, varying=True)
    assert hash(StepActivation(1, 2, varying=True)) == hash(StepActivation(1, 2, varying=True))
