"""The learning curve: the loss of every restart, epoch by epoch, in training and on held-out samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Detail, Entry, Heading, Panel, fit_place
from autoencode.charts.checks import check_numbers
from autoencode.charts.labels import MarginLabel
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import HELD_OUT, TRAINING, visible_span
from autoencode.charts.reference_line import ReferenceLine, check_references
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure

_DASHES = ((6, 3), (1.5, 1.5), (6, 2, 1, 2))
"""Of the levels, so that those near each other are told apart."""

_MOST_POINTS = 300  # of a restart that was not kept: enough for a thin line, and a page that stays small


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

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: the kept restart bold, the others thin, the levels dashed."""
        heading, count, (low, high) = Heading(title, subtitle), len(self.epochs), loss_limits(self)
        room, start = 0.05 * (high - low), 1 - 0.01 * (count - 1)
        is_one = count == 1
        last = [(name, colour, float(losses[self.kept, -1])) for name, colour, losses in self.series()]
        entries = [Entry(name, name, f" {loss:.4g}") for name, _, loss in last]
        entries += [Entry("others", "other restarts")] if len(self.training) > 1 else []
        panel = Panel(
            place=fit_place(heading, right=2.2),
            heading=heading,
            across=Axis(
                name="epoch",
                limits=(0.5, 1.5) if is_one else (start, count),
                page_limits=(0.5, 1.5) if is_one else (start, count + 0.01 * (count - 1)),
                ticks=8,
                is_whole=True,
            ),
            up=Axis(name=self.loss_name, limits=(low - room, high + room), ticks=7),
            marks=[*self._levels(), *self._others(), *self._kept()],
            legend=[*entries, *(Entry(f"level {place}", *_say(level)) for place, level in enumerate(self.references))],
            margin=[
                *(MarginLabel(loss, f"{name} {loss:.4g}", colour, True) for name, colour, loss in last),
                *(MarginLabel(level.value, "".join(_say(level))) for level in self.references),
            ],
            detail=_find_detail(self, high),
            name="learning_curve",
        )
        return Chart((10.0, 5.0), [panel])

    def _levels(self) -> list[marks.Level]:
        return [
            marks.Level(level.value, level.label, dash=_DASHES[place % len(_DASHES)], group=f"level {place}")
            for place, level in enumerate(self.references)
        ]

    def _others(self) -> list[marks.Lines]:
        """Return the restarts that were not kept as thin lines, each up to where it diverged."""
        others = [restart for restart in range(len(self.training)) if restart != self.kept]
        if not others:
            return []
        count = len(self.epochs)
        chosen = np.unique(np.append(np.arange(0, count, -(-count // _MOST_POINTS)), count - 1))
        hover = marks.Hover(
            [("restart", "@restart"), ("epoch", "$snap_x{0}"), ("loss", f"$snap_y{marks.NUMBER} (@kind)")],
            attachment="above",
        )
        found = []
        for kind, colour, losses in self.series():
            lines = [chosen[np.isfinite(losses[restart, chosen])] for restart in others]
            columns = {
                "epochs": [self.epochs[line].astype(np.int32) for line in lines],
                "losses": [losses[restart, line] for restart, line in zip(others, lines, strict=True)],
                "restart": others,
                "kind": [kind] * len(others),
            }
            data, look = marks.Data(f"{kind}, others", columns), {"marker": "o" * (count == 1), "hover": hover}
            found.append(marks.Lines(data, "epochs", "losses", colour, group="others", **look))
        return found

    def _kept(self) -> list[marks.Mark]:
        kinds = self.series()
        data = marks.Data("kept", {"epoch": self.epochs, **{kind: losses[self.kept] for kind, _, losses in kinds}})
        rows = [("epoch", "@epoch"), *((kind, f"@{{{kind}}}{marks.NUMBER}") for kind, _, _ in kinds)]
        if len(self.training) > 1:
            rows.insert(0, ("restart", f"{self.kept}, kept"))
        hover = marks.Hover(rows, mode="vline", attachment="below")
        return [
            marks.Line(
                data,
                "epoch",
                kind,
                colour,
                width=2.4,
                group=kind,
                marker="o" * (len(self.epochs) == 1),
                hover=None if place else hover,
            )
            for place, (kind, colour, _) in enumerate(kinds)
        ]


def _say(level: ReferenceLine) -> tuple[str, str]:
    return level.label, f" {level.value:.4g}"


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


def _find_detail(curve: LearningCurve, high: float) -> Detail | None:
    """Return the last epochs, or None where they are no thin line at the bottom of the whole."""
    low, _ = loss_limits(curve)
    first = int(0.4 * len(curve.epochs))
    if len(curve.epochs) < 10:
        return None
    tails = np.concatenate([losses[:, first:].ravel() for _, _, losses in curve.series()])
    tails = tails[np.isfinite(tails)]
    if not len(tails):  # every restart had diverged by then
        return None
    under, over = float(tails.min()), float(tails.max())
    levels = [reference.value for reference in curve.references]
    top, bottom = max([over, *levels]), min([under, *levels])
    if not 0 < over - under < 0.12 * (high - low) or top > low + 0.25 * (high - low):
        return None
    room, tall = 0.12 * (over - under), 2 * (top - bottom)
    return Detail(
        across=(float(curve.epochs[first]), float(curve.epochs[-1])),
        up=(under - room, over + room),
        name=f"the last {len(curve.epochs) - first} epochs, enlarged",
        page_up=(bottom - 0.05 * tall, bottom + 1.05 * tall),
        page_note=f"The first epochs lie above the picture, from {high:.4g} down.",
    )


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
    return paint_matplotlib(curve.chart(title, subtitle))
