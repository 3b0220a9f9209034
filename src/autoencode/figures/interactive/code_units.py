"""How the units of a code are used, on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.code_units import CodeUnits
from autoencode.figures.interactive.appearance import new_plot, set_ranges
from autoencode.figures.interactive.marks import NUMBER, add_hover
from autoencode.figures.palette import MODEL_COLOURS

if TYPE_CHECKING:
    import bokeh.models

__all__ = ["plot_code_units"]

_HEIGHT = 150
_GAP = 0.12
MOST_NAMED = 16
"""With more units there is no room for the number of each on a narrow page."""

MOST_APART = 64
"""More bars have no gaps between them."""


def plot_code_units(picture: CodeUnits) -> bokeh.models.Column:
    """Return how the units of a code are used for a page: how much each varies, above where it is active.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    Two plots, one above the other, that share their units. Units that are never active are orange.

    Examples
    --------
    >>> from autoencode.evaluation import CodeStatistics
    >>> from autoencode.figures import compute_code_units
    >>> plots = plot_code_units(compute_code_units(CodeStatistics.of(np.array([[0.0, 1.0], [0.0, 3.0]]))))
    >>> plots.children[0].select_one({"name": "units"}).data["unit"].tolist()
    [1, 0]
    """
    from bokeh.layouts import column
    from bokeh.models import BasicTicker, ColumnDataSource, FixedTicker, PrintfTickFormatter

    count = len(picture.units)
    wide = (1 - _GAP if count <= MOST_APART else 1.0) / 2
    ranks = np.arange(1, count + 1)
    dead = picture.active_shares == 0
    source = ColumnDataSource(
        {
            "unit": picture.units,
            "left": ranks - wide,
            "right": ranks + wide,
            "deviation": picture.deviations,
            "active": 100 * picture.active_shares,
            "zero": 100 * picture.zero_shares,
            "colour": [MODEL_COLOURS[1 if gone else 0] for gone in dead],
            # A unit that is never active has no bar; a line on the axis shows that it is there.
            "shown": np.where(dead, 2.0, 100 * picture.active_shares),
        },
        name="units",
    )
    most = float(picture.deviations.max(initial=0.0)) or 1.0
    plots = []
    for across, up, top, end in (
        ("", "standard deviation", "deviation", 1.05 * most),
        ("unit" if count <= MOST_NAMED else "rank of the unit", "active in", "shown", 105.0),
    ):
        plot = new_plot(across, up, height=_HEIGHT, name=f"code_units_{top}", tools=[])
        plot.toolbar_location = None
        bars = plot.quad("left", "right", top, 0, source=source, color="colour", alpha=0.95, line_color=None)
        set_ranges(plot, (0.5, count + 0.5), (0, end))
        plot.xgrid.visible = False
        plot.xaxis.visible = bool(across)
        plot.xaxis.ticker = FixedTicker(ticks=ranks.tolist()) if count <= MOST_NAMED else BasicTicker(min_interval=1)
        if count <= MOST_NAMED:
            plot.xaxis.major_label_overrides = dict(zip(ranks.tolist(), map(str, picture.units), strict=True))
        shares = [("active in", f"@active{NUMBER}%"), ("exactly 0 in", f"@zero{NUMBER}%")]
        numbers = [("unit", "@unit"), ("standard deviation", f"@deviation{NUMBER}"), *shares]
        add_hover(plot, [bars], numbers, mode="vline")
        plots.append(plot)
    plots[1].x_range = plots[0].x_range
    plots[1].yaxis.formatter = PrintfTickFormatter(format="%g%%")
    return column(plots, sizing_mode="stretch_width")
