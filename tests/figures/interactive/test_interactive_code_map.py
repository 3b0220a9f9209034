from __future__ import annotations

import numpy as np
import pytest
from bokeh.models import BoxSelectTool, ColumnDataSource, LassoSelectTool, PanTool, ResetTool, TapTool, WheelZoomTool

from autoencode.figures import compute_code_map
from autoencode.figures.interactive import plot_code_map

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(300, 2))
LABELS = [str(number % 12) for number in range(300)]


def columns_of(plot, name):
    return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}


def test_the_sources_hold_the_numbers_of_the_figure(check_page_law):
    picture = compute_code_map(POINTS, labels=LABELS, axis_names=("unit 3", "unit 5"))
    plot = plot_code_map(picture)
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
    plot = plot_code_map(compute_code_map(POINTS))
    for kind in (BoxSelectTool, LassoSelectTool, PanTool, ResetTool, TapTool, WheelZoomTool):
        assert len(plot.select({"type": kind})) == 1
    assert isinstance(plot.toolbar.active_drag, BoxSelectTool)
    assert plot.toolbar.active_scroll is None


def test_what_is_selected_stands_out():
    plot = plot_code_map(compute_code_map(POINTS))
    (dots,) = (one for one in plot.renderers if one.data_source.name == "points")
    assert dots.selection_glyph.fill_alpha > dots.glyph.fill_alpha > 3 * dots.nonselection_glyph.fill_alpha
    assert [dots] == plot.x_range.renderers == plot.y_range.renderers


def test_without_labels_there_are_no_names():
    plot = plot_code_map(compute_code_map(POINTS, errors=POINTS[:, 0]))
    assert not plot.select({"name": "names", "type": ColumnDataSource})


@pytest.mark.parametrize("points", [[[0.0, 0.0]], [[1.0, 2.0]] * 5, [[1e150, -1e150], [0.0, 1e-300]]])
def test_odd_points_stay_finite(points, check_page_law):
    plot = plot_code_map(compute_code_map(np.array(points)))
    columns = columns_of(plot, "points")
    assert np.isfinite(columns["x"]).all()
    assert np.isfinite(columns["y"]).all()
    check_page_law(plot)


def test_hostile_names_stay_plain_and_short(hostile_page_name, check_page_law):
    picture = compute_code_map(
        POINTS, labels=[hostile_page_name] * 300, axis_names=(hostile_page_name, hostile_page_name)
    )
    plot = plot_code_map(picture)
    (name,) = columns_of(plot, "names")["name"]
    assert len(name) <= 20
    assert str(name).isprintable()
    check_page_law(plot)
