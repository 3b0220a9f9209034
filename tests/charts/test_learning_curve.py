from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from autoencode.charts import ReferenceLine, compute_learning_curve, draw_learning_curve
from autoencode.exceptions import InvalidInputError

RNG = np.random.default_rng(0)
TRAINING = 0.09 + 0.2 * np.exp(-np.arange(30) / 3) + 0.001 * RNG.random((4, 1))
HELD_OUT = TRAINING - 0.001


def test_the_kept_restart_is_the_one_with_the_lowest_last_loss():
    assert compute_learning_curve(TRAINING).kept == np.argmin(TRAINING[:, -1])
    assert compute_learning_curve(TRAINING, HELD_OUT[::-1]).kept == np.argmin(HELD_OUT[::-1][:, -1])
    assert compute_learning_curve(TRAINING, kept=2).kept == 2


def test_one_axis_is_one_restart():
    curve = compute_learning_curve(TRAINING[0])
    np.testing.assert_array_equal(curve.training, TRAINING[:1])
    np.testing.assert_array_equal(curve.epochs, np.arange(1, 31))


def test_a_restart_that_diverged_is_cut_and_never_kept():
    losses = TRAINING.copy()
    losses[1, 5:] = [np.inf, 0.0, *[np.nan] * 23]
    curve = compute_learning_curve(losses)
    assert curve.diverged == 1
    assert curve.kept != 1
    assert np.isfinite(curve.training[1, :5]).all()
    assert np.isnan(curve.training[1, 5:]).all()
    # With patience, the weights of an epoch before may be the ones that are kept.
    late = compute_learning_curve(losses[1:2], kept=0)
    assert isinstance(draw_learning_curve(late), Figure)
    losses[1, 0] = np.inf
    with pytest.raises(InvalidInputError, match="restart 1 has no loss that is finite"):
        compute_learning_curve(losses, kept=1)


def test_the_figure_names_its_lines_and_lets_no_restart_hide_the_kept_one(texts_of):
    losses = TRAINING.copy()
    losses[0] = 1e6
    references = [ReferenceLine(0.0916, "blog, held-out")]
    curve = compute_learning_curve(losses, losses - 0.001, references=references, loss_name="nats")
    figure = draw_learning_curve(curve, title="The title")
    assert isinstance(figure, Figure)
    texts = texts_of(figure)
    for text in ("The title", "4 restarts", "blog, held-out 0.0916", "training 0.09", "held-out 0.08", "nats", "epoch"):
        assert text in texts
    assert figure.axes[0].get_ylim()[1] < 2


def test_the_flat_tail_is_enlarged_only_where_it_is_one():
    assert len(draw_learning_curve(compute_learning_curve(TRAINING)).axes[0].child_axes) == 1
    assert not draw_learning_curve(compute_learning_curve(np.linspace(1, 0, 30))).axes[0].child_axes
