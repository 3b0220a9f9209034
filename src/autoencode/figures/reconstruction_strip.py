"""The reconstruction strip: samples above their reconstructions, and, if wanted, what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_count, check_number
from autoencode.figures.image_tile import check_captions, check_image_shape, check_images, check_value_range, draw_tile
from autoencode.figures.labels import axes_size, draw_heading, fit_text, heading_height, plain_text, text_width
from autoencode.figures.palette import (
    BODY_SIZE,
    MUTED,
    SMALL_SIZE,
    TITLE_SIZE,
    diverging_colours,
    new_figure,
    place_axes,
    style,
)

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = [
    "ReconstructionStrip",
    "compute_reconstruction_strip",
    "draw_reconstruction_strip",
    "draw_reconstruction_strip_on",
]

_GAP = 0.06  # between images, in widths of an image
_LINE = SMALL_SIZE * 1.35 / 72  # of a caption, in inches


@dataclass(frozen=True, eq=False)
class ReconstructionStrip:
    """What a reconstruction strip shows.

    Attributes
    ----------
    originals, reconstructions
        Images, grey or in colour, on a scale from 0, black, to 1, white.
    differences
        Original minus reconstruction, the mean over the colours, in the samples' own units; or None.
    difference_limit
        The difference that has the strongest colour; above 0.
    captions
        The lines under each column; all columns have as many.
    """

    originals: Float[np.ndarray, "samples height width *colours"]
    reconstructions: Float[np.ndarray, "samples height width *colours"]
    differences: Float[np.ndarray, "samples height width"] | None
    difference_limit: float
    captions: tuple[tuple[str, ...], ...]

    @property
    def rows(self) -> int:
        """The number of rows of images: 2, or 3 with the differences."""
        return 2 if self.differences is None else 3

    @property
    def across(self) -> float:
        """The width of the strip, in widths of an image."""
        return len(self.originals) * (1 + _GAP) - _GAP

    @property
    def up(self) -> float:
        """The height of the strip, in widths of an image."""
        return (self.rows - 1) * self.row_step + self.aspect

    @property
    def row_step(self) -> float:
        """From one row to the next, in widths of an image: images that are very flat leave room for their names."""
        return max(self.aspect + _GAP, 0.3)

    @property
    def aspect(self) -> float:
        """The height of an image in widths."""
        return self.originals.shape[1] / self.originals.shape[2]


def compute_reconstruction_strip(
    samples: Float[np.ndarray, "samples ..."],
    reconstructions: Float[np.ndarray, "samples ..."],
    *,
    sample_shape: Sequence[int],
    captions: Sequence[Sequence[str]] = (),
    differences: bool = False,
    difference_limit: float | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> ReconstructionStrip:
    """Return what a reconstruction strip shows.

    Parameters
    ----------
    samples
        The images, one a column, flat or in their shape.
    reconstructions
        What the decoder gave back, likewise.
    sample_shape
        ``(height, width)`` of grey images, ``(height, width, 3)`` of images in colour.
    captions
        What to write under each column: a text, or several, one a line.
    differences
        Whether to add the row of signed differences.
    difference_limit
        The difference that has the strongest colour, in the samples' units; by default the largest there is.
        Give one where two strips are to be compared.
    value_range
        Which values are black and white; values outside look like its ends.

    Returns
    -------
    The numbers of the figure.

    Raises
    ------
    InvalidInputError
        If an array is empty, not finite or does not fit ``sample_shape``, or the counts differ.

    Examples
    --------
    >>> strip = compute_reconstruction_strip(np.ones((3, 4)), np.zeros((3, 4)), sample_shape=(2, 2), differences=True)
    >>> strip.originals.shape, strip.differences.max(), strip.difference_limit
    ((3, 2, 2), np.float64(1.0), 1.0)
    """
    shape = check_image_shape(sample_shape)
    before = check_images("samples", samples, shape)
    after = check_images("reconstructions", reconstructions, shape)
    check_count("reconstructions", after, len(before), "samples")
    low, high = check_value_range(value_range)
    if shape[2:] == (1,):
        before, after = before[..., 0], after[..., 0]
    signed = before - after
    if signed.ndim == 4:
        signed = signed.mean(axis=3)
    limit = (
        float(np.abs(signed).max()) if difference_limit is None else check_number("difference_limit", difference_limit)
    )
    if difference_limit is not None and limit <= 0:
        raise InvalidInputError(f"difference_limit: expected a number above 0, got {difference_limit}")
    return ReconstructionStrip(
        originals=np.clip((before - low) / (high - low), 0, 1),
        reconstructions=np.clip((after - low) / (high - low), 0, 1),
        differences=signed if differences else None,
        difference_limit=limit or 1.0,  # equal pictures have no largest difference; any scale shows them white
        captions=check_captions(captions, len(before), "samples"),
    )


def _draw_colour_bar(axes: matplotlib.axes.Axes, bottom: float, strip: ReconstructionStrip) -> None:
    """Draw the scale of the differences beside their row; the place is given in widths of an image."""
    inch = 72 / axes_size(axes)[0] * strip.across
    left, wide = strip.across + 0.1 * inch, 0.09 * inch
    tall, limit = max(strip.aspect, 0.5 * inch), strip.difference_limit
    ramp = np.linspace(-1, 1, 256)[:, None]
    place = (left, left + wide, bottom, bottom + tall)
    draw_tile(axes, ramp, place, cmap=diverging_colours(), origin="lower")
    for level, text, where in ((0, f"−{limit:.2g}", "bottom"), (0.5, "0", "center"), (1, f"+{limit:.2g}", "top")):
        axes.text(
            left + wide + 0.05 * inch, bottom + level * tall, text, va=where, fontsize=SMALL_SIZE - 1, color=MUTED
        )


def _draw_images(axes: matplotlib.axes.Axes, strip: ReconstructionStrip) -> None:
    rows = [("original", strip.originals), ("reconstruction", strip.reconstructions)]
    if strip.differences is not None:
        rows.append(("difference", strip.differences / strip.difference_limit))
    step = axes_size(axes)[0] / strip.across * strip.row_step  # in points
    for row, (name, images) in enumerate(rows):
        bottom = -row * strip.row_step - strip.aspect
        colours = {"cmap": diverging_colours(), "vmin": -1, "vmax": 1} if row == 2 else {"cmap": "gray", "vmin": 0}
        for column, image in enumerate(images):
            left = column * (1 + _GAP)
            place = (left, left + 1, bottom, bottom + strip.aspect)
            draw_tile(axes, image, place, **{"vmax": 1, **colours})
        axes.annotate(
            name,
            xy=(0, bottom + strip.aspect / 2),
            xytext=(-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=min(BODY_SIZE, 0.8 * step),
        )
        if row == 2 and step > 55:
            axes.annotate(
                "original −\nreconstruction",
                xy=(0, bottom + strip.aspect / 2),
                xytext=(-8, -10),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=SMALL_SIZE - 1,
                color=MUTED,
            )
        if row == 2:
            _draw_colour_bar(axes, bottom, strip)


def draw_reconstruction_strip_on(axes: matplotlib.axes.Axes, strip: ReconstructionStrip) -> None:
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
    _draw_images(axes, strip)
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


def draw_reconstruction_strip(
    strip: ReconstructionStrip, *, title: str = "Samples and their reconstructions", subtitle: str = ""
) -> matplotlib.figure.Figure:
    """Draw a strip: originals, reconstructions and, if computed, signed differences, one sample a column.

    Parameters
    ----------
    strip
        What to draw.
    title, subtitle
        The heading, and the grey line under it.

    Returns
    -------
    A figure at most ten inches wide, as high as its rows need.

    Notes
    -----
    Originals and reconstructions share one scale of grey, and blue and vermilion are equally far from 0, so that two
    pictures, or two signs, can be compared by eye.

    Examples
    --------
    >>> strip = compute_reconstruction_strip(np.ones((5, 4)), np.zeros((5, 4)), sample_shape=(2, 2))
    >>> round(float(draw_reconstruction_strip(strip).get_size_inches()[0]), 2)
    9.55
    """
    count = len(strip.originals)
    left, right = 1.35, 0.2 if strip.differences is None else 0.8
    # Few samples would be as large as a page; they get no wider than 1.6 inches.
    width = min(10 - left - right, count * 1.6)
    height = width / strip.across * strip.up
    top = heading_height(title, subtitle)
    words = max(text_width(plain_text(title), TITLE_SIZE, bold=True), text_width(plain_text(subtitle), BODY_SIZE))
    across = min(10.0, left + max(width + right, words / 72 + 0.2))
    bottom = 0.2 + len(strip.captions[0]) * _LINE
    with style():
        figure = new_figure(across, top + height + bottom)
        axes = place_axes(figure, left, bottom, width, height)
        draw_reconstruction_strip_on(axes, strip)
        draw_heading(axes, title, subtitle)
    return figure
