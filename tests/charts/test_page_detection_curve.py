"""The detection curves on a page have the points of the computed ones."""

from __future__ import annotations

import numpy as np
from bokeh.models import GlyphRenderer, Label

from autoencode.charts import compute_detection_curve
from autoencode.charts.paint_bokeh import paint_bokeh
from autoencode.evaluation import detection_quality

LABELS = np.arange(300) < 15
SCORES = np.random.default_rng(0).gamma(4, size=300) + 6 * LABELS


def compute(flagged=None):
    return compute_detection_curve(detection_quality(LABELS, SCORES, flagged))


def test_both_plots_show_the_same_points(check_page_law):
    curve = compute()
    row = paint_bokeh(curve.chart())
    assert [plot.name for plot in row.children] == ["roc_curve", "precision_recall_curve"]
    for plot in row.children:
        data = plot.select_one({"name": "curve"}).data
        np.testing.assert_array_equal(data["false alarm"], curve.false_alarm_rates)
        np.testing.assert_array_equal(data["detection"], curve.detection_rates)
        np.testing.assert_array_equal(data["precision"], curve.precisions)
        assert not plot.select({"name": "flagged"})
    check_page_law(row)


def test_what_was_flagged_is_a_ring_with_its_name(check_page_law):
    curve = compute(SCORES > 8)
    row = paint_bokeh(curve.chart())
    for plot, panel in zip(row.children, (curve.roc, curve.precision_recall), strict=True):
        data = plot.select_one({"name": "flagged", "type": GlyphRenderer}).data_source.data
        assert (data["x"][0], data["y"][0]) == panel.point
        texts = {label.text.text for label in plot.select({"type": Label})}
        assert texts == {panel.chance_name, panel.point_name}
        assert plot.title.text.text == panel.title
    check_page_law(row)


def test_where_nothing_is_flagged_precision_has_no_ring():
    roc, other = paint_bokeh(compute(np.zeros(300, bool)).chart()).children
    assert roc.select({"name": "flagged"})
    assert not other.select({"name": "flagged"})


def test_pointing_shows_all_three_rates():
    for plot in paint_bokeh(compute().chart()).children:
        (hover,) = plot.hover
        assert hover.tooltips == [
            ("detection rate", "@{detection}{%.5g}"),
            ("false alarm rate", "@{false alarm}{%.5g}"),
            ("precision", "@precision{%.5g}"),
        ]
