from __future__ import annotations

import numpy as np
import pytest

from autoencode.charts import compute_code_units, compute_codebook_use
from autoencode.charts.paint_bokeh import paint_bokeh
from autoencode.evaluation import CodeStatistics


@pytest.mark.parametrize("units", [1, 5, 300])
def test_units_have_a_bar_each_in_both_plots(units, check_page_law):
    codes = np.random.default_rng(0).normal(size=(30, units)) + 0.1
    codes[:, -1] = 0
    picture = compute_code_units(CodeStatistics.of(codes))
    plots = paint_bokeh(picture.chart())
    above, below = plots.children
    source = above.select_one({"name": "units"})
    assert source is below.select_one({"name": "units"})
    np.testing.assert_array_equal(source.data["deviation"], picture.deviations)
    np.testing.assert_allclose(source.data["active"], 100 * picture.active_shares)
    assert len(set(source.data["colour"])) == min(2, units)
    assert above.x_range is below.x_range
    check_page_law(plots)


def test_entries_have_a_bar_each(check_page_law):
    entries = np.array([[0, 3], [3, 3]])
    picture = compute_codebook_use(CodeStatistics.of(np.zeros((2, 2)), entries, entry_count=5))
    plot = paint_bokeh(picture.chart())
    np.testing.assert_array_equal(plot.select_one({"name": "entries"}).data["share"], [75, 25, 0, 0, 0])
    check_page_law(plot)
