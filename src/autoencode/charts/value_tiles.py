"""Rows of a table, such as made-up ones: a tile for each cell, filled as far as its number reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Heading, Panel
from autoencode.charts.checks import check_count
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.evaluation.wording import say_number
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure

MOST_COLUMNS, MOST_ROWS = 10, 40

_ROW = 0.3  # the height of a row, in inches


@dataclass(frozen=True, eq=False)
class ValueTiles:
    """What the tiles of a table's cells show.

    Attributes
    ----------
    names
        The columns' names.
    cells
        The text of each cell, row by row.
    levels
        How far each number lies from the least of its column, 0, to the largest, 1; NaN where there is no number.
    note
        What is left out, in words; or empty.
    """

    names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    levels: Float[np.ndarray, "rows columns"]
    note: str = ""

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: the names of the columns, and below them a tile for each cell."""
        heading, (rows, columns) = Heading(title, subtitle), self.levels.shape
        width, height = min(9.4, 1.6 * columns), _ROW * (rows + 1)
        panel = Panel(
            place=(0.3, 0.3, width, height),
            heading=heading,
            across=Axis(limits=(0, columns), is_bare=True),
            up=Axis(limits=(-rows - 1, 0), is_bare=True),
            marks=[marks.Tiles(self.names, self.cells, self.levels)],
            name="value_tiles",
        )
        return Chart((max(width + 0.6, 6.5), heading.height + height + 0.3), [panel])  # wide enough for the heading


def compute_value_tiles(columns: Mapping[str, Sequence[object]]) -> ValueTiles:
    """Return what the tiles of a table's cells show.

    Parameters
    ----------
    columns
        The cells of each column by its name: numbers, texts, truth values or None. Of more than ten columns the first
        ten are shown, and of more than forty rows the first forty.

    Raises
    ------
    InvalidInputError
        If there is no cell, or columns differ in length.

    Examples
    --------
    >>> tiles = compute_value_tiles({"age": [20.0, 30.0, None], "name": ["a", "b", "c"]})
    >>> tiles.cells, tiles.levels[:, 0].tolist()
    ((('20', 'a'), ('30', 'b'), ('missing', 'c')), [0.0, 1.0, nan])
    """
    count = len(next(iter(columns.values()), ()))
    if not count:
        raise InvalidInputError("columns: expected at least one with a cell, got none")
    for name, cells in columns.items():
        check_count(f"columns[{name!r:.40}]", cells, count, "rows")
    shown = {name: list(columns[name][:MOST_ROWS]) for name in list(columns)[:MOST_COLUMNS]}
    texts = [[_say_cell(cell) for cell in cells] for cells in shown.values()]
    left_out = [
        f"the first {some} of {every:,} {what}"
        for some, every, what in ((MOST_COLUMNS, len(columns), "columns"), (MOST_ROWS, count, "rows"))
        if every > some
    ]
    return ValueTiles(
        tuple(shown),
        tuple(zip(*texts, strict=True)),
        np.column_stack([_find_levels(cells) for cells in shown.values()]),
        " and ".join(left_out),
    )


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float | np.integer | np.floating) and not isinstance(cell, bool)


def _say_cell(cell: object) -> str:
    """Return a cell as text: of a number, four digits."""
    if cell is None or (_is_number(cell) and np.isnan(float(cell))):  # pyright: ignore[reportArgumentType]
        return "missing"
    if isinstance(cell, float | np.floating):
        text = say_number(float(cell), 4)
        return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    return f"{cell:,}" if _is_number(cell) else str(cell).removesuffix(" 00:00:00")


def _find_levels(cells: Sequence[object]) -> Float[np.ndarray, " rows"]:
    """Return how far each number lies from the least, 0, to the largest, 1, of its column."""
    numbers = np.array([float(cell) if _is_number(cell) else np.nan for cell in cells])  # pyright: ignore[reportArgumentType]
    numbers[~np.isfinite(numbers)] = np.nan
    if np.isnan(numbers).all():
        return numbers
    numbers /= np.nanmax(np.abs(numbers)) or 1.0  # differences of very large numbers stay in range
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    return (numbers - low) / (high - low) if high > low else np.where(np.isnan(numbers), np.nan, 0.5)


def draw_value_tiles(
    tiles: ValueTiles, *, title: str = "Made-up samples", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw rows of a table as tiles.

    Parameters
    ----------
    tiles
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it says how the tiles are filled, and what is left out.

    Returns
    -------
    A figure that is at most ten inches wide.

    Examples
    --------
    >>> len(draw_value_tiles(compute_value_tiles({"age": [20.0, 30.0]})).axes[0].texts)
    5
    """
    if subtitle is None:
        subtitle = "filled from the least to the largest number of each column" + (
            f"; {tiles.note}" if tiles.note else ""
        )
    return paint_matplotlib(tiles.chart(title, subtitle))
