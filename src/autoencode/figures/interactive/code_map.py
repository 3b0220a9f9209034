"""The code map on a page: every sample a dot, to point at, to choose and to select in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.code_map import CodeMap
from autoencode.figures.interactive.appearance import FONT, cut_text, new_plot
from autoencode.figures.palette import INK

if TYPE_CHECKING:
    import bokeh.models
    import bokeh.plotting

__all__ = ["plot_code_map"]

_HEIGHT = 440


def _draw_dots(plot: bokeh.plotting.figure, picture: CodeMap) -> bokeh.models.GlyphRenderer:
    from bokeh.models import ColumnDataSource

    size, alpha = picture.dot
    across, up = picture.points.T.astype(np.float32 if np.abs(picture.points).max() < 1e38 else np.float64)
    source = ColumnDataSource({"x": across, "y": up, "colour": list(picture.colours)}, name="points")
    return plot.scatter(
        "x",
        "y",
        source=source,
        size=1.25 * size,
        color="colour",
        line_color=None,
        fill_alpha=alpha,
        selection_fill_alpha=0.95,
        nonselection_fill_alpha=0.1,
        nonselection_fill_color="colour",
    )


def _draw_names(plot: bokeh.plotting.figure, picture: CodeMap) -> None:
    """Write the names of the classes over their dots: dark on white with a frame of their colour, on every page."""
    from bokeh.core.properties import value
    from bokeh.models import ColumnDataSource, Text

    source = ColumnDataSource(
        {
            "x": picture.class_middles[:, 0],
            "y": picture.class_middles[:, 1],
            "name": [cut_text(name, 16) for name in picture.classes],
            "colour": list(picture.class_colours),
        },
        name="names",
    )
    names = Text(
        x="x",
        y="y",
        text="name",
        anchor="center_center",
        text_color=INK,
        text_font=value(FONT),
        text_font_size="15px",
        text_font_style="bold",
        background_fill_color="white",
        background_fill_alpha=1.0,
        border_line_color="colour",
        border_line_width=2.2,
    )
    # The checker of types takes what these two accept for what they hold.
    names.update(padding=3, border_radius=4)
    plot.add_glyph(source, names)


def _draw_ring(plot: bokeh.plotting.figure) -> None:
    """Draw the ring of the sample at hand, of which there is none at first: dark in white, for every page."""
    from bokeh.models import ColumnDataSource

    source = ColumnDataSource({"x": [], "y": []}, name="chosen")
    for colour, width in (("white", 5.5), (INK, 2.5)):
        plot.scatter("x", "y", source=source, size=17, fill_color=None, line_color=colour, line_width=width)


def plot_code_map(picture: CodeMap) -> bokeh.plotting.figure:
    """Return a code map for a page: a dot a sample, the names of the classes over their dots.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    A plot named "code_map". Its sources are "points", with a colour each, "names", the classes at their medians, and
    "chosen", the ring of one sample, empty at first. Whatever moves or recolours the points must move the names.

    Examples
    --------
    >>> from autoencode.figures import compute_code_map
    >>> plot = plot_code_map(compute_code_map(np.array([[0.0, 1.0], [2.0, 3.0]]), labels=["a", "b"]))
    >>> plot.select_one({"name": "points"}).data["colour"]
    ['#0072B2', '#D55E00']
    """
    from bokeh.models import BoxSelectTool, LassoSelectTool, PanTool, ResetTool, TapTool, WheelZoomTool

    plot = new_plot(*picture.axis_names, height=_HEIGHT, name="code_map", tools=[])
    dots = _draw_dots(plot, picture)
    if picture.classes:
        _draw_names(plot, picture)
    _draw_ring(plot)
    for axis_range in (plot.x_range, plot.y_range):
        axis_range.update(renderers=[dots], range_padding=0.05)
    brush = BoxSelectTool(renderers=[dots])
    plot.add_tools(
        brush,
        LassoSelectTool(renderers=[dots]),
        PanTool(),
        WheelZoomTool(),
        ResetTool(),
        TapTool(renderers=[dots], visible=False),
    )
    plot.toolbar.update(active_drag=brush, active_scroll=None)
    return plot
