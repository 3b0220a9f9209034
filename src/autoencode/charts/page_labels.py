"""Words on a page's plots, and lines with words: labels, levels, legends, and what hovering shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from autoencode.charts import marks
from autoencode.charts.labels import spread_positions
from autoencode.charts.page_plot import (
    FONT,
    HEIGHT,
    INK_COLOUR,
    MUTED_COLOUR,
    TYPE_SIZE,
    cut_text,
    name_colour,
    plain_label,
)

if TYPE_CHECKING:
    import bokeh.models
    import bokeh.plotting

LABEL_ROW = 19
"""Of a label over bars, in pixels."""

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
    anchor: str = "bottom_center",
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


def mark_levels(plot: bokeh.plotting.figure, levels: Sequence[marks.Level]) -> None:
    """Draw dashed lines across a plot, with their names and values at its sides, none over another.

    Parameters
    ----------
    plot
        Where to; of the usual height, with its ranges set.
    levels
        Each with the side of the plot and of the line for its name.
    """
    from bokeh.models import Node

    for level in levels:
        mark_line(plot, level.value, "width", MUTED_COLOUR, dash=(5, 4), layer="underlay")
    for side, edge, inwards in (("left", Node.frame.left, 3.0), ("right", Node.frame.right, -3.0)):
        here: list[marks.Level] = [level for level in levels if level.corner.endswith(side)]
        ends: Any = plot.y_range
        lines = np.array([(level.value - ends.start) / (ends.end - ends.start) * HEIGHT for level in here])
        wanted = lines + np.array([_ROW / 2 if level.corner.startswith("over") else -_ROW / 2 for level in here])
        centres = spread_positions(wanted, np.full(len(here), _ROW), 0.0, HEIGHT)
        for level, lift in zip(here, centres - lines, strict=True):
            text = f"{cut_text(level.name, 26)} {level.value:.4g}"
            write_label(plot, text, (edge, level.value), offset=(inwards, float(lift)), anchor=f"center_{side}")


def label_rules(plot: bokeh.plotting.figure, rules: Sequence[marks.Rule]) -> None:
    """Write the numbers and the names of upright lines, each in a row of its own.

    A label runs from its line to the middle of the plot: the outermost lines have the highest rows, so that no label
    lies over the line of another on its own side.

    Parameters
    ----------
    plot
        Where to, with its ranges set.
    rules
        The lines.
    """
    from bokeh.models import Node

    ends: Any = plot.x_range
    middle = (ends.start + ends.end) / 2 if rules else 0.0
    for row, rule in enumerate(sorted(rules, key=lambda rule: -abs(rule.value - middle))):
        aside = 1 if rule.value < middle else -1
        write_label(
            plot,
            f"{rule.number.strip()} {cut_text(rule.name, 24)}",
            (rule.value, Node.frame.top),
            name_colour(rule.text_colour, is_text=True),
            offset=(3 * aside, -2 - row * LABEL_ROW),
            anchor="top_left" if aside > 0 else "top_right",
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


def add_hover(plot: bokeh.plotting.figure, drawn: Collection[bokeh.models.GlyphRenderer], shown: marks.Hover) -> None:
    """Show numbers where a reader points.

    Parameters
    ----------
    plot
        Whose.
    drawn
        What can be pointed at.
    shown
        The rows: each one's name is shown as it is, and in its text columns are replaced by what they hold.
    """
    from bokeh.models import HoverTool

    rows = [(cut_text(name, 20), text) for name, text in shown.rows]
    hover = HoverTool(
        tooltips=rows,
        mode=shown.mode,
        attachment=shown.attachment,
        point_policy="follow_mouse" if shown.mode == "vline" else "snap_to_data",
        limit=1,
        visible=False,
    )
    hover.renderers = list(drawn)
    hover.formatters = {field: "printf" for _, text in rows for field in _FIELD.findall(text)}
    plot.add_tools(hover)
