"""The anomaly strip: why images are abnormal, pixel by pixel, and the normal image that comes nearest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts import marks
from autoencode.charts.chart import Chart
from autoencode.charts.checks import check_count, check_vector
from autoencode.charts.feature_errors import HEAT_COLOURS
from autoencode.charts.image_checks import check_image_shape, check_images, check_value_range
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.picture_rows import arrange_pictures
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True, eq=False)
class AnomalyStrip:
    """What an anomaly strip shows.

    Attributes
    ----------
    samples, expected, nearest
        Images, grey or in colour, on a scale from 0, black, to 1, white; the last may be None.
    shares
        What each pixel adds to the anomaly score of its sample, over its colours, in shares of the sample's largest.
    names
        The name of each sample.
    p_values
        Of each sample.
    """

    samples: Float[np.ndarray, "samples height width *colours"]
    expected: Float[np.ndarray, "samples height width *colours"]
    shares: Float[np.ndarray, "samples height width"]
    nearest: Float[np.ndarray, "samples height width *colours"] | None
    names: tuple[str, ...]
    p_values: tuple[float, ...]

    @property
    def rows(self) -> list[marks.PictureRow]:
        """The rows of pictures, from the top."""
        rows = [
            marks.PictureRow("sample", self.samples),
            marks.PictureRow("expected", self.expected),
            marks.PictureRow(
                "contribution", self.shares, note="to the score", colour_map=HEAT_COLOURS, scale=("0", "", "most")
            ),
        ]
        if self.nearest is not None:
            rows.append(marks.PictureRow("nearest", self.nearest, note="normal sample"))
        captions = [(name, f"p = {p:.2g}") for name, p in zip(self.names, self.p_values, strict=True)]
        return [*rows[:-1], rows[-1]._replace(captions=captions)]

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: one sample a column."""
        return arrange_pictures(self.rows, title, subtitle)


def compute_anomaly_strip(
    samples: Float[np.ndarray, "samples ..."],
    expected: Float[np.ndarray, "samples ..."],
    contributions: Float[np.ndarray, "samples ..."],
    nearest: Float[np.ndarray, "samples ..."] | None = None,
    *,
    sample_shape: Sequence[int],
    p_values: Mapping[str, float],
    value_range: tuple[float, float] = (0.0, 1.0),
) -> AnomalyStrip:
    """Return what an anomaly strip shows.

    Parameters
    ----------
    samples
        The abnormal images, one a column, flat or in their shape.
    expected
        What the model expects instead, such as their reconstructions, likewise.
    contributions
        What each feature adds to its sample's anomaly score, likewise; not negative.
    nearest
        The nearest normal image of each, likewise, if it is to be shown.
    sample_shape
        ``(height, width)`` of grey images, ``(height, width, 3)`` of images in colour.
    p_values
        For the name of each sample, in their order, its p-value.
    value_range
        Which values are black and white; values outside look like its ends.

    Returns
    -------
    The numbers of the figure. The contributions of each sample have a scale of their own, up to its largest.

    Raises
    ------
    InvalidInputError
        If an array is empty, not finite or does not fit ``sample_shape``, a contribution is negative, or counts differ.

    Examples
    --------
    >>> strip = compute_anomaly_strip(
    ...     np.ones((1, 4)), np.zeros((1, 4)), np.array([[0, 1, 2, 4]]), sample_shape=(2, 2), p_values={"row 7": 0.01}
    ... )
    >>> strip.shares.tolist(), strip.rows[-1].captions
    ([[[0.0, 0.25], [0.5, 1.0]]], [('row 7', 'p = 0.01')])
    """
    shape = check_image_shape(sample_shape)
    low, high = check_value_range(value_range)
    given = {"samples": samples, "expected": expected, "contributions": contributions, "nearest": nearest}
    images = {name: check_images(name, values, shape) for name, values in given.items() if values is not None}
    for name in images:
        check_count(name, images[name], len(images["samples"]), "samples")
    check_count("p_values", list(p_values), len(images["samples"]), "samples")
    added = images.pop("contributions")
    if added.min() < 0:
        raise InvalidInputError(f"contributions: expected numbers of at least 0, got {added.min():g}; pass no signs")
    largest = added.max(axis=tuple(range(1, added.ndim)), keepdims=True)
    # Divided first, so that a sum of very large numbers stays in range.
    pixels = (added / np.where(largest > 0, largest, 1.0)).reshape(*added.shape[:3], -1).sum(axis=3)
    most = pixels.max(axis=(1, 2), keepdims=True)
    shown = {
        name: np.clip(((values[..., 0] if shape[2:] == (1,) else values) - low) / (high - low), 0, 1)
        for name, values in images.items()
    }
    return AnomalyStrip(
        samples=shown["samples"],
        expected=shown["expected"],
        shares=pixels / np.where(most > 0, most, 1.0),
        nearest=shown.get("nearest"),
        names=tuple(map(str, p_values)),
        p_values=tuple(check_vector("p_values", list(p_values.values())).tolist()),
    )


def draw_anomaly_strip(
    strip: AnomalyStrip, *, title: str = "What is abnormal", subtitle: str = ""
) -> matplotlib.figure.Figure:
    """Draw a strip: samples, what is expected, each pixel's contribution and the nearest normal sample, one a column.

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
    Contributions show where a sample is abnormal, not how much: the p-values, and its score, do that.

    Examples
    --------
    >>> strip = compute_anomaly_strip(
    ...     np.ones((1, 4)), np.zeros((1, 4)), np.ones((1, 4)), sample_shape=(2, 2), p_values={"row 7": 0.01}
    ... )
    >>> len(draw_anomaly_strip(strip).axes[0].images)
    4
    """
    return paint_matplotlib(strip.chart(title, subtitle))
