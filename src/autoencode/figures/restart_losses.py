"""The restarts of one or more models: the loss of each against how many directions of its code are live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_count, check_vector
from autoencode.figures.labels import (
    MarginLabel,
    axes_size,
    draw_heading,
    draw_margin_labels,
    fit_text,
    heading_height,
    name_axes,
    text_width,
)
from autoencode.figures.palette import (
    BODY_SIZE,
    MARKERS,
    MODEL_COLOURS,
    MODEL_TEXT_COLOURS,
    MUTED,
    SMALL_SIZE,
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

__all__ = [
    "Cell",
    "RestartLosses",
    "compute_restart_losses",
    "draw_restart_losses",
    "draw_restart_losses_on",
    "legend_height",
]

_LEGEND_COLUMNS = 3
_SUBTITLE = "one mark a restart; a direction of the code is live where it reaches the reconstruction"
_LANES = 0.84  # how much of the room of one category its dots take


@dataclass(frozen=True, eq=False)
class RestartLosses:
    """What the figure of the restarts shows.

    Attributes
    ----------
    models
        The models' names.
    losses
        Of each model, the loss of every restart.
    live_directions
        Of each model, how many directions of the code reach the reconstruction, for every restart.
    places
        Of each model, where every restart lies across: its number of live directions, moved a little aside.
    references
        Levels to compare with.
    loss_name
        The vertical axis's name.
    """

    models: tuple[str, ...]
    losses: tuple[Float[np.ndarray, " restarts"], ...]
    live_directions: tuple[Int[np.ndarray, " restarts"], ...]
    places: tuple[Float[np.ndarray, " restarts"], ...]
    references: tuple[ReferenceLine, ...]
    loss_name: str

    def cells(self) -> list[Cell]:
        """Return the groups of restarts of one model with as many live directions, in the order of the models."""
        found = []
        for model, losses in enumerate(self.losses):
            live, places = self.live_directions[model], self.places[model]
            for directions in np.unique(live):
                inside = live == directions
                middle = (places[inside].min() + places[inside].max()) / 2
                ends = float(losses[inside].min()), float(losses[inside].max())
                found.append(Cell(model, int(directions), int(inside.sum()), float(middle), *ends))
        return found


@dataclass(frozen=True)
class Cell:
    """The restarts of one model that have as many live directions.

    Attributes
    ----------
    model
        Which model, from 0.
    live_directions, count
        How many directions, and how many such restarts.
    middle
        Their middle across.
    low, high
        Their lowest and highest loss.
    """

    model: int
    live_directions: int
    count: int
    middle: float
    low: float
    high: float


def _place_restarts(counts: list[Int[np.ndarray, " restarts"]]) -> list[Float[np.ndarray, " restarts"]]:
    """Return where the restarts lie across: side by side by model, and within a model evenly, in a mixed order."""
    places = [np.empty(len(live)) for live in counts]
    width = 0.8 * _LANES / len(counts)
    for directions in np.unique(np.concatenate(counts)):
        present = [model for model, live in enumerate(counts) if np.any(live == directions)]
        for lane, model in enumerate(present):
            inside = np.flatnonzero(counts[model] == directions)
            count = len(inside)
            # Steps of the golden ratio, ranked, are a shuffle that every run repeats.
            ranks = np.argsort(np.argsort(np.arange(count) * 0.6180339887 % 1))
            aside = ((ranks + 0.5) / count - 0.5) * width * min(1.0, count / 12)
            places[model][inside] = directions + (lane - (len(present) - 1) / 2) * _LANES / len(counts) + aside
    return places


def compute_restart_losses(
    losses: Mapping[str, Float[np.ndarray, " restarts"]],
    live_directions: Mapping[str, Int[np.ndarray, " restarts"]],
    *,
    references: Sequence[ReferenceLine] = (),
    loss_name: str = "loss",
) -> RestartLosses:
    """Return what the figure of the restarts shows.

    Parameters
    ----------
    losses
        For each model's name, the loss of every restart; leave out restarts that diverged.
    live_directions
        For the same names, how many directions of the code reach the reconstruction; whole numbers from 0 to 12.
    references
        Levels to compare with, such as the loss of a constant reconstruction.
    loss_name
        The name of the loss, with its units.

    Returns
    -------
    The numbers of the figure; the same each time.

    Raises
    ------
    InvalidInputError
        If the names or counts differ, there are no models or more than six, or a number cannot be used.

    Examples
    --------
    >>> cloud = compute_restart_losses({"deep": np.array([0.68, 0.69])}, {"deep": np.array([2, 0])})
    >>> cloud.places[0].tolist()
    [2.0, 0.0]
    """
    names = tuple(losses)
    if not 1 <= len(names) <= len(MODEL_COLOURS):
        raise InvalidInputError(f"losses: expected 1 to {len(MODEL_COLOURS)} models, got {len(names)}")
    if set(names) != set(live_directions):
        raise InvalidInputError(
            f"live_directions: expected the models of losses, {sorted(map(str, names))}, "
            f"got {sorted(map(str, live_directions))}"
        )
    heights, counts = [], []
    for name in names:
        loss = check_vector(f"losses[{name!r}]", losses[name])
        live = check_vector(f"live_directions[{name!r}]", live_directions[name])
        check_count(f"live_directions[{name!r}]", live, len(loss), "restarts")
        if np.any((live != np.round(live)) | (live < 0) | (live > 12)):
            raise InvalidInputError(f"live_directions[{name!r}]: expected whole numbers from 0 to 12, got {live}")
        heights.append(loss)
        counts.append(live.astype(np.int64))
    return RestartLosses(
        models=tuple(map(str, names)),
        losses=tuple(heights),
        live_directions=tuple(counts),
        places=tuple(_place_restarts(counts)),
        references=check_references("references", references),
        loss_name=str(loss_name),
    )


def _draw_counts(axes: matplotlib.axes.Axes, cloud: RestartLosses, most: int) -> str:
    """Write how many restarts are in each cell, and return how: above, beside (above and below) or short."""
    lane = axes_size(axes)[0] / (most + 1) * _LANES / len(cloud.models)
    cells = cloud.cells()
    texts = [f"{cell.count} of {len(cloud.losses[cell.model])}" for cell in cells]
    widest = max(text_width(text, BODY_SIZE, bold=True) for text in texts)
    way = "above" if widest < lane else "beside" if len(cloud.models) == 2 and widest < 2 * lane else "short"
    for cell, text in zip(cells, texts, strict=True):
        below = way == "beside" and cell.model == 1
        axes.annotate(
            str(cell.count) if way == "short" else text,
            xy=(cell.middle, cell.low if below else cell.high),
            xytext=(0, -8 if below else 8),
            textcoords="offset points",
            ha="center",
            va="top" if below else "bottom",
            fontsize=BODY_SIZE if way == "above" else SMALL_SIZE,
            fontweight="bold",
            color=MODEL_TEXT_COLOURS[cell.model],
            zorder=4,
        )
    return way


def _set_limits(axes: matplotlib.axes.Axes, cloud: RestartLosses, most: int, below: float) -> None:
    """Set the limits, with room in points for what is written over the highest marks and under the lowest."""
    values = np.concatenate([*cloud.losses, [line.value for line in cloud.references]])
    low, high = float(values.min()), float(values.max())
    span = visible_span(low, high)
    above, tall = 28.0, axes_size(axes)[1]
    point = span / max(tall - above - below, tall / 3)
    axes.set(xlim=(-0.5, most + 0.5), ylim=(low - below * point, high + above * point), xticks=range(most + 1))


def draw_restart_losses_on(axes: matplotlib.axes.Axes, cloud: RestartLosses) -> None:
    """Draw the restarts, without a heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes, with free room above for the legend (see :func:`legend_height`), and, where there are levels, about
        2.1 inches to the right for their labels.
    cloud
        What to draw.
    """
    most = max(int(live.max()) for live in cloud.live_directions)
    for line in cloud.references:
        axes.axhline(line.value, color=MUTED, linewidth=1.1, linestyle=(0, (5, 3)), zorder=1.5)
    for model in range(len(cloud.models)):
        axes.plot(
            cloud.places[model],
            cloud.losses[model],
            MARKERS[model],
            color=MODEL_COLOURS[model],
            markersize=7.5 if MARKERS[model] == "o" else 6.5,
            markeredgecolor="white",
            markeredgewidth=0.8,
            alpha=0.85,
            zorder=3,
        )
    way = _draw_counts(axes, cloud, most)
    _set_limits(axes, cloud, most, 28.0 if way == "beside" else 16.0)
    name_axes(axes, "live directions of the code", cloud.loss_name)
    axes.yaxis.set_major_locator(tick_locator(9 if axes_size(axes)[1] > 180 else 5))
    axes.grid(visible=False, axis="x")
    names = [fit_text(name, BODY_SIZE, 150.0) for name in cloud.models]
    if way == "short":
        names = [f"{name} (of {len(losses)})" for name, losses in zip(names, cloud.losses, strict=True)]
    columns = min(_LEGEND_COLUMNS, len(names))
    axes.legend(
        axes.lines[-len(names) :],
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        borderaxespad=0.5,
        ncols=columns,
        handlelength=1.0,
    )
    draw_margin_labels(axes, [MarginLabel(line.value, line.label, MUTED) for line in cloud.references])


def legend_height(cloud: RestartLosses) -> float:
    """Return the room that the legend takes above the axes.

    Parameters
    ----------
    cloud
        What is drawn.

    Returns
    -------
    The height, in points.
    """
    rows = -(-len(cloud.models) // _LEGEND_COLUMNS)
    return 5.0 + rows * BODY_SIZE * 1.5


def draw_restart_losses(
    cloud: RestartLosses, *, title: str = "The loss of every restart", subtitle: str = _SUBTITLE
) -> matplotlib.figure.Figure:
    """Draw the loss of every restart against its live directions, with the number of restarts in each group.

    Parameters
    ----------
    cloud
        What to draw.
    title, subtitle
        The heading, and the grey line under it.

    Returns
    -------
    A figure of ten by five inches.

    Notes
    -----
    A mark is moved only sideways, never up or down: its height is the loss.

    Examples
    --------
    >>> cloud = compute_restart_losses({"deep": np.array([0.68, 0.69])}, {"deep": np.array([2, 0])})
    >>> draw_restart_losses(cloud).get_size_inches().tolist()
    [10.0, 5.0]
    """
    lift = legend_height(cloud)
    with style():
        figure = new_figure(10.0, 5.0)
        wide = 6.75 if cloud.references else 8.65
        axes = place_axes(figure, 1.05, 0.65, wide, 4.35 - heading_height(title, subtitle, lift=lift))
        draw_restart_losses_on(axes, cloud)
        draw_heading(axes, title, subtitle, lift=lift)
    return figure
