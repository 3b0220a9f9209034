"""What every interactive figure starts from: a Bokeh plot with the package's type, tools and colours.

The colours of axes, grid, text and background are names, not values: Bokeh looks up its custom properties
(``--bk-…``) whenever it paints, and ours point to those of the page: ``--ink``, ``--muted``, ``--line``, ``--paper``
and ``--accent``. One plot thus serves a light and a dark page; on a page without them it is light. A plot does not
notice that they change; ``request_repaint()`` of its view paints it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from autoencode.charts.palette import GRID, INK, MODEL_COLOURS, MODEL_TEXT_COLOURS, MUTED
from autoencode.printable import make_printable

if TYPE_CHECKING:
    import bokeh.models
    import bokeh.plotting

INK_COLOUR = f"var(--ink, {INK})"
MUTED_COLOUR = f"var(--muted, {MUTED})"
PAPER_COLOUR = "var(--paper, #FFFFFF)"
LINE_COLOUR = f"var(--line, {GRID})"
ACCENT_COLOUR = "var(--accent, #0072B2)"

FONT = "system-ui, sans-serif"
"""Of the page: the browser has its letters for every script."""

TYPE_SIZE = "12.8px"
"""Of a plot's type. A report's script enlarges it on a large screen: so it is not Bokeh's own, which no page names."""

HEIGHT = 260
"""Of a plot's frame, in pixels of the page."""

# A bare fill or line is that of a box or a lasso that a reader draws.
_PLOT_STYLE = f"""
:host {{
  --bk-background-fill-color: {PAPER_COLOUR};
  --bk-border-fill-color: {PAPER_COLOUR};
  --bk-axis-line-color: color-mix(in srgb, {MUTED_COLOUR} 60%, {PAPER_COLOUR});
  --bk-major-tick-line-color: color-mix(in srgb, {MUTED_COLOUR} 60%, {PAPER_COLOUR});
  --bk-axis-label-text-color: {MUTED_COLOUR};
  --bk-major-label-text-color: {MUTED_COLOUR};
  --bk-grid-line-color: color-mix(in srgb, {LINE_COLOUR} 75%, {PAPER_COLOUR});
  --bk-text-color: {INK_COLOUR};
  --bk-fill-color: {ACCENT_COLOUR};
  --bk-fill-alpha: 0.15;
  --bk-line-color: {ACCENT_COLOUR};
}}
"""

# Dark on every page: Bokeh fixes the light blue of a row's name, which cannot be read on white.
_TOOLTIP_STYLE = f"""
.bk-Tooltip {{
  --color: #FFFFFF;
  --background-color: {INK};
  --divider-color: {MUTED};
  --tooltip-arrow-color: {MUTED};
  --tooltip-arrow-inner-color: {MUTED};
  --bokeh-base-font: {FONT};
  --bokeh-font-size: {TYPE_SIZE};
  max-width: 94vw;
  border-radius: 5px;
  font-variant-numeric: tabular-nums;
}}
"""


def cut_text(text: str, limit: int = 40) -> str:
    """Return a text on one line that shows as it is, cut to a number of characters.

    Parameters
    ----------
    text
        Any text, such as a name that a user chose.
    limit
        The longest result, in characters; at least 1. A longer one ends in an ellipsis.

    Returns
    -------
    The text, for a source, a legend or a tooltip: those show it as it is.

    Examples
    --------
    >>> cut_text("two\\nlines"), cut_text("abcdef", 4)
    ('two\\\\nlines', 'abc…')
    """
    # Cutting first as well keeps a name of many megabytes cheap; an escape only makes it longer.
    shown = make_printable(str(text)[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def plain_label(text: str, limit: int = 60) -> bokeh.models.PlainText:
    """Return a text for an axis, a title or a label; as a bare string, Bokeh would set ``$$…$$`` as a formula.

    Parameters
    ----------
    text, limit
        As for :func:`cut_text`.

    Returns
    -------
    The text, which nothing parses.
    """
    from bokeh.models import PlainText

    return PlainText(text=cut_text(text, limit))


def text_colour(colour: str) -> str:
    """Return a colour's name in style sheets that can be read as text: nearer to the page's ink.

    Parameters
    ----------
    colour
        Any colour, as ``#RRGGBB``.

    Returns
    -------
    Darker than ``colour`` on a light page, lighter on a dark one.

    Examples
    --------
    >>> text_colour("#0072B2")
    'color-mix(in srgb, #0072B2 65%, var(--ink, #1F2933))'
    """
    return f"color-mix(in srgb, {colour} 65%, {INK_COLOUR})"


def name_colour(colour: str, *, is_text: bool = False) -> str:
    """Return the name in style sheets of a colour of paper, so that words and lines follow the page's.

    Parameters
    ----------
    colour
        As ``#RRGGBB``.
    is_text
        Whether it is that of words: they are nearer to the page's ink.

    Examples
    --------
    >>> name_colour("#5F6C7B"), name_colour("#0072B2"), name_colour("#B94F00", is_text=True)
    ('var(--muted, #5F6C7B)', '#0072B2', 'color-mix(in srgb, #D55E00 65%, var(--ink, #1F2933))')
    """
    if is_text and colour in MODEL_TEXT_COLOURS:
        return text_colour(MODEL_COLOURS[MODEL_TEXT_COLOURS.index(colour)])
    return {INK: INK_COLOUR, MUTED: MUTED_COLOUR}.get(colour, colour)


def new_plot(
    across: str,
    up: str,
    *,
    height: int = HEIGHT,
    name: str | None = None,
    tools: Sequence[bokeh.models.Tool] | None = None,
    up_scale: Literal["linear", "log"] = "linear",
) -> bokeh.plotting.figure:
    """Return an empty plot, as wide as its place on the page, with the names of its axes.

    Parameters
    ----------
    across, up
        The names of the axes, with their units, shown as they are.
    height
        Of the frame, without what stands round it, in pixels of the page; above 0.
    name
        By which a script finds the plot, and the name of the file that a reader saves.
    tools
        What a reader may do; by default enlarge, move, reset and save, none of them active at first.
    up_scale
        Of the vertical axis.

    Returns
    -------
    A figure with the package's type and colours; it has no legend and no title.
    """
    from bokeh.models import BoxZoomTool, GlobalInlineStyleSheet, InlineStyleSheet, PanTool, ResetTool, SaveTool
    from bokeh.models import WheelZoomTool as WheelTool
    from bokeh.plotting import figure

    save = SaveTool(filename=name or "figure")  # without a name, a browser's dialogue asks for one
    given = [BoxZoomTool(), PanTool(), WheelTool(), ResetTool(), save] if tools is None else list(tools)
    plot = figure(
        frame_height=height,
        name=name,
        tools=given,
        y_axis_type=up_scale,
        sizing_mode="stretch_width",
        output_backend="canvas",
        toolbar_location="above",
        stylesheets=[InlineStyleSheet(css=_PLOT_STYLE), GlobalInlineStyleSheet(css=_TOOLTIP_STYLE)],
        min_border_top=8,
        min_border_right=14,  # half of the last number
        outline_line_color=None,
    )
    plot.toolbar.logo = None
    if tools is None:
        # Where a plot takes the drag of a finger, or the wheel, the page under it cannot be scrolled.
        plot.toolbar.active_drag = plot.toolbar.active_scroll = None
    for axis, text, limit in ((plot.xaxis[0], across, 46), (plot.yaxis[0], up, min(max(2 * height // 13, 8), 60))):
        axis.axis_label = plain_label(text, limit)
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size = TYPE_SIZE
        axis.axis_label_text_font_style = "normal"
        axis.major_label_text_font_size = TYPE_SIZE
        axis.minor_tick_line_color = None
        axis.major_tick_in = 0
        axis.major_tick_out = 4
    plot.yaxis.axis_line_color = plot.yaxis.major_tick_line_color = None
    return plot


def set_ranges(plot: bokeh.plotting.figure, across: tuple[float, float], up: tuple[float, float]) -> None:
    """Set what a plot shows at first, and again after it is reset.

    Parameters
    ----------
    plot
        Whose.
    across, up
        The ends of the two axes, in their units.
    """
    from bokeh.models import Range1d

    plot.x_range = Range1d(start=across[0], end=across[1])
    plot.y_range = Range1d(start=up[0], end=up[1])


def set_tools(
    plot: bokeh.plotting.figure,
    tools: Literal["zoom", "brush", "select", "none"],
    selected: Sequence[bokeh.models.GlyphRenderer] = (),
) -> None:
    """Give a plot what a reader may do with it beside pointing; :func:`new_plot` gave it what enlarges.

    Parameters
    ----------
    plot
        Whose.
    tools
        Nothing more, brushing across, or selecting among dots, whose plot has a ring for the sample at hand as well.
    selected
        The dots.
    """
    from bokeh.models import BoxSelectTool, ColumnDataSource, LassoSelectTool, PanTool, ResetTool, TapTool
    from bokeh.models import WheelZoomTool as WheelTool

    if tools == "none":
        plot.toolbar_location = None
    if tools not in ("brush", "select"):
        return
    if tools == "brush":
        brush = BoxSelectTool(dimensions="width")
        given = [brush, PanTool(dimensions="width"), WheelTool(dimensions="width"), ResetTool()]
    else:
        dots: list[Any] = list(selected)
        brush = BoxSelectTool(renderers=dots)
        lasso, tap = LassoSelectTool(renderers=dots), TapTool(renderers=dots, visible=False)
        given = [brush, lasso, PanTool(), WheelTool(), ResetTool(), tap]
        for axis_range in (plot.x_range, plot.y_range):
            axis_range.update(renderers=dots, range_padding=0.05)
        # The ring of the sample at hand, of which there is none at first: dark in white, for every page.
        source = ColumnDataSource({"x": [], "y": []}, name="chosen")
        for colour, width in (("white", 5.5), (INK, 2.5)):
            plot.scatter("x", "y", source=source, size=17, fill_color=None, line_color=colour, line_width=width)
    plot.add_tools(*given)
    plot.toolbar.update(active_drag=brush, active_scroll=None)
