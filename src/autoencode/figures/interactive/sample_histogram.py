"""The histogram of one model's errors on a page: brushing it chooses samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.interactive.appearance import new_plot, set_ranges
from autoencode.figures.interactive.marks import NUMBER, add_hover
from autoencode.figures.palette import MODEL_COLOURS
from autoencode.figures.sample_histogram import SampleHistogram

if TYPE_CHECKING:
    import bokeh.plotting

__all__ = ["plot_sample_histogram"]

_HEIGHT = 220


def plot_sample_histogram(picture: SampleHistogram) -> bokeh.plotting.figure:
    """Return the histogram of one model's errors for a page.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    A plot named "sample_histogram". Its source "bins" has the bars of all samples, and of the chosen ones, none at
    first. A first or last bar that holds a tail runs out of the plot; zoom out to see its end.

    Examples
    --------
    >>> from autoencode.figures import compute_sample_histogram
    >>> picture = compute_sample_histogram(np.array([0.0, 0.5, 1.0]), measure_title="squared error", unit="", bins=2)
    >>> plot_sample_histogram(picture).select_one({"name": "bins"}).data["count"].tolist()
    [1, 2]
    """
    from bokeh.models import BoxSelectTool, ColumnDataSource, PanTool, ResetTool, WheelZoomTool

    plot = new_plot(picture.error_name, "samples", height=_HEIGHT, name="sample_histogram", tools=[])
    left, right = picture.spans
    bins = ColumnDataSource(
        {"left": left, "right": right, "count": picture.counts, "chosen": np.zeros_like(picture.counts)}, name="bins"
    )
    # Blue for all, vermilion over it for the chosen ones, who are never more.
    drawn = [
        plot.quad("left", "right", column, 0, source=bins, name=name, color=colour, alpha=alpha, line_color=None)
        for name, column, colour, alpha in (
            ("all", "count", MODEL_COLOURS[0], 0.95),
            ("chosen", "chosen", MODEL_COLOURS[1], 1.0),
        )
    ]
    for bars in drawn:
        bars.update(nonselection_glyph=None, selection_glyph=None)
    set_ranges(plot, (float(picture.edges[0]), float(picture.edges[-1])), (0, 1.05 * int(picture.counts.max())))
    brush = BoxSelectTool(dimensions="width")
    plot.add_tools(brush, PanTool(dimensions="width"), WheelZoomTool(dimensions="width"), ResetTool())
    plot.toolbar.update(active_drag=brush, active_scroll=None)
    error = ("error", f"@left{NUMBER} to @right{NUMBER}")
    add_hover(plot, drawn[:1], [error, ("samples", "@count"), ("chosen", "@chosen")], mode="vline")
    return plot
