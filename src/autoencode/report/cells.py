"""Cells of a table as text: as they came, and as a reconstruction has them."""

from __future__ import annotations

import numpy as np

from autoencode.report.study import CellColumn, Indices, StudySamples
from autoencode.report.wording import say, shorten

MOST_CELL_LETTERS = 60

SHADE_STEPS = (0.25, 0.5, 1.0, 2.0)
"""From how many standard deviations of its column on a number is shaded, and more strongly."""


def show_cell(cell: float | str | bool | None) -> str:
    """Return a cell as people read it.

    Examples
    --------
    >>> show_cell(None), show_cell(True), show_cell(12.0), show_cell(-0.123456), show_cell(2.05)
    ('missing', 'true', '12', '−0.1235', '2.05')
    """
    if cell is None:
        return "missing"
    if isinstance(cell, bool | np.bool_):
        return str(bool(cell)).lower()
    if isinstance(cell, str):
        return shorten(cell, MOST_CELL_LETTERS)
    number = float(cell) + 0.0  # a negative zero is zero
    if number.is_integer() and abs(number) < 1e6:
        return f"{number:,.0f}".replace("-", "−")
    text = say(number)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def find_shades(column: CellColumn, samples: StudySamples, indices: Indices, scale: float) -> list[int]:
    """Return how strongly the cells of a column are shaded in some samples: from 0, rebuilt well, to 4.

    Parameters
    ----------
    column
        One of the samples' columns.
    samples
        All of them.
    indices
        Which samples.
    scale
        The standard deviation of a numeric column's feature.
    """
    if column.start == column.stop:
        return [0] * len(indices)
    truth, rebuilt = samples.features[indices], samples.rebuilt[indices]
    off = np.abs(truth[:, column.start].astype(np.float64) - rebuilt[:, column.start]) / (scale or 1.0)
    levels = []
    for cell, guess, distance in zip(column.read(truth), column.read(rebuilt), off, strict=True):
        is_measured = column.kind in ("numeric", "datetime") and cell is not None and guess is not None
        level = int(np.searchsorted(SHADE_STEPS, distance, side="right")) if is_measured else len(SHADE_STEPS)
        levels.append(0 if cell == guess else level)
    return levels
