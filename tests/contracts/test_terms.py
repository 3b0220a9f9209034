"""Every registered term obeys the laws of a term."""

from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks import DenseBlueprint, DenseNetwork
from autoencode.parts.objectives import TERMS, CodedBatch, Term

NAMES = sorted(TERMS)
ROWS, FEATURES, CODE_SIZE = 9, 5, 3
every_term = pytest.mark.parametrize("name", NAMES)
every_depth = pytest.mark.parametrize("hidden", [(), (4,)], ids=["shallow", "deep"])


def draw_network(hidden: tuple[int, ...] = (4,)) -> DenseNetwork:
    blueprint = DenseBlueprint(FEATURES, CODE_SIZE, hidden, "tanh", "sigmoid")
    return jax.tree.map(jnp.asarray, blueprint.draw(np.random.default_rng(0)))


def code_batch(network: DenseNetwork, rows: int = ROWS, padding: int = 0) -> CodedBatch:
    """A batch of rows, then of padding that no sample looks like."""
    samples = np.random.default_rng(1).normal(size=(rows + padding, FEATURES)).astype(np.float32)
    samples[rows:] += 7  # as if there were other samples
    samples = jnp.asarray(samples)
    weights = (np.arange(rows + padding) < rows).astype(np.float32)
    keys = jax.vmap(lambda row: jax.random.fold_in(jax.random.key(0), row))(jnp.arange(rows + padding))
    return CodedBatch(samples, jax.vmap(network.encode)(samples), jnp.asarray(weights), keys, network)


def mean_term(network: DenseNetwork, term: Term, padding: int = 0) -> jax.Array:
    batch = code_batch(network, padding=padding)
    return jnp.sum(term(batch) * batch.weights) / jnp.sum(batch.weights)


# One program a term takes a tenth of the time that one an operation takes.
evaluate = eqx.filter_jit(lambda term, batch: term(batch))
graded = eqx.filter_jit(eqx.filter_value_and_grad(mean_term))


def test_there_are_terms() -> None:
    assert len(NAMES) >= 4


@every_term
@every_depth
def test_one_finite_number_a_sample(name: str, hidden: tuple[int, ...]) -> None:
    values = evaluate(TERMS[name](), code_batch(draw_network(hidden)))
    assert values.shape == (ROWS,)
    assert values.dtype == jnp.float32
    assert np.isfinite(values).all()
    assert np.any(values)


@every_term
@every_depth
def test_padding_changes_neither_the_term_nor_its_gradient(name: str, hidden: tuple[int, ...]) -> None:
    network, term = draw_network(hidden), TERMS[name]()
    (alone, slopes), (padded, padded_slopes) = graded(network, term), graded(network, term, padding=4)
    np.testing.assert_allclose(padded, alone, rtol=1e-5, atol=1e-6)
    for one, other in zip(jax.tree.leaves(slopes), jax.tree.leaves(padded_slopes), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@every_term
@every_depth
def test_gradient_is_finite_and_that_of_finite_differences(name: str, hidden: tuple[int, ...]) -> None:
    network, term = draw_network(hidden), TERMS[name]()
    _, slope = graded(network, term)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(slope))
    kernel = network.encoder[-1].kernel
    assert np.any(slope.encoder[-1].kernel)

    def shifted(step: float) -> jax.Array:
        return graded(eqx.tree_at(lambda n: n.encoder[-1].kernel, network, kernel.at[0, 0].add(step)), term)[0]

    expected = (shifted(1e-2) - shifted(-1e-2)) / 2e-2
    np.testing.assert_allclose(slope.encoder[-1].kernel[0, 0], expected, rtol=2e-2, atol=2e-3)


@every_term
def test_several_networks_at_once_get_the_terms_of_each_alone(name: str) -> None:
    term = TERMS[name]()
    networks = [draw_network(), jax.tree.map(lambda leaf: 2 * leaf, draw_network())]
    together = jax.tree.map(lambda *leaves: jnp.stack(leaves), *networks)
    values, slopes = eqx.filter_vmap(graded, in_axes=(eqx.if_array(0), None))(together, term)
    for index, network in enumerate(networks):
        value, slope = graded(network, term)
        np.testing.assert_allclose(values[index], value, rtol=1e-5, atol=1e-6)
        for all_, one in zip(jax.tree.leaves(slopes), jax.tree.leaves(slope), strict=True):
            np.testing.assert_allclose(all_[index], one, rtol=1e-4, atol=1e-5)


@every_term
def test_per_sample_or_the_same_for_all(name: str) -> None:
    """A split of the batch changes nothing for a term of a sample; one of the batch has one value."""
    term, batch = TERMS[name](), code_batch(draw_network())
    whole = np.asarray(evaluate(term, batch))
    if len(set(whole.tolist())) == 1:
        return
    for rows in (slice(0, 4), slice(4, None)):
        part = CodedBatch(*(axis[rows] for axis in batch[:4]), batch.network)
        np.testing.assert_allclose(evaluate(term, part), whole[rows], rtol=1e-5)


@every_term
def test_weight_multiplies(name: str) -> None:
    batch = code_batch(draw_network())
    once, thrice = (np.asarray(evaluate(TERMS[name](weight=weight), batch)) for weight in (0.5, 1.5))
    np.testing.assert_allclose(thrice, 3 * once, rtol=1e-6)
    assert not np.any(evaluate(TERMS[name](weight=0), batch))


@every_term
@pytest.mark.parametrize(
    "bad",
    [-0.1, float("nan"), float("inf"), 10**400, "1", None, True],
    ids=["negative", "nan", "infinite", "huge", "text", "none", "flag"],
)
def test_what_is_no_number_is_refused(name: str, bad: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    for field in dataclasses.fields(TERMS[name]):
        with pytest.raises(InvalidInputError, match=f"terms: {field.name} of .* must be a number from"):
            TERMS[name](**{field.name: bad})


@every_term
def test_equal_terms_share_a_program(name: str) -> None:
    assert TERMS[name]() == TERMS[name]()
    assert hash(TERMS[name]()) == hash(TERMS[name]())


@every_term
def test_only_proportions_of_weights_count(name: str) -> None:
    network, term = draw_network(), TERMS[name]()
    batch = code_batch(network)
    weights = jnp.asarray(np.random.default_rng(2).random(ROWS).astype(np.float32)) + 0.1
    values, small = (evaluate(term, batch._replace(weights=scale * weights)) for scale in (1.0, 1e-3))
    np.testing.assert_allclose(small, values, rtol=1e-4, atol=1e-6)
