"""The histogram of errors on a page: several models on common bins, to point at and to mute one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.error_histogram import ErrorHistogram
from autoencode.figures.interactive.appearance import (
    HEIGHT,
    MUTED_COLOUR,
    cut_text,
    new_plot,
    set_ranges,
    text_colour,
)
from autoencode.figures.interactive.marks import NUMBER, add_hover, add_legend, mark_line, write_label
from autoencode.figures.palette import INK, MODEL_COLOURS

if TYPE_CHECKING:
    import bokeh.plotting
    from bokeh.models import ColumnDataSource, GlyphRenderer

__all__ = ["plot_error_histogram"]

_ROW = 19  # of a mark's label, in pixels


def _draw_bars(
    plot: bokeh.plotting.figure, bins: ColumnDataSource, picture: ErrorHistogram, model: int
) -> list[GlyphRenderer]:
    """Draw one model's bars, and the line round them."""
    colour = MODEL_COLOURS[model]
    alpha = {1: 0.3, 2: 0.25, 3: 0.15}.get(len(picture.models), 0.06)
    bars = plot.quad(
        "left",
        "right",
        f"count {model}",
        0,
        source=bins,
        color=colour,
        fill_alpha=alpha,
        line_alpha=0,
        muted_alpha=0.02,
    )
    edges, counts = np.repeat(picture.edges, 2), np.repeat(picture.counts[model], 2)
    around = plot.line(edges, np.concatenate([[0], counts, [0]]), color=colour, line_width=1.8, muted_alpha=0.1)
    return [bars, around]


def _draw_marks(plot: bokeh.plotting.figure, picture: ErrorHistogram) -> int:
    """Draw a line for each mean and baseline, each with its label in a row of its own, and return how many there are.

    A label runs from its line to the middle of the plot: the outermost lines have the highest rows, so that no
    label lies over the line of another on its own side.
    """
    from bokeh.models import Node

    marks = [
        (mean, name, MODEL_COLOURS[model], text_colour(MODEL_COLOURS[model]), ())
        for model, (name, mean) in enumerate(zip(picture.models, picture.means, strict=True))
    ]
    marks += [(line.value, line.label, MUTED_COLOUR, MUTED_COLOUR, (5, 4)) for line in picture.baselines]
    middle = (picture.edges[0] + picture.edges[-1]) / 2
    marks.sort(key=lambda mark: -abs(mark[0] - middle))
    for place, _, colour, _, dash in marks:
        mark_line(plot, place, "height", colour, dash=dash)
    for row, (place, name, _, ink, _) in enumerate(marks):
        aside = 1 if place < middle else -1
        write_label(
            plot,
            f"{place:.4g} {cut_text(name, 24)}",
            (place, Node.frame.top),
            ink,
            offset=(3 * aside, -2 - row * _ROW),
            anchor="top_left" if aside > 0 else "top_right",
        )
    return len(marks)


def plot_error_histogram(picture: ErrorHistogram) -> bokeh.plotting.figure:
    """Return the histogram of several models' errors for a page, with their means and those of the baselines.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    A plot. Pointing at a bin shows how many errors of each model lie in it; a click on a model's name mutes it.

    Examples
    --------
    >>> from autoencode.figures import compute_error_histogram
    >>> picture = compute_error_histogram({"vanilla": np.array([0.0, 0.5, 1.0])}, bins=2)
    >>> plot_error_histogram(picture).select_one({"name": "bins"}).data["count 0"].tolist()
    [2, 1]
    """
    from bokeh.models import BasicTicker, ColumnDataSource

    plot = new_plot(picture.error_name, "samples", name="error_histogram")
    bins = ColumnDataSource(
        {
            "left": picture.edges[:-1],
            "right": picture.edges[1:],
            **{f"count {model}": counts for model, counts in enumerate(picture.counts)},
        },
        name="bins",
    )
    drawn = [_draw_bars(plot, bins, picture, model) for model in range(len(picture.models))]
    rows = _draw_marks(plot, picture)
    top = max(int(picture.counts.max()), 1) / max(1 - (rows * _ROW + 8) / HEIGHT, 1 / 3)
    set_ranges(plot, (float(picture.edges[0]), float(picture.edges[-1])), (0.0, top))
    plot.yaxis.ticker = BasicTicker(min_interval=1)
    if len(drawn) > 1:
        add_legend(plot, list(zip(picture.models, drawn, strict=True)))
    touched = plot.quad("left", "right", top, 0, source=bins, alpha=0, hover_color=INK, hover_alpha=0.06)
    counts = [(cut_text(name, 20), f"@{{count {model}}}") for model, name in enumerate(picture.models)]
    add_hover(plot, [touched], [("error", f"@left{NUMBER} to @right{NUMBER}"), *counts], mode="vline")
    return plot
