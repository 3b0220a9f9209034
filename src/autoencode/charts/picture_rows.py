"""Rows of pictures: how large they are, and how large the paper is that holds them."""

from __future__ import annotations

from collections.abc import Sequence

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Heading, Panel
from autoencode.charts.labels import plain_text, text_width
from autoencode.charts.palette import BODY_SIZE, SMALL_SIZE, TITLE_SIZE

_WIDEST, _MARGIN = 10.0, 0.2  # of the paper, in inches
_LARGEST = 1.7  # of the longer side of a picture, in inches: few would be as large as a page
_LINE = SMALL_SIZE * 1.35 / 72  # under a picture, in inches


def arrange_pictures(rows: Sequence[marks.PictureRow], title: str = "", subtitle: str = "") -> Chart:
    """Return the chart of rows of pictures.

    Parameters
    ----------
    rows
        From the top.
    title, subtitle
        The heading.

    Returns
    -------
    A chart at most ten inches wide, as high as its rows need.
    """
    heading = Heading(title, subtitle)
    names = max((text_width(plain_text(row.name), BODY_SIZE) for row in rows), default=0.0)
    # What stands beside the pictures decides how much of the paper is left to them.
    left = _MARGIN + (min(names, 142.0) + 8) / 72 if names else _MARGIN + 0.1
    right = 0.8 if any(row.scale for row in rows) else _MARGIN
    shape = marks.Pictures(rows=rows, line=0.0)
    tile = min((_WIDEST - left - right) / shape.across, _LARGEST / max(1.0, shape.aspect))
    pictures = marks.Pictures(rows=rows, line=_LINE / tile)
    width, height = tile * pictures.across, -tile * pictures.tops[-1]
    words = max(text_width(plain_text(title), TITLE_SIZE, bold=True), text_width(plain_text(subtitle), BODY_SIZE))
    across = min(_WIDEST, left + max(width + right, words / 72 + _MARGIN))
    panel = Panel(
        place=(left, _MARGIN, width, height),
        heading=heading,
        across=Axis(limits=(0, pictures.across), is_bare=True),
        up=Axis(limits=(pictures.tops[-1], 0), is_bare=True),
        marks=[pictures],
        name="pictures",
    )
    return Chart((across, heading.height + height + _MARGIN), [panel])
