"""What interactive figures have in common besides the plot: labels, lines, legends, and tooltips."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from autoencode.figures.interactive.appearance import (
    FONT,
    HEIGHT,
    INK_COLOUR,
    MUTED_COLOUR,
    TYPE_SIZE,
    cut_text,
    plain_label,
)
from autoencode.figures.labels import spread_positions
from autoencode.figures.reference_line import ReferenceLine

if TYPE_CHECKING:
    import bokeh.models
    import bokeh.plotting

__all__ = ["NUMBER", "Anchor", "Corner", "add_hover", "add_legend", "mark_levels", "mark_line", "write_label"]

Anchor = Literal["bottom_center", "bottom_left", "bottom_right", "top_left", "top_right", "center_left", "center_right"]
"""Which point of a text lies at its place."""

Corner = Literal["over left", "over right", "under left", "under right"]
"""Where the name of a level stands: over its line or under it, at the left or at the right side of the plot."""

NUMBER = "{%.5g}"
"""How a tooltip writes a number: after the name of its column, in a row of :func:`add_hover`."""

_FIELD = re.compile(r"([@$](?:\w+|\{[^}]*\}))\{%")  # a field that is written as a number

_ROW = 20.0  # of a label, in pixels

_LEGEND_STYLE = f"""
:host {{ background-color: transparent !important; max-width: 100%; }}
.bk-grid {{ display: flex; flex-wrap: wrap; width: auto; gap: 2px 18px; }}
.bk-label {{ color: {INK_COLOUR} !important; }}
"""


def write_label(
    plot: bokeh.plotting.figure,
    text: str,
    place: tuple[float | bokeh.models.Node, float | bokeh.models.Node],
    colour: str = MUTED_COLOUR,
    *,
    offset: tuple[float, float] = (0, 0),
    anchor: Anchor = "bottom_center",
    halo: bool = True,
) -> None:
    """Write a short text into a plot.

    Parameters
    ----------
    plot
        Where to.
    text
        Shown as it is.
    place
        Across and up, in the units of the axes, or a node of Bokeh's, such as the frame's right side.
    colour
        As a style sheet names it.
    offset
        From the place to the text, in pixels to the right and up.
    anchor
        The point of the text that lies at its place.
    halo
        Whether what lies behind is dimmed.
    """
    from bokeh.models import InlineStyleSheet, Label

    label = Label(
        x=place[0],
        y=place[1],
        x_offset=offset[0],
        y_offset=offset[1],
        text=plain_label(text),
        text_font=FONT,
        text_font_size=TYPE_SIZE,
        background_fill_alpha=0.8 if halo else 0.0,
        stylesheets=[InlineStyleSheet(css=f":host {{ --bk-text-color: {colour}; }}")],
    )
    label.update(anchor=anchor, padding=2)
    plot.add_layout(label)


def mark_line(
    plot: bokeh.plotting.figure,
    place: float,
    dimension: Literal["width", "height"],
    colour: str,
    *,
    dash: Sequence[int] = (),
    layer: Literal["underlay", "glyph"] = "glyph",
) -> None:
    """Draw a straight line over the whole width or height of a plot.

    Parameters
    ----------
    plot
        Where to.
    place
        In the units of the axis that it crosses.
    dimension
        Along what it runs.
    colour
        As a style sheet names it.
    dash
        Lengths of the dashes and gaps, in pixels; none is an unbroken line.
    layer
        Whether it lies under what is drawn or among it.
    """
    from bokeh.models import InlineStyleSheet, Span

    style = InlineStyleSheet(css=f":host {{ --bk-line-color: {colour}; }}")
    plot.add_layout(
        Span(
            dimension=dimension,
            location=place,
            line_dash=list(dash),
            line_width=1.5,
            level=layer,
            stylesheets=[style],
        )
    )


def mark_levels(
    plot: bokeh.plotting.figure, levels: Sequence[tuple[ReferenceLine, Corner]], limits: tuple[float, float]
) -> None:
    """Draw dashed lines across a plot, with their names and values at its sides, none over another.

    Parameters
    ----------
    plot
        Where to; of the usual height.
    levels
        Each with a value in the units of the vertical axis, and the side of the plot and of the line for its name.
    limits
        The ends of the vertical axis.
    """
    from bokeh.models import Node

    for level, _ in levels:
        mark_line(plot, level.value, "width", MUTED_COLOUR, dash=(5, 4), layer="underlay")
    for side, edge, inwards in (("left", Node.frame.left, 3.0), ("right", Node.frame.right, -3.0)):
        here = [(level, corner) for level, corner in levels if corner.endswith(side)]
        lines = np.array([(level.value - limits[0]) / (limits[1] - limits[0]) * HEIGHT for level, _ in here])
        wanted = lines + np.array([_ROW / 2 if corner.startswith("over") else -_ROW / 2 for _, corner in here])
        centres = spread_positions(wanted, np.full(len(here), _ROW), 0.0, HEIGHT)
        for (level, _), lift in zip(here, centres - lines, strict=True):
            text = f"{cut_text(level.label, 26)} {level.value:.4g}"
            write_label(
                plot,
                text,
                (edge, level.value),
                offset=(inwards, float(lift)),
                anchor="center_left" if side == "left" else "center_right",
            )


def add_legend(
    plot: bokeh.plotting.figure, entries: Sequence[tuple[str, Sequence[bokeh.models.GlyphRenderer]]]
) -> None:
    """Put a legend over a plot; a click on an entry mutes what it names.

    Parameters
    ----------
    plot
        Where to.
    entries
        Each a name, shown as it is, with what is drawn for it.
    """
    from bokeh.core.properties import value
    from bokeh.models import InlineStyleSheet, Legend, LegendItem

    legend = Legend(
        items=[LegendItem(label=value(cut_text(name, 30)), renderers=list(drawn)) for name, drawn in entries],
        location="left",
        click_policy="mute",
        orientation="horizontal",
        border_line_color=None,
        background_fill_color=None,
        label_text_font=FONT,
        label_text_font_size=TYPE_SIZE,
        margin=0,
        inactive_fill_color=None,
        stylesheets=[InlineStyleSheet(css=_LEGEND_STYLE)],
    )
    legend.update(padding=0)
    plot.add_layout(legend, "above")


def add_hover(
    plot: bokeh.plotting.figure,
    drawn: Collection[bokeh.models.GlyphRenderer],
    rows: Sequence[tuple[str, str]],
    *,
    mode: Literal["mouse", "vline"] = "mouse",
    attachment: Literal["above", "below", "vertical"] = "vertical",
) -> None:
    """Show numbers where the mouse points; a column of a source is ``@{column}``, a number of it ``@{column}{%.5g}``.

    Parameters
    ----------
    plot
        Whose.
    drawn
        What can be pointed at.
    rows
        Each row's name, shown as it is, and its text, in which columns are replaced by what they hold.
    mode
        Whether to point at a thing, or anywhere over or under it.
    attachment
        Where the numbers appear, seen from the thing.
    """
    from bokeh.models import HoverTool

    hover = HoverTool(
        tooltips=list(rows),
        mode=mode,
        attachment=attachment,
        point_policy="follow_mouse" if mode == "vline" else "snap_to_data",
        limit=1,
        visible=False,
    )
    hover.renderers = list(drawn)
    hover.formatters = {field: "printf" for _, text in rows for field in _FIELD.findall(text)}
    plot.add_tools(hover)
