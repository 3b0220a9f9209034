"""A figure as a plot for the screen, with its still picture for paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from autoencode.exceptions import InvalidInputError
from autoencode.report.blocks import Paragraph, Plot
from autoencode.report.stills import draw_still

Figure = TypeVar("Figure")


def offer_plot(
    compute: Callable[[], Figure],
    draw: Callable[[Figure], Any],
    plot: Callable[[Figure], Any],
    *,
    description: str,
    caption: str = "",
    narrow: bool = False,
) -> Plot | Paragraph:
    """Return a figure as a block, or, where its numbers cannot be drawn, a paragraph that says why.

    Parameters
    ----------
    compute
        Returns the numbers of the figure.
    draw, plot
        Draw them: on paper by matplotlib, and on a page by Bokeh.
    description
        What it shows, for a reader who cannot see it.
    caption
        What stands below it, or beside it where it is narrow.
    narrow
        Whether it takes half of the page's width at most.
    """
    try:
        figure = compute()
    except InvalidInputError as error:
        return Paragraph(f"{description}: this figure cannot be drawn. {error}")
    return Plot(plot(figure), draw_still(draw(figure)), description, caption, narrow)
