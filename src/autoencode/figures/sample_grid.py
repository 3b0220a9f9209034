"""The sample grid: images side by side, such as made-up ones, or those along a line in the code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_count
from autoencode.figures.image_tile import check_captions, check_image_shape, check_images, check_value_range, draw_tile
from autoencode.figures.labels import draw_heading, fit_text, heading_height, plain_text, text_width
from autoencode.figures.palette import BODY_SIZE, MUTED, SMALL_SIZE, new_figure, place_axes, style

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["SampleGrid", "compute_sample_grid", "draw_sample_grid", "draw_sample_grid_on"]

MOST_IMAGES = 400

_WIDTH, _MARGIN = 10.0, 0.3  # of a figure, in inches
_GAP = 0.06  # between images, in widths of an image
_LINE = SMALL_SIZE * 1.35 / 72  # of a caption, in inches
_SMALLEST = 1.7  # of the widest side of a tile that few images have, in inches


@dataclass(frozen=True, eq=False)
class SampleGrid:
    """What a grid of images shows.

    Attributes
    ----------
    images
        Grey or in colour, on a scale from 0, black, to 1, white; row by row.
    across
        How many stand side by side.
    captions
        The lines under each image; all have as many.
    row_names
        What stands to the left of each row; empty where nothing does.
    """

    images: Float[np.ndarray, "samples height width *colours"]
    across: int
    captions: tuple[tuple[str, ...], ...]
    row_names: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return -(-len(self.images) // self.across)

    @property
    def aspect(self) -> float:
        """The height of an image in widths."""
        return self.images.shape[1] / self.images.shape[2]


def compute_sample_grid(
    samples: Float[np.ndarray, "samples ..."],
    *,
    sample_shape: Sequence[int],
    across: int | None = None,
    captions: Sequence[str | Sequence[str]] = (),
    row_names: Sequence[str] = (),
    value_range: tuple[float, float] = (0.0, 1.0),
) -> SampleGrid:
    """Return what a grid of images shows.

    Parameters
    ----------
    samples
        The images, flat or in their shape; at most 400.
    sample_shape
        ``(height, width)`` of grey images, ``(height, width, 3)`` of images in colour.
    across
        How many stand side by side, ≥ 1; by default as many as make the grid about twice as wide as high.
    captions
        What to write under each image: a text, or several, one a line.
    row_names
        What to write to the left of each row.
    value_range
        Which values are black and white; values outside look like its ends.

    Raises
    ------
    InvalidInputError
        If the images are empty, too many, not finite or do not fit ``sample_shape``, or the counts differ.

    Examples
    --------
    >>> grid = compute_sample_grid(np.ones((8, 4)), sample_shape=(2, 2))
    >>> grid.images.shape, grid.across, grid.rows
    ((8, 2, 2), 4, 2)
    """
    shape = check_image_shape(sample_shape)
    images = check_images("samples", samples, shape)
    if len(images) > MOST_IMAGES:
        raise InvalidInputError(f"samples: expected at most {MOST_IMAGES} images, got {len(images):,}; show fewer")
    low, high = check_value_range(value_range)
    if shape[2:] == (1,):
        images = images[..., 0]
    if across is None:
        across = _choose_across(len(images), shape[0] / shape[1])
    if across < 1:
        raise InvalidInputError(f"across: expected at least 1 image, got {across}")
    grid = SampleGrid(
        np.clip((images - low) / (high - low), 0, 1),
        int(across),
        check_captions(captions, len(images), "samples"),
        tuple(map(str, row_names)),
    )
    if row_names:
        check_count("row_names", row_names, grid.rows, "rows")
    return grid


def _choose_across(count: int, aspect: float) -> int:
    """Return how many images stand side by side: about twice as wide as high, and without a gap if that can be."""
    wanted = min(count, math.sqrt(2 * count * aspect))
    full = [across for across in range(1, count + 1) if count % across == 0 and 0.6 * wanted < across < 1.6 * wanted]
    return min(full, key=lambda across: abs(math.log(across / wanted)) - 1e-9 * across, default=math.ceil(wanted))


def draw_sample_grid_on(axes: matplotlib.axes.Axes, grid: SampleGrid, *, line: float) -> None:
    """Draw a grid, without its heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes; the images fill its width, the names of the rows stand to its left.
    grid
        What to draw.
    line
        The height of a line of a caption, in widths of an image.
    """
    axes.set_axis_off()
    step = _row_step(grid, line)
    for place, (image, caption) in enumerate(zip(grid.images, grid.captions, strict=True)):
        row, column = divmod(place, grid.across)
        left, top = column * (1 + _GAP), -row * step
        colours = {"cmap": "gray", "vmin": 0, "vmax": 1}
        draw_tile(axes, image, (left, left + 1, top - grid.aspect, top), **colours)
        for number, text in enumerate(caption):
            up = top - grid.aspect - (number + 0.5) * line
            axes.text(left + 0.5, up, text, ha="center", va="center_baseline", fontsize=SMALL_SIZE, color=MUTED)
    for row, name in enumerate(grid.row_names):
        axes.annotate(
            name,
            xy=(0, -row * step - grid.aspect / 2),
            xytext=(-8, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=BODY_SIZE,
        )
    axes.set(xlim=(0, grid.across * (1 + _GAP) - _GAP), ylim=(-_height(grid, line), 0), aspect="equal", anchor="NW")
    for artist in (*axes.texts, *axes.images, *axes.patches):
        artist.set_clip_on(False)


def _row_step(grid: SampleGrid, line: float) -> float:
    """Return how far it is from one row to the next, in widths of an image."""
    return grid.aspect + len(grid.captions[0]) * line + (1.5 * _GAP if grid.captions[0] else _GAP)


def _height(grid: SampleGrid, line: float) -> float:
    return (grid.rows - 1) * _row_step(grid, line) + grid.aspect + len(grid.captions[0]) * line


def draw_sample_grid(
    grid: SampleGrid, *, title: str = "Made-up samples", subtitle: str = ""
) -> matplotlib.figure.Figure:
    """Draw a grid of images.

    Parameters
    ----------
    grid
        What to draw.
    title, subtitle
        The heading, and the grey line under it.

    Returns
    -------
    A figure that is ten inches wide, or less where there are few images.

    Examples
    --------
    >>> grid = compute_sample_grid(np.ones((8, 4)), sample_shape=(2, 2))
    >>> draw_sample_grid(grid).axes[0].images[7].get_array().shape
    (2, 2)
    """
    names = max((text_width(plain_text(name), BODY_SIZE) for name in grid.row_names), default=0.0)
    left = _MARGIN + min(names + 8, 150) / 72 if grid.row_names else _MARGIN
    units = grid.across * (1 + _GAP) - _GAP
    # Neither wider than the page, nor so large that few images fill it, nor so high that it cannot be seen at once.
    tile = min((_WIDTH - left - _MARGIN) / units, _SMALLEST / max(1, grid.aspect))
    line = _LINE / tile
    width, height = units * tile, _height(grid, line) * tile
    top = heading_height(title, subtitle)
    with style():
        fitted = _fit_texts(grid, tile * 72)
        figure = new_figure(max(left + width + _MARGIN, 5.0), top + height + _MARGIN)
        axes = place_axes(figure, left, _MARGIN, width, height)
        draw_sample_grid_on(axes, fitted, line=line)
        draw_heading(axes, title, subtitle)
    return figure


def _fit_texts(grid: SampleGrid, room: float) -> SampleGrid:
    """Return the grid with texts that are no wider than there is room for, in points."""
    captions = tuple(tuple(fit_text(line, SMALL_SIZE, room) for line in lines) for lines in grid.captions)
    names = tuple(fit_text(name, BODY_SIZE, 142) for name in grid.row_names)
    return SampleGrid(grid.images, grid.across, captions, names)
