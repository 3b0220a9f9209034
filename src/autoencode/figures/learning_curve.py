"""The learning curve: the loss of every restart, epoch by epoch, in training and on held-out samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_numbers
from autoencode.figures.labels import MarginLabel, draw_heading, draw_margin_labels, heading_height, name_axes
from autoencode.figures.palette import (
    EDGE,
    HELD_OUT,
    MUTED,
    SMALL_SIZE,
    TRAINING,
    new_figure,
    place_axes,
    style,
    tick_locator,
    visible_span,
)
from autoencode.figures.reference_line import ReferenceLine, check_references

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["LearningCurve", "compute_learning_curve", "draw_learning_curve", "draw_learning_curve_on"]

DASHES = ((6, 3), (1.5, 1.5), (6, 2, 1, 2))
"""Of the levels, so that those near each other are told apart."""


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """What a learning curve shows.

    Attributes
    ----------
    epochs
        1, 2, … up to the last.
    training
        Training loss; NaN from where a restart diverged.
    held_out
        Held-out loss, or None where nothing was held out.
    kept
        Which restart was kept; from 0.
    diverged
        How many restarts diverged.
    references
        Levels to compare with.
    loss_name
        The vertical axis's name.
    """

    epochs: Int[np.ndarray, " epochs"]
    training: Float[np.ndarray, "restarts epochs"]
    held_out: Float[np.ndarray, "restarts epochs"] | None
    kept: int
    diverged: int
    references: tuple[ReferenceLine, ...]
    loss_name: str

    def series(self) -> list[tuple[str, str, Float[np.ndarray, "restarts epochs"]]]:
        """Return the name, colour and losses of each kind of loss there is."""
        kinds = [("training", TRAINING, self.training)]
        if self.held_out is not None:
            kinds.append(("held-out", HELD_OUT, self.held_out))
        return kinds


def _check_losses(name: str, losses: object) -> Float[np.ndarray, "restarts epochs"]:
    array = np.atleast_2d(check_numbers(name, losses))
    if array.ndim != 2:
        raise InvalidInputError(f"{name}: expected the axes (restarts, epochs), got an array of shape {array.shape}")
    diverged = np.maximum.accumulate(~np.isfinite(array), axis=1)
    return np.where(diverged, np.nan, array)


def compute_learning_curve(
    training: Float[np.ndarray, "restarts epochs"] | Float[np.ndarray, " epochs"],
    held_out: Float[np.ndarray, "restarts epochs"] | Float[np.ndarray, " epochs"] | None = None,
    *,
    kept: int | None = None,
    references: Sequence[ReferenceLine] = (),
    loss_name: str = "loss",
) -> LearningCurve:
    """Return what a learning curve shows, from the losses of every restart.

    Parameters
    ----------
    training
        The training loss after each epoch; one axis is one restart.
    held_out
        The held-out loss, of the same shape, if there is one.
    kept
        Which restart was kept, from 0; by default the one with the lowest last held-out loss, else training loss.
    references
        Levels to compare with, such as a published loss.
    loss_name
        The name of the loss, with its units.

    Returns
    -------
    The numbers of the figure. A restart that diverged is NaN from its first loss that is not finite.

    Raises
    ------
    InvalidInputError
        If a loss is empty, the shapes differ, ``kept`` is no restart, or the kept restart diverged in its first epoch.

    Examples
    --------
    >>> curve = compute_learning_curve(np.array([[0.9, 0.5], [0.8, 0.4]]))
    >>> curve.kept, curve.epochs.tolist()
    (1, [1, 2])
    """
    train = _check_losses("training", training)
    other = None if held_out is None else _check_losses("held_out", held_out)
    if other is not None and other.shape != train.shape:
        raise InvalidInputError(f"held_out: expected the shape of training, {train.shape}, got {other.shape}")
    bad = np.isnan(train[:, -1]) if other is None else np.isnan(train[:, -1]) | np.isnan(other[:, -1])
    if kept is None:
        last = np.where(bad, np.inf, (train if other is None else other)[:, -1])
        kept = int(np.argmin(last))
    if not 0 <= kept < len(train):
        raise InvalidInputError(f"kept: expected a restart from 0 to {len(train) - 1}, got {kept}")
    if np.isnan(train[kept, 0]) or (other is not None and np.isnan(other[kept, 0])):
        raise InvalidInputError(f"kept: restart {kept} has no loss that is finite; keep another one")
    return LearningCurve(
        epochs=np.arange(1, train.shape[1] + 1),
        training=train,
        held_out=other,
        kept=int(kept),
        diverged=int(np.sum(bad)),
        references=check_references("references", references),
        loss_name=str(loss_name),
    )


def loss_limits(curve: LearningCurve) -> tuple[float, float]:
    """Return the least and the largest loss that the picture shows."""
    kinds = [losses for _, _, losses in curve.series()]
    kept = np.concatenate([losses[curve.kept] for losses in kinds])
    levels = np.concatenate([kept[np.isfinite(kept)], [reference.value for reference in curve.references]])
    low, high = float(levels.min()), float(levels.max())
    # Another restart that blew up must not flatten the one that was kept; it leaves the picture at the top.
    ceiling = high + 2 * (high - low)
    others = np.concatenate([losses.ravel() for losses in kinds])
    others = others[np.isfinite(others)]
    low, high = min(low, float(others.min())), max(high, min(ceiling, float(others.max())))
    return low, low + visible_span(low, high)


def tail_limits(curve: LearningCurve) -> tuple[int, float, float] | None:
    """Return the first epoch and the limits of an enlarged tail, or None where the tail is no thin line."""
    low, high = loss_limits(curve)
    first = int(0.4 * len(curve.epochs))
    if len(curve.epochs) < 10:
        return None
    tails = np.concatenate([losses[:, first:].ravel() for _, _, losses in curve.series()])
    tails = tails[np.isfinite(tails)]
    if not len(tails):  # every restart had diverged by then
        return None
    under, over = float(tails.min()), float(tails.max())
    highest = max([over, *(reference.value for reference in curve.references)])
    if not 0 < over - under < 0.12 * (high - low) or highest > low + 0.25 * (high - low):
        return None
    return first, under, over


def _draw_lines(axes: matplotlib.axes.Axes, curve: LearningCurve, first: int = 0) -> None:
    for place, reference in enumerate(curve.references):
        dash = DASHES[place % len(DASHES)]
        axes.axhline(reference.value, color=MUTED, linewidth=1.1, linestyle=(0, dash), zorder=1.5)
    epochs = curve.epochs[first:]
    marker = "o" if len(epochs) == 1 else None
    for _, colour, losses in curve.series():
        for restart, loss in enumerate(losses[:, first:]):
            if restart != curve.kept:
                axes.plot(epochs, loss, color=colour, linewidth=0.8, alpha=0.4, marker=marker, zorder=2)
    for _, colour, losses in curve.series():
        axes.plot(epochs, losses[curve.kept, first:], color=colour, linewidth=2.4, marker=marker, zorder=3)


def _draw_tail(axes: matplotlib.axes.Axes, curve: LearningCurve, first: int, low: float, high: float) -> None:
    from matplotlib.patches import Rectangle

    # White under the inset and its numbers, so that the grid of the large axes does not run through them.
    axes.add_patch(Rectangle((0.25, 0.33), 0.76, 0.68, transform=axes.transAxes, color="white", zorder=1))
    inset = axes.inset_axes((0.34, 0.43, 0.64, 0.50))
    _draw_lines(inset, curve, first)
    room = 0.12 * (high - low)
    inset.set(xlim=(curve.epochs[first], curve.epochs[-1]), ylim=(low - room, high + room), facecolor="#FAFBFC")
    inset.yaxis.set_major_locator(tick_locator(4))
    inset.xaxis.set_major_locator(tick_locator(6, integer=True))
    inset.set_title(f"the last {len(curve.epochs) - first} epochs, enlarged", fontsize=SMALL_SIZE, color=MUTED, pad=5)
    inset.tick_params(labelsize=SMALL_SIZE - 1)
    for spine in inset.spines.values():
        spine.set(visible=True, color=EDGE)


def draw_learning_curve_on(axes: matplotlib.axes.Axes, curve: LearningCurve) -> None:
    """Draw a learning curve, without its heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes, with about 2.1 inches of free room to the right for the labels.
    curve
        What to draw.
    """
    _draw_lines(axes, curve)
    low, high = loss_limits(curve)
    room = 0.05 * (high - low)
    axes.set(ylim=(low - room, high + room))
    name_axes(axes, "epoch", curve.loss_name)
    count = len(curve.epochs)
    axes.set_xlim((0.5, 1.5) if count == 1 else (1 - 0.01 * (count - 1), count))
    axes.xaxis.set_major_locator(tick_locator(8, integer=True))
    axes.yaxis.set_major_locator(tick_locator(7))
    tail = tail_limits(curve)
    if tail is not None:
        _draw_tail(axes, curve, *tail)
    labels = [
        MarginLabel(float(losses[curve.kept, -1]), f"{name} {losses[curve.kept, -1]:.4g}", colour, bold=True)
        for name, colour, losses in curve.series()
    ]
    labels += [MarginLabel(line.value, f"{line.label} {line.value:.4g}", MUTED) for line in curve.references]
    draw_margin_labels(axes, labels)


def draw_learning_curve(
    curve: LearningCurve, *, title: str = "Learning curve", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw a learning curve: the kept restart bold, the others thin, the levels dashed.

    Parameters
    ----------
    curve
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it says how many restarts there are, and how many diverged.

    Returns
    -------
    A figure of ten by five inches.

    Examples
    --------
    >>> draw_learning_curve(compute_learning_curve(np.array([0.9, 0.5]))).get_size_inches().tolist()
    [10.0, 5.0]
    """
    if subtitle is None:
        restarts = len(curve.training)
        subtitle = f"bold: the one kept of {restarts} restarts; thin: the others" if restarts > 1 else ""
        subtitle += f"; {curve.diverged} of them diverged" if curve.diverged else ""
    with style():
        figure = new_figure(10.0, 5.0)
        axes = place_axes(figure, 1.05, 0.65, 6.75, 4.35 - heading_height(title, subtitle))
        draw_learning_curve_on(axes, curve)
        draw_heading(axes, title, subtitle)
    return figure
