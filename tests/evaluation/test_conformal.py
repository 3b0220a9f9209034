"""Conformal p-values: what they promise, and that threshold, rate and p-value agree to the last bit."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.evaluation import calibration_needed, conformal_p_values, conformal_threshold
from autoencode.exceptions import InvalidInputError

tied_scores = arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([-2.0, -0.0, 0.0, 0.1, 0.3, 1e9, np.inf]))
any_scores = arrays(np.float64, st.integers(1, 60), elements=st.floats(allow_nan=False))
scores_of_either_kind = st.one_of(tied_scores, any_scores)
open_rates = st.floats(0, 1, exclude_min=True, exclude_max=True)
decimal_rates = st.integers(1, 199).map(lambda number: number / 200)
counted_rates = st.integers(2, 62).flatmap(lambda whole: st.integers(1, whole - 1).map(lambda part: part / whole))
rates = st.one_of(open_rates, decimal_rates, counted_rates)


@given(calibration=scores_of_either_kind, scores=scores_of_either_kind)
@settings(max_examples=60, deadline=None)
def test_a_p_value_is_the_share_of_scores_as_high(calibration, scores):
    expected = [(1 + sum(known >= score for known in calibration)) / (len(calibration) + 1) for score in scores]
    assert conformal_p_values(calibration, scores).tolist() == expected


@given(calibration=scores_of_either_kind, scores=scores_of_either_kind, rate=rates)
@example(np.arange(19.0), np.array([18.0, 19.0]), 0.05)
@example(np.zeros(2), np.array([0.0, 1.0]), 1 / 3)
@settings(max_examples=300, deadline=None)
def test_above_the_threshold_is_a_p_value_within_the_rate(calibration, scores, rate):
    judged = np.concatenate([scores, calibration])
    above = judged > conformal_threshold(calibration, rate)
    np.testing.assert_array_equal(above, conformal_p_values(calibration, judged) <= rate)


@given(rate=rates)
@example(5e-324)
@example(math.nextafter(1.0, 0.0))
@settings(max_examples=200, deadline=None)
def test_no_fewer_calibration_samples_would_do(rate):
    needed = calibration_needed(rate)
    assert 1 / (needed + 1) <= rate < 1 / needed


@pytest.mark.parametrize("rate", ["0.3", "0.1", "0.05", "0.02", "0.01", "0.003", "0.001", "0.0001", "0.000001"])
def test_decimals_mean_what_they_say(rate):
    assert calibration_needed(float(rate)) == math.ceil(1 / Fraction(rate)) - 1


@pytest.mark.parametrize("rate", [0.05, 0.01, 0.35, 1 / 3, 0.999])
def test_a_sample_beyond_all_is_flagged_from_the_needed_number_on(rate):
    needed = calibration_needed(rate)
    assert np.inf > conformal_threshold(np.arange(float(needed)), rate)
    if needed > 1:
        assert conformal_threshold(np.arange(needed - 1.0), rate) == np.inf


@pytest.mark.parametrize(
    "pool", [(1, 2, 3, 4, 5, 6), (1, 1, 2, 2, 2, 3), (7, 7, 7, 7, 7, 7)], ids=["all", "ties", "one"]
)
def test_p_values_of_exchangeable_samples_are_never_too_small(pool):
    # Every order of the pool is equally likely: the last one is judged by the others.
    p_values = np.array(
        [conformal_p_values(np.array(order[:-1], float), np.array(order[-1:], float))[0]
         for order in itertools.permutations(pool)]
    )  # fmt: skip
    for count in range(1, 7):
        share = np.mean(p_values <= count / 6)
        assert share <= count / 6 + 1e-12
        assert share == pytest.approx(count / 6) or len(set(pool)) < 6


def test_the_false_alarm_rate_holds_on_average_over_calibration_sets():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        scores = rng.gamma(2.0, size=60 + 100)
        found.append(np.mean(scores[60:] > conformal_threshold(scores[:60], 0.1)))
    # 6 of 61 is what a rate of 0.1 allows; single sets lie far from it, their mean does not.
    assert np.std(found) > 0.03
    assert np.mean(found) == pytest.approx(6 / 61, abs=0.01)


@given(calibration=scores_of_either_kind, scores=scores_of_either_kind)
@settings(max_examples=40, deadline=None)
def test_a_growing_transform_of_the_scores_changes_nothing(calibration, scores):
    every, places = np.unique(np.concatenate([calibration, scores]), return_inverse=True)
    changed = np.exp(0.1 * np.arange(len(every)))[places]
    known, judged = np.split(changed, [len(calibration)])
    np.testing.assert_array_equal(conformal_p_values(known, judged), conformal_p_values(calibration, scores))


def test_a_million_scores_are_quick():
    scores = np.random.default_rng(0).random(10**6)
    p_values = conformal_p_values(scores[: 10**5], scores)
    assert 0.09 < np.mean(p_values <= 0.1) < 0.11


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 1.5, math.nan, math.inf])
def test_refuses_rates(rate):
    for use in (calibration_needed, lambda rate: conformal_threshold(np.ones(3), rate)):
        with pytest.raises(InvalidInputError, match="false_alarm_rate must be a number between 0 and 1"):
            use(rate)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.array([0.0, np.nan]), "must not hold NaN"),
        (np.zeros(0), "at least one number"),
        (np.zeros((2, 2)), "one axis"),
    ],
    ids=["nan", "empty", "matrix"],
)
def test_refuses_scores(scores, message):
    for use in (
        lambda: conformal_p_values(scores, np.ones(3)),
        lambda: conformal_p_values(np.ones(3), scores),
        lambda: conformal_threshold(scores, 0.1),
    ):
        with pytest.raises(InvalidInputError, match=message):
            use()


# ------------------------------------------------------------------ weights

weighted_scores = st.integers(1, 40).flatmap(
    lambda count: st.tuples(
        arrays(np.float64, count, elements=st.sampled_from([-2.0, 0.0, 0.1, 0.3, 7.0, np.inf])),
        arrays(np.float64, count, elements=st.one_of(st.integers(1, 9).map(float), st.floats(1e-3, 1e3))),
    )
)


@given(known=weighted_scores, scores=scores_of_either_kind)
@settings(max_examples=60, deadline=None)
def test_a_weighted_p_value_is_the_share_of_weight_as_high(known, scores):
    calibration, weights = known
    shares = weights / weights.mean()
    expected = [(1 + shares[calibration >= score].sum()) / (1 + len(shares)) for score in scores]
    found = conformal_p_values(calibration, scores, weights)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (found <= 1).all()


@given(known=weighted_scores, scores=scores_of_either_kind, rate=rates)
@settings(max_examples=200, deadline=None)
def test_above_the_threshold_is_a_weighted_p_value_within_the_rate(known, scores, rate):
    calibration, weights = known
    judged = np.concatenate([scores, calibration])
    above = judged > conformal_threshold(calibration, rate, weights)
    np.testing.assert_array_equal(above, conformal_p_values(calibration, judged, weights) <= rate)


@given(calibration=scores_of_either_kind, scores=scores_of_either_kind, weight=st.sampled_from([1.0, 4.0, 0.125]))
@settings(max_examples=60, deadline=None)
def test_weights_that_are_the_same_are_none(calibration, scores, weight):
    weights = np.full(len(calibration), weight)
    found = conformal_p_values(calibration, scores, weights)
    np.testing.assert_array_equal(found, conformal_p_values(calibration, scores))


def test_a_score_of_twice_the_weight_counts_as_two():
    found = conformal_p_values(np.array([1.0, 2.0, 3.0]), np.array([1.5]), np.array([1.0, 2.0, 3.0]))
    assert found.tolist() == [(1 + 2.5) / 4], "2 and 3 of 6, as parts of 3 samples"
    rng = np.random.default_rng(0)
    calibration, counts, scores = rng.normal(size=500), rng.integers(1, 4, 500), rng.normal(size=50)
    repeated = conformal_p_values(np.repeat(calibration, counts), scores)
    np.testing.assert_allclose(conformal_p_values(calibration, scores, counts * 1.0), repeated, atol=1 / 500)


@pytest.mark.parametrize("rate", [0.1, 0.05, 0.01])
def test_as_many_weighted_samples_are_needed(rate):
    needed = calibration_needed(rate)
    weights = np.random.default_rng(0).random(needed) + 0.1
    assert conformal_p_values(np.zeros(needed), np.array([1.0]), weights)[0] <= rate


@pytest.mark.parametrize("weights", [[1.0, 0.0], [1.0, -1.0], [1.0, np.inf]], ids=["0", "-1", "inf"])
def test_weights_that_cannot_be_used_are_said(weights):
    with pytest.raises(InvalidInputError, match="weights must be finite numbers above 0, one for each of 2"):
        conformal_p_values(np.zeros(2), np.zeros(1), np.array(weights))
