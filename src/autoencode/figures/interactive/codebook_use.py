"""How often each entry of a codebook is used, on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.figures.codebook_use import CodebookUse
from autoencode.figures.interactive.appearance import MUTED_COLOUR, new_plot, set_ranges
from autoencode.figures.interactive.marks import NUMBER, add_hover, mark_line
from autoencode.figures.palette import MODEL_COLOURS

if TYPE_CHECKING:
    import bokeh.plotting

__all__ = ["plot_codebook_use"]

_HEIGHT = 180
_GAP = 0.12
MOST_APART = 64
"""More bars have no gaps between them."""


def plot_codebook_use(picture: CodebookUse) -> bokeh.plotting.figure:
    """Return how often each entry of a codebook is used for a page.

    Parameters
    ----------
    picture
        What to draw.

    Returns
    -------
    A plot named "codebook_use"; the dashed line is where all bars would end if all entries were used equally often.

    Examples
    --------
    >>> plot = plot_codebook_use(CodebookUse(np.array([0.75, 0.25, 0.0]), 2, 1.75))
    >>> plot.select_one({"name": "entries"}).data["share"].tolist()
    [75.0, 25.0, 0.0]
    """
    from bokeh.models import BasicTicker, ColumnDataSource, PrintfTickFormatter

    count = len(picture.shares)
    wide = (1 - _GAP if count <= MOST_APART else 1.0) / 2
    ranks = np.arange(1, count + 1)
    source = ColumnDataSource(
        {"rank": ranks, "left": ranks - wide, "right": ranks + wide, "share": 100 * picture.shares}, name="entries"
    )
    plot = new_plot("rank of the entry", "share of all uses", height=_HEIGHT, name="codebook_use", tools=[])
    plot.toolbar_location = None
    bars = plot.quad("left", "right", "share", 0, source=source, color=MODEL_COLOURS[0], alpha=0.95, line_color=None)
    set_ranges(plot, (0.5, count + 0.5), (0, 105 * float(picture.shares.max())))
    plot.xgrid.visible = False
    plot.xaxis.ticker = BasicTicker(min_interval=1)
    plot.yaxis.formatter = PrintfTickFormatter(format="%g%%")
    mark_line(plot, 100 / count, "width", MUTED_COLOUR, dash=[5, 4], layer="glyph")
    add_hover(plot, [bars], [("rank", "@rank"), ("share of all uses", f"@share{NUMBER}%")], mode="vline")
    return plot
