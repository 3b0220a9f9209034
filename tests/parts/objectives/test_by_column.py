from __future__ import annotations

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_expit, log_softmax

from autoencode.parts.objectives import Loss, binary_cross_entropy, column_loss, squared_error
from autoencode.types import FeatureGroup

# Each compiles programs of its own; models of mixed tables are trained in the fast tier.
pytestmark = pytest.mark.slow

Groups = tuple[FeatureGroup, ...]

# Columns of one group, of a value and a flag, and of two flags.
COLUMNS = {
    "numeric": [("numeric", 1)],
    "flagged": [("numeric", 1), ("flag", 1)],
    "boolean": [("flag", 1)],
    "flagged boolean": [("flag", 1), ("flag", 1)],
}


def make_groups(columns: list[str | int]) -> Groups:
    """Columns by name; a number is a column of so many categories."""
    groups, start = [], 0
    for place, column in enumerate(columns):
        for kind, width in [("category", column)] if isinstance(column, int) else COLUMNS[column]:
            groups.append(FeatureGroup(f"c{place}", kind, start, start + width))  # type: ignore[arg-type]
            start += width
    return tuple(groups)


MIXED = make_groups([3, "flagged", "boolean", 6, "numeric", "flagged boolean", 2])
columns = st.lists(st.one_of(st.sampled_from(sorted(COLUMNS)), st.integers(1, 9)), min_size=1, max_size=8)


def draw(groups: Groups, seed: int, rows: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Linear outputs, and samples as a table encoder gives them."""
    generator = np.random.default_rng(seed)
    linear = generator.normal(scale=4, size=(rows, groups[-1].stop)).astype(np.float32)
    sample = generator.normal(size=linear.shape).astype(np.float32)
    for group in groups:
        if group.kind == "flag":
            sample[:, group.start] = generator.integers(0, 2, rows)
        elif group.kind == "category":
            chosen = generator.integers(0, group.stop - group.start, rows)
            sample[:, group.start : group.stop] = np.eye(group.stop - group.start)[chosen]
    return linear, sample


def oracle(groups: Groups, linear: np.ndarray, sample: np.ndarray) -> np.ndarray:
    linear, sample = linear.astype(np.float64), sample.astype(np.float64)
    by_column: dict[str, list[np.ndarray]] = {}
    for column, kind, start, stop in groups:
        z, x = linear[:, start:stop], sample[:, start:stop]
        terms = {
            "numeric": (x - z) ** 2,
            "flag": -x * log_expit(z) - (1 - x) * log_expit(-z),
            "category": -x * log_softmax(z, axis=1),
        }
        by_column.setdefault(column, []).append(terms[kind].sum(axis=1))
    return np.mean([np.mean(losses, axis=0) for losses in by_column.values()], axis=0)


@settings(max_examples=30, deadline=None)
@given(columns, st.integers(0, 2**32 - 1))
def test_mean_over_columns_of_the_definition(columns: list[str | int], seed: int) -> None:
    groups = make_groups(columns)
    linear, sample = draw(groups, seed)
    losses = np.asarray(column_loss(groups).function(jnp.asarray(linear), jnp.asarray(sample)))
    assert losses.shape == (5,)
    assert (losses >= 0).all()
    np.testing.assert_allclose(losses, oracle(groups, linear, sample), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_gradient_is_that_of_finite_differences_in_float64(seed: int) -> None:
    linear, sample = draw(MIXED, seed)
    # Unequal weights: a backward pass that forgets what comes from above is noticed.
    weights, step = np.arange(1.0, 6.0), 1e-6

    def total(linear: jax.Array) -> jax.Array:
        return jnp.sum(jnp.asarray(weights, jnp.float32) * column_loss(MIXED).function(linear, jnp.asarray(sample)))

    gradient = np.asarray(jax.jit(jax.grad(total))(jnp.asarray(linear)))
    for feature in range(linear.shape[1]):
        shift = step * np.eye(linear.shape[1])[feature]
        slope = oracle(MIXED, linear + shift, sample) - oracle(MIXED, linear - shift, sample)
        np.testing.assert_allclose(gradient[:, feature], weights * slope / (2 * step), rtol=2e-4, atol=1e-5)


def test_gradient_by_the_sample_is_that_of_finite_differences_within_a_choice() -> None:
    linear, sample = draw(MIXED, 0)
    gradient = np.asarray(
        jax.grad(lambda x: column_loss(MIXED).function(jnp.asarray(linear), x).sum())(jnp.asarray(sample))
    )
    for group in MIXED:
        direction = np.zeros(linear.shape[1])
        direction[group.start] = 1e-6
        if group.kind == "category":  # what one category gains another loses
            direction[group.stop - 1] -= 1e-6
        slope = oracle(MIXED, linear, sample + direction) - oracle(MIXED, linear, sample - direction)
        np.testing.assert_allclose(gradient @ direction * 2, slope, rtol=1e-4, atol=1e-10)


@pytest.mark.parametrize("size", [1e4, -1e4, 88.0, 0.0])
def test_extreme_outputs_are_finite_and_right(size: float) -> None:
    linear = (size * np.resize([1.0, -1.0, 0.5, 0.0], (2, MIXED[-1].stop))).astype(np.float32)
    _, sample = draw(MIXED, 0, rows=2)
    value_and_gradient = jax.value_and_grad(lambda z: column_loss(MIXED).function(z, jnp.asarray(sample)).sum())
    loss, gradient = value_and_gradient(jnp.asarray(linear))
    assert float(loss) == pytest.approx(oracle(MIXED, linear, sample).sum(), rel=1e-5)
    assert np.isfinite(gradient).all()


def test_numbers_alone_are_the_squared_error_and_flags_alone_the_cross_entropy() -> None:
    for column, loss in (("numeric", squared_error), ("boolean", binary_cross_entropy)):
        groups = make_groups([column] * 4)
        linear, sample = map(jnp.asarray, draw(groups, 0))
        np.testing.assert_allclose(column_loss(groups).function(linear, sample), loss(linear, sample), rtol=1e-5)


def test_two_categories_are_a_flag() -> None:
    linear, sample = draw(make_groups(["boolean"]), 0)
    two = np.concatenate([linear, 0 * linear], axis=1), np.concatenate([sample, 1 - sample], axis=1)
    np.testing.assert_allclose(
        column_loss(make_groups([2])).function(*map(jnp.asarray, two)),
        column_loss(make_groups(["boolean"])).function(jnp.asarray(linear), jnp.asarray(sample)),
        rtol=1e-6,
    )


def test_order_of_columns_changes_nothing() -> None:
    linear, sample = draw(make_groups([3, "numeric"]), 0)
    turned = [np.roll(values, 1, axis=1) for values in (linear, sample)]
    np.testing.assert_allclose(
        column_loss(make_groups([3, "numeric"])).function(jnp.asarray(linear), jnp.asarray(sample)),
        column_loss(make_groups(["numeric", 3])).function(*map(jnp.asarray, turned)),
        rtol=1e-6,
    )


def test_alone_under_vmap_and_under_jit_it_is_the_same() -> None:
    linear, sample = map(jnp.asarray, draw(MIXED, 0))
    loss = column_loss(MIXED).function
    whole = np.asarray(loss(linear, sample))
    assert loss(linear[0], sample[0]).shape == ()
    np.testing.assert_allclose(jax.vmap(loss)(linear, sample), whole, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(jax.vmap(jax.vmap(loss)))(linear[None], sample[None])[0], whole, rtol=1e-6)


def test_equal_groups_give_the_same_object() -> None:
    loss = column_loss(MIXED)
    assert column_loss(tuple(FeatureGroup(*group) for group in MIXED)) is loss
    assert column_loss(MIXED[:1]) != loss
    assert loss == Loss(
        "column_loss", loss.function, "by_column", fused=True, parts=len({group.column for group in MIXED})
    )


def test_sixty_columns_compile_in_a_moment() -> None:
    groups = make_groups([column for width in range(3, 23) for column in (width, "flagged", "boolean")])
    linear, sample = map(jnp.asarray, draw(groups, 0))
    start = time.perf_counter()
    jaxpr = jax.make_jaxpr(jax.value_and_grad(lambda z: column_loss(groups).function(z, sample).sum()))(linear)
    assert len(str(jaxpr).splitlines()) < 200, "a few passes over all columns, not some for each"
    assert time.perf_counter() - start < 10
