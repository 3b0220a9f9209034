"""Measures of error: oracles, laws, the figures of the uniform table, memory."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autoencode.evaluation import (
    MEASURES,
    absolute_error,
    binary_cross_entropy,
    categorical_cross_entropy,
    errors,
    find_measure,
    fit_baselines,
    signed_difference,
    signed_sum,
    squared_error,
)
from autoencode.exceptions import InvalidInputError

UNIT = st.floats(0, 1, width=32)


def make_distributions(samples):
    """Return samples that every measure takes: each adds up to 1."""
    return (samples + np.float32(0.01)) / (samples + np.float32(0.01)).sum(axis=1, keepdims=True)


@st.composite
def pairs(draw, low_rows=1):
    shape = draw(array_shapes(min_dims=2, max_dims=2, min_side=low_rows, max_side=8))
    samples, rebuilt = (draw(arrays(np.float32, shape, elements=UNIT)) for _ in range(2))
    return make_distributions(samples), rebuilt


def naive(measure: str, sample: float, rebuilt: float, total: float) -> float:
    if measure == "binary_cross_entropy":
        p = min(max(rebuilt, 1e-7), 1 - 1e-7)
        return -sample * math.log(p) - (1 - sample) * math.log(1 - p)
    if measure == "categorical_cross_entropy":
        return -sample * math.log(rebuilt / total)
    difference = sample - rebuilt
    if measure == "huber":
        return difference**2 / 2 if abs(difference) <= 1 else abs(difference) - 0.5
    return {"squared_error": difference**2, "absolute_error": abs(difference), "signed_sum": difference}[measure]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_agrees_with_plain_loops(measure, dtype):
    rng = np.random.default_rng(1)
    samples, rebuilt = rng.random((2, 7, 5)).astype(dtype)
    samples, rebuilt = make_distributions(samples), rebuilt * (3 if measure == "huber" else 1)
    unreduced = np.array(
        [
            [naive(measure, float(x), float(y), float(rows[1].sum(dtype=float))) for x, y in zip(*rows, strict=True)]
            for rows in zip(samples, rebuilt, strict=True)
        ]
    )
    reduce = np.sum if measure == "signed_sum" else np.mean
    for per, axis in (("sample", 1), ("feature", 0)):
        found = errors(samples, rebuilt, measure=measure, per=per)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, reduce(unreduced, axis=axis), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(MEASURES[measure].function(samples, rebuilt), unreduced, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("measure", MEASURES)
@given(pair=pairs(), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_order_of_samples_changes_nothing(measure, pair, seed):
    order = np.random.default_rng(seed).permutation(len(pair[0]))
    straight = errors(*pair, measure=measure)
    np.testing.assert_array_equal(errors(pair[0][order], pair[1][order], measure=measure), straight[order])
    by_feature = [errors(x, y, measure=measure, per="feature") for x, y in (pair, (pair[0][order], pair[1][order]))]
    np.testing.assert_allclose(*by_feature, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
@given(pair=pairs(low_rows=2))
@settings(max_examples=30, deadline=None)
def test_split_of_the_batch_changes_nothing(measure, pair):
    whole = errors(*pair, measure=measure)
    parts = [errors(pair[0][rows], pair[1][rows], measure=measure) for rows in (slice(0, 1), slice(1, None))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_blocks_of_rows_leave_no_seam():
    samples, rebuilt = np.random.default_rng(2).random((2, 3000, 100), dtype=np.float32)
    exact = np.square(samples.astype(np.float64) - rebuilt)
    np.testing.assert_allclose(errors(samples, rebuilt), exact.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(errors(samples, rebuilt, per="feature"), exact.mean(axis=0), rtol=1e-13)


@given(pair=pairs())
@settings(max_examples=30, deadline=None)
def test_signs_and_bounds(pair):
    assert (squared_error(*pair) >= 0).all()
    np.testing.assert_allclose(absolute_error(*pair) ** 2, squared_error(*pair), atol=1e-12)
    np.testing.assert_array_equal(signed_difference(*pair), -signed_difference(*pair[::-1]))
    assert (np.abs(signed_sum(*pair)) <= absolute_error(*pair).sum(axis=1) + 1e-12).all()
    cross = binary_cross_entropy(*pair)
    assert (cross >= binary_cross_entropy(pair[0], pair[0]) - 1e-6).all()
    assert cross.min() >= 0
    assert cross.max() <= -math.log(1e-7) + 1e-9


def test_cross_entropy_counts_the_nearest_probability():
    samples = np.array([[0.0, 1.0]])
    np.testing.assert_array_equal(
        binary_cross_entropy(samples, np.array([[-3.0, 2.0]])), binary_cross_entropy(samples, samples)
    )
    assert binary_cross_entropy(samples, 1 - samples)[0, 0] == pytest.approx(16.118, abs=1e-3)


@pytest.mark.parametrize("sample", [-0.001, 1.001])
def test_cross_entropy_refuses_samples_outside(sample):
    with pytest.raises(InvalidInputError, match=r"samples must lie in \[0, 1\]"):
        errors(np.array([[sample]]), np.array([[0.5]]), measure="binary_cross_entropy")


def test_categorical_cross_entropy_takes_any_reconstruction_for_its_nearest_distribution():
    samples = np.array([[0.0, 1.0, 0.0]])
    assert categorical_cross_entropy(samples, np.full((1, 3), 0.5)).sum() == pytest.approx(math.log(3))
    negative = categorical_cross_entropy(samples, np.array([[-5.0, 0.5, 0.5]]))
    assert negative.sum() == pytest.approx(math.log(2), abs=1e-6)
    assert categorical_cross_entropy(samples, 1 - samples).sum() == pytest.approx(math.log(2e7), abs=1e-3)
    assert errors(samples, samples, measure="categorical_cross_entropy") == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("sample", [[-0.5, 1.5], [0.5, 0.6], [0.0, 0.0]], ids=["negative", "too much", "nothing"])
def test_categorical_cross_entropy_refuses_what_is_no_distribution(sample):
    with pytest.raises(InvalidInputError, match="each add up to 1"):
        errors(np.array([sample]), np.full((1, 2), 0.5), measure="categorical_cross_entropy")


def test_the_figures_of_the_uniform_table():
    train, table = np.random.default_rng(0).random((2, 10_000, 30)).astype(np.float32)
    mean, pca = fit_baselines(train, 2)
    rebuilt = mean.reconstruct(table)
    assert errors(table, rebuilt).mean() == pytest.approx(1 / 12, abs=3e-4)
    pca_error = errors(table, pca.reconstruct(table)).mean()
    assert pca_error == pytest.approx(0.0775, abs=5e-4)
    assert pca_error / errors(table, rebuilt).mean() == pytest.approx(28 / 30, abs=1e-3)  # two numbers explain 2/30
    assert errors(table, rebuilt, measure="binary_cross_entropy").mean() == pytest.approx(math.log(2), abs=1e-4)
    sums = signed_sum(table, rebuilt)
    assert sums.std() == pytest.approx(math.sqrt(30 / 12), abs=0.02)
    assert abs(sums.mean()) < 0.1


@pytest.mark.parametrize("per", ["sample", "feature"])
@pytest.mark.parametrize("measure", MEASURES)
def test_large_arrays_need_little_memory(measure, per):
    samples, rebuilt = np.random.default_rng(0).random((2, 10_000, 784), dtype=np.float32)
    samples /= samples.sum(axis=1, keepdims=True)
    tracemalloc.start()
    errors(samples, rebuilt, measure=measure, per=per)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * 2**20  # one float64 copy alone would be 60 MiB


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_refuses_numbers_that_are_not_finite(which, bad):
    pair = [np.zeros((3, 4)), np.zeros((3, 4))]
    pair[which][2, 1] = bad
    with pytest.raises(InvalidInputError, match="row 2, column 1"):
        errors(*pair)


@pytest.mark.usefixtures("unchecked_shapes")
def test_refuses_arrays_that_do_not_fit():
    with pytest.raises(InvalidInputError, match="shape of samples"):
        errors(np.zeros((3, 4)), np.zeros((4, 3)))
    with pytest.raises(InvalidInputError, match="two axes"):
        errors(np.zeros(3), np.zeros(3))
    with pytest.raises(InvalidInputError, match="empty"):
        errors(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(InvalidInputError, match="real numbers"):
        errors(np.array([["a"]]), np.array([["b"]]))
    with pytest.raises(InvalidInputError, match="per must be"):
        errors(np.zeros((1, 1)), np.zeros((1, 1)), per="batch")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("square_error", "squared_error"), ("mse", "squared_error"), ("bce", "binary_cross_entropy")],
)
def test_an_unknown_measure_names_the_nearest(name, nearest):
    with pytest.raises(InvalidInputError, match=f"(did you mean|it is) '{nearest}'"):
        errors(np.zeros((1, 1)), np.zeros((1, 1)), measure=name)


def test_every_measure_says_what_it_is():
    for name, measure in MEASURES.items():
        assert find_measure(name) is measure
        assert measure.name == name
        assert measure.unit
        assert measure.description.endswith(".")
        assert measure.misleading == (name == "signed_sum")
