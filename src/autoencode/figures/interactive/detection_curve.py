"""The detection curves on a page: ROC, and precision with recall, to point at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.figures.detection_curve import CurvePanel, DetectionCurve
from autoencode.figures.interactive.appearance import (
    FONT,
    MUTED_COLOUR,
    TYPE_SIZE,
    new_plot,
    plain_label,
    set_ranges,
    text_colour,
)
from autoencode.figures.interactive.marks import NUMBER, Anchor, add_hover, write_label
from autoencode.figures.palette import MODEL_COLOURS

if TYPE_CHECKING:
    import bokeh.models
    import bokeh.plotting

__all__ = ["plot_detection_curve"]

_NARROWEST = 300  # of a plot, in pixels: on a page too narrow for both, they stand one below the other
_WRAP = ":host { flex-wrap: wrap; }"


def _plot_panel(panel: CurvePanel, name: str) -> bokeh.plotting.figure:
    """Return a plot with all but the curve itself: its name, chance, the point of what was flagged."""
    from bokeh.models import InlineStyleSheet, Node, Slope, Title

    plot = new_plot(panel.across, panel.up, name=name)
    plot.min_width = _NARROWEST
    set_ranges(plot, (-0.02, 1.02), (-0.02, 1.02))
    plot.title = Title(text=plain_label(panel.title), text_font=FONT, text_font_size=TYPE_SIZE)
    level, end = panel.chance
    style = InlineStyleSheet(css=f":host {{ --bk-line-color: {MUTED_COLOUR}; }}")
    plot.add_layout(
        Slope(gradient=end - level, y_intercept=level, line_dash=[5, 4], level="underlay", stylesheets=[style])
    )
    # Where flagging at random gives a slope, its name stands under the middle of it.
    place, anchor = ((0.5, 0.5), "top_left") if level == 0 else ((Node.frame.left, level), "bottom_left")
    if level > 0.9:
        anchor = "top_left"
    write_label(plot, panel.chance_name, place, MUTED_COLOUR, offset=(6, 0), anchor=anchor)
    return plot


def _mark_point(plot: bokeh.plotting.figure, panel: CurvePanel) -> None:
    """Draw the ring at what was flagged, and its name beside it."""
    if panel.point is None:
        return
    across, up = panel.point
    colour = MODEL_COLOURS[1]
    plot.scatter([across], [up], size=13, fill_color=None, line_color=colour, line_width=3, name="flagged")
    at_left: tuple[Anchor, Anchor] = ("top_left", "bottom_left")
    at_right: tuple[Anchor, Anchor] = ("top_right", "bottom_right")
    anchor = (at_left if across < 0.5 else at_right)[up <= 0.15]
    offset = (9 if across < 0.5 else -9, -5 if up > 0.15 else 5)
    write_label(plot, panel.point_name, panel.point, text_colour(colour), offset=offset, anchor=anchor)


def plot_detection_curve(curve: DetectionCurve) -> bokeh.models.Row:
    """Return the ROC curve and the precision-recall curve for a page, with what was flagged as a ring.

    Parameters
    ----------
    curve
        What to draw.

    Returns
    -------
    Two plots, side by side where there is room. Pointing at a curve shows what a threshold there would find.

    Examples
    --------
    >>> import numpy as np
    >>> from autoencode.evaluation import detection_quality
    >>> from autoencode.figures import compute_detection_curve
    >>> plots = plot_detection_curve(compute_detection_curve(detection_quality(np.array([0, 1]), np.arange(2.0))))
    >>> plots.children[0].select_one({"name": "curve"}).data["detection"].tolist()
    [0.0, 1.0, 1.0]
    """
    from bokeh.layouts import row
    from bokeh.models import ColumnDataSource, InlineStyleSheet

    source = ColumnDataSource(
        {
            "false alarm": curve.false_alarm_rates,
            "detection": curve.detection_rates,
            "precision": curve.precisions,
        },
        name="curve",
    )
    roc, other = _plot_panel(curve.roc, "roc_curve"), _plot_panel(curve.precision_recall, "precision_recall_curve")
    look = {"source": source, "color": MODEL_COLOURS[0], "line_width": 2.5}
    lines = [
        roc.line("false alarm", "detection", **look),
        # A precision holds for the step that leads to it: the area of the steps is the average precision.
        other.step("detection", "precision", mode="before", **look),
    ]
    rows = [(f"{name} rate", f"@{{{name}}}{NUMBER}") for name in ("detection", "false alarm")]
    for plot, line, panel in zip((roc, other), lines, (curve.roc, curve.precision_recall), strict=True):
        _mark_point(plot, panel)
        add_hover(plot, [line], [*rows, ("precision", f"@precision{NUMBER}")])
    return row(roc, other, sizing_mode="stretch_width", stylesheets=[InlineStyleSheet(css=_WRAP)])
