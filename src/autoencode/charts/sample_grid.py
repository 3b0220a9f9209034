"""The sample grid: images side by side, such as made-up ones, or those along a line in the code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts import marks
from autoencode.charts.chart import Chart
from autoencode.charts.checks import check_count
from autoencode.charts.image_checks import check_captions, check_image_shape, check_images, check_value_range
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.picture_rows import arrange_pictures
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure

MOST_IMAGES = 400


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

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: the images row by row."""
        starts = range(0, len(self.images), self.across)
        parts = [slice(start, start + self.across) for start in starts]
        names = self.row_names or ("",) * len(parts)
        rows = [
            marks.PictureRow(name, self.images[part], self.captions[part])
            for name, part in zip(names, parts, strict=True)
        ]
        return arrange_pictures(rows, title, subtitle)


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
    return paint_matplotlib(grid.chart(title, subtitle))
