"""The learning curve on a page shows the curve's own numbers."""

from __future__ import annotations

import numpy as np
import pytest
from bokeh.models import Label
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.charts import ReferenceLine, compute_learning_curve
from autoencode.charts.paint_bokeh import paint_bokeh


def random_curve(seed: int, restarts: int, epochs: int, **more):
    random = np.random.default_rng(seed)
    training, held_out = random.uniform(0.1, 1.0, (2, restarts, epochs))
    training[1:2, epochs // 2 :] = np.nan
    return compute_learning_curve(training, held_out, **more)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 5), st.sampled_from([1, 2, 7, 300, 301, 950]))
def test_the_sources_hold_the_losses_of_the_curve(seed, restarts, epochs):
    curve = random_curve(seed, restarts, epochs)
    plot = paint_bokeh(curve.chart())
    kept = plot.select_one({"name": "kept"}).data
    for kind, _, losses in curve.series():
        assert np.array_equal(kept["epoch"], curve.epochs)
        assert np.array_equal(kept[kind], losses[curve.kept])
        if restarts == 1:
            continue
        others = plot.select_one({"name": f"{kind}, others"}).data
        assert others["restart"] == [restart for restart in range(restarts) if restart != curve.kept]
        for restart, at, drawn in zip(others["restart"], others["epochs"], others["losses"], strict=True):
            assert np.array_equal(drawn, losses[restart, at - 1])
            assert len(at) <= 301
            live = np.flatnonzero(np.isfinite(losses[restart]))
            if len(live) == epochs:
                assert at[0] == 1
                assert at[-1] == epochs


def legend_of(plot) -> dict[str, object]:
    return {item.label.value: item.renderers[0] for legend in plot.legend for item in legend.items}


def test_every_level_has_a_line_at_its_value_and_its_name_in_the_legend(check_page_law):
    levels = [ReferenceLine(0.3, "mean sample"), ReferenceLine(0.301, "PCA"), ReferenceLine(0.02, "best")]
    plot = paint_bokeh(random_curve(0, 3, 20, references=levels).chart())
    lines = {name: line for name, line in legend_of(plot).items() if name.split()[-1] in ("0.3", "0.301", "0.02")}
    assert {name: set(line.data_source.data["y"]) for name, line in lines.items()} == {
        "mean sample 0.3": {0.3},
        "PCA 0.301": {0.301},
        "best 0.02": {0.02},
    }
    assert len({tuple(line.glyph.line_dash) for line in lines.values()}) == 3, "told apart, however near"
    assert not plot.select({"type": Label}), "nothing is written over the curves"
    check_page_law(plot)


def test_a_thin_tail_is_enlarged_and_levels_near_its_end_lie_apart():
    epochs = np.arange(1, 51)
    losses = 0.0915 + 0.2 * np.exp(-epochs / 4)
    levels = [ReferenceLine(0.0928, "training"), ReferenceLine(0.0916, "held-out")]
    plot = paint_bokeh(compute_learning_curve(losses, losses + 0.0002, references=levels).chart())
    scale = plot.frame_height / (plot.y_range.end - plot.y_range.start)
    assert (0.0928 - 0.0916) * scale > 20
    assert plot.y_range.start < losses.min() < plot.y_range.end < losses[0]
    assert f"from {losses[0] + 0.0002:.4g} down" in plot.select_one({"name": "above"}).text


def test_the_lines_lie_inside_what_is_shown():
    curve = random_curve(3, 1, 30, references=[ReferenceLine(1.5, "mean sample")])
    plot = paint_bokeh(curve.chart())
    assert plot.y_range.start < curve.training.min()
    assert plot.y_range.end > 1.5
    assert plot.x_range.start < 1
    assert plot.x_range.end > 30


@pytest.mark.parametrize(("restarts", "hovers"), [(1, 1), (4, 2)])
def test_pointing_shows_the_kept_restart_and_where_there_are_more_the_others(restarts, hovers):
    plot = paint_bokeh(random_curve(1, restarts, 12).chart())
    assert len(plot.hover) == hovers
    assert {"@{training}": "printf", "@{held-out}": "printf"} in [tool.formatters for tool in plot.hover]
