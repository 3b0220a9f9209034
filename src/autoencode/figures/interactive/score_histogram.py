"""The histogram of anomaly scores on a page: groups of samples to point at and to mute, and the threshold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.interactive.appearance import INK_COLOUR, new_plot, set_ranges
from autoencode.figures.interactive.marks import NUMBER, add_hover, add_legend, mark_line, write_label
from autoencode.figures.palette import INK
from autoencode.figures.score_histogram import ScoreHistogram

if TYPE_CHECKING:
    import bokeh.plotting
    from bokeh.models import ColumnDataSource, GlyphRenderer

__all__ = ["plot_score_histogram"]


def _fill_bars(
    plot: bokeh.plotting.figure, bins: ColumnDataSource, picture: ScoreHistogram, group: int
) -> GlyphRenderer:
    return plot.quad(
        "left",
        "right",
        f"height {group}",
        picture.limits[0],
        source=bins,
        color=picture.colours[group],
        fill_alpha=0.3,
        line_alpha=0,
        muted_alpha=0.03,
    )


def _draw_outline(plot: bokeh.plotting.figure, picture: ScoreHistogram, group: int) -> GlyphRenderer:
    floor = [picture.limits[0]]
    across, up = np.repeat(picture.edges, 2), np.concatenate([floor, np.repeat(picture.heights[group], 2), floor])
    return plot.line(across, up, color=picture.colours[group], line_width=1.8, muted_alpha=0.1)


def plot_score_histogram(picture: ScoreHistogram) -> bokeh.plotting.figure:
    """Return the histogram of anomaly scores for a page.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    A plot. Pointing at a bin shows how many samples of each group lie in it; a click on a group's name mutes it.

    Examples
    --------
    >>> from autoencode.figures import compute_score_histogram
    >>> picture = compute_score_histogram(np.array([0.0, 0.5, 1.0]), bins=2)
    >>> plot_score_histogram(picture).select_one({"name": "bins"}).data["count 0"].tolist()
    [1, 2]
    """
    from bokeh.models import BasicTicker, ColumnDataSource, Node, NumeralTickFormatter

    scale = "log" if picture.is_log else "linear"
    plot = new_plot(picture.score_name, "samples", name="score_histogram", up_scale=scale)
    floor, top = picture.limits
    count = range(len(picture.groups))
    bins = ColumnDataSource(
        {
            "left": picture.edges[:-1],
            "right": picture.edges[1:],
            **{f"count {group}": picture.counts[group] for group in count},
            **{f"height {group}": picture.heights[group] for group in count},
        },
        name="bins",
    )
    # The outlines lie over all fills.
    drawn = [[_fill_bars(plot, bins, picture, group)] for group in count]
    for group in count:
        drawn[group].append(_draw_outline(plot, picture, group))
    low, high = float(picture.edges[0]), float(picture.edges[-1])
    set_ranges(plot, (low, high), (floor, top))
    if picture.is_log:
        plot.yaxis.formatter = NumeralTickFormatter(format="0,0")
    else:
        plot.yaxis.ticker = BasicTicker(min_interval=1)
    threshold = picture.threshold
    if threshold is not None and math.isfinite(threshold):
        mark_line(plot, threshold, "height", INK_COLOUR, dash=(5, 4))
        aside = 1 if threshold < (low + high) / 2 else -1
        place = (threshold, Node.frame.top)
        anchor = "top_left" if aside > 0 else "top_right"
        write_label(plot, picture.threshold_name, place, INK_COLOUR, offset=(4 * aside, -2), anchor=anchor)
    add_legend(plot, list(zip(picture.captions, drawn, strict=True)))
    touched = plot.quad("left", "right", top, floor, source=bins, alpha=0, hover_color=INK, hover_alpha=0.06)
    counts = [(name, f"@{{count {group}}}") for group, name in enumerate(picture.groups)]
    add_hover(plot, [touched], [("score", f"@left{NUMBER} to @right{NUMBER}"), *counts], mode="vline")
    return plot
