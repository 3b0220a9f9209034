"""Intervals of paired differences: laws, coverage, time and memory."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import Interval, paired_interval
from autoencode.exceptions import InvalidInputError


def test_covers_the_true_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    trials = 400
    held = 0
    for _ in range(trials):
        shared = rng.random(50)
        interval = paired_interval(shared + rng.normal(0.3, 1.0, 50), shared)
        held += interval.low <= 0.3 <= interval.high
    assert held / trials == pytest.approx(0.95, abs=0.025)


def test_agrees_with_the_normal_interval_where_there_are_many_samples():
    first, second = np.random.default_rng(1).random((2, 5000))
    interval = paired_interval(first, second)
    half = 1.96 * (first - second).std() / np.sqrt(5000)
    assert interval.estimate == pytest.approx((first - second).mean(), rel=1e-12)
    assert interval.high - interval.low == pytest.approx(2 * half, rel=0.08)


@given(n=st.integers(2, 40), seed=st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_laws(n, seed):
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, n))
    interval = paired_interval(first, second)
    assert interval.low <= interval.high
    assert interval.n == n
    order = rng.permutation(n)
    assert paired_interval(first[order], second[order]) == interval
    mirrored = paired_interval(second, first)
    assert (mirrored.low, mirrored.estimate, mirrored.high) == (-interval.high, -interval.estimate, -interval.low)
    wider = paired_interval(first, second, confidence=0.99)
    assert wider.low <= interval.low
    assert wider.high >= interval.high


def test_pairing_takes_out_what_both_share():
    shared = np.random.default_rng(2).random(500) * 100
    interval = paired_interval(shared + 0.1, shared)
    assert interval.estimate == pytest.approx(0.1)
    assert interval.direction == 1
    same = paired_interval(shared, shared)
    assert (same.low, same.estimate, same.high) == (0, 0, 0)
    assert (same.direction, same.is_negligible) == (0, True)


def test_is_quick_and_needs_little_memory():
    first, second = np.random.default_rng(3).random((2, 10_000))
    begin = time.process_time()
    paired_interval(first, second)
    assert time.process_time() - begin < 1
    tracemalloc.start()
    paired_interval(first, second)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20  # all draws at once would be 80 MiB


def test_is_students_where_differences_are_not_skewed():
    first = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    interval = paired_interval(first, np.full(5, 1.0))
    half = 2.7764451052 * np.sqrt(2.5 / 5)  # the quantile of 4 degrees of freedom, from a table
    assert (interval.low, interval.high) == pytest.approx((2 - half, 2 + half))


def test_reaches_further_to_the_side_of_the_long_tail():
    tail = np.random.default_rng(4).lognormal(0, 1.5, 100)
    interval = paired_interval(tail, np.zeros(100))
    half = 1.984217 * tail.std(ddof=1) / 10  # 99 degrees of freedom
    assert interval.low == pytest.approx(tail.mean() - half)
    assert interval.high > tail.mean() + 1.2 * half


@pytest.mark.parametrize("exponent", [-300, -160, 0, 160, 300])
def test_the_size_of_errors_does_not_matter(exponent):
    first, second = np.random.default_rng(5).lognormal(0, 1.5, (2, 40))
    plain, scaled = paired_interval(first, second), paired_interval(first * 10.0**exponent, second * 10.0**exponent)
    wanted = [end * 10.0**exponent for end in (plain.low, plain.estimate, plain.high)]
    assert [scaled.low, scaled.estimate, scaled.high] == pytest.approx(wanted, rel=1e-12, abs=0)
    assert scaled.direction == plain.direction


@pytest.mark.parametrize(("distance", "direction"), [(1e-5, 1), (1.1e-6, 1), (0.9e-6, 0), (1e-12, 0), (-1e-5, -1)])
def test_a_difference_below_a_millionth_is_none(distance, direction):
    errors = np.random.default_rng(6).random(1000)
    interval = paired_interval(errors + distance * errors.mean(), errors)
    assert (interval.direction, interval.is_negligible) == (direction, direction == 0)
    assert interval.low * interval.high > 0


def test_the_ends_count_as_zero():
    assert Interval(0.1, 0.0, 0.2, 0.95, 9, 1.0).direction == 0
    assert Interval(0.1, 0.01, 0.2, 0.95, 9, 1.0).direction == 1


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("first", "second", "options", "message"),
    [
        ([1.0], [2.0], {}, "at least two samples"),
        ([1.0, 2.0], [2.0], {}, "errors of the same samples; there are 2 and 1"),
        ([1.0, np.inf], [2.0, 1.0], {}, "must be finite"),
        ([1.0, np.nan], [2.0, 1.0], {}, "NaN"),
        ([1.0, 2.0], [2.0, 1.0], {"confidence": 95.0}, "confidence must lie between 0 and 1"),
    ],
)
def test_refuses(first, second, options, message):
    with pytest.raises(InvalidInputError, match=message):
        paired_interval(np.array(first), np.array(second), **options)
