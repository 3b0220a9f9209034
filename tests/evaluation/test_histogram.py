"""Common bins: they fit all arrays and no outlier stretches them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.evaluation import common_bins, count_outside
from autoencode.exceptions import InvalidInputError

some_errors = arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e6, 1e6, allow_subnormal=False))


@given(several=st.lists(some_errors, min_size=1, max_size=3), bins=st.integers(1, 60))
@settings(max_examples=80, deadline=None)
def test_edges_ascend_and_every_error_is_inside_or_counted(several, bins):
    edges = common_bins(several, bins)
    assert edges.shape == (bins + 1,)
    assert (np.diff(edges) > 0).all()
    for errors in several:
        inside = np.histogram(errors, edges)[0].sum()
        assert inside + sum(count_outside(errors, edges)) == len(errors)
        assert inside >= len(errors) / 2


def test_all_models_are_seen_and_outliers_are_not():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, 1000), rng.normal(20, 1, 1000)
    edges = common_bins([first, second])
    assert count_outside(first, edges) == count_outside(second, edges) == (0, 0)
    first[:3] = 1e9
    stretched = common_bins([first, second])
    assert stretched[-1] == edges[-1]
    assert count_outside(first, stretched) == (0, 3)


@pytest.mark.parametrize("value", [0.0, 0.3, -5.0])
def test_equal_errors_still_have_bins(value):
    edges = common_bins([np.full(9, value)], bins=10)
    assert edges[0] < value < edges[-1]


def test_a_pile_of_zeros_does_not_hide_the_rest():
    errors = np.concatenate([np.zeros(90), np.linspace(1, 2, 10)])
    assert count_outside(errors, common_bins([errors])) == (0, 0)


@pytest.mark.parametrize(
    ("several", "bins", "message"),
    [([], 5, "at least one array"), ([[np.inf]], 5, "finite"), ([[np.nan]], 5, "NaN"), ([[1.0]], 0, "bins must be")],
)
def test_refuses(several, bins, message):
    with pytest.raises(InvalidInputError, match=message):
        common_bins([np.array(errors) for errors in several], bins)
