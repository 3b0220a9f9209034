"""A figure as a plot for the screen, with its still picture for paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autoencode.exceptions import InvalidInputError
from autoencode.report.blocks import Paragraph, Plot
from autoencode.report.stills import draw_still

if TYPE_CHECKING:
    from autoencode.charts.chart import Chart


def offer_plot(
    chart: Callable[[], Chart],
    *,
    description: str,
    caption: str = "",
    narrow: bool = False,
    on_page: Callable[[], Chart] | None = None,
) -> Plot | Paragraph:
    """Return a chart as a block, or, where its numbers cannot be drawn, a paragraph that says why.

    Parameters
    ----------
    chart
        Computes it.
    description
        What it shows, for a reader who cannot see it.
    caption
        What stands below it, or beside it where it is narrow.
    narrow
        Whether it takes half of the page's width at most.
    on_page
        Computes what the screen shows in its place, such as fewer samples.
    """
    from autoencode.charts.paint_bokeh import paint_bokeh
    from autoencode.charts.paint_matplotlib import paint_matplotlib

    try:
        still = chart()
        shown = on_page() if on_page else still
    except InvalidInputError as error:
        return Paragraph(f"{description}: this figure cannot be drawn. {error}")
    return Plot(paint_bokeh(shown), draw_still(paint_matplotlib(still)), description, caption, narrow)
