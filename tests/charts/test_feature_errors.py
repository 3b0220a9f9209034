from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.charts import (
    compute_feature_bars,
    compute_feature_heat_map,
    draw_feature_bars,
    draw_feature_heat_map,
    png_bytes,
)
from autoencode.evaluation import ColumnError
from autoencode.exceptions import InvalidInputError

RNG = np.random.default_rng(0)


def columns(*errors, kind="numeric", unit="days", name="column {}"):
    return [ColumnError(name.format(place), kind, error, "how", unit) for place, error in enumerate(errors)]


@given(height=st.integers(1, 9), width=st.integers(1, 9), colours=st.sampled_from([None, 1, 3]))
@settings(max_examples=30, deadline=None)
def test_a_pixel_has_the_root_mean_square_over_its_colours(height, width, colours):
    shape = (height, width) if colours is None else (height, width, colours)
    errors = RNG.random(int(np.prod(shape)))
    picture = compute_feature_heat_map(errors, shape)
    expected = [
        [math.sqrt(np.mean(np.square(errors.reshape(height, width, -1)[i, j]))) for j in range(width)]
        for i in range(height)
    ]
    np.testing.assert_allclose(picture.errors, expected, rtol=1e-12)
    assert picture.limit == picture.errors.max()


def test_the_upper_left_pixel_is_drawn_there():
    errors = np.zeros((4, 4))
    errors[0, 0] = 1
    figure = draw_feature_heat_map(compute_feature_heat_map(errors.ravel(), (4, 4)))
    figure.canvas.draw()
    axes = figure.axes[0]
    x, y = axes.transAxes.transform([(0.1, 0.9)])[0].astype(int)
    dots = np.asarray(figure.canvas.buffer_rgba())
    red, green, blue, _ = dots[dots.shape[0] - y, x]
    assert min(red, green) > 200 > 100 > blue  # the yellow end


@given(pairs=st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_bars_are_shares_worst_first_and_every_column_is_counted(pairs):
    errors, baseline = columns(*(one for one, _ in pairs)), columns(*(other for _, other in pairs))
    shares = sorted((a / b if b else math.inf for a, b in pairs if a or b), reverse=True)
    if not shares:
        with pytest.raises(InvalidInputError, match="got none"):
            compute_feature_bars(errors, baseline)
        return
    bars = compute_feature_bars(errors, baseline)
    assert bars.shares == tuple(shares[:40])
    assert len(bars.names) + bars.left_out + bars.unmeasured == len(pairs)
    assert bars.end >= 1.1
    assert bars.end >= min(max(bars.shares), 3.0)


def test_captions_have_the_errors_in_their_units():
    errors = [
        ColumnError("since", "datetime", 12.345, "root mean squared error", "days"),
        ColumnError("age", "numeric", 9.186, "root mean squared error", "units of the column"),
        ColumnError("age", "missing", 0.168, "share of samples rebuilt wrong", "share"),
        ColumnError("deck", "category", 0.0022, "share of samples rebuilt wrong", "share"),
    ]
    baseline = [ColumnError(one.column, one.kind, 2 * one.error, one.measure, one.unit) for one in errors]
    bars = compute_feature_bars(errors, baseline)
    assert dict(zip(bars.names, bars.captions, strict=True)) == {
        "since": "12.3 days (mean sample 24.7)",
        "age": "9.19 (mean sample 18.4)",
        "age: missing": "16.8% wrong (mean sample 33.6%)",
        "deck": "0.22% wrong (mean sample 0.44%)",
    }
    assert bars.shares == (0.5,) * 4


def test_what_cannot_be_held_against_the_mean_sample_is_left_out_and_said(texts_of):
    errors, baseline = columns(math.nan, 0.0, 1.0, 2.0, math.inf), columns(1.0, 0.0, 0.0, math.nan, 1.0)
    bars = compute_feature_bars(errors, baseline)
    assert bars.names == ("column 2",)
    assert bars.shares == (math.inf,)
    assert bars.unmeasured == 4
    texts = texts_of(draw_feature_bars(bars))
    assert "left out: 4 with nothing to measure" in texts
    assert "1.00 days (mean sample 0)" in texts


def test_of_many_columns_the_worst_are_shown_and_the_rest_counted(texts_of, cut_off):
    bars = compute_feature_bars(columns(*np.arange(1.0, 101.0).tolist()), columns(*[100.0] * 100))
    assert bars.names[0] == "column 99"
    assert (len(bars.names), bars.left_out) == (20, 80)
    figure = draw_feature_bars(bars)
    assert "left out: 80 better columns" in texts_of(figure)
    assert cut_off(png_bytes(figure, dpi=60.0)) == []
