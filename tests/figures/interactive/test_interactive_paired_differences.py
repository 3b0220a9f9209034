from __future__ import annotations

import numpy as np
import pytest

from autoencode.evaluation import Interval
from autoencode.figures.interactive import plot_paired_differences
from autoencode.figures.paired_differences import PairedDifferences


def columns_of(plot, name):
    return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}


def picture_of(*ends, names=("twin", "mean sample")):
    intervals = tuple(Interval((low + high) / 2, low, high, 0.95, 200, 1.0) for low, high in ends)
    baselines = tuple(name == "mean sample" for name in names)
    return PairedDifferences("best", names, intervals, baselines, "mean squared error")


def test_the_source_holds_the_numbers_of_the_figure(check_page_law):
    plot = plot_paired_differences(picture_of((-1.0, 2.0), (3.0, 5.0)))
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


@pytest.mark.parametrize("scale", [0.0, 1e-300, 1e100])
def test_odd_differences_stay_finite_and_visible(scale, check_page_law):
    plot = plot_paired_differences(picture_of((scale, 2 * scale), (scale, scale)))
    assert np.isfinite([plot.x_range.start, plot.x_range.end]).all()
    assert plot.x_range.start < 0 < plot.x_range.end
    check_page_law(plot)


def test_hostile_names_stay_plain_and_short(hostile_page_name, check_page_law):
    plot = plot_paired_differences(picture_of((0.0, 1.0), (1.0, 2.0), names=(hostile_page_name, "mean sample")))
    name = str(columns_of(plot, "differences")["name"][0])
    assert len(name) <= 200
    assert name.isprintable()
    check_page_law(plot)
