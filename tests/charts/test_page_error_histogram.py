"""The histogram of errors on a page has the counts of the computed one."""

from __future__ import annotations

import numpy as np
from bokeh.models import Label, LegendItem, Span
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.charts import ReferenceLine, compute_error_histogram
from autoencode.charts.paint_bokeh import paint_bokeh


def random_picture(seed: int, models: list[str], **more):
    random = np.random.default_rng(seed)
    return compute_error_histogram({name: random.gamma(4, 0.01, 500) for name in models}, **more)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 6), st.integers(1, 80))
def test_the_source_holds_the_bins_and_every_models_counts(seed, models, bins):
    picture = random_picture(seed, [f"model {model}" for model in range(models)], bins=bins)
    plot = paint_bokeh(picture.chart())
    data = plot.select_one({"name": "bins"}).data
    assert np.array_equal(data["left"], picture.edges[:-1])
    assert np.array_equal(data["right"], picture.edges[1:])
    for model, counts in enumerate(picture.counts):
        assert np.array_equal(data[f"count {model}"], counts)
        assert plot.y_range.end > counts.max()


def test_every_mean_and_baseline_has_a_line_and_a_label(check_page_law):
    picture = random_picture(0, ["deep", "vanilla"], baselines=[ReferenceLine(0.09, "mean sample")])
    plot = paint_bokeh(picture.chart())
    assert sorted(line.location for line in plot.select({"type": Span})) == sorted([*picture.means, 0.09])
    texts = {label.text.text for label in plot.select({"type": Label})}
    assert texts == {f"{picture.means[0]:.4g} deep", f"{picture.means[1]:.4g} vanilla", "0.09 mean sample"}
    check_page_law(plot)


def test_a_click_on_a_name_mutes_that_model_and_one_model_needs_no_legend():
    plot = paint_bokeh(random_picture(0, ["deep", "vanilla"]).chart())
    assert plot.legend[0].click_policy == "mute"
    assert [len(entry.renderers) for entry in plot.select({"type": LegendItem})] == [2, 2]
    assert not paint_bokeh(random_picture(0, ["deep"]).chart()).select({"type": LegendItem})


def test_pointing_at_a_bin_shows_its_range_and_every_models_count():
    (hover,) = paint_bokeh(random_picture(0, ["deep", "vanilla"]).chart()).hover
    assert hover.tooltips == [
        ("error", "@left{%.5g} to @right{%.5g}"),
        ("deep", "@{count 0}"),
        ("vanilla", "@{count 1}"),
    ]
    assert hover.formatters == {"@left": "printf", "@right": "printf"}
