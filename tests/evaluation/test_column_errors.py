from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import column_losses
from autoencode.evaluation.arrays import BLOCK_NUMBERS
from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks import ColumnActivation
from autoencode.parts.objectives import column_loss
from autoencode.types import FeatureGroup

GROUPS = (
    FeatureGroup("age", "numeric", 0, 1),
    FeatureGroup("age", "flag", 1, 2),
    FeatureGroup("deck", "category", 2, 6),
    FeatureGroup("alone", "flag", 6, 7),
)


def draw(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Samples, and linear outputs of a decoder."""
    generator = np.random.default_rng(seed)
    samples = generator.integers(0, 2, (rows, 7)).astype(np.float32)
    samples[:, 0] = generator.normal(size=rows)
    samples[:, 2:6] = np.eye(4)[generator.integers(0, 4, rows)]
    return samples, generator.normal(scale=2, size=(rows, 7)).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mean_over_columns_is_the_loss_that_training_minimises(seed: int) -> None:
    samples, linear = draw(6, seed)
    rebuilt = np.asarray(ColumnActivation(GROUPS)(jnp.asarray(linear)))
    losses = column_losses(samples, rebuilt, GROUPS)
    assert losses.shape == (6, 3)
    assert (losses >= 0).all()
    expected = jax.jit(column_loss(GROUPS).function)(jnp.asarray(linear), jnp.asarray(samples))
    np.testing.assert_allclose(losses.mean(axis=1), expected, rtol=1e-4, atol=1e-5)


def test_each_column_by_its_definition() -> None:
    sample = np.array([[2.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]])
    rebuilt = np.array([[0.5, 0.25, 0.1, 0.4, 0.3, 0.2, 0.125]])
    expected = [(1.5**2 - np.log(0.75)) / 2, -np.log(0.4), -np.log(0.125)]
    np.testing.assert_allclose(column_losses(sample, rebuilt, GROUPS), [expected], rtol=1e-12)


def test_probabilities_are_clipped() -> None:
    sample = np.array([[0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
    wrong = np.array([[0.0, 0.0, -3.0, 1.0, 0.0, 0.0, 1.0]])
    losses = column_losses(sample, wrong, GROUPS)
    np.testing.assert_allclose(losses, [np.array([0.5, 1, 1]) * -np.log(1e-7)], rtol=1e-6)


def test_a_perfect_reconstruction_has_almost_no_loss() -> None:
    samples, _ = draw(20)
    assert column_losses(samples, samples, GROUPS).max() < 1e-6


def test_many_rows_are_those_of_one_at_a_time() -> None:
    rows = BLOCK_NUMBERS // 7 + 10
    samples, linear = draw(rows)
    rebuilt = np.asarray(ColumnActivation(GROUPS)(jnp.asarray(linear)))
    losses = column_losses(samples, rebuilt, GROUPS)
    for row in (0, rows - 11, rows - 10, rows - 1):
        np.testing.assert_array_equal(losses[row], column_losses(samples[[row]], rebuilt[[row]], GROUPS)[0])


def test_what_cannot_be_used_is_refused() -> None:
    samples, _ = draw(3)
    with pytest.raises(InvalidInputError, match="groups stand for 6 features, but the samples have 7"):
        column_losses(samples, samples, GROUPS[:3])
    with pytest.raises(InvalidInputError, match="the flag of column 'alone' must lie in"):
        column_losses(samples + 2 * np.eye(7, dtype=np.float32)[6], samples, GROUPS)
