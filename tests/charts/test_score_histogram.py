from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autoencode.charts import compute_score_histogram, draw_score_histogram

RNG = np.random.default_rng(0)
CALIBRATION, SCORES = RNG.gamma(4, size=500), RNG.gamma(4, size=2000)
LABELS = np.arange(2000) < 40
ABNORMAL = SCORES + 8 * LABELS

scores = arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6, allow_subnormal=False))


@given(
    judged=scores,
    calibration=st.none() | scores,
    threshold=st.none() | st.floats(-1e6, 1e6) | st.just(math.inf),
    is_labelled=st.booleans(),
    bins=st.integers(1, 60),
)
@settings(max_examples=80, deadline=None)
def test_no_score_is_lost_and_the_threshold_is_in_sight(judged, calibration, threshold, is_labelled, bins):
    labels = np.arange(len(judged)) % 3 == 0 if is_labelled else None
    picture = compute_score_histogram(judged, calibration=calibration, labels=labels, threshold=threshold, bins=bins)
    known = 0 if calibration is None else len(calibration)
    assert picture.counts.sum() == len(judged) + known
    assert len(picture.groups) == len(picture.counts) == len(picture.colours)
    assert np.all(np.diff(picture.edges) > 0)
    assert picture.flagged == (0 if threshold is None else np.sum(judged > threshold))
    if threshold is not None and threshold < math.inf:
        assert picture.edges[0] <= threshold <= picture.edges[-1]
    low, high = picture.limits
    assert np.all((low < high) & (picture.counts < high))


def test_labelled_anomalies_are_a_group_of_their_own():
    picture = compute_score_histogram(ABNORMAL, calibration=CALIBRATION, labels=LABELS)
    assert picture.groups == ("calibration", "normal", "anomalies")
    assert picture.captions == ("calibration, 500", "normal, 1,960", "anomalies, 40")
    assert picture.counts.sum(axis=1).tolist() == [500, 1960, 40]
    assert compute_score_histogram(ABNORMAL, labels=np.ones(2000, bool)).groups == ("anomalies",)
    assert compute_score_histogram(ABNORMAL, labels=np.zeros(2000, bool)).groups == ("normal",)


def test_few_among_many_are_seen_on_a_logarithmic_scale():
    assert compute_score_histogram(ABNORMAL, labels=LABELS).is_log
    assert compute_score_histogram(SCORES, threshold=float(np.sort(SCORES)[-3])).is_log
    assert not compute_score_histogram(SCORES, calibration=CALIBRATION).is_log


def test_a_heavy_tail_squashes_nothing_and_is_said_to_be_there(texts_of):
    picture = compute_score_histogram([*SCORES, 1e3, 1e9], calibration=CALIBRATION, threshold=10.0)
    assert picture.edges[-1] < 20
    texts = texts_of(draw_score_histogram(picture))
    assert f"the last bar also holds {picture.above} samples up to 1e+09" in texts
    assert f"{picture.flagged} above 10" in texts


def test_too_few_calibration_samples_are_said(texts_of):
    picture = compute_score_histogram(SCORES, calibration=CALIBRATION[:9], threshold=math.inf)
    assert picture.flagged == 0
    assert "too few calibration samples to flag any" in texts_of(draw_score_histogram(picture))
