from __future__ import annotations

import numpy as np

from autoencode.charts.paint_bokeh import paint_bokeh
from autoencode.charts.paired_differences import PairedDifferences
from autoencode.evaluation import Interval


def columns_of(plot, name):
    return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}


def picture_of(*ends, names=("twin", "mean sample")):
    intervals = tuple(Interval((low + high) / 2, low, high, 0.95, 200, 1.0) for low, high in ends)
    baselines = tuple(name == "mean sample" for name in names)
    return PairedDifferences("best", names, intervals, baselines, "mean squared error")


def test_the_source_holds_the_numbers_of_the_figure(check_page_law):
    plot = paint_bokeh(picture_of((-1.0, 2.0), (3.0, 5.0)).chart())
    columns = columns_of(plot, "differences")
    assert columns["difference"].tolist() == [0.5, 4.0]
    assert columns["low"].tolist() == [-1.0, 3.0]
    assert columns["high"].tolist() == [2.0, 5.0]
    assert columns["name"].tolist() == ["twin", "mean sample"]
    # What spans zero is hollow; a baseline has a mark of its own.
    assert columns["fill"].tolist() == [0.0, 1.0]
    assert columns["marker"].tolist() == ["circle", "diamond"]
    assert plot.x_range.start < -1 < 5 < plot.x_range.end
    check_page_law(plot)
