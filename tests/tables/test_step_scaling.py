from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.tables import SCALINGS, Scaling, fit_scaling, fit_step_scaling, pick_steps


def draw(steps: int, features: int, seed: int, dtype: type = np.float64) -> np.ndarray:
    generator = np.random.default_rng(seed)
    exists = np.arange(steps) < generator.integers(1, steps + 1, 5)[:, None]
    values = np.where(exists[..., None], generator.normal(3, 2, (5, steps, features)), 0)
    return np.concatenate([values, exists[..., None]], axis=2).reshape(5, -1).astype(dtype)


@pytest.mark.parametrize("kind", sorted(SCALINGS))
@settings(max_examples=5, deadline=None)
@given(steps=st.integers(1, 5), features=st.integers(1, 3), seed=st.integers(0, 1000))
def test_it_is_the_scaling_of_all_steps_that_exist(kind: str, steps: int, features: int, seed: int) -> None:
    sequences = draw(steps, features, seed)
    rows = pick_steps(sequences, features)
    expected = fit_scaling(rows, kind)
    scaling = fit_step_scaling(sequences, kind, features)
    scaled = scaling.apply(sequences)
    np.testing.assert_array_equal(pick_steps(scaled, features), expected.apply(rows))
    steps_of = scaled.reshape(5, steps, -1)
    np.testing.assert_array_equal(steps_of[..., -1], sequences.reshape(5, steps, -1)[..., -1])
    assert not steps_of[steps_of[..., -1] == 0].any()
    back = scaling.invert(scaled).reshape(5, steps, -1)
    exists = steps_of[..., -1] == 1
    np.testing.assert_allclose(back[exists], sequences.reshape(5, steps, -1)[exists], rtol=1e-5, atol=1e-5)


def test_the_given_sequences_stay_as_they_are() -> None:
    for dtype in (np.float32, np.float64):
        sequences = draw(4, 2, 0, dtype)
        before = sequences.copy()
        for kind in SCALINGS:
            scaling = fit_step_scaling(sequences, kind, 2)
            assert isinstance(scaling, Scaling)
            scaling.apply(sequences)
            np.testing.assert_array_equal(sequences, before)
