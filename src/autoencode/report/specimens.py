"""A few samples beside their reconstructions: cards of images, or a table of rows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

from autoencode.report.blocks import Block, Card, Cards, Paragraph, Table
from autoencode.report.cells import find_shades, show_cell
from autoencode.report.lines import draw_lines, find_spans
from autoencode.report.sheets import quantise
from autoencode.report.stills import MOST_EXACT_SIDE, write_small
from autoencode.report.study import CellColumn, Indices, StudySamples
from autoencode.report.wording import name_measure, say, shorten
from autoencode.report.worst_columns import order_rows

MOST_COLUMNS = 6
"""A wider table does not fit a page; the columns that are furthest off in its rows are shown."""

MOST_WEIGHED = 200
"""Of more columns, the cells are compared of the so many whose features are furthest off."""

MOST_PIXELS = 2**22
"""Larger images are in no card."""


def name_sample(samples: StudySamples, index: int) -> str:
    """Return what a sample is called: its name or its row, and its label where there is one."""
    name = f"row {samples.rows[index]:,}"
    if samples.row_names is not None:
        name = shorten(samples.row_names[index], 60)
    return name if samples.labels is None else f"{name}, label {shorten(samples.labels[index], 40)}"


def show_specimens(samples: StudySamples, indices: Indices, measure: str) -> list[Block]:
    """Return samples, their reconstructions and what differs, on one scale.

    Parameters
    ----------
    samples
        All of them.
    indices
        Which, in the order in which they are shown.
    measure
        A key of `StudySamples.errors`, written beside each.
    """
    if samples.kind == "images":
        return _draw_cards(samples, indices, measure)
    if samples.are_sequences:
        return [_draw_sequences(samples, indices, measure)]
    return _draw_table(samples, indices, measure)


def _draw_cards(samples: StudySamples, indices: Indices, measure: str) -> list[Block]:
    if samples.features.shape[1] > MOST_PIXELS:
        return [Paragraph("The images are too large to be shown here.")]
    shape = samples.shape
    truth, rebuilt = samples.features[indices].astype(np.float64), samples.rebuilt[indices].astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        difference = (truth - rebuilt).reshape(len(indices), shape[0], shape[1], -1).mean(axis=-1)
    limit = float(np.nanmax(np.abs(difference), initial=0.0, where=np.isfinite(difference)))
    pictures = (
        [write_small(image) for image in quantise(truth, samples.value_range).reshape(-1, *shape)],
        [write_small(image) for image in quantise(rebuilt, samples.value_range).reshape(-1, *shape)],
        [write_small(image) for image in _colour(difference, limit)],
    )
    cards = [Card(trio, line) for *trio, line in zip(*pictures, _name_cards(samples, indices, measure), strict=True)]
    caption = (
        "From left to right: original, reconstruction, and original − reconstruction: blue where the reconstruction is "
        f"too bright, orange where it is too dark, the strongest colour at ±{say(limit, 3)} in all."
    )
    smooth = max(shape[:2]) > MOST_EXACT_SIDE
    return [Cards(("original", "reconstruction", "original − reconstruction"), cards, caption, smooth)]


def _name_cards(samples: StudySamples, indices: Indices, measure: str) -> list[tuple[str, str]]:
    """Return the two lines below each card: what the sample is called, and its error."""
    title = name_measure(measure)
    values = samples.errors[measure][indices]
    return [
        (name_sample(samples, index), f"{title} {say(float(value))}")
        for index, value in zip(indices.tolist(), values, strict=True)
    ]


def _draw_sequences(samples: StudySamples, indices: Indices, measure: str) -> Cards:
    truth, rebuilt = (
        part[indices].reshape(len(indices), *samples.shape) for part in (samples.features, samples.rebuilt)
    )
    spans = find_spans(truth, rebuilt)
    difference = truth.astype(np.float64) - rebuilt
    reach = np.abs(find_spans(difference)).max(axis=0)
    pictures = draw_lines(truth, spans), draw_lines(rebuilt, spans), draw_lines(difference, np.stack([-reach, reach]))
    cards = [Card(trio, line) for *trio, line in zip(*pictures, _name_cards(samples, indices, measure), strict=True)]
    caption = (
        "From left to right: original, reconstruction, and original − reconstruction, 0 in the middle of a lane. A "
        "lane is one number of the steps, the first on top, on one scale in all samples shown here."
    )
    return Cards(("original", "reconstruction", "original − reconstruction"), cards, caption, smooth=True)


def _colour(
    difference: Float[np.ndarray, "some height width"], limit: float
) -> UInt8[np.ndarray, "some height width 3"]:
    from autoencode.charts.palette import diverging_colours

    shares = np.nan_to_num(difference / (limit or 1.0), nan=0.0, posinf=1.0, neginf=-1.0)
    return diverging_colours()((shares + 1) / 2, bytes=True)[..., :3]


def _draw_table(samples: StudySamples, indices: Indices, measure: str) -> list[Block]:
    shades = {}
    weighed = range(len(samples.columns))
    if len(weighed) > MOST_WEIGHED:
        weighed = order_rows(samples, indices)[:MOST_WEIGHED]
    for number in weighed:
        column = samples.columns[number]
        used = samples.features[:, column.start] if column.start < column.stop else np.zeros(1)
        scale = float(np.std(used.astype(np.float64)))
        shades[number] = find_shades(column, samples, indices, scale if np.isfinite(scale) else 1.0)
    furthest = sorted(shades, key=lambda number: -sum(shades[number]))[:MOST_COLUMNS]
    shown = sorted(furthest) if len(samples.columns) > MOST_COLUMNS else range(len(samples.columns))
    title = name_measure(measure)
    rows, levels = [], []
    cells = [_say_cells(samples.columns[number], samples, indices) for number in shown]
    for row, (index, *texts) in enumerate(zip(indices.tolist(), *cells, strict=True)):
        rows.append((name_sample(samples, index), say(float(samples.errors[measure][index])), *texts))
        levels.append([0, 0, *(shades[number][row] for number in shown)])
    caption = (
        "Each cell: its value → its reconstruction. The further off, the darker: numbers by standard deviations of "
        "their column, from a quarter to two; others where they come back as another value."
    )
    if len(shown) < len(samples.columns):
        caption += f" Of {len(samples.columns):,} columns those that are furthest off in these rows are shown."
    head = ("sample", title, *(shorten(samples.columns[number].name, 40) for number in shown))
    return [Table(head, rows, caption, shades=levels, numeric=True)]


def _say_cells(column: CellColumn, samples: StudySamples, indices: Indices) -> list[str]:
    """Return a column's cells in some samples, each with its reconstruction where it has one."""
    cells = [show_cell(column.cells[index]) for index in indices.tolist()]
    if column.start == column.stop:
        return cells
    rebuilt = column.read(samples.rebuilt[indices])
    return [f"{cell} → {show_cell(guess)}" for cell, guess in zip(cells, rebuilt, strict=True)]
