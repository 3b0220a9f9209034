from __future__ import annotations

import numpy as np
import pytest

from autoencode.charts import compute_detection_curve, draw_detection_curve
from autoencode.evaluation import detection_quality

RNG = np.random.default_rng(0)
LABELS = np.arange(400) < 20
SCORES = RNG.gamma(4, size=400) + 6 * LABELS


def compute(labels=LABELS, scores=SCORES, flagged=SCORES > 8):
    return compute_detection_curve(detection_quality(labels, scores, flagged))


def test_a_short_curve_is_drawn_whole():
    quality = detection_quality(LABELS[:100], SCORES[:100])
    curve = compute_detection_curve(quality)
    np.testing.assert_array_equal(curve.false_alarm_rates, quality.false_alarm_rates)
    np.testing.assert_array_equal(curve.precisions, quality.precisions)
    assert curve.flagged is None


def test_a_long_curve_keeps_its_ends_its_beginning_and_its_areas():
    labels = RNG.random(100_000) < 0.01
    quality = detection_quality(labels, RNG.gamma(4, size=100_000) + 6 * labels)
    curve = compute_detection_curve(quality)
    rates, found, precisions = curve.false_alarm_rates, curve.detection_rates, curve.precisions
    assert len(rates) <= 750
    assert (rates[0], found[0], rates[-1], found[-1]) == (0, 0, 1, 1)
    np.testing.assert_array_equal(precisions[:10], quality.precisions[:10])
    assert np.trapezoid(found, rates) == pytest.approx(quality.auroc, abs=0.002)
    assert np.sum(np.diff(found) * precisions[1:]) == pytest.approx(quality.average_precision, abs=0.01)


def test_the_figure_says_areas_base_rate_and_what_was_flagged(texts_of):
    curve = compute()
    texts = texts_of(draw_detection_curve(curve, title="Rare orders"))
    table = curve.flagged
    for text in (
        "Rare orders",
        "20 anomalies among 400 samples; ring: what was flagged",
        f"area under the ROC curve {curve.auroc:.3f}",
        f"average precision {curve.average_precision:.3f}",
        "base rate 0.05",
        "chance",
        f"{table.power:.3g} at false-alarm rate {table.false_alarm_rate:.2g}",
        f"precision {table.precision:.3g}",
    ):
        assert text in texts


def test_the_ring_lies_on_both_curves():
    curve, quality = compute(), detection_quality(LABELS, SCORES)
    point = np.sum(np.unique(SCORES) > 8)
    assert curve.roc.point == pytest.approx((quality.false_alarm_rates[point], quality.detection_rates[point]))
    assert curve.precision_recall.point == pytest.approx((quality.detection_rates[point], quality.precisions[point]))


def test_where_nothing_is_flagged_there_is_no_precision_to_mark():
    curve = compute(flagged=np.zeros(400, bool))
    assert curve.roc.point == (0, 0)
    assert curve.precision_recall.point is None
