"""The traversal: what units of a code stand for, one unit a row, one value of it a column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts.checks import check_finite
from autoencode.charts.sample_grid import SampleGrid, compute_sample_grid, draw_sample_grid
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure


def compute_traversal(
    reconstructions: Float[np.ndarray, "units values ..."],
    *,
    sample_shape: Sequence[int],
    units: Sequence[int],
    values: Float[np.ndarray, "units values"],
    value_range: tuple[float, float] = (0.0, 1.0),
) -> SampleGrid:
    """Return what a traversal shows: a grid of images with the value of the unit under each.

    Parameters
    ----------
    reconstructions
        Images, of each unit and value, flat or in their shape.
    sample_shape, value_range
        As for `compute_sample_grid`.
    units
        Which units were changed.
    values
        What each was set to.

    Raises
    ------
    InvalidInputError
        If the arrays are empty, not finite, or do not fit each other.

    Examples
    --------
    >>> grid = compute_traversal(
    ...     np.zeros((1, 2, 4)), sample_shape=(2, 2), units=[5], values=np.array([[-1.0, 1.0]])
    ... )
    >>> grid.row_names, grid.captions
    (('unit 5',), (('−1.0',), ('1.0',)))
    """
    images, numbers = check_finite("reconstructions", reconstructions), check_finite("values", values)
    if images.ndim < 3 or numbers.shape != images.shape[:2] or len(units) != len(images):
        raise InvalidInputError(
            f"reconstructions: expected one for each of {len(units)} units and values of shape {numbers.shape}, "
            f"got an array of shape {images.shape}"
        )
    rows, columns = numbers.shape
    return compute_sample_grid(
        images.reshape(rows * columns, *images.shape[2:]),
        sample_shape=sample_shape,
        across=columns,
        captions=[text for row in numbers for text in _say_values(row)],
        row_names=[f"unit {unit}" for unit in units],
        value_range=value_range,
    )


def _say_values(values: Float[np.ndarray, " values"]) -> list[str]:
    """Return numbers as text, with so many decimals that the steps between them are seen."""
    step = float(np.ptp(values)) / max(1, len(values) - 1) or float(np.abs(values).max())
    decimals = 2 if step <= 0 else max(0, 1 - math.floor(math.log10(step)))
    if decimals > 6 or step >= 1e6:
        return [f"{value:.1e}".replace("-", "−") for value in values]
    return [f"{value:.{decimals}f}".replace("-", "−") for value in values]


def draw_traversal(
    grid: SampleGrid,
    *,
    title: str = "What units of the code stand for",
    subtitle: str = "each row: one unit set to the value under each image, all others as they were",
) -> matplotlib.figure.Figure:
    """Draw a traversal.

    Parameters
    ----------
    grid
        What to draw.
    title, subtitle
        The heading, and the grey line under it.

    Returns
    -------
    A figure that is at most ten inches wide.

    Examples
    --------
    >>> grid = compute_traversal(
    ...     np.zeros((2, 3, 4)), sample_shape=(2, 2), units=[5, 6], values=np.zeros((2, 3))
    ... )
    >>> len(draw_traversal(grid).axes[0].images)
    6
    """
    return draw_sample_grid(grid, title=title, subtitle=subtitle)
