"""The restarts on a page are those of the cloud, each where its loss is."""

from __future__ import annotations

import numpy as np
from bokeh.models import Label
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.charts import ReferenceLine, compute_restart_losses
from autoencode.charts.paint_bokeh import paint_bokeh


def random_cloud(seed: int, models: list[str], most: int = 3, **more):
    random = np.random.default_rng(seed)
    losses = {name: random.uniform(0.6, 0.7, 9) for name in models}
    return compute_restart_losses(losses, {name: random.integers(0, most + 1, 9) for name in models}, **more)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 6), st.integers(0, 12))
def test_the_sources_hold_the_restarts_of_the_cloud(seed, models, most):
    cloud = random_cloud(seed, [f"model {model}" for model in range(models)], most)
    plot = paint_bokeh(cloud.chart())
    for model, name in enumerate(cloud.models):
        marks = plot.select_one({"name": f"restarts {model}"}).data
        assert np.array_equal(marks["loss"], cloud.losses[model])
        assert np.array_equal(marks["live"], cloud.live_directions[model])
        assert np.array_equal(marks["place"], cloud.places[model])
        assert marks["restart"].tolist() == list(range(9))
        assert set(marks["model"]) == {name}
        assert np.all((plot.y_range.start < marks["loss"]) & (marks["loss"] < plot.y_range.end))
        assert np.all((plot.x_range.start < marks["place"]) & (marks["place"] < plot.x_range.end))


def test_the_numbers_over_the_groups_add_up_to_the_restarts(check_page_law):
    plot = paint_bokeh(random_cloud(0, ["deep", "vanilla"]).chart())
    assert sum(int(label.text.text) for label in plot.select({"type": Label})) == 18
    check_page_law(plot)


def test_a_click_on_a_name_mutes_that_model_only():
    plot = paint_bokeh(random_cloud(0, ["deep", "vanilla"]).chart())
    assert plot.legend[0].click_policy == "mute"
    entries = {entry.label.value: entry.renderers for entry in plot.legend[0].items}
    assert list(entries) == ["deep, 9 restarts", "vanilla, 9 restarts"]
    assert [mark.data_source.name for marks in entries.values() for mark in marks] == ["restarts 0", "restarts 1"]


def test_the_name_of_a_level_stands_where_fewer_restarts_are():
    live = np.array([2, 2, 2, 0])
    cloud = compute_restart_losses(
        {"deep": np.array([0.61, 0.61, 0.61, 0.7])}, {"deep": live}, references=[ReferenceLine(0.61, "blog")]
    )
    (label,) = [label for label in paint_bokeh(cloud.chart()).select({"type": Label}) if "blog" in label.text.text]
    assert label.x.symbol == "left"
