"""The quality of a detection: areas against counting pairs, curves against counting flags."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.evaluation import ConfusionTable, detection_quality
from autoencode.exceptions import InvalidInputError


@st.composite
def labelled_scores(draw):
    scores = draw(arrays(np.float64, st.integers(2, 30), elements=st.sampled_from([-1.0, 0.0, 0.5, 1e-9, np.inf])))
    labels = draw(arrays(np.bool_, len(scores)))
    labels[0], labels[-1] = True, False
    return labels, scores


@given(labelled=labelled_scores())
@settings(max_examples=100, deadline=None)
def test_auroc_is_the_probability_of_the_right_order(labelled):
    labels, scores = labelled
    higher, lower = scores[labels][:, None], scores[~labels][None]
    pairs = (higher > lower) + 0.5 * (higher == lower)
    assert detection_quality(labels, scores).auroc == pytest.approx(pairs.mean(), abs=1e-12)


@given(labelled=labelled_scores())
@settings(max_examples=100, deadline=None)
def test_every_point_of_the_curves_is_what_its_threshold_flags(labelled):
    labels, scores = labelled
    quality = detection_quality(labels, scores)
    assert quality.thresholds[1:].tolist() == sorted(set(scores), reverse=True)
    assert (quality.false_alarm_rates[0], quality.detection_rates[0], quality.precisions[0]) == (0, 0, 1)
    total, before = 0.0, 0.0
    for point, threshold in enumerate(quality.thresholds[1:], 1):
        table = detection_quality(labels, scores, scores >= threshold).confusion
        assert table.false_alarm_rate == pytest.approx(quality.false_alarm_rates[point])
        assert table.power == pytest.approx(quality.detection_rates[point])
        assert table.precision == quality.precisions[point]
        total += (table.power - before) * table.precision
        before = table.power
    assert quality.average_precision == pytest.approx(total)
    assert quality.base_rate == quality.precisions[-1] == labels.mean()


@given(labelled=labelled_scores(), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_neither_a_growing_transform_nor_the_order_changes_anything(labelled, seed):
    labels, scores = labelled
    order = np.random.default_rng(seed).permutation(len(scores))
    changed = np.exp(np.arange(30.0))[np.unique(scores, return_inverse=True)[1]]
    one, other = detection_quality(labels, scores), detection_quality(labels[order].astype(int), changed[order])
    assert one.auroc == pytest.approx(other.auroc)
    assert one.average_precision == pytest.approx(other.average_precision)
    np.testing.assert_array_equal(one.detection_rates, other.detection_rates)
    np.testing.assert_array_equal(one.false_alarm_rates, other.false_alarm_rates)


def test_confusion_counts_and_rates():
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    flagged = np.array([1, 1, 0, 1, 0, 0, 0, 0], bool)
    quality = detection_quality(labels, np.arange(8.0), flagged)
    table = quality.confusion
    assert table == ConfusionTable(hits=2, misses=1, false_alarms=1, correct_rejections=4)
    assert (table.power, table.false_alarm_rate, table.precision) == (2 / 3, 1 / 5, 2 / 3)
    assert (quality.anomalies, quality.samples, quality.base_rate) == (3, 8, 3 / 8)
    nothing = detection_quality(labels, np.arange(8.0), np.zeros(8, bool)).confusion
    assert (nothing.power, nothing.false_alarm_rate, nothing.precision) == (0, 0, 1)
    assert detection_quality(labels, np.arange(8.0)).confusion is None


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": np.zeros(3)}, "all 3 are normal"),
        ({"labels": np.ones(3)}, "all 3 are anomalies"),
        ({"labels": np.array([-1, 1, 1])}, "labels must be 1 or True for an anomaly.* one is -1"),
        ({"labels": np.array([0.0, 1.0, np.nan])}, "labels must not hold NaN"),
        ({"labels": np.array(["a", "b", "c"])}, "labels must hold real numbers"),
        ({"labels": np.array([0, 1])}, "labels must be one a sample, 3; there are 2"),
        ({"scores": np.array([0.0, 1.0, np.nan])}, "scores must not hold NaN"),
        ({"scores": np.zeros((3, 1))}, "scores must have one axis"),
        ({"labels": np.zeros(0), "scores": np.zeros(0)}, "at least one number"),
        ({"flagged": np.array([True])}, "flagged must be one a sample"),
    ],
    ids=["normal", "anomalies", "signs", "nan label", "text", "count", "nan", "matrix", "empty", "flagged"],
)
def test_refuses(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        detection_quality(**{"labels": np.array([0, 0, 1]), "scores": np.array([0.1, 0.2, 0.3]), **arguments})
