"""The learning curve on a page shows the curve's own numbers."""

from __future__ import annotations

import numpy as np
import pytest
from bokeh.models import Label, Span
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.figures import ReferenceLine, compute_learning_curve
from autoencode.figures.interactive import plot_learning_curve


def random_curve(seed: int, restarts: int, epochs: int, **more):
    random = np.random.default_rng(seed)
    training, held_out = random.uniform(0.1, 1.0, (2, restarts, epochs))
    training[1:2, epochs // 2 :] = np.nan
    return compute_learning_curve(training, held_out, **more)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 5), st.sampled_from([1, 2, 7, 300, 301, 950]))
def test_the_sources_hold_the_losses_of_the_curve(seed, restarts, epochs):
    curve = random_curve(seed, restarts, epochs)
    plot = plot_learning_curve(curve)
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


def test_every_level_has_a_line_at_its_value_and_its_name(check_page_law):
    levels = [ReferenceLine(0.3, "mean sample"), ReferenceLine(0.301, "PCA"), ReferenceLine(0.02, "best")]
    plot = plot_learning_curve(random_curve(0, 3, 20, references=levels))
    assert {line.location for line in plot.select({"type": Span})} == {0.3, 0.301, 0.02}
    assert {label.text.text for label in plot.select({"type": Label})} == {"mean sample 0.3", "PCA 0.301", "best 0.02"}
    check_page_law(plot)


def test_names_of_close_levels_lie_apart():
    levels = [ReferenceLine(0.3 + 0.001 * step, str(step)) for step in range(4)]
    plot = plot_learning_curve(random_curve(0, 3, 20, references=levels))
    scale = plot.frame_height / (plot.y_range.end - plot.y_range.start)
    places = sorted(label.y * scale + label.y_offset for label in plot.select({"type": Label}))
    assert min(np.diff(places)) >= 16.9


def test_the_lines_lie_inside_what_is_shown():
    curve = random_curve(3, 1, 30, references=[ReferenceLine(1.5, "mean sample")])
    plot = plot_learning_curve(curve)
    assert plot.y_range.start < curve.training.min()
    assert plot.y_range.end > 1.5
    assert plot.x_range.start < 1
    assert plot.x_range.end > 30


def test_hostile_names_are_short_plain_texts(hostile_page_name, check_page_law):
    levels = [ReferenceLine(0.5, hostile_page_name)]
    check_page_law(plot_learning_curve(random_curve(0, 2, 5, references=levels, loss_name=hostile_page_name)))


@pytest.mark.parametrize(("restarts", "hovers"), [(1, 1), (4, 2)])
def test_pointing_shows_the_kept_restart_and_where_there_are_more_the_others(restarts, hovers):
    plot = plot_learning_curve(random_curve(1, restarts, 12))
    assert len(plot.hover) == hovers
    assert {"@{training}": "printf", "@{held-out}": "printf"} in [tool.formatters for tool in plot.hover]
