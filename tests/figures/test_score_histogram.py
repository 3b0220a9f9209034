from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autoencode.exceptions import InvalidInputError
from autoencode.figures import compute_score_histogram, draw_score_histogram, png_bytes

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
    assert np.all((low <= picture.heights) & (picture.heights < high))


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


@pytest.mark.parametrize("values", [[0.0], [1.0, 1.0], [-1e150, 1e150], [0.0] * 200 + [1e149]], ids=range(4))
def test_odd_scores_can_be_drawn(values):
    png_bytes(draw_score_histogram(compute_score_histogram(values, calibration=values, threshold=0.0)), dpi=40.0)


def test_the_picture_is_the_same_each_time_and_nothing_is_cut_off(cut_off):
    picture = compute_score_histogram(ABNORMAL, calibration=CALIBRATION, labels=LABELS, threshold=9.0)
    png, again = (png_bytes(draw_score_histogram(picture)) for _ in range(2))
    assert png == again
    assert cut_off(png) == []


def test_hostile_names_show_as_they_are(hostile_name, texts_of, cut_off):
    picture = compute_score_histogram(SCORES, score_name=hostile_name)
    figure = draw_score_histogram(picture, title=hostile_name, subtitle=hostile_name)
    shown = hostile_name.replace("\n", r"\n") if hostile_name.isascii() else r"\u6570\u5b57"
    assert texts_of(figure).count(shown[:10]) >= 3
    assert cut_off(png_bytes(figure, dpi=75.0)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"scores": np.ones(0)},
        {"scores": np.array([1.0, np.nan])},
        {"scores": np.array([1.0, np.inf])},
        {"scores": np.array([1.0, 1e200])},
        {"calibration": np.array([np.nan])},
        {"calibration": np.ones((2, 2))},
        {"labels": np.array([True])},
        {"threshold": math.nan},
        {"threshold": -math.inf},
        {"bins": 0},
        {"bins": 10**9},
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments):
    with pytest.raises(InvalidInputError):
        compute_score_histogram(**{"scores": np.ones(2), **arguments})
