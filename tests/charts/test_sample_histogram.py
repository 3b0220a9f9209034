from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autoencode.charts import compute_sample_histogram, draw_sample_histogram

RNG = np.random.default_rng(0)
ERRORS = RNG.gamma(8, 0.001, 2000)


def compute(errors, bins=60, title="squared error", unit=""):
    return compute_sample_histogram(np.asarray(errors), measure_title=title, unit=unit, bins=bins)


@given(
    errors=arrays.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e6, 1e6, allow_subnormal=False)),
    bins=st.integers(1, 80),
)
@settings(max_examples=80, deadline=None)
def test_no_error_is_lost_and_the_bars_reach_over_all_that_they_hold(errors, bins):
    picture = compute(errors, bins)
    assert len(picture.counts) == bins
    assert picture.counts.sum() == len(errors)
    assert picture.below == np.sum(errors < picture.edges[0]) <= picture.counts[0]
    assert picture.above == np.sum(errors > picture.edges[-1]) <= picture.counts[-1]
    left, right = picture.spans
    assert np.all(left < right)
    np.testing.assert_array_equal(left[1:], right[:-1])
    assert left[0] <= errors.min() <= errors.max() <= right[-1]


def test_a_heavy_tail_squashes_nothing_and_is_said_to_be_there(texts_of):
    picture = compute([*ERRORS, 5.0, 1e9])
    assert picture.edges[-1] < 0.05
    assert picture.above >= 2
    assert np.sum(picture.counts > 20) > 15
    texts = texts_of(draw_sample_histogram(picture))
    assert f"the last bar also holds {picture.above} samples up to 1e+09" in texts
    assert "≥" in texts


def test_signed_errors_have_a_tail_on_either_side():
    picture = compute([*RNG.normal(size=1000), -99.0, 99.0])
    assert picture.below == picture.above == 1
    assert picture.note == "the first bar also holds 1 sample down to -99; the last bar also holds 1 sample up to 99"


def test_without_a_tail_there_is_no_note(texts_of):
    picture = compute(np.linspace(0, 1, 100), unit="nats")
    assert picture.note == ""
    assert picture.error_name == "squared error (nats)"
    assert "≥" not in texts_of(draw_sample_histogram(picture))
