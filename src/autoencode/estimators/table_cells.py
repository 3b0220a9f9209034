"""The cells of samples column by column, as they came, with what makes cells of features again."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float64

from autoencode.model.column_errors import OWN_UNIT, find_unit
from autoencode.model.format import Format
from autoencode.report.study import CellColumn, Cells
from autoencode.tables import TableColumns
from autoencode.tables.category_column import OTHER, CategoryColumn
from autoencode.tables.column_match import match_type
from autoencode.tables.column_type import find_family, parse_type, read_constants
from autoencode.tables.datetime_column import DAY, DatetimeColumn, ticks_a_second
from autoencode.tables.table_library import read_table
from autoencode.types import SampleMatrix


def read_number_columns(
    names: Sequence[str], samples: SampleMatrix, deviations: Float64[np.ndarray, " features"] | None
) -> tuple[CellColumn, ...]:
    """Return the columns of samples that are numbers: each is a feature, as it is; with its deviation, if known."""
    spread = np.ones(samples.shape[1]) if deviations is None else deviations
    return tuple(
        # An array, not a list: of wide samples there are millions.
        CellColumn(
            str(name), "numeric", array("d", column.tobytes()), place, place + 1, {}, OWN_UNIT, float(spread[place])
        )
        for place, (name, column) in enumerate(zip(names, samples.T.astype(np.float64), strict=True))
    )


def read_cells(form: Format, samples: Any) -> tuple[CellColumn, ...]:
    """Return the cells of samples as a format checks or decodes them, column by column."""
    if form.encoder is not None:
        return read_table_columns(form.encoder, samples.to_native() if isinstance(samples, nw.DataFrame) else samples)
    names = form.list_columns()
    if form.kind == "picture":
        names = [str(list(place)) for place in np.ndindex(*form.sample_shape)]
    if form.kind == "sequence" and np.ndim(samples) == 2:
        samples = form.decode(samples)
    return read_number_columns(names, np.asarray(samples).reshape(len(samples), -1), None)


def read_table_columns(encoder: TableColumns, table: Any) -> tuple[CellColumn, ...]:
    """Return the columns of a table.

    Parameters
    ----------
    encoder
        The fitted encoder.
    table
        The samples, a table that the encoder takes.

    Returns
    -------
    tuple of CellColumn
        One for each column of training, in its order. A column without features may be missing in the table; its cells
        are then None.
    """
    fixed = {column.name for column in encoder.columns if not column.groups}
    read = read_table(table, unread=fixed)
    arrays = dict(zip(read.names, read.columns, strict=True))
    found, start = [], 0
    for column in encoder.columns:
        stop = start + sum(width for _, width in column.groups)
        cells: Cells = [None] * len(table)
        if column.name in arrays:
            array = arrays[column.name]
            cells = _read_cells(column, match_type(column, array) if column.groups else array)
        inverse = column.to_dict()
        if isinstance(column, CategoryColumn):
            inverse["texts"] = _show_values(column)
        unit, number_map = find_unit(column) if column.groups else "", getattr(column, "number_map", None)
        deviation = 1.0 if number_map is None else number_map.deviation
        decode = make_decoder(column)
        found.append(CellColumn(column.name, column.kind, cells, start, stop, inverse, unit, deviation, decode))
        start = stop
    return tuple(found)


def make_decoder(column: Any) -> Callable[[Float64[np.ndarray, "some features"]], Cells]:
    """Return what gives the cells that a column's features stand for, as `read_table_columns` gives its cells."""
    if not isinstance(column, CategoryColumn):
        return lambda features: _read_cells(column, column.decode(features))
    texts = [*_show_values(column), OTHER, None]
    return lambda features: [texts[place] for place in features.argmax(axis=1).tolist()]


def _show_values(column: CategoryColumn) -> list[Any]:
    return _show(read_constants(list(column.values), parse_type(column.type)))


def _read_cells(column: Any, cells: Any) -> Cells:
    """Return the cells of a column: numbers, booleans, else text; None where one is missing."""
    family = find_family(cells.type)
    if column.kind == "category":
        return _show(cells)
    if family == "numbers":
        numbers = [None if cell is None else float(cell) for cell in cells.to_pylist()]
        return [number if number is None or not np.isnan(number) else None for number in numbers]
    if family in ("booleans", "nothing"):
        return cells.to_pylist()
    return _show_times(column, cells) if isinstance(column, DatetimeColumn) else _show(cells)


def _show_times(column: DatetimeColumn, cells: Any) -> list[str | None]:
    """Return dates, times or durations as text, to the resolution of training; with a time zone, in UTC."""
    import pyarrow as pa

    kind = cells.type
    if pa.types.is_duration(kind):
        a_second = ticks_a_second(kind)
        ticks = cells.cast(pa.int64()).to_pylist()
        return [None if count is None else _show_duration(count / a_second, column.step) for count in ticks]
    if getattr(kind, "tz", None) is not None:
        cells = cells.cast(pa.timestamp(kind.unit, "UTC"))
    return [text and _shorten(column, text) for text in _show(cells)]


def _show_duration(seconds: float, step: float) -> str:
    """Return a duration in days where all of its column are whole days, else in seconds."""
    text = f"{seconds / DAY:.0f} days" if step == DAY else f"{seconds:.{_count_decimals(step)}f} s"
    return text.replace("-", "−")


def _count_decimals(step: float) -> int:
    """Return how many decimals of a second a time of that resolution has: 0, 3, 6 or 9."""
    return 0 if step >= 1 else round(-math.log10(step))


def _show(cells: Any) -> list[Any]:
    """Return cells as whole texts."""
    import pyarrow as pa

    if pa.types.is_duration(cells.type):
        unit = cells.type.unit
        return [None if count is None else f"{count} {unit}" for count in cells.cast(pa.int64()).to_pylist()]
    return cells.cast(pa.string()).to_pylist()


def _shorten(column: DatetimeColumn, text: str) -> str:
    """Return a time without the digits that are 0 in every cell of training."""
    decimals = _count_decimals(column.step)
    text = re.sub(rf"(\.\d{{{decimals}}})0+(?!\d)", r"\1" if decimals else "", text)
    return re.sub(" 00:00:00Z?$", "", text) if column.step == DAY else text
