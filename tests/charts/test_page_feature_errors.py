from __future__ import annotations

import numpy as np

from autoencode.charts import compute_feature_bars, compute_feature_heat_map
from autoencode.charts.paint_bokeh import paint_bokeh
from autoencode.evaluation import ColumnError


def columns_of(plot, name):
    return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}


def bars_of(shares, name="column {}", unit="days"):
    errors = [ColumnError(name.format(place), "numeric", share, "how", unit) for place, share in enumerate(shares)]
    means = [ColumnError(name.format(place), "numeric", 1.0, "how", unit) for place in range(len(shares))]
    return compute_feature_bars(errors, means)


def test_the_source_holds_the_pixels_upright(check_page_law):
    errors = np.arange(6.0)
    plot = paint_bokeh(compute_feature_heat_map(errors, (2, 3)).chart())
    np.testing.assert_array_equal(columns_of(plot, "pixels")["error"][0], errors.reshape(2, 3))
    # The first row is above the last; pixel j lies around the number j.
    assert (plot.y_range.start, plot.y_range.end) == (1.5, -0.5)
    assert (plot.x_range.start, plot.x_range.end) == (-0.5, 2.5)
    assert plot.extra_x_ranges["error"].end == 5.0
    check_page_law(plot)


def test_pixels_are_square():
    plot = paint_bokeh(compute_feature_heat_map(np.ones(600), (20, 30)).chart())
    assert plot.frame_width / 30 == plot.frame_height / 20


def test_the_source_holds_the_bars_cut_at_the_end_of_the_axis(check_page_law):
    bars = bars_of([0.25, 1.5, 9.0])
    plot = paint_bokeh(bars.chart())
    columns = columns_of(plot, "bars")
    assert columns["name"].tolist() == ["column 2", "column 1", "column 0"]
    np.testing.assert_allclose(columns["share"], [900, 150, 25])
    np.testing.assert_allclose(columns["end"], [300, 150, 25])
    assert columns["errors"].tolist() == list(bars.captions)
    assert columns["colour"][0] == columns["colour"][1] != columns["colour"][2]
    check_page_law(plot)


def test_the_plot_is_as_high_as_its_bars_need(check_page_law):
    few, many = (paint_bokeh(bars_of(np.linspace(0.1, 1, count).tolist()).chart()) for count in (1, 100))
    assert few.frame_height < 60 < 19 * 34 < many.frame_height
    check_page_law(many)
