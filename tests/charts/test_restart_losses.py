from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from autoencode.charts import ReferenceLine, compute_restart_losses, draw_restart_losses

LEVELS = np.array([0.6931, 0.6875, 0.6818])
VANILLA, DEEP = np.array([2] * 27 + [1] * 5), np.array([2] * 9 + [1] * 18 + [0] * 5)
LIVE = {"vanilla": VANILLA, "deep": DEEP}
LOSSES = {name: LEVELS[live] for name, live in LIVE.items()}


def test_cells_count_every_restart_once():
    cloud = compute_restart_losses(LOSSES, LIVE)
    for model, live in enumerate((VANILLA, DEEP)):
        counts = {cell.live_directions: cell.count for cell in cloud.cells() if cell.model == model}
        assert counts == dict(zip(*(part.tolist() for part in np.unique(live, return_counts=True)), strict=True))


def test_marks_are_moved_sideways_only_stay_with_their_number_and_do_not_coincide():
    cloud = compute_restart_losses(LOSSES, LIVE)
    for model, name in enumerate(cloud.models):
        np.testing.assert_array_equal(cloud.losses[model], LOSSES[name])
        np.testing.assert_array_equal(np.round(cloud.places[model]), LIVE[name])
        assert len(np.unique(cloud.places[model])) == 32


def test_two_models_with_as_many_directions_lie_side_by_side():
    cloud = compute_restart_losses(LOSSES, LIVE)
    assert cloud.places[0][VANILLA == 2].max() < cloud.places[1][DEEP == 2].min()
    assert np.mean(cloud.places[1][DEEP == 0]) == pytest.approx(0)


def test_the_figure_names_models_levels_and_counts(texts_of):
    levels = [ReferenceLine(float(np.log(2)), "ln 2: a constant"), ReferenceLine(0.6875, "blog, deep")]
    figure = draw_restart_losses(compute_restart_losses(LOSSES, LIVE, references=levels), title="Restarts")
    assert isinstance(figure, Figure)
    texts = texts_of(figure)
    for text in ("Restarts", "vanilla", "deep", "27 of 32", "18 of 32", "5 of 32", "ln 2: a constant", "blog, deep"):
        assert text in texts


def test_counts_do_not_overlap_where_all_restarts_of_a_group_do():
    figure = draw_restart_losses(compute_restart_losses(LOSSES, LIVE))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if " of 32" in text.get_text()]
    assert len(boxes) == 5
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_many_models_write_short_counts(texts_of):
    live = {f"model {number}": np.arange(8) for number in range(6)}
    texts = texts_of(draw_restart_losses(compute_restart_losses({name: np.arange(8.0) for name in live}, live)))
    assert "model 5 (of 8)" in texts
    assert "1 of 8" not in texts
