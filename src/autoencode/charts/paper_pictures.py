"""Rows of pictures on paper, with what is written beside and below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autoencode.charts import marks
from autoencode.charts.labels import axes_size, fit_text, plain_text, text_width
from autoencode.charts.palette import BODY_SIZE, EDGE, MUTED, SMALL_SIZE

if TYPE_CHECKING:
    import matplotlib.axes

_NAME = 142.0
"""How wide a row's name may be, in points."""


def draw_pictures(axes: matplotlib.axes.Axes, mark: marks.Pictures) -> None:
    """Draw rows of pictures.

    Parameters
    ----------
    axes
        Empty axes, with room to the left for the names of the rows; the pictures fill their width.
    mark
        The pictures.
    """
    # A caption may be as wide as its picture; they all get the size that suits the longest, if that can be read.
    room = axes_size(axes)[0] / mark.across
    lines = [line for row in mark.rows for caption in row.captions for line in caption]
    widest = max((text_width(plain_text(line), 1.0) for line in lines), default=0.0)
    size = min(SMALL_SIZE, max(8.0 if room > 60 else 6.0, 0.98 * room / max(widest, 1.0)))
    axes.set_axis_off()
    for row, top in zip(mark.rows, mark.tops, strict=False):
        bottom = top - mark.aspect
        for column, pixels in enumerate(row.pictures):
            left = column * (1 + mark.GAP)
            _draw_tile(axes, pixels, (left, left + 1, bottom, top), row)
        _write_captions(axes, row, bottom, size, room)
        _write_name(axes, row, bottom + mark.aspect / 2, room * max(mark.aspect + mark.GAP, 0.3))
        if row.scale:
            _draw_scale(axes, mark, row, bottom)
    axes.set(xlim=(0, mark.across), ylim=(mark.tops[-1], 0), aspect="equal", anchor="NW")
    for artist in (*axes.texts, *axes.images, *axes.patches):
        artist.set_clip_on(False)


def _draw_tile(
    axes: matplotlib.axes.Axes, pixels: np.ndarray, place: tuple[float, float, float, float], row: marks.PictureRow
) -> None:
    """Draw a picture in a thin frame; its place is left, right, bottom and top."""
    from matplotlib.patches import Rectangle

    left, right, bottom, top = place
    low, high = row.limits
    axes.imshow(pixels, extent=place, aspect="auto", zorder=2, cmap=row.colour_map, vmin=low, vmax=high)
    frame = Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=EDGE, linewidth=0.6, zorder=3)
    axes.add_patch(frame)


def _write_captions(axes: matplotlib.axes.Axes, row: marks.PictureRow, bottom: float, size: float, room: float) -> None:
    for column, lines in enumerate(row.captions):
        for number, line in enumerate(lines):
            axes.annotate(
                fit_text(line, size, room),
                xy=(column * (1 + marks.Pictures.GAP) + 0.5, bottom),
                xytext=(0, -5 - number * size * 1.35),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=size,
                color=MUTED if number else None,
                annotation_clip=False,
            )


def _write_name(axes: matplotlib.axes.Axes, row: marks.PictureRow, middle: float, room: float) -> None:
    """Write a row's name to its left, and under it the note where there is room for that, in points."""
    look = {"xy": (0, middle), "textcoords": "offset points", "ha": "right", "annotation_clip": False}
    size = min(BODY_SIZE, 0.8 * room)
    axes.annotate(fit_text(row.name, size, _NAME), xytext=(-8, 0), va="center", fontsize=size, **look)
    if row.note and room > 55:
        axes.annotate(row.note, xytext=(-8, -10), va="top", fontsize=SMALL_SIZE - 1, color=MUTED, **look)


def _draw_scale(axes: matplotlib.axes.Axes, mark: marks.Pictures, row: marks.PictureRow, bottom: float) -> None:
    """Draw the scale of a row's colours beside it."""
    inch = 72 / axes_size(axes)[0] * mark.across
    left, wide, tall = mark.across + 0.1 * inch, 0.09 * inch, max(mark.aspect, 0.5 * inch)
    scale = row._replace(limits=(0.0, 1.0))
    _draw_tile(axes, np.linspace(1, 0, 256)[:, None], (left, left + wide, bottom, bottom + tall), scale)
    for level, text, where in zip((0, 0.5, 1), row.scale, ("bottom", "center", "top"), strict=True):
        place = (left + wide + 0.05 * inch, bottom + level * tall)
        axes.text(*place, text, va=where, fontsize=SMALL_SIZE - 1, color=MUTED)
