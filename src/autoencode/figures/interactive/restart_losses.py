"""The restarts on a page: the loss of each against how many directions of its code are live, to point at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.interactive.appearance import cut_text, new_plot, set_ranges, text_colour
from autoencode.figures.interactive.marks import NUMBER, Corner, add_hover, add_legend, mark_levels, write_label
from autoencode.figures.palette import MARKERS, MODEL_COLOURS, visible_span
from autoencode.figures.restart_losses import RestartLosses

if TYPE_CHECKING:
    import bokeh.plotting
    from bokeh.models import GlyphRenderer

__all__ = ["plot_restart_losses"]

_MOST_COUNTS = 18  # groups with a number over them; of more, the numbers would lie over one another
_MARKER_NAMES = {"o": "circle", "D": "diamond", "^": "triangle", "s": "square", "v": "inverted_triangle", "P": "plus"}


def _free_corner(cloud: RestartLosses, level: float, reach: float) -> Corner:
    """Return the side at which fewer restarts lie on a level or over it, within the reach of a label."""
    losses, places = np.concatenate(cloud.losses), np.concatenate(cloud.places)
    near = places[(losses > level - reach / 3) & (losses < level + reach)]
    middle = max(int(live.max()) for live in cloud.live_directions) / 2
    return "over left" if np.sum(near > middle) > np.sum(near < middle) else "over right"


def _draw_restarts(plot: bokeh.plotting.figure, cloud: RestartLosses, model: int) -> GlyphRenderer:
    """Draw one model's restarts, each as a mark at its loss."""
    from bokeh.models import ColumnDataSource

    losses = cloud.losses[model]
    source = ColumnDataSource(
        {
            "place": cloud.places[model],
            "loss": losses,
            "live": cloud.live_directions[model],
            "restart": np.arange(len(losses)),
            "model": [cut_text(cloud.models[model])] * len(losses),
        },
        name=f"restarts {model}",
    )
    return plot.scatter(
        "place",
        "loss",
        source=source,
        marker=_MARKER_NAMES[MARKERS[model]],
        size=10,
        fill_color=MODEL_COLOURS[model],
        line_color=None,
        fill_alpha=0.8,
        muted_alpha=0.08,
    )


def plot_restart_losses(cloud: RestartLosses) -> bokeh.plotting.figure:
    """Return the restarts for a page: one mark each, with the number of restarts over every group.

    Parameters
    ----------
    cloud
        What to draw.

    Returns
    -------
    A plot. Pointing at a mark shows which restart it is; a click on a model's name mutes the model.

    Examples
    --------
    >>> from autoencode.figures import compute_restart_losses
    >>> cloud = compute_restart_losses({"deep": np.array([0.68, 0.69])}, {"deep": np.array([2, 0])})
    >>> plot_restart_losses(cloud).select_one({"name": "restarts 0"}).data["loss"].tolist()
    [0.68, 0.69]
    """
    plot = new_plot("live directions of the code", cloud.loss_name, name="restart_losses")
    marks = [_draw_restarts(plot, cloud, model) for model in range(len(cloud.models))]
    cells = cloud.cells()
    for cell in cells if len(cells) <= _MOST_COUNTS else ():
        write_label(
            plot,
            str(cell.count),
            (cell.middle, cell.high),
            text_colour(MODEL_COLOURS[cell.model]),
            offset=(0, 5),
            halo=False,
        )
    values = np.concatenate([*cloud.losses, [line.value for line in cloud.references]])
    low, high = float(values.min()), float(values.max())
    span = visible_span(low, high)
    most = max(int(live.max()) for live in cloud.live_directions)
    limits = (low - 0.08 * span, high + 0.14 * span)
    set_ranges(plot, (-0.5, most + 0.5), limits)
    plot.xaxis.ticker = list(range(most + 1))
    plot.xgrid.visible = False
    mark_levels(plot, [(level, _free_corner(cloud, level.value, 0.14 * span)) for level in cloud.references], limits)
    names = [f"{cut_text(name, 17)}, {len(losses)}" for name, losses in zip(cloud.models, cloud.losses, strict=True)]
    add_legend(plot, [(f"{name} restarts", [mark]) for name, mark in zip(names, marks, strict=True)])
    rows = [("restart", "@restart"), ("loss", f"@loss{NUMBER}"), ("live directions", "@live")]
    if len(cloud.models) > 1:
        rows.insert(0, ("model", "@model"))
    add_hover(plot, marks, rows)
    return plot
