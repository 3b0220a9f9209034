"""Rankings: the order, ties, bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.evaluation import overlap, worst
from autoencode.exceptions import InvalidInputError

few_values = arrays(np.float64, st.integers(1, 30), elements=st.sampled_from([-2.0, -0.5, 0.0, 1.0, 3.0]))


@given(values=few_values, n=st.integers(1, 40), largest=st.booleans())
@settings(max_examples=60, deadline=None)
def test_agrees_with_sorted(values, n, largest):
    expected = sorted(range(len(values)), key=lambda i: (-values[i] if largest else values[i], i))[:n]
    ranking = worst(values, n, largest=largest)
    assert ranking.indices.tolist() == expected
    assert ranking.indices.dtype == np.int64
    assert list(ranking) == [(i, values[i]) for i in expected]
    assert len(ranking) == min(n, len(values))
    assert overlap(ranking, ranking) == len(ranking)


@given(seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_order_of_samples_only_renames_them(seed):
    rng = np.random.default_rng(seed)
    values, order = rng.random(50), rng.permutation(50)
    np.testing.assert_array_equal(order[worst(values[order], 5).indices], worst(values, 5).indices)


def test_the_blogs_ranking_misses_samples_rebuilt_too_dark():
    signed = np.array([-24.0, 30.0, -1.0, 2.0])
    assert overlap(worst(signed, 1, largest=False), worst(np.abs(signed), 1)) == 0
    assert worst(signed, 1, largest=False).indices.tolist() == [0]


@pytest.mark.parametrize(
    ("values", "n", "message"),
    [
        ([0.0, np.nan], 1, "must not hold NaN; 1 of 2 are, the first at index 1"),
        ([0.0], 0, "n must be at least 1"),
        ([], 1, "at least one number"),
    ],
)
def test_refuses(values, n, message):
    with pytest.raises(InvalidInputError, match=message):
        worst(np.array(values, np.float64), n)
