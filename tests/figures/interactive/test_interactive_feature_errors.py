from __future__ import annotations

import numpy as np
import pytest

from autoencode.evaluation import ColumnError
from autoencode.figures import compute_feature_bars, compute_feature_heat_map
from autoencode.figures.interactive import plot_feature_bars, plot_feature_heat_map


def columns_of(plot, name):
    return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}


def bars_of(shares, name="column {}", unit="days"):
    errors = [ColumnError(name.format(place), "numeric", share, "how", unit) for place, share in enumerate(shares)]
    means = [ColumnError(name.format(place), "numeric", 1.0, "how", unit) for place in range(len(shares))]
    return compute_feature_bars(errors, means)


def test_the_source_holds_the_pixels_upright(check_page_law):
    errors = np.arange(6.0)
    plot = plot_feature_heat_map(compute_feature_heat_map(errors, (2, 3)))
    np.testing.assert_array_equal(columns_of(plot, "pixels")["error"][0], errors.reshape(2, 3))
    # The first row is above the last; pixel j lies around the number j.
    assert (plot.y_range.start, plot.y_range.end) == (1.5, -0.5)
    assert (plot.x_range.start, plot.x_range.end) == (-0.5, 2.5)
    assert plot.extra_x_ranges["error"].end == 5.0
    check_page_law(plot)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (20, 30, 3)])
@pytest.mark.parametrize("scale", [0.0, 1e-300, 1e150])
def test_images_of_every_shape_are_small_and_finite(shape, scale, check_page_law):
    plot = plot_feature_heat_map(compute_feature_heat_map(np.full(int(np.prod(shape)), scale), shape))
    assert 40 <= min(plot.frame_width, plot.frame_height) <= max(plot.frame_width, plot.frame_height) == 300
    assert np.isfinite(columns_of(plot, "pixels")["error"]).all()
    check_page_law(plot)


def test_pixels_are_square():
    plot = plot_feature_heat_map(compute_feature_heat_map(np.ones(600), (20, 30)))
    assert plot.frame_width / 30 == plot.frame_height / 20


def test_the_source_holds_the_bars_cut_at_the_end_of_the_axis(check_page_law):
    bars = bars_of([0.25, 1.5, 9.0])
    plot = plot_feature_bars(bars)
    columns = columns_of(plot, "bars")
    assert columns["name"].tolist() == ["column 2", "column 1", "column 0"]
    np.testing.assert_allclose(columns["share"], [900, 150, 25])
    np.testing.assert_allclose(columns["end"], [300, 150, 25])
    assert columns["errors"].tolist() == list(bars.captions)
    assert columns["colour"][0] == columns["colour"][1] != columns["colour"][2]
    check_page_law(plot)


def test_the_plot_is_as_high_as_its_bars_need(check_page_law):
    few, many = (plot_feature_bars(bars_of(np.linspace(0.1, 1, count).tolist())) for count in (1, 100))
    assert few.frame_height < 60 < 19 * 34 < many.frame_height
    check_page_law(many)


def test_hostile_names_stay_plain_and_short(hostile_page_name, check_page_law):
    name = hostile_page_name.replace("{", "").replace("}", "")
    plot = plot_feature_bars(bars_of([0.5], name=name, unit=hostile_page_name))
    for column in ("name", "errors"):
        (text,) = columns_of(plot, "bars")[column]
        assert len(text) <= 200
        assert str(text).isprintable()
    check_page_law(plot)
    check_page_law(plot_feature_heat_map(compute_feature_heat_map(np.ones(4), (2, 2), error_name=hostile_page_name)))
