"""A chart on a page: what Bokeh draws of it, to enlarge, to point at and to select in. Long names are cut."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.charts import marks
from autoencode.charts.chart import MOST_TICKS, Axis, Chart, Detail, Panel, Rows
from autoencode.charts.page_labels import add_hover, add_legend, label_rules, mark_levels, mark_line, write_label
from autoencode.charts.page_plot import (
    FONT,
    INK_COLOUR,
    TYPE_SIZE,
    cut_text,
    name_colour,
    new_plot,
    plain_label,
    set_ranges,
    set_tools,
)
from autoencode.charts.palette import EDGE, INK, MUTED

if TYPE_CHECKING:
    import bokeh.models
    import bokeh.plotting
    from bokeh.models import ColumnDataSource, GlyphRenderer

_PIXELS = 1.25  # of a page in a point of paper
_NARROWEST = 300  # of a plot, in pixels: on a page too narrow for all in a row, they stand one below the other
_WRAP = ":host { flex-wrap: wrap; }"
_MARKERS = {"o": "circle", "D": "diamond", "^": "triangle", "s": "square", "v": "inverted_triangle", "P": "plus"}
_DASH = (5, 4)
_ROWS = {1: (0.22, 0.22, 0.6), 2: (0.17, 0.46, 0.75)}  # where the name, the caption and the mark of a row stand in it


@dataclass
class _Page:
    """What is painted so far of one panel."""

    panel: Panel
    plot: bokeh.plotting.figure
    sources: dict[marks.Data, ColumnDataSource]
    groups: dict[str, list[GlyphRenderer]] = field(default_factory=dict)
    hovers: dict[marks.Hover, list[GlyphRenderer]] = field(default_factory=dict)

    @property
    def across(self) -> Any:
        """The range of the horizontal axis, with a start and an end."""
        return self.plot.x_range

    @property
    def up(self) -> Any:
        """The range of the vertical axis, with a start and an end."""
        return self.plot.y_range

    def source(self, data: marks.Data, **more: Any) -> ColumnDataSource:
        """Return the columns as Bokeh has them, each once, and with what marks add to them."""
        from bokeh.models import ColumnDataSource

        if data not in self.sources:
            self.sources[data] = ColumnDataSource(dict(data.columns), name=data.name)
        self.sources[data].data.update(more)
        return self.sources[data]

    def keep(self, mark: marks.Mark, drawn: Sequence[GlyphRenderer], touched: GlyphRenderer | None = None) -> None:
        """Note what was drawn for a mark: for its entry in the legend, and for what is shown where one points."""
        self.groups.setdefault(mark.group, []).extend(drawn)
        if mark.hover is not None:
            self.hovers.setdefault(mark.hover, []).append(touched or drawn[0])


def paint_bokeh(chart: Chart) -> bokeh.models.LayoutDOM:
    """Return a chart as a plot for a page.

    Parameters
    ----------
    chart
        What to draw.

    Returns
    -------
    A plot, or several in a row or a column. Plots, sources and glyphs have the names that the chart gives them.
    """
    from bokeh.layouts import column, row
    from bokeh.models import InlineStyleSheet

    sources: dict[marks.Data, ColumnDataSource] = {}
    plots: list[Any] = [_paint_panel(panel, sources) for panel in chart.panels]
    if len(plots) == 1:
        return plots[0]
    if chart.is_stacked:
        for plot in plots[1:]:
            plot.x_range = plots[0].x_range
        return column(plots, sizing_mode="stretch_width")
    for plot in plots:
        plot.min_width = _NARROWEST
    return row(plots, sizing_mode="stretch_width", stylesheets=[InlineStyleSheet(css=_WRAP)])


def _paint_panel(panel: Panel, sources: dict[marks.Data, ColumnDataSource]) -> bokeh.plotting.figure:
    from bokeh.models import Title

    across, up = panel.across, panel.up
    plot = new_plot(
        across.name if across.page_name is None else across.page_name,
        up.name if up.page_name is None else up.page_name,
        height=panel.pixels,
        name=panel.name or None,
        tools=None if panel.tools == "zoom" else [],
        up_scale="log" if up.log else "linear",
    )
    page = _Page(panel, plot, sources)
    if across.limits is not None and up.limits is not None:
        set_ranges(plot, across.page_limits or across.limits, up.page_limits or up.limits)
    if panel.detail is not None:
        _open_detail(plot, panel.detail)
    for axes, grid, axis in ((plot.xaxis, plot.xgrid, across), (plot.yaxis, plot.ygrid, up)):
        _set_axis(axes, grid, axis)
    for mark in panel.marks:
        if mark.only != "paper":
            _paint(mark, page)
    if panel.title:
        plot.title = Title(text=plain_label(panel.title), text_font=FONT, text_font_size=TYPE_SIZE)
    if panel.rows is not None:
        _write_rows(plot, panel.rows)
    label_rules(plot, [mark for mark in panel.marks if isinstance(mark, marks.Rule) and mark.name])
    mark_levels(plot, [mark for mark in panel.marks if isinstance(mark, marks.Level) and mark.corner])
    if panel.legend:
        entries = [(cut_text(entry.name, 30 - len(entry.rest)) + entry.rest, entry.group) for entry in panel.legend]
        add_legend(plot, [(name, page.groups[group]) for name, group in entries])
    for hover, touched in page.hovers.items():
        add_hover(plot, touched, hover)
    set_tools(plot, panel.tools, page.groups.get("selected", []))
    return plot


def _set_axis(axes: Any, grid: Any, axis: Axis) -> None:
    """Set ticks, their names and the grid of an axis."""
    from bokeh.models import BasicTicker, FixedTicker, NumeralTickFormatter, PrintfTickFormatter

    grid.visible = axis.has_grid and not axis.is_bare
    axes.visible = not axis.is_bare
    if axis.is_whole and not axis.log:
        axes.ticker = BasicTicker(min_interval=1)
        if not isinstance(axis.ticks, int) and len(axis.ticks) <= MOST_TICKS:
            axes.ticker = FixedTicker(ticks=list(axis.ticks))
            axes.major_label_overrides = dict(zip(axis.ticks, axis.tick_names, strict=False))
    if axis.log:
        axes.formatter = NumeralTickFormatter(format="0,0")
    if axis.is_percent:
        axes.formatter = PrintfTickFormatter(format="%g%%")


def _open_detail(plot: bokeh.plotting.figure, detail: Detail) -> None:
    """Show a part of the vertical axis, and say what lies above it."""
    from bokeh.models import Range1d, Title

    note = Title(
        text=detail.page_note, text_font=FONT, text_font_size=TYPE_SIZE, text_font_style="normal", name="above"
    )
    plot.add_layout(note, "above")
    plot.y_range = Range1d(start=detail.page_up[0], end=detail.page_up[1])


def _write_rows(plot: bokeh.plotting.figure, rows: Rows) -> None:
    """Write the name of each row, and what is said of it, over its mark."""
    from bokeh.models import Node

    name_at, caption_at, _ = _ROWS[rows.lines]
    letters, side, anchor = (
        (18, Node.frame.right, "center_right") if rows.lines == 1 else (40, Node.frame.left, "center_left")
    )
    for row, (name, caption, colour) in enumerate(zip(rows.names, rows.captions, rows.caption_colours, strict=True)):
        # The name comes last: where both are long on a narrow page, it is the one to be read.
        write_label(
            plot, cut_text(caption, 42), (side, row + caption_at), name_colour(colour, is_text=True), anchor=anchor
        )
        write_label(plot, cut_text(name, letters), (Node.frame.left, row + name_at), INK_COLOUR, anchor="center_left")


def _glyph_colour(colour: str) -> str:
    """Return the colour of a mark on a canvas, which cannot follow the page's: a grey for light and dark ones."""
    return EDGE if colour == MUTED else colour


@functools.singledispatch
def _paint(mark: marks.Mark, *_: Any) -> None:
    """Draw a mark."""
    raise TypeError(f"a painter for {type(mark).__name__} is missing")


@_paint.register(marks.Bars)
def _(mark: marks.Bars, page: _Page) -> None:
    source, colour = page.source(mark.data), mark.colours
    if not isinstance(colour, str):
        source, colour = page.source(mark.data, colour=list(colour)), "colour"
    look: dict[str, Any] = {"alpha": mark.alpha, "line_color": None, "muted_alpha": 0.03}
    if mark.name:
        look["name"] = mark.name
    bars = page.plot.quad("left", "right", mark.top, mark.base, source=source, color=colour, **look)
    drawn: list[Any] = [bars]
    if mark.outline and mark.edges is not None:
        heights = np.concatenate([[mark.base], np.repeat(mark.data[mark.top], 2), [mark.base]])
        look = {"color": colour, "line_width": _PIXELS * mark.outline, "muted_alpha": 0.1}
        drawn.append(page.plot.line(np.repeat(mark.edges, 2), heights, **look))
    if page.panel.tools == "brush":
        bars.update(nonselection_glyph=None, selection_glyph=None)
    touched = None
    if mark.hover is not None and mark.hover.is_wide:
        ends = page.up
        touched = page.plot.quad(
            "left", "right", ends.end, ends.start, source=source, alpha=0, hover_color=INK, hover_alpha=0.06
        )
    page.keep(mark, drawn, touched)


@_paint.register(marks.Line)
def _(mark: marks.Line, page: _Page) -> None:
    look = {"source": page.source(mark.data), "color": _glyph_colour(mark.colour), "muted_alpha": 0.15}
    if len(mark.data[mark.x]) == 1:
        page.keep(mark, [page.plot.scatter(mark.x, mark.y, size=9, **look)])
        return
    look |= {"line_width": _PIXELS * mark.width, "alpha": mark.alpha, "line_dash": _DASH if mark.dash else []}
    look |= {"level": "underlay"} if mark.is_under else {}
    draw = functools.partial(page.plot.step, mode="before") if mark.is_steps else page.plot.line
    page.keep(mark, [draw(mark.x, mark.y, **look)])


@_paint.register(marks.Lines)
def _(mark: marks.Lines, page: _Page) -> None:
    look = {"color": mark.colour, "alpha": mark.alpha, "muted_color": mark.colour, "muted_alpha": 0.05}
    lines = page.plot.multi_line(mark.x, mark.y, source=page.source(mark.data), line_width=_PIXELS * mark.width, **look)
    page.keep(mark, [lines])


@_paint.register(marks.Dots)
def _(mark: marks.Dots, page: _Page) -> None:
    source, colour = page.source(mark.data), mark.colours
    if not isinstance(colour, str):
        source, colour = page.source(mark.data, colour=list(colour)), "colour"
    look: dict[str, Any] = {"fill_alpha": mark.alpha, "muted_alpha": 0.08, "fill_color": colour, "line_color": None}
    if mark.face:
        look |= {"fill_color": None, "line_color": colour, "line_width": _PIXELS * mark.edge}
    if mark.is_selected:
        look |= {"selection_fill_alpha": 0.95, "nonselection_fill_alpha": 0.1, "nonselection_fill_color": colour}
    if mark.name:
        look["name"] = mark.name
    # Bokeh's other markers are smaller than its circles.
    size = mark.size * (_PIXELS if mark.marker == "o" else 1.5)
    dots = page.plot.scatter(mark.x, mark.y, source=source, marker=_MARKERS[mark.marker], size=size, **look)
    page.keep(mark, [dots])
    if mark.is_selected:
        page.groups["selected"] = [dots]


@_paint.register(marks.RowBars)
def _(mark: marks.RowBars, page: _Page) -> None:
    rows = np.arange(len(mark.colours))
    source = page.source(mark.data, row=rows + _ROWS[1][2], colour=list(mark.colours))
    page.plot.hbar("row", right=mark.end, height=0.26, source=source, color="colour", line_color=None)
    page.keep(mark, [_reach_rows(page, source)])


def _reach_rows(page: _Page, source: ColumnDataSource) -> GlyphRenderer:
    """Draw what can be pointed at: the marks may be too short, their rows are not."""
    ends = page.across
    return page.plot.hbar("row", left=ends.start, right=ends.end, height=1.0, source=source, alpha=0)


@_paint.register(marks.Intervals)
def _(mark: marks.Intervals, page: _Page) -> None:
    source = page.source(
        mark.data,
        row=np.arange(len(mark.colours)) + _ROWS[2][2],
        colour=list(map(_glyph_colour, mark.colours)),
        marker=[_MARKERS[marker] for marker in mark.markers],
        fill=[0.0 if is_hollow else 1.0 for is_hollow in mark.is_hollow],
    )
    look = {"fill_color": "colour", "fill_alpha": "fill", "line_color": "colour", "line_width": 2}
    page.plot.segment(mark.low, "row", mark.high, "row", source=source, color="colour", line_width=3)
    page.plot.scatter(mark.middle, "row", source=source, marker="marker", size=12, **look)
    page.keep(mark, [_reach_rows(page, source)])


@_paint.register(marks.Rule)
def _(mark: marks.Rule, page: _Page) -> None:
    mark_line(
        page.plot,
        mark.value,
        "width" if mark.along == "x" else "height",
        name_colour(mark.colour),
        dash=_DASH if mark.dash else (),
        layer="underlay" if mark.is_under else "glyph",
    )


@_paint.register(marks.Level)
def _(mark: marks.Level, page: _Page) -> None:
    """Draw a level that the legend names; others are drawn with their names, none over another."""
    if not mark.corner:
        ends = page.across
        reach = [2 * ends.start - ends.end, 2 * ends.end - ends.start]
        look = {"line_dash": [round(2 * n) for n in mark.dash], "line_width": 1.5, "color": MUTED}
        page.keep(mark, [page.plot.line(reach, [mark.value] * 2, level="underlay", muted_alpha=0.15, **look)])


@_paint.register(marks.Text)
def _(mark: marks.Text, page: _Page) -> None:
    from bokeh.models import Node

    across, up = mark.at
    write_label(
        page.plot,
        mark.text,
        (Node.frame.left if across is None else across, Node.frame.top if up is None else up),
        name_colour(mark.colour, is_text=True),
        offset=mark.offset,
        anchor=mark.anchor,
        halo=mark.has_halo,
    )


@_paint.register(marks.Tags)
def _(mark: marks.Tags, page: _Page) -> None:
    """Write the names dark on white with a frame of their colour, on every page."""
    from bokeh.core.properties import value

    names = [cut_text(name, 16) for name in mark.names]
    source = page.source(mark.data, name=names, colour=list(mark.colours))
    look: dict[str, Any] = {"text_color": INK, "text_font": value(FONT), "text_font_size": "15px"}
    look |= {"text_font_style": "bold", "background_fill_color": "white", "background_fill_alpha": 1.0, "padding": 3}
    look |= {"border_line_color": "colour", "border_line_width": 2.2, "border_radius": 4, "anchor": "center_center"}
    page.plot.text(mark.x, mark.y, "name", source=source, **look)


@_paint.register(marks.Heat)
def _(mark: marks.Heat, page: _Page) -> None:
    from bokeh.models import ColorBar, FixedTicker, Image, LinearColorMapper, Range1d

    plot, (rows, columns) = page.plot, mark.data[mark.values][0].shape
    high, wide = (max(page.panel.pixels * size // max(rows, columns), 40) for size in (rows, columns))
    # Of a fixed width, so that its pixels are square on every page.
    plot.update(frame_height=high, frame_width=wide, width=None, height=None, sizing_mode=None)
    colours = LinearColorMapper(palette=f"{mark.colour_map.title()}256", low=0, high=mark.limit)
    # Pixel j reaches from j - 0.5 to j + 0.5, so that a place rounds to its pixel.
    image = Image(image=mark.values, x=-0.5, y=-0.5, dw=columns, dh=rows, color_mapper=colours)
    page.keep(mark, [plot.add_glyph(page.source(mark.data), image)])
    set_ranges(plot, (-0.5, columns - 0.5), (rows - 0.5, -0.5))
    # The scale has the plot's own axis, for the numbers of a colour bar do not take the page's colours.
    bar = ColorBar(color_mapper=colours, height=10, padding=0, margin=6, title=None, ticker=FixedTicker())
    plot.extra_x_ranges = {"error": Range1d(start=0, end=mark.limit)}
    plot.xaxis.update(visible=True, x_range_name="error", axis_line_color=None)
    plot.below = [bar, *plot.below]


@_paint.register(marks.Scale)
def _(mark: marks.Scale, page: _Page) -> None:
    """Draw none: pointing at a mark shows its number."""
