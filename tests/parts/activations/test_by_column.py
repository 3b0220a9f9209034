from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax

from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks import ColumnActivation
from autoencode.types import FeatureGroup

# Each compiles programs of its own; models of mixed tables are trained in the fast tier.
pytestmark = pytest.mark.slow


def make_groups(*kinds: tuple[str, int]) -> tuple[FeatureGroup, ...]:
    stops = np.cumsum([width for _, width in kinds]).tolist()
    return tuple(
        FeatureGroup(f"c{place}", kind, stop - width, stop)  # type: ignore[arg-type]
        for place, ((kind, width), stop) in enumerate(zip(kinds, stops, strict=True))
    )


def oracle(groups: tuple[FeatureGroup, ...], values: np.ndarray) -> np.ndarray:
    values = values.astype(np.float64)
    parts = {"numeric": lambda z: z, "flag": expit, "category": lambda z: softmax(z, axis=-1)}
    return np.concatenate([parts[g.kind](values[..., g.start : g.stop]) for g in groups], axis=-1)


group_kinds = st.lists(
    st.one_of(st.just(("numeric", 1)), st.just(("flag", 1)), st.tuples(st.just("category"), st.integers(1, 9))),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(group_kinds, st.integers(0, 2**32 - 1))
def test_each_group_by_its_definition(kinds: list[tuple[str, int]], seed: int) -> None:
    groups = make_groups(*kinds)
    values = np.random.default_rng(seed).normal(scale=5, size=(4, groups[-1].stop)).astype(np.float32)
    activated = np.asarray(ColumnActivation(groups)(jnp.asarray(values)))
    np.testing.assert_allclose(activated, oracle(groups, values), rtol=1e-5, atol=1e-6)


MIXED = make_groups(("category", 3), ("numeric", 1), ("flag", 1), ("category", 5), ("numeric", 1), ("category", 2))


def test_alone_under_vmap_and_under_jit_it_is_the_same() -> None:
    values = jnp.asarray(np.random.default_rng(0).normal(size=(6, 13)), jnp.float32)
    activation = ColumnActivation(MIXED)
    whole = activation(values)
    one_by_one = jnp.stack([activation(row) for row in values])
    np.testing.assert_allclose(one_by_one, whole, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(jax.vmap(activation))(values), whole, rtol=1e-6)


def test_equal_groups_compile_one_program() -> None:
    traces = []

    def run(activation: ColumnActivation, values: jax.Array) -> jax.Array:
        traces.append(activation)
        return activation(values)

    compiled = jax.jit(run, static_argnums=0)
    for _ in range(2):
        compiled(ColumnActivation(tuple(FeatureGroup(*group) for group in MIXED)), jnp.zeros(13))
    assert len(traces) == 1
    assert ColumnActivation(MIXED) != ColumnActivation(MIXED[:2])


@pytest.mark.parametrize("size", [1e4, -1e4, 1e30])
def test_far_out_it_is_finite_and_so_is_its_gradient(size: float) -> None:
    values = size * jnp.array([1.0, -1.0, 0.5] * 4 + [1.0])
    activation = ColumnActivation(MIXED)
    assert np.isfinite(activation(values)).all()
    assert np.isfinite(jax.jacobian(activation)(values)).all()


def test_gradient_is_that_of_finite_differences() -> None:
    values, step = np.random.default_rng(0).normal(size=13), 1e-6
    jacobian = jax.jacobian(ColumnActivation(MIXED))(jnp.asarray(values, jnp.float32))
    slopes = [(oracle(MIXED, values + e) - oracle(MIXED, values - e)) / (2 * step) for e in step * np.eye(13)]
    np.testing.assert_allclose(jacobian, np.transpose(slopes), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("groups", [(), MIXED[1:], MIXED[:1] + MIXED[2:], (FeatureGroup("a", "category", 0, 0),)])
def test_gaps_are_refused(groups: tuple[FeatureGroup, ...]) -> None:
    with pytest.raises(InvalidInputError, match="without gaps; got"):
        ColumnActivation(groups)
