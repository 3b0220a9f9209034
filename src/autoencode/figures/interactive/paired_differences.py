"""Paired differences on a page: how much worse than the best model each other one is, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.figures.interactive.appearance import INK_COLOUR, MUTED_COLOUR, cut_text, new_plot, set_ranges
from autoencode.figures.interactive.marks import add_hover, mark_line, write_label
from autoencode.figures.paired_differences import PairedDifferences
from autoencode.figures.palette import EDGE, MODEL_COLOURS

if TYPE_CHECKING:
    import bokeh.plotting

__all__ = ["plot_paired_differences"]

_ROW = 62  # of a difference with its name and its numbers over it, in pixels


def plot_paired_differences(picture: PairedDifferences) -> bokeh.plotting.figure:
    """Return the differences from the best model for a page, each with its name and its numbers over it.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    A plot named "paired_differences". Pointing at a row shows its whole name; enlarging it shows short intervals.
    """
    from bokeh.models import ColumnDataSource, Node

    count = len(picture.names)
    plot = new_plot(picture.axis_name, "", height=_ROW * count + 8, name="paired_differences")
    source = ColumnDataSource(
        {
            "row": [row + 0.75 for row in range(count)],
            "difference": [interval.estimate for interval in picture.intervals],
            "low": [interval.low for interval in picture.intervals],
            "high": [interval.high for interval in picture.intervals],
            "colour": [EDGE if is_baseline else MODEL_COLOURS[0] for is_baseline in picture.is_baseline],
            "marker": ["diamond" if is_baseline else "circle" for is_baseline in picture.is_baseline],
            "fill": [0.0 if interval.direction == 0 else 1.0 for interval in picture.intervals],
            "name": [cut_text(name, 200) for name in picture.names],
            "numbers": list(picture.captions),
        },
        name="differences",
    )
    low, high = picture.limits
    set_ranges(plot, (low, high), (count + 0.1, -0.1))
    plot.yaxis.visible = plot.ygrid.visible = False
    mark_line(plot, 0, "height", MUTED_COLOUR, dash=[5, 4], layer="underlay")
    plot.segment("low", "row", "high", "row", source=source, color="colour", line_width=3)
    plot.scatter(
        "difference",
        "row",
        source=source,
        marker="marker",
        size=12,
        fill_color="colour",
        fill_alpha="fill",
        line_color="colour",
        line_width=2,
    )
    for row, (name, caption) in enumerate(zip(picture.names, picture.captions, strict=True)):
        for text, place, ink in ((cut_text(name, 40), 0.17, INK_COLOUR), (caption, 0.46, MUTED_COLOUR)):
            write_label(plot, text, (Node.frame.left, row + place), ink, anchor="center_left")
    touched = plot.hbar("row", left=low, right=high, height=1.0, source=source, alpha=0)
    add_hover(plot, [touched], [("", "@name"), ("difference", "@numbers")])
    return plot
