"""Typical samples: how many there are, and that no anomaly is one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.evaluation import find_typical

seeds = st.integers(0, 2**32 - 1)
tables = arrays(np.float64, st.tuples(st.integers(2, 40), st.integers(1, 4)), elements=st.floats(-1e6, 1e6))


@given(rows=tables, share=st.floats(0.01, 1), seed=seeds)
@settings(max_examples=60, deadline=None)
def test_the_share_that_was_asked_for_is_typical(rows: np.ndarray, share: float, seed: int) -> None:
    typical = find_typical(rows, share=share, seed=seed)
    assert typical.sum() == max(2, math.ceil(share * len(rows)))
    np.testing.assert_array_equal(find_typical(rows, share=share, seed=seed), typical)


def test_a_larger_share_has_the_smaller_one_in_it() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 3))
    few, many = (find_typical(rows, share=share, seed=1) for share in (0.3, 0.6))
    assert (many | ~few).all()


@pytest.mark.parametrize("seed", range(3))
def test_neither_scattered_anomalies_nor_a_cluster_of_them_are_typical(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(300, 4))
    rows[:15] = random.normal(scale=15, size=(15, 4))
    rows[15:30] = 12 + 0.01 * random.normal(size=(15, 4))
    assert not find_typical(rows, share=0.7, seed=seed)[:30].any()
