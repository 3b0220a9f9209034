"""Errors by feature on a page: a heat map of pixels, bars of columns, to point at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.feature_errors import HEAT_COLOURS, FeatureBars, FeatureHeatMap
from autoencode.figures.interactive.appearance import (
    INK_COLOUR,
    MUTED_COLOUR,
    cut_text,
    new_plot,
    set_ranges,
    text_colour,
)
from autoencode.figures.interactive.marks import NUMBER, add_hover, mark_line, write_label
from autoencode.figures.palette import MODEL_COLOURS

if TYPE_CHECKING:
    import bokeh.plotting

__all__ = ["plot_feature_bars", "plot_feature_heat_map"]

_SIDE = 300  # the longer one of a heat map's frame, in pixels
_ROW = 35  # of a bar with the text over it, in pixels


def plot_feature_heat_map(picture: FeatureHeatMap) -> bokeh.plotting.figure:
    """Return the heat map of the pixels for a page.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    A plot named "feature_errors". Pointing at a pixel shows its place, counted from 0, and its error.

    Examples
    --------
    >>> from autoencode.figures import compute_feature_heat_map
    >>> plot = plot_feature_heat_map(compute_feature_heat_map(np.array([0.5, 0.25]), (1, 2)))
    >>> plot.select_one({"name": "pixels"}).data["error"][0].tolist()
    [[0.5, 0.25]]
    """
    from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, Image, LinearColorMapper, Range1d
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    rows, columns = picture.errors.shape
    longest = max(rows, columns)
    high, wide = (max(_SIDE * size // longest, 40) for size in (rows, columns))
    plot = new_plot(picture.error_name, "", height=high, name="feature_errors", tools=[])
    # Of a fixed width, so that its pixels are square on every page.
    plot.update(frame_width=wide, width=None, height=None, sizing_mode=None, toolbar_location=None)
    ramp = colormaps[HEAT_COLOURS]
    colours = LinearColorMapper(palette=[to_hex(ramp(step)) for step in range(ramp.N)], low=0, high=picture.limit)
    kind = np.float32 if picture.limit < 1e38 else np.float64
    source = ColumnDataSource({"error": [picture.errors.astype(kind)]}, name="pixels")
    # Pixel j reaches from j - 0.5 to j + 0.5, so that a place rounds to its pixel.
    image = Image(image="error", x=-0.5, y=-0.5, dw=columns, dh=rows, color_mapper=colours)
    pixels = plot.add_glyph(source, image)
    set_ranges(plot, (-0.5, columns - 0.5), (rows - 0.5, -0.5))
    plot.yaxis.visible = plot.grid.visible = False
    # The scale has the plot's own axis, for the numbers of a colour bar do not take the page's colours.
    bar = ColorBar(color_mapper=colours, height=10, padding=0, margin=6, title=None, ticker=FixedTicker())
    plot.extra_x_ranges = {"error": Range1d(start=0, end=picture.limit)}
    plot.xaxis.update(x_range_name="error", axis_line_color=None)
    plot.below = [bar, *plot.below]
    add_hover(plot, [pixels], [("row", "$y{0}"), ("column", "$x{0}"), ("error", f"@error{NUMBER}")])
    return plot


def plot_feature_bars(bars: FeatureBars) -> bokeh.plotting.figure:
    """Return the bars of the columns for a page, the worst first, each with its name and its errors over it.

    Parameters
    ----------
    bars
        What to draw.

    Returns
    -------
    A plot named "feature_errors". Pointing at a bar shows its whole name.

    Examples
    --------
    >>> from autoencode.evaluation import ColumnError
    >>> from autoencode.figures import compute_feature_bars
    >>> age = ColumnError("age", "numeric", 9.0, "root mean squared error", "years")
    >>> plot_feature_bars(compute_feature_bars([age], [age])).select_one({"name": "bars"}).data["share"]
    [100.0]
    """
    from bokeh.models import ColumnDataSource, Node, PrintfTickFormatter

    count = len(bars.names)
    plot = new_plot("error, mean sample = 100%", "", height=_ROW * count + 8, name="feature_errors", tools=[])
    plot.toolbar_location = None
    source = ColumnDataSource(
        {
            "row": [row + 0.6 for row in range(count)],
            "end": [100 * min(share, bars.end) for share in bars.shares],
            "share": [100 * share for share in bars.shares],
            "colour": [MODEL_COLOURS[1 if share >= 1 else 0] for share in bars.shares],
            "name": [cut_text(name, 200) for name in bars.names],
            "errors": [cut_text(caption, 200) for caption in bars.captions],
        },
        name="bars",
    )
    set_ranges(plot, (0, 100 * bars.end), (count + 0.1, -0.1))
    plot.yaxis.visible = plot.ygrid.visible = False
    plot.xaxis.formatter = PrintfTickFormatter(format="%g%%")
    plot.hbar("row", right="end", height=0.26, source=source, color="colour", line_color=None)
    mark_line(plot, 100, "height", MUTED_COLOUR, dash=[5, 4], layer="underlay")
    for row, (share, name, caption) in enumerate(zip(bars.shares, bars.names, bars.captions, strict=True)):
        worse = share >= 1
        ink = text_colour(MODEL_COLOURS[1]) if worse else MUTED_COLOUR
        # The name comes last: where both are long on a narrow page, it is the one to be read.
        right = (Node.frame.right, row + 0.22)
        write_label(plot, cut_text(caption, 42), right, ink, anchor="center_right")
        write_label(plot, cut_text(name, 18), (0, row + 0.22), INK_COLOUR, anchor="center_left")
    # The bars may be too short to be pointed at; their rows are not.
    touched = plot.hbar("row", right=100 * bars.end, height=1.0, source=source, alpha=0)
    share = ("of the mean sample's", f"@share{NUMBER}%")
    add_hover(plot, [touched], [("column", "@name"), ("error", "@errors"), share])
    return plot
