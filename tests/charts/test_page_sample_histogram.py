from __future__ import annotations

import numpy as np
from bokeh.models import BoxSelectTool, GlyphRenderer

from autoencode.charts import compute_sample_histogram
from autoencode.charts.paint_bokeh import paint_bokeh

ERRORS = np.append(np.random.default_rng(0).gamma(8, 0.001, 500), 9.0)


def columns_of(plot, name):
    return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}


def compute(errors, title="squared error", unit=""):
    return compute_sample_histogram(np.asarray(errors), measure_title=title, unit=unit)


def test_the_source_holds_the_numbers_of_the_figure_and_nothing_is_chosen(check_page_law):
    picture = compute(ERRORS)
    plot = paint_bokeh(picture.chart())
    assert plot.name == "sample_histogram"
    bins = columns_of(plot, "bins")
    assert set(bins) == {"left", "right", "count", "chosen"}
    np.testing.assert_array_equal(bins["count"], picture.counts)
    np.testing.assert_array_equal(bins["left"], picture.edges[:-1])
    np.testing.assert_array_equal(bins["right"][:-1], picture.edges[1:-1])
    assert bins["right"][-1] == 9.0
    assert bins["count"].sum() == 501
    assert not bins["chosen"].any()
    check_page_law(plot)


def test_the_tail_lies_outside_of_what_is_shown_at_first():
    picture = compute(ERRORS)
    plot = paint_bokeh(picture.chart())
    assert (plot.x_range.start, plot.x_range.end) == (picture.edges[0], picture.edges[-1])
    assert plot.y_range.start == 0
    assert plot.y_range.end > picture.counts.max()


def test_brushing_is_across_active_and_leaves_the_bars_as_they_look():
    plot = paint_bokeh(compute(ERRORS).chart())
    brush = plot.toolbar.active_drag
    assert isinstance(brush, BoxSelectTool)
    assert brush.dimensions == "width"
    for name, column in (("all", "count"), ("chosen", "chosen")):
        bars = plot.select_one({"name": name, "type": GlyphRenderer})
        assert bars.glyph.top == column
        assert bars.selection_glyph is bars.nonselection_glyph is None
