"""The histogram of anomaly scores on a page has the counts of the computed one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bokeh.models import Label, LegendItem, LogScale, Span

from autoencode.charts import compute_score_histogram
from autoencode.charts.paint_bokeh import paint_bokeh

RNG = np.random.default_rng(0)
CALIBRATION, SCORES = RNG.gamma(4, size=300), RNG.gamma(4, size=1000)
LABELS = np.arange(1000) < 20


def test_the_source_holds_every_groups_counts(check_page_law):
    picture = compute_score_histogram(SCORES + 8 * LABELS, calibration=CALIBRATION, labels=LABELS, threshold=9.0)
    plot = paint_bokeh(picture.chart())
    data = plot.select_one({"name": "bins"}).data
    for group in range(3):
        np.testing.assert_array_equal(data[f"count {group}"], picture.counts[group])
        assert np.all(data[f"height {group}"] > 0)
    assert isinstance(plot.y_scale, LogScale)
    assert (plot.y_range.start, plot.y_range.end) == picture.limits
    assert {item.label.value for item in plot.select({"type": LegendItem})} == set(picture.captions)
    check_page_law(plot)


def test_the_threshold_has_a_line_and_a_label():
    picture = compute_score_histogram(SCORES, threshold=9.0)
    plot = paint_bokeh(picture.chart())
    assert [line.location for line in plot.select({"type": Span})] == [9.0]
    assert [label.text.text for label in plot.select({"type": Label})] == [picture.threshold_name]


@pytest.mark.parametrize("threshold", [None, math.inf])
def test_without_a_threshold_there_is_no_line(threshold):
    plot = paint_bokeh(compute_score_histogram(SCORES, threshold=threshold).chart())
    assert not plot.select({"type": Span})
    assert not isinstance(plot.y_scale, LogScale)


def test_pointing_at_a_bin_shows_its_range_and_every_groups_count():
    (hover,) = paint_bokeh(compute_score_histogram(SCORES, calibration=CALIBRATION).chart()).hover
    assert hover.tooltips == [
        ("score", "@left{%.5g} to @right{%.5g}"),
        ("calibration", "@{count 0}"),
        ("scored", "@{count 1}"),
    ]
