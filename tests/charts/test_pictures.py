"""Every figure: drawn the same each time, nothing cut off, and for a page nothing but short plain texts and numbers."""

from __future__ import annotations

import numpy as np
import pytest
from bokeh.models import ColumnDataSource

from autoencode import charts
from autoencode.charts import png_bytes
from autoencode.charts.paint_bokeh import paint_bokeh
from autoencode.charts.paint_matplotlib import paint_matplotlib
from examples import PICTURES, PLOTS

EVERY = PLOTS | PICTURES


USUAL = [name for name in EVERY if "," not in name]


def draw(name: str) -> bytes:
    return png_bytes(paint_matplotlib(EVERY[name]().chart("A heading", "and the line below it")), dpi=40.0)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_cut_off_and_the_usual_picture_is_the_same_each_time(name, cut_off):
    png = draw(name)
    assert cut_off(png, 1) == []
    if name in USUAL:
        assert draw(name) == png


def test_every_figure_has_its_usual_picture():
    drawn = {type(EVERY[name]()).__name__ for name in USUAL}
    assert {name for name in charts.__all__ if name[:1].isupper()} - {"ReferenceLine"} == drawn


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_finite_data_with_short_plain_texts(name, check_page_law):
    plot = paint_bokeh(PLOTS[name]().chart())
    if name in USUAL:
        check_page_law(plot)
    for source in plot.select({"type": ColumnDataSource}):
        for column in source.data.values():
            if np.asarray(column[:1]).dtype.kind == "f":
                assert np.isfinite(np.asarray(column, float)).all()
