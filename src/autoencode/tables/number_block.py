"""Many columns of numbers, dates and booleans at once: a wide table would take NumPy's calls a thousand times each.

A column that cannot be taken, and one that is to be refused, is left out here, and fitted or encoded by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64

from autoencode.arrow import pa
from autoencode.tables.boolean_column import BooleanColumn
from autoencode.tables.datetime_column import DAY, DatetimeColumn, find_ends, ticks_a_second
from autoencode.tables.number_map import LEAST_SCALE, StandardMap, find_moments
from autoencode.tables.numeric_column import EXACT, MOST_SCORE, NumericColumn

if TYPE_CHECKING:
    from autoencode.tables.encoding_choices import EncodingChoices
    from autoencode.tables.table_library import ArrowTable

Block = Float64[np.ndarray, "columns rows"]
Taken = Bool[np.ndarray, " columns"]

BLOCK_CELLS = 1 << 20
"""Cells that are taken at once, so that a long table needs no more memory than column by column."""

NOT_A_TIME = np.iinfo(np.int64).min


class Placed(NamedTuple):
    """A fitted column, the cells to encode, and the place of its first feature."""

    column: Any
    array: pa.ChunkedArray
    start: int


def fit_at_once(
    table: ArrowTable,
    left_out: Collection[str],
    choices: EncodingChoices,
    weights: Float64[np.ndarray, " rows"] | None = None,
) -> dict[str, NumericColumn]:
    """Return what `choose_column` gives for plain columns of numbers.

    Parameters
    ----------
    table
        The training table, at least two rows.
    left_out
        The names of the columns that are not read.
    choices
        What the encoder was told.
    weights
        How much each row counts; None: all the same.

    Returns
    -------
    dict
        By name; a column that is constant, stored as categories or to be refused is not in it.
    """
    fitted: dict[str, NumericColumn] = {}
    if choices.numeric_scaling != "standard":
        return fitted
    every = zip(table.names, table.columns, table.formats, strict=True)
    plain = [
        (name, array)
        for name, array, form in every
        if _is_plain(array.type) and not form.index_type and name not in left_out
    ]
    for names, arrays in (zip(*pairs, strict=True) for pairs in _cut(plain, len(table.columns[0]))):
        numbers, taken = _read_numbers(arrays)
        for index, number_map, missing in _fit_maps(numbers, taken, weights):
            name, kind = names[index], str(arrays[index].type)
            fitted[name] = NumericColumn(name, kind, number_map, missing, choices.unseen == "encode")
    return fitted


def _fit_maps(
    numbers: Block, taken: Taken, weights: Float64[np.ndarray, " rows"] | None
) -> Iterator[tuple[int, StandardMap, int]]:
    """Yield the places of columns that are neither constant nor to be refused, their maps and their missing cells."""
    there = ~np.isnan(numbers)
    counts = there.sum(axis=1)
    for count in np.unique(counts[counts > 0]).tolist():  # columns of as many cells make an array without a gap
        indices = np.flatnonzero(taken & (counts == count))
        cells = numbers[indices][there[indices]].reshape(len(indices), count)
        counted = None
        if weights is not None:
            counted = np.broadcast_to(weights, numbers.shape)[indices][there[indices]].reshape(len(indices), count)
        offsets, scales = find_moments(cells, counted)
        # Not finite where a number is not, either.
        fine = (cells.min(axis=1) < cells.max(axis=1)) & (scales >= LEAST_SCALE) & (scales < np.inf)
        for index, offset, scale in zip(indices[fine], offsets[fine].tolist(), scales[fine].tolist(), strict=True):
            yield int(index), StandardMap(offset, scale), numbers.shape[1] - count


def encode_at_once(placed: Sequence[Placed], features: Float32[np.ndarray, "rows features"]) -> list[Placed]:
    """Write the features of columns, the same as their `encode` gives; return the columns that are left."""
    done: set[int] = set()
    for holds, read in ((_holds_numbers, _read_placed), (_holds_times, _read_times)):
        for chosen in _cut([one for one in placed if holds(one)], len(features)):
            taken = _write(chosen, *read(chosen), features)
            done.update(chosen[index].start for index in np.flatnonzero(taken))
    return [one for one in placed if one.start not in done]


def _cut(columns: list[Any], rows: int) -> Iterator[list[Any]]:
    """Yield as many columns as are taken at once."""
    count = max(1, BLOCK_CELLS // max(1, rows))
    for first in range(0, len(columns), count):
        yield columns[first : first + count]


def _is_plain(kind: pa.DataType) -> bool:

    return pa.types.is_float64(kind) or pa.types.is_float32(kind) or pa.types.is_integer(kind)


def _holds_numbers(placed: Placed) -> bool:
    """Return whether the cells are numbers, or booleans none of which is missing."""
    column, array, _ = placed
    if isinstance(column, BooleanColumn):
        return pa.types.is_boolean(array.type) and not array.null_count
    return isinstance(column, NumericColumn) and isinstance(column.number_map, StandardMap) and _is_plain(array.type)


def _holds_times(placed: Placed) -> bool:
    """Return whether the cells are dates or durations of the column's own type, which NumPy has too."""
    column, kind = placed.column, placed.array.type
    if not isinstance(column, DatetimeColumn) or not isinstance(column.number_map, StandardMap):
        return False
    known = pa.types.is_date32(kind) or pa.types.is_timestamp(kind) or pa.types.is_duration(kind)
    return known and str(kind) == column.type


def _read_placed(placed: Sequence[Placed]) -> tuple[Block, Taken]:
    return _read_numbers([one.array for one in placed])


def _read_numbers(arrays: Sequence[pa.ChunkedArray]) -> tuple[Block, Taken]:
    """Return numbers, NaN where missing, and of which columns float64 has every one as it is."""
    numbers = np.empty((len(arrays), len(arrays[0])))
    for row, array in zip(numbers, arrays, strict=True):
        row[:] = array.to_numpy()
    whole = np.array([pa.types.is_integer(array.type) for array in arrays])
    with np.errstate(invalid="ignore"):
        too_large = (np.abs(numbers) >= EXACT).any(axis=1)
    return numbers, ~(whole & too_large)


def _read_times(placed: Sequence[Placed]) -> tuple[Block, Taken]:
    """Return seconds since each column's origin, NaN where missing, and which columns stay within what is encoded."""
    ticks = np.empty((len(placed), len(placed[0].array)), np.int64)
    for row, one in zip(ticks, placed, strict=True):
        row[:] = one.array.to_numpy().view(np.int64)
    missing = ticks == NOT_A_TIME
    taken = missing.sum(axis=1) == [one.array.null_count for one in placed]
    ticks[missing] = 0
    a_second = np.array([[ticks_a_second(one.array.type)] for one in placed])
    ticks *= np.where(a_second == 0, DAY, 1)
    a_second = np.maximum(a_second, 1)
    whole, rest = np.divmod(ticks, a_second)
    first, last = np.array([find_ends(one.array.type) for one in placed]).T[:, :, None]
    taken &= ((whole >= first) & (whole < last)).all(axis=1)
    origins = np.array([[one.column.origin] for one in placed])
    return np.where(missing, np.nan, (whole - origins) + rest / a_second), taken


def _write(
    placed: Sequence[Placed], numbers: Block, taken: Taken, features: Float32[np.ndarray, "rows features"]
) -> Taken:
    """Write the features of the taken columns but those that are to be refused; return of which."""
    maps = [getattr(one.column, "number_map", StandardMap(0.0, 1.0)) for one in placed]
    offsets, scales = np.array([(each.offset, each.scale) for each in maps]).T[:, :, None]
    flagged = np.array([one.column.flagged for one in placed])
    cut = np.array([one.column.encodes_unseen for one in placed])
    starts = np.array([one.start for one in placed])
    missing = np.isnan(numbers)
    with np.errstate(over="ignore", invalid="ignore"):
        scores = (numbers - offsets) / scales
    scores[missing] = 0
    scores[cut] = np.clip(scores[cut], -MOST_SCORE, MOST_SCORE)
    taken = taken & (np.abs(scores) <= np.finfo(np.float32).max).all(axis=1) & (flagged | ~missing.any(axis=1))
    features[:, starts[taken]] = scores[taken].T
    flagged &= taken
    features[:, starts[flagged] + 1] = missing[flagged].T
    return taken
