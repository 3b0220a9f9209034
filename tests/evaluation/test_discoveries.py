"""Discoveries: the rule against a plain one in exact numbers, and the rate it promises."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import benjamini_hochberg, conformal_p_values
from autoencode.exceptions import InvalidInputError


def plain_rule(p_values: list[Fraction], rate: Fraction) -> list[bool]:
    """Return what Benjamini and Hochberg flag, in exact numbers."""
    count = len(p_values)
    bounds = [p for place, p in enumerate(sorted(p_values), 1) if p <= place * rate / count]
    return [bool(bounds) and p <= max(bounds) for p in p_values]


@given(data=st.data(), calibration=st.integers(1, 200), hundredths=st.integers(1, 99))
@settings(max_examples=300, deadline=None)
def test_agrees_with_exact_numbers_where_bounds_are_met_exactly(data, calibration, hundredths):
    counts = data.draw(st.lists(st.integers(1, min(calibration + 1, 12)), min_size=1, max_size=40))
    exact = [Fraction(count, calibration + 1) for count in counts]
    found = benjamini_hochberg(np.array([float(p) for p in exact]), hundredths / 100)
    assert found.tolist() == plain_rule(exact, Fraction(hundredths, 100))


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=30), rate=st.floats(0.001, 0.99))
@settings(max_examples=60, deadline=None)
def test_flags_the_lowest_and_more_at_a_higher_rate(p_values, rate):
    values = np.array(p_values)
    found = benjamini_hochberg(values, rate)
    assert not found.any() or values[found].max() < min(values[~found], default=np.inf)
    assert np.all(found <= benjamini_hochberg(values, min(2 * rate, 0.999)))
    assert np.all((values <= rate / len(values)) <= found)
    order = np.random.default_rng(0).permutation(len(values))
    np.testing.assert_array_equal(benjamini_hochberg(values[order], rate), found[order])


def test_the_false_discovery_rate_holds_for_conformal_p_values():
    rng = np.random.default_rng(0)
    shares, powers = [], []
    for _ in range(300):
        scores = np.append(rng.normal(size=90), rng.normal(4.0, size=10))
        found = benjamini_hochberg(conformal_p_values(rng.normal(size=300), scores), 0.2)
        shares.append(found[:90].sum() / max(1, found.sum()))
        powers.append(found[90:].mean())
    assert 0.1 < np.mean(shares) < 0.2
    assert np.mean(powers) > 0.8


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("p_values", "rate", "message"),
    [
        (np.array([0.5, np.nan]), 0.1, "must not hold NaN"),
        (np.zeros(0), 0.1, "at least one number"),
        (np.ones((2, 2)), 0.1, "one axis"),
        (np.array([0.5, 1.1]), 0.1, "p_values must lie between 0 and 1; they reach from 0.5 to 1.1"),
        (np.array([-0.1]), 0.1, "must lie between 0 and 1"),
        (np.array([0.1]), 0.0, "rate must be a number between 0 and 1"),
        (np.array([0.1]), 1.0, "rate must be a number between 0 and 1"),
    ],
    ids=["nan", "empty", "matrix", "above", "below", "rate 0", "rate 1"],
)
def test_refuses(p_values, rate, message):
    with pytest.raises(InvalidInputError, match=message):
        benjamini_hochberg(p_values, rate)
