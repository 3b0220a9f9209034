"""A chart on paper: what matplotlib draws of it. Names are fitted to the room that there is."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Detail, Panel, Rows
from autoencode.charts.labels import axes_size, draw_heading, draw_margin_labels, fit_text, name_axes, plain_text
from autoencode.charts.palette import (
    BODY_SIZE,
    EDGE,
    GRID,
    INK,
    MUTED,
    SMALL_SIZE,
    new_figure,
    place_axes,
    style,
    tick_locator,
)
from autoencode.charts.paper_labels import HALO, draw_rule_labels, draw_tags
from autoencode.charts.paper_pictures import draw_pictures

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

_UNDER, _FILLS, _MARKS = 1.5, 2.0, 3.0
"""How high marks lie: what is under all others, what is filled, the rest; a later one above an earlier one."""

_TILE = "#B7D7EA"


def paint_matplotlib(chart: Chart) -> matplotlib.figure.Figure:
    """Draw a chart on paper.

    Parameters
    ----------
    chart
        What to draw.

    Returns
    -------
    A figure that belongs to no window.
    """
    with style():
        figure = new_figure(*chart.size)
        for panel in chart.panels:
            axes = place_axes(figure, *panel.place)
            paint_panel(axes, panel)
            heading = panel.heading
            draw_heading(axes, heading.title, heading.subtitle, lift=heading.lift, room=heading.room)
    return figure


def paint_panel(axes: matplotlib.axes.Axes, panel: Panel) -> None:
    """Draw a panel, without its heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes.
    panel
        What to draw.
    """
    for across, axis in ((True, panel.across), (False, panel.up)):
        _set_axis(axes, axis, across=across)
    if panel.across.limits is None:
        axes.margins(0.03)
    drawn = {}
    for order, mark in enumerate(panel.marks):
        if mark.only != "page":
            drawn.setdefault(mark.group, _paint(mark, axes, order / 100))
    draw_rule_labels(axes, [mark for mark in panel.marks if isinstance(mark, marks.Rule) and mark.name])
    if panel.title:
        axes.set_title(fit_text(panel.title, BODY_SIZE, axes_size(axes)[0], bold=True), pad=8)
    if panel.rows is not None:
        _write_rows(axes, panel.rows)
    name_axes(axes, panel.across.name, panel.up.name)
    if panel.detail is not None:
        _draw_detail(axes, panel, panel.detail)
    if panel.paper_legend != "none":
        _draw_legend(axes, panel, drawn)
    draw_margin_labels(axes, panel.margin, room=panel.margin_room)


def _set_axis(axes: matplotlib.axes.Axes, axis: Axis, *, across: bool) -> None:
    """Set scale, limits, ticks and grid of an axis."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    own, letter = (axes.xaxis, "x") if across else (axes.yaxis, "y")
    if axis.log:
        (axes.set_xscale if across else axes.set_yscale)("log", base=axis.log)
    if axis.limits is not None:
        axes.set(**{f"{letter}lim": axis.limits})
    if axis.is_bare:
        own.set_ticks([])
    elif not isinstance(axis.ticks, int):
        own.set_ticks(axis.ticks, axis.tick_names or None)
    elif axis.log:
        own.set_major_locator(LogLocator(base=axis.log, subs=(1, 2, 5)[: axis.ticks]))
        own.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    else:
        own.set_major_locator(tick_locator(axis.ticks, integer=axis.is_whole))
    if axis.is_percent:
        own.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}%"))
    if axis.log:
        own.set_minor_locator(NullLocator())
    if not axis.has_numbers:
        own.set_tick_params(labelbottom=False)
    if not axis.has_grid or axis.is_bare:
        axes.grid(visible=False, axis=letter)


@functools.singledispatch
def _paint(mark: marks.Mark, *_: Any) -> Any:
    """Draw a mark, and return what stands for it in the legend."""
    raise TypeError(f"a painter for {type(mark).__name__} is missing")


@_paint.register(marks.Bars)
def _(mark: marks.Bars, axes: matplotlib.axes.Axes, order: float) -> Any:
    heights, dash = mark.data[mark.top], (0, mark.dash) if mark.dash else "-"
    if mark.edges is None:
        return _draw_apart(mark, axes, _FILLS + order)
    look = {"color": mark.colours, "baseline": mark.base}
    if mark.alpha:
        axes.stairs(heights, mark.edges, fill=True, alpha=mark.alpha, linewidth=0, zorder=_FILLS + order, **look)
    if mark.outline:
        look |= {"linewidth": mark.outline, "linestyle": dash, "zorder": _MARKS + order}
        return axes.stairs(heights, mark.edges, **look)
    return None


def _draw_apart(mark: marks.Bars, axes: matplotlib.axes.Axes, zorder: float) -> Any:
    """Draw bars that have colours and places of their own, all of them as one: there may be a thousand."""
    from matplotlib.collections import PolyCollection

    left, right, tops = (np.asarray(mark.data[name], float) for name in ("left", "right", mark.top))
    low = np.full(len(tops), mark.base)
    corners = np.stack([left, low, left, tops, right, tops, right, low], axis=1).reshape(-1, 4, 2)
    look = {"facecolors": mark.colours, "alpha": mark.alpha, "linewidths": 0, "snap": True, "zorder": zorder}
    return axes.add_collection(PolyCollection(list(corners), **look))


@_paint.register(marks.Line)
def _(mark: marks.Line, axes: matplotlib.axes.Axes, order: float) -> Any:
    across, up = mark.data[mark.x], mark.data[mark.y]
    if mark.is_area:
        step = "pre" if mark.is_steps else None
        return axes.fill_between(across, up, step=step, color=mark.colour, alpha=mark.alpha, linewidth=0, zorder=1)
    look = {"color": mark.colour, "linewidth": mark.width, "alpha": mark.alpha, "clip_on": mark.is_clipped}
    look |= {"linestyle": (0, mark.dash) if mark.dash else "-", "marker": mark.marker or None}
    look |= {"drawstyle": "steps-pre" if mark.is_steps else "default"}
    return axes.plot(across, up, zorder=(_UNDER if mark.is_under else _MARKS) + order, **look)[0]


@_paint.register(marks.Lines)
def _(mark: marks.Lines, axes: matplotlib.axes.Axes, order: float) -> Any:
    look = {"color": mark.colour, "linewidth": mark.width, "alpha": mark.alpha, "marker": mark.marker or None}
    for across, up in zip(mark.data[mark.x], mark.data[mark.y], strict=True):
        axes.plot(across, up, zorder=_FILLS + order, **look)


@_paint.register(marks.Dots)
def _(mark: marks.Dots, axes: matplotlib.axes.Axes, order: float) -> Any:
    across, up = mark.data[mark.x], mark.data[mark.y]
    if not isinstance(mark.colours, str):
        many = len(across) > 2000
        look = {"alpha": mark.alpha, "linewidths": 0, "rasterized": many, "zorder": _FILLS + order}
        return axes.scatter(across, up, s=mark.size**2, c=list(mark.colours), **look)
    edge = mark.colours if mark.face or not mark.edge else "white"
    look = {"linestyle": "none", "marker": mark.marker, "markersize": mark.size, "alpha": mark.alpha}
    look |= {"markerfacecolor": mark.face or mark.colours, "markeredgecolor": edge, "markeredgewidth": mark.edge or 1.0}
    return axes.plot(across, up, color=mark.colours, clip_on=mark.is_clipped, zorder=_MARKS + order, **look)[0]


@_paint.register(marks.RowBars)
def _(mark: marks.RowBars, axes: matplotlib.axes.Axes, order: float) -> Any:
    ends, wide = mark.data[mark.end], axes_size(axes)[0]
    axes.barh(range(len(ends)), ends, height=0.62, color=list(mark.colours), alpha=0.85, zorder=_FILLS + order)
    for row in np.flatnonzero(mark.is_cut).tolist():
        place = ends[row] - 6 / wide * axes.get_xlim()[1]
        axes.plot(place, row, ">", color="white", markersize=5, zorder=_MARKS + order)


@_paint.register(marks.Intervals)
def _(mark: marks.Intervals, axes: matplotlib.axes.Axes, order: float) -> Any:
    rows = zip(mark.colours, mark.markers, mark.is_hollow, strict=True)
    for row, (colour, marker, is_hollow) in enumerate(rows):
        ends = [mark.data[mark.low][row], mark.data[mark.high][row]]
        axes.plot(ends, [row, row], color=colour, linewidth=2.4, zorder=_MARKS + order)
        look = {"markerfacecolor": "white" if is_hollow else colour, "markeredgecolor": colour, "markeredgewidth": 1.6}
        size = 8 if marker == "o" else 6.5
        axes.plot(mark.data[mark.middle][row], row, marker, markersize=size, zorder=_MARKS + 1 + order, **look)


@_paint.register(marks.Rule)
def _(mark: marks.Rule, axes: matplotlib.axes.Axes, order: float) -> Any:
    if mark.name:  # it ends at its label
        return None
    draw = axes.axhline if mark.along == "x" else axes.axvline
    height = _UNDER if mark.is_under else _MARKS
    dash = (0, mark.dash) if mark.dash else "-"
    return draw(mark.value, color=mark.colour, linewidth=mark.width, linestyle=dash, zorder=height + order)


@_paint.register(marks.Level)
def _(mark: marks.Level, axes: matplotlib.axes.Axes, order: float) -> Any:
    return axes.axhline(mark.value, color=MUTED, linewidth=1.1, linestyle=(0, mark.dash), zorder=_UNDER + order)


@_paint.register(marks.Text)
def _(mark: marks.Text, axes: matplotlib.axes.Axes, order: float) -> Any:
    up, across = mark.anchor.split("_")
    systems: Any = tuple("axes fraction" if part is None else "data" for part in mark.at)
    place = (0.0 if mark.at[0] is None else mark.at[0], 1.0 if mark.at[1] is None else mark.at[1])
    look = {"fontsize": mark.size, "fontweight": "bold" if mark.is_bold else "normal", "color": mark.colour}
    look |= {"ha": across, "va": up, "linespacing": mark.spacing, "bbox": HALO if mark.has_halo else None}
    text = "\n".join(map(plain_text, mark.text.split("\n")))
    return axes.annotate(text, place, mark.offset, systems, "offset points", zorder=5 + order, **look)


@_paint.register(marks.Tags)
def _(mark: marks.Tags, axes: matplotlib.axes.Axes, _: float) -> Any:
    draw_tags(axes, mark)


@_paint.register(marks.Heat)
def _(mark: marks.Heat, axes: matplotlib.axes.Axes, order: float) -> Any:
    (values,) = mark.data[mark.values]
    height, width = values.shape
    look = {"cmap": mark.colour_map, "vmin": 0, "vmax": mark.limit, "aspect": "auto"}
    axes.imshow(values, extent=(0, width, height, 0), zorder=order, **look)
    _draw_scale(axes, mark.colour_map, mark.limit, 12, 10).yaxis.set_major_locator(tick_locator(5))
    for spine in axes.spines.values():
        spine.set(visible=True, color=EDGE, linewidth=0.6)


@_paint.register(marks.Scale)
def _(mark: marks.Scale, axes: matplotlib.axes.Axes, _: float) -> Any:
    bar = _draw_scale(axes, mark.colour_map, 1.0, 14, 9)
    bar.set_yticks(range(len(mark.ends)), mark.ends)
    bar.tick_params(length=0, labelsize=SMALL_SIZE)


@_paint.register(marks.Pictures)
def _(mark: marks.Pictures, axes: matplotlib.axes.Axes, _: float) -> Any:
    draw_pictures(axes, mark)


@_paint.register(marks.Tiles)
def _(mark: marks.Tiles, axes: matplotlib.axes.Axes, _: float) -> Any:
    from matplotlib.patches import Rectangle

    axes.set_axis_off()
    look = {"va": "center", "fontsize": SMALL_SIZE, "zorder": 4}
    room = axes_size(axes)[0] / len(mark.names) - 10
    for column, name in enumerate(mark.names):
        text = fit_text(name, SMALL_SIZE, room, bold=True)
        axes.text(column + 0.04, -0.5, text, fontweight="bold", color=MUTED, **look)
    for (row, column), level in np.ndenumerate(mark.levels):
        bottom, text = -row - 1.9, str(mark.cells[row][column])
        if not np.isnan(level):
            axes.add_patch(Rectangle((column, bottom), max(0.96 * level, 0.01), 0.8, facecolor=_TILE, zorder=2))
        axes.add_patch(Rectangle((column, bottom), 0.96, 0.8, facecolor="none", edgecolor=GRID, zorder=3))
        ink = EDGE if text == "missing" else INK
        axes.text(column + 0.04, bottom + 0.4, fit_text(text, SMALL_SIZE, room), color=ink, **look)


def _draw_scale(
    axes: matplotlib.axes.Axes, colour_map: Any, limit: float, gap: float, width: float
) -> matplotlib.axes.Axes:
    """Draw a bar of colours from 0 to a limit to the right of the axes; its gap and width are in points."""
    wide = axes_size(axes)[0]
    bar = axes.inset_axes((1 + gap / wide, 0.0, width / wide, 1.0))
    ramp = np.linspace(0, 1, 256)[:, None]
    bar.imshow(ramp, cmap=colour_map, origin="lower", aspect="auto", extent=(0, 1, 0, limit))
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.grid(visible=False)
    for spine in bar.spines.values():
        spine.set(visible=True, color=EDGE, linewidth=0.6)
    return bar


def _write_rows(axes: matplotlib.axes.Axes, rows: Rows) -> None:
    """Write the name of each row to its left, and what is said of it to its right."""
    for row, (name, caption, colour) in enumerate(zip(rows.names, rows.captions, rows.caption_colours, strict=True)):
        places = ((name, 0, -8, "right", BODY_SIZE, 135.0, None), (caption, 1, 8, "left", SMALL_SIZE, 215.0, colour))
        for text, side, aside, anchor, size, room, ink in places:
            look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "annotation_clip": False}
            look |= {"ha": anchor, "va": "center_baseline", "fontsize": size, "color": ink}
            axes.annotate(fit_text(text, size, room), (side, row), (aside, 0), **look)


def _draw_detail(axes: matplotlib.axes.Axes, panel: Panel, detail: Detail) -> None:
    """Draw a part of a panel again, enlarged, at its upper right."""
    from matplotlib.patches import Rectangle

    # White under the inset and its numbers, so that the grid of the large axes does not run through them.
    axes.add_patch(Rectangle((0.25, 0.33), 0.76, 0.68, transform=axes.transAxes, color="white", zorder=1))
    inset = axes.inset_axes((0.34, 0.43, 0.64, 0.50))
    for order, mark in enumerate(panel.marks):
        _paint(mark, inset, order / 100)
    inset.set(xlim=detail.across, ylim=detail.up, facecolor="#FAFBFC")
    inset.yaxis.set_major_locator(tick_locator(4))
    inset.xaxis.set_major_locator(tick_locator(6, integer=True))
    inset.set_title(detail.name, fontsize=SMALL_SIZE, color=MUTED, pad=5)
    inset.tick_params(labelsize=SMALL_SIZE - 1)
    for spine in inset.spines.values():
        spine.set(visible=True, color=EDGE)


def _draw_legend(axes: matplotlib.axes.Axes, panel: Panel, drawn: dict[str, Any]) -> None:
    size, room, look = BODY_SIZE, 150.0, {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.5}
    look |= {"ncols": min(3, len(panel.legend)), "handlelength": 1.2}
    if panel.paper_legend == "inside":
        size, room, look = SMALL_SIZE, 90.0, {"loc": "upper right", "labelspacing": 0.35, "borderaxespad": 0.4}
    names = [fit_text(entry.name, size, room) + entry.paper_rest for entry in panel.legend]
    axes.legend([drawn[entry.group] for entry in panel.legend], names, fontsize=size, **look)
