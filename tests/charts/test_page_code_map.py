from __future__ import annotations

import numpy as np
from bokeh.models import BoxSelectTool, ColumnDataSource, LassoSelectTool, PanTool, ResetTool, TapTool, WheelZoomTool

from autoencode.charts import compute_code_map
from autoencode.charts.paint_bokeh import paint_bokeh

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(300, 2))
LABELS = [str(number % 12) for number in range(300)]


def columns_of(plot, name):
    return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}


def test_the_sources_hold_the_numbers_of_the_figure(check_page_law):
    picture = compute_code_map(POINTS, labels=LABELS, axis_names=("unit 3", "unit 5"))
    plot = paint_bokeh(picture.chart())
    assert plot.name == "code_map"
    points, names = columns_of(plot, "points"), columns_of(plot, "names")
    np.testing.assert_allclose(np.stack([points["x"], points["y"]], axis=1), POINTS, rtol=1e-6)
    assert tuple(points["colour"]) == picture.label_colours
    np.testing.assert_array_equal(np.stack([names["x"], names["y"]], axis=1), picture.class_middles)
    assert tuple(names["name"]) == picture.classes
    assert tuple(names["colour"]) == picture.class_colours
    assert len(columns_of(plot, "chosen")["x"]) == 0
    check_page_law(plot)


def test_it_can_be_brushed_and_moved_but_does_not_take_the_wheel():
    plot = paint_bokeh(compute_code_map(POINTS).chart())
    for kind in (BoxSelectTool, LassoSelectTool, PanTool, ResetTool, TapTool, WheelZoomTool):
        assert len(plot.select({"type": kind})) == 1
    assert isinstance(plot.toolbar.active_drag, BoxSelectTool)
    assert plot.toolbar.active_scroll is None


def test_what_is_selected_stands_out():
    plot = paint_bokeh(compute_code_map(POINTS).chart())
    (dots,) = (one for one in plot.renderers if one.data_source.name == "points")
    assert dots.selection_glyph.fill_alpha > dots.glyph.fill_alpha > 3 * dots.nonselection_glyph.fill_alpha
    assert [dots] == plot.x_range.renderers == plot.y_range.renderers


def test_without_labels_there_are_no_names():
    plot = paint_bokeh(compute_code_map(POINTS, errors=POINTS[:, 0]).chart())
    assert not plot.select({"name": "names", "type": ColumnDataSource})
