"""Rows of images, one sample a column: what reconstruction strips and anomaly strips have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.figures.image_tile import draw_tile
from autoencode.figures.labels import axes_size, draw_heading, fit_text, heading_height, plain_text, text_width
from autoencode.figures.palette import BODY_SIZE, MUTED, SMALL_SIZE, TITLE_SIZE, new_figure, place_axes, style

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.colors
    import matplotlib.figure

__all__ = ["ImageRow", "ImageStrip", "draw_image_strip", "draw_image_strip_on"]

_GAP = 0.06  # between images, in widths of an image
_LINE = SMALL_SIZE * 1.35 / 72  # of a caption, in inches


@dataclass(frozen=True, eq=False)
class ImageRow:
    """One row of a strip.

    Attributes
    ----------
    name
        What stands to its left.
    images
        In colour, or numbers that stand for colours.
    note
        A line or two under the name, where there is room.
    colours
        The colours of the numbers, as matplotlib names them.
    limits
        The numbers that have the first and the last colour.
    scale
        What is written beside a bar of the colours: at its start, its middle and its end; empty where there is no bar.
    """

    name: str
    images: Float[np.ndarray, "samples height width *colours"]
    note: str = ""
    colours: str | matplotlib.colors.Colormap = "gray"
    limits: tuple[float, float] = (0.0, 1.0)
    scale: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ImageStrip:
    """Rows of images of the same samples.

    Attributes
    ----------
    rows
        From the top; all have as many images, of the same size.
    captions
        The lines under each column; all columns have as many.
    """

    rows: tuple[ImageRow, ...]
    captions: tuple[tuple[str, ...], ...]

    @property
    def count(self) -> int:
        """The number of samples."""
        return len(self.rows[0].images)

    @property
    def across(self) -> float:
        """The width of the strip, in widths of an image."""
        return self.count * (1 + _GAP) - _GAP

    @property
    def up(self) -> float:
        """The height of the strip, in widths of an image."""
        return (len(self.rows) - 1) * self.row_step + self.aspect

    @property
    def row_step(self) -> float:
        """From one row to the next, in widths of an image: images that are very flat leave room for their names."""
        return max(self.aspect + _GAP, 0.3)

    @property
    def aspect(self) -> float:
        """The height of an image in widths."""
        return self.rows[0].images.shape[1] / self.rows[0].images.shape[2]


def _draw_colour_bar(axes: matplotlib.axes.Axes, bottom: float, strip: ImageStrip, row: ImageRow) -> None:
    """Draw the scale of a row beside it; the place is given in widths of an image."""
    inch = 72 / axes_size(axes)[0] * strip.across
    left, wide = strip.across + 0.1 * inch, 0.09 * inch
    tall = max(strip.aspect, 0.5 * inch)
    ramp = np.linspace(0, 1, 256)[:, None]
    draw_tile(axes, ramp, (left, left + wide, bottom, bottom + tall), cmap=row.colours, origin="lower")
    for level, text, where in zip((0, 0.5, 1), row.scale, ("bottom", "center", "top"), strict=True):
        axes.text(
            left + wide + 0.05 * inch, bottom + level * tall, text, va=where, fontsize=SMALL_SIZE - 1, color=MUTED
        )


def _draw_row(axes: matplotlib.axes.Axes, bottom: float, strip: ImageStrip, row: ImageRow) -> None:
    """Draw a row's images with its name."""
    step = axes_size(axes)[0] / strip.across * strip.row_step  # in points
    for column, image in enumerate(row.images):
        left = column * (1 + _GAP)
        place = (left, left + 1, bottom, bottom + strip.aspect)
        draw_tile(axes, image, place, cmap=row.colours, vmin=row.limits[0], vmax=row.limits[1])
    at_left = {
        "xy": (0, bottom + strip.aspect / 2), "textcoords": "offset points", "ha": "right",
    }  # fmt: skip
    axes.annotate(row.name, xytext=(-8, 0), va="center", fontsize=min(BODY_SIZE, 0.8 * step), **at_left)
    if row.note and step > 55:
        axes.annotate(row.note, xytext=(-8, -10), va="top", fontsize=SMALL_SIZE - 1, color=MUTED, **at_left)
    if row.scale:
        _draw_colour_bar(axes, bottom, strip, row)


def draw_image_strip_on(axes: matplotlib.axes.Axes, strip: ImageStrip) -> None:
    """Draw a strip, without its heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes, with about 1.3 inches of free room to the left for the names of the rows, and below for captions.
    strip
        What to draw; the images fill the width of the axes.
    """
    across, up = strip.across, strip.up
    axes.set_axis_off()
    for number, row in enumerate(strip.rows):
        _draw_row(axes, -number * strip.row_step - strip.aspect, strip, row)
    axes.set(xlim=(0, across), ylim=(-up, 0), aspect="equal", anchor="NW")
    for artist in (*axes.texts, *axes.images, *axes.patches):
        artist.set_clip_on(False)
    # A caption may be as wide as its column; they all get the size that suits the longest, if that can be read.
    room = axes_size(axes)[0] / across
    widest = max((text_width(plain_text(line), 1.0) for lines in strip.captions for line in lines), default=0.0)
    size = min(SMALL_SIZE, max(8.0 if room > 60 else 6.0, 0.98 * room / max(widest, 1.0)))
    for column, lines in enumerate(strip.captions):
        for number, line in enumerate(lines):
            axes.annotate(
                fit_text(line, size, room),
                xy=(column * (1 + _GAP) + 0.5, -up),
                xytext=(0, -5 - number * size * 1.35),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=size,
                color=MUTED if number else None,
                annotation_clip=False,
            )


def draw_image_strip(strip: ImageStrip, *, title: str, subtitle: str) -> matplotlib.figure.Figure:
    """Draw a strip.

    Parameters
    ----------
    strip
        What to draw.
    title, subtitle
        The heading, and the grey line under it.

    Returns
    -------
    A figure at most ten inches wide, as high as its rows need.
    """
    left, right = 1.35, 0.8 if any(row.scale for row in strip.rows) else 0.2
    # Few samples would be as large as a page; they get no wider than 1.6 inches.
    width = min(10 - left - right, strip.count * 1.6)
    height = width / strip.across * strip.up
    top = heading_height(title, subtitle)
    words = max(text_width(plain_text(title), TITLE_SIZE, bold=True), text_width(plain_text(subtitle), BODY_SIZE))
    across = min(10.0, left + max(width + right, words / 72 + 0.2))
    bottom = 0.2 + len(strip.captions[0]) * _LINE
    with style():
        figure = new_figure(across, top + height + bottom)
        axes = place_axes(figure, left, bottom, width, height)
        draw_image_strip_on(axes, strip)
        draw_heading(axes, title, subtitle)
    return figure
