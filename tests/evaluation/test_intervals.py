"""The paired bootstrap: laws, coverage, time and memory."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import Interval, paired_bootstrap
from autoencode.exceptions import InvalidInputError


def test_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    trials = 400
    held = 0
    for trial in range(trials):
        shared = rng.random(50)
        interval = paired_bootstrap(shared + rng.normal(0.3, 1.0, 50), shared, resamples=1000, random_state=trial)
        held += interval.low <= 0.3 <= interval.high
    assert held / trials == pytest.approx(0.95, abs=0.025)


def test_agrees_with_the_normal_interval_where_there_are_many_samples():
    first, second = np.random.default_rng(1).random((2, 5000))
    interval = paired_bootstrap(first, second)
    half = 1.96 * (first - second).std() / np.sqrt(5000)
    assert interval.estimate == pytest.approx((first - second).mean(), rel=1e-12)
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.08)


@given(n=st.integers(2, 40), seed=st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_laws(n, seed):
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, n))
    interval = paired_bootstrap(first, second, resamples=200)
    assert interval.low <= interval.high
    assert interval.n == n
    order = rng.permutation(n)
    assert paired_bootstrap(first[order], second[order], resamples=200) == interval
    mirrored = paired_bootstrap(second, first, resamples=200)
    assert (mirrored.low, mirrored.estimate, mirrored.high) == (-interval.high, -interval.estimate, -interval.low)
    wider = paired_bootstrap(first, second, resamples=200, confidence=0.99)
    assert wider.low <= interval.low
    assert wider.high >= interval.high


def test_pairing_takes_out_what_both_share():
    shared = np.random.default_rng(2).random(500) * 100
    interval = paired_bootstrap(shared + 0.1, shared)
    assert interval.estimate == pytest.approx(0.1)
    assert not interval.spans_zero
    same = paired_bootstrap(shared, shared)
    assert (same.low, same.estimate, same.high) == (0, 0, 0)
    assert same.spans_zero


def test_is_quick_and_needs_little_memory():
    first, second = np.random.default_rng(3).random((2, 10_000))
    begin = time.process_time()
    paired_bootstrap(first, second)
    assert time.process_time() - begin < 1
    tracemalloc.start()
    paired_bootstrap(first, second)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20  # all draws at once would be 80 MiB


def test_the_ends_count_as_spanning_zero():
    assert Interval(0.1, 0.0, 0.2, 0.95, 9).spans_zero
    assert not Interval(0.1, 0.01, 0.2, 0.95, 9).spans_zero


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("first", "second", "options", "message"),
    [
        ([1.0], [2.0], {}, "at least two samples"),
        ([1.0, 2.0], [2.0], {}, "errors of the same samples; there are 2 and 1"),
        ([1.0, np.inf], [2.0, 1.0], {}, "must be finite"),
        ([1.0, np.nan], [2.0, 1.0], {}, "NaN"),
        ([1.0, 2.0], [2.0, 1.0], {"confidence": 95.0}, "confidence must lie between 0 and 1"),
        ([1.0, 2.0], [2.0, 1.0], {"resamples": 5}, "resamples must be at least 100"),
    ],
)
def test_refuses(first, second, options, message):
    with pytest.raises(InvalidInputError, match=message):
        paired_bootstrap(np.array(first), np.array(second), **options)
