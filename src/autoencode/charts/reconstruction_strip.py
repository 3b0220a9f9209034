"""The reconstruction strip: samples above their reconstructions, and, if wanted, what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts import marks
from autoencode.charts.chart import Chart
from autoencode.charts.checks import check_count, check_number
from autoencode.charts.image_checks import check_captions, check_image_shape, check_images, check_value_range
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import diverging_colours
from autoencode.charts.picture_rows import arrange_pictures
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure


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
    def rows(self) -> list[marks.PictureRow]:
        """The rows of pictures, from the top."""
        rows = [marks.PictureRow("original", self.originals), marks.PictureRow("reconstruction", self.reconstructions)]
        if self.differences is not None:
            difference = marks.PictureRow(
                "difference",
                self.differences / self.difference_limit,
                note="original −\nreconstruction",
                colour_map=diverging_colours(),
                limits=(-1.0, 1.0),
                scale=(f"−{self.difference_limit:.2g}", "0", f"+{self.difference_limit:.2g}"),
            )
            rows.append(difference)
        return [*rows[:-1], rows[-1]._replace(captions=self.captions)]

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: one sample a column."""
        return arrange_pictures(self.rows, title, subtitle)


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
    >>> len(draw_reconstruction_strip(strip).axes[0].images)
    10
    """
    return paint_matplotlib(strip.chart(title, subtitle))
