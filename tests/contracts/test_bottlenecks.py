"""Every registered bottleneck obeys the laws of one."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.export.graph import Graph
from autoencode.parts.bottlenecks import BOTTLENECKS, Bottleneck
from autoencode.parts.text import read_part, write_part

CODE_SIZE, ROWS = 8, 6
PROGRESS = jnp.float32(0.5)
SETTINGS = [*BOTTLENECKS, "gaussian(draws=3)", "gaussian(beta=4.0, warmup=1.0)", "finite_scalar(levels=3)"]


def prepare(text: str) -> Bottleneck:
    return read_part(text, BOTTLENECKS, "bottleneck").prepare(CODE_SIZE, np.random.default_rng(0))


def encode(bottleneck: Bottleneck, rows: int = ROWS) -> jax.Array:
    return 2 * jax.random.normal(jax.random.key(1), (rows, bottleneck.width(CODE_SIZE)))


# One program a draw takes a tenth of the time that one an operation takes.
@eqx.filter_jit
def draw(bottleneck: Bottleneck, encoded: jax.Array, weights: jax.Array | None = None, keys: jax.Array | None = None):
    keys = jax.random.split(jax.random.key(2), len(encoded)) if keys is None else keys
    return bottleneck.draw(encoded, keys, jnp.ones(len(encoded)) if weights is None else weights, PROGRESS)


def test_there_are_bottlenecks() -> None:
    assert len(BOTTLENECKS) >= 5


@pytest.mark.parametrize("text", SETTINGS)
def test_its_text_stands_for_it(text: str) -> None:
    part = read_part(text, BOTTLENECKS, "bottleneck")
    assert write_part(part, BOTTLENECKS) == text
    assert hash(part) == hash(read_part(text, BOTTLENECKS, "bottleneck"))


@pytest.mark.parametrize("text", SETTINGS)
def test_a_code_has_its_size_and_is_without_chance(text: str) -> None:
    bottleneck = prepare(text)
    encoded = encode(bottleneck)
    codes = jax.vmap(bottleneck.code)(encoded)
    assert codes.shape == (ROWS, CODE_SIZE)
    for row in range(ROWS):
        np.testing.assert_array_equal(bottleneck.code(encoded[row]), codes[row])


@pytest.mark.parametrize("text", SETTINGS)
def test_its_nodes_give_its_codes(text: str) -> None:
    bottleneck = prepare(text)
    encoded, graph = encode(bottleneck), Graph("bottleneck")
    graph.add_input("encoded", np.float32, encoded.shape[1:], "what an encoder gives")
    code = bottleneck.add_nodes(graph, "encoded", CODE_SIZE)
    graph.add_output(code, "code", np.float32, (CODE_SIZE,), "codes")
    session = onnxruntime.InferenceSession(graph.to_bytes("", {}), providers=["CPUExecutionProvider"])
    (codes,) = session.run(None, {"encoded": np.asarray(encoded)})
    np.testing.assert_allclose(codes, jax.vmap(bottleneck.code)(encoded), atol=1e-6)


@pytest.mark.parametrize("text", SETTINGS)
def test_codes_are_their_own_projection(text: str) -> None:
    bottleneck = prepare(text)
    codes = jax.vmap(bottleneck.code)(encode(bottleneck))
    np.testing.assert_allclose(jax.vmap(bottleneck.project)(codes), codes, atol=1e-6)


@pytest.mark.parametrize("text", SETTINGS)
def test_a_split_batch_has_the_same_codes_and_penalties(text: str) -> None:
    bottleneck = prepare(text)
    encoded, keys = encode(bottleneck), jax.random.split(jax.random.key(2), ROWS)
    whole = draw(bottleneck, encoded, keys=keys)
    parts = [draw(bottleneck, encoded[half], keys=keys[half]) for half in (slice(0, 2), slice(2, None))]
    for name in ("codes", "penalties"):
        joined = jnp.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_allclose(getattr(whole, name), joined, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("text", SETTINGS)
def test_rows_that_fill_a_batch_change_nothing(text: str) -> None:
    bottleneck = prepare(text)
    encoded, weights = encode(bottleneck), jnp.array([1.0] * 4 + [0.0] * 2)
    moved = draw(bottleneck, encoded, weights)
    other = draw(bottleneck, encoded.at[4:].set(9.0), weights)
    np.testing.assert_array_equal(moved.codes[:4], other.codes[:4])
    for one, two in zip(jax.tree.leaves(moved.bottleneck), jax.tree.leaves(other.bottleneck), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("text", SETTINGS)
@pytest.mark.parametrize("scale", [0.0, 1.0, 1e4])
def test_gradients_are_finite(text: str, scale: float) -> None:
    bottleneck = prepare(text)

    def cost(encoded: jax.Array) -> jax.Array:
        drawn = draw(bottleneck, encoded)
        return jnp.sum(jnp.square(drawn.codes)) + jnp.sum(drawn.penalties)

    assert np.isfinite(jax.grad(cost)(scale * encode(bottleneck))).all()


def test_a_gaussian_costs_its_divergence_from_the_standard_normal() -> None:
    bottleneck = prepare("gaussian(beta=3.0)")
    encoded = np.asarray(encode(bottleneck), np.float64)
    mean, log_variance = encoded[:, :CODE_SIZE], encoded[:, CODE_SIZE:]
    expected = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1)
    np.testing.assert_allclose(draw(bottleneck, encode(bottleneck)).penalties, 3 * expected, rtol=1e-5)


def test_draws_cost_the_same_divergence_on_average() -> None:
    few, many = prepare("gaussian"), prepare("gaussian(draws=20000)")
    encoded = encode(few, 2) / 4
    mean = draw(many, encoded).penalties.mean(axis=1)
    np.testing.assert_allclose(mean, draw(few, encoded).penalties, rtol=0.05)


def test_warm_up_begins_at_nothing() -> None:
    bottleneck = prepare("gaussian(warmup=0.2)")
    keys = jax.random.split(jax.random.key(0), ROWS)
    encoded = encode(bottleneck)
    costs = [
        bottleneck.draw(encoded, keys, jnp.ones(ROWS), jnp.float32(over)).penalties for over in (0.0, 0.1, 0.2, 1.0)
    ]
    np.testing.assert_allclose(costs[0], 0)
    np.testing.assert_allclose(costs[1], costs[3] / 2, rtol=1e-6)
    np.testing.assert_allclose(costs[2], costs[3], rtol=1e-6)


def test_top_k_keeps_the_largest_and_of_equal_ones_the_first() -> None:
    bottleneck = read_part("top_k(k=2)", BOTTLENECKS, "bottleneck")
    assert bottleneck.code(jnp.array([1.0, 1.0, 1.0, 0.0])).tolist() == [1, 1, 0, 0]
    assert bottleneck.code(jnp.array([-3.0, -1.0, -2.0])).tolist() == [0, -1, -2]


def test_the_codebook_follows_the_samples_and_no_entry_stays_idle() -> None:
    bottleneck = read_part("vector_quantized(entries=24, numbers=4)", BOTTLENECKS, "bottleneck")
    bottleneck = bottleneck.prepare(CODE_SIZE, np.random.default_rng(0))
    centres = 5 * np.random.default_rng(1).normal(size=(8, 4))
    generator = np.random.default_rng(2)
    encoded = jnp.zeros((64, 8))
    for step in range(60):
        rows = centres[generator.integers(8, size=(64, 2))] + 0.01 * generator.normal(size=(64, 2, 4))
        encoded = jnp.asarray(rows.reshape(64, 8), jnp.float32)
        bottleneck = draw(bottleneck, encoded, keys=jax.random.split(jax.random.key(step), 64)).bottleneck
    entries = np.asarray(bottleneck.codebook.entries)
    distances = np.linalg.norm(centres[:, None] - entries, axis=2).min(axis=1)
    assert (distances < 0.5).all()
    used = {int(entry) for code in encoded for entry in bottleneck.entries_of(code)}
    assert len(used) > 12


@pytest.mark.parametrize(("text", "size"), [("vector_quantized(numbers=3)", 8), ("top_k(k=9)", 8)])
def test_a_code_size_that_does_not_fit_is_refused(text: str, size: int) -> None:
    with pytest.raises(InvalidInputError, match=r"code_size: .* the next that it can have are 9"):
        read_part(text, BOTTLENECKS, "bottleneck").prepare(size, np.random.default_rng(0))
