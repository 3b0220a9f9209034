"""A column of text while it is settled, and what is done with its cells as Arrow holds them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np

from autoencode.arrow import pa, pc, strings
from autoencode.data.cell_table import MISSING
from autoencode.data.text_numbers import Convention
from autoencode.stored_tables import Shelf, map_column

LARGEST_WHOLE = 2.0**53
"""Beyond it float64 leaves whole numbers out."""

GLANCED_AT = 64
"""So many cells are tried before all are."""

NEEDS_TRIMMING = r"^[\s\x{00a0}\x{feff}]|[\s\x{00a0}]$|^$"
"""Text with blanks at its ends, or nothing else."""

_LONG_COLUMN = 10_000


@dataclass
class TextColumn:
    """A column of text while it is settled."""

    name: str
    cells: pa.ChunkedArray
    kind: str | None
    missing: set[str] = field(default_factory=set)
    values: pa.ChunkedArray | None = None
    numbers: dict[Convention, Any] | None = None
    dates: dict[str, Any] | None = None
    indices: pa.ChunkedArray | None = None
    text: pa.Array | None = None
    # Of numbers whose points may separate thousands: the mark of decimals, empty where it is in doubt.
    default: str | None = None
    # Whether it is text although each cell could be read as a number, which would lose something.
    is_code: bool = False
    said: list[str] = field(default_factory=list)
    # The way of writing numbers, or the order of dates, that all columns together decided.
    chosen: Any = None

    def forget(self) -> None:
        """Keep what can be made of the cells, but not what was made of them, which `settle_text` makes again."""
        self.indices = self.text = None
        self.numbers = None if self.numbers is None else dict.fromkeys(self.numbers)
        self.dates = None if self.dates is None else dict.fromkeys(self.dates)


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a column of an Arrow type is text."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


@cache
def name_kind(kind: pa.DataType) -> str:
    """Return which of `KINDS` an Arrow type is; empty for others."""
    tests = {
        "boolean": pa.types.is_boolean(kind),
        "number": pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind),
        "text": is_text(kind),
        "date": pa.types.is_date(kind) or pa.types.is_timestamp(kind),
        "time": pa.types.is_time(kind),
    }
    return next((name for name, holds in tests.items() if holds), "")


def find_first(cells: pa.ChunkedArray) -> str | None:
    """Return the first cell that is not missing, without the blanks at its ends."""
    if cells.null_count == len(cells):
        return None
    for row in range(min(len(cells), GLANCED_AT)):
        if cells[row].is_valid and (text := cells[row].as_py().strip()):
            return text
    found = pc.index(pc.match_substring_regex(cells, r"\S"), True).as_py()
    return None if found < 0 else cells[found].as_py().strip()


def nulls(column: TextColumn) -> pa.ChunkedArray:
    """Return missing cells, of the kind that was asked for."""
    kinds = {"number": pa.float64(), "date": pa.date32(), "time": pa.time32("s"), "boolean": pa.bool_()}
    return pa.chunked_array([pa.nulls(len(column.cells), kinds[column.kind or "number"])])


def try_cast(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """Return the cells as another type; None where one cannot be, which some of the first tell for less."""
    try:
        cells.slice(0, GLANCED_AT).cast(kind)
        return map_column(pc.cast, cells, kind)
    except pa.ArrowInvalid:
        return None


def count_characters(cells: pa.ChunkedArray | pa.Array) -> int:
    """Return how many bytes the cells have together."""
    return pc.sum(pc.binary_length(cells)).as_py() or 0


def count_digits(whole: pa.ChunkedArray) -> int:
    """Return how many characters whole numbers take as they are written without zeros that lead."""
    return sum(_count_digits(chunk.drop_null()) for chunk in whole.chunks)


def _count_digits(whole: pa.Array) -> int:
    values = whole.to_numpy()
    if not len(values):
        return 0
    if values.min() == np.iinfo(np.int64).min:
        return count_characters(whole.cast(pa.string()))
    powers = 10 ** np.arange(1, 19)
    digits = np.searchsorted(powers, np.abs(values), side="right") + 1
    return int(digits.sum() + (values < 0).sum())


def any_match(cells: pa.ChunkedArray | pa.Array, pattern: str, *, plain: str = "") -> bool:
    """Tell whether some cell has a pattern; `plain` is the same without meaning, and quicker to look for."""
    found = pc.match_substring(cells, plain) if plain else pc.match_substring_regex(cells, pattern)
    return pc.any(found).as_py() is True


def all_decimals(cells: pa.ChunkedArray) -> bool:
    """Tell whether numbers with three digits behind their points may be decimals: none has zeros that others lack."""
    return not (any_match(cells, r"^[+-]?\d+$") and any_match(cells, r"\.\d\d0$"))


def clean(cells: pa.Array) -> pa.Array:
    """Return text without blanks at its ends; what is only blanks is missing."""
    return trim(cells) if any_match(cells, NEEDS_TRIMMING) else cells


def trim(cells: Any) -> Any:
    """Return what `clean` makes of text with such blanks."""
    trimmed = pc.utf8_trim(cells, " \t\r\n\v\f\u00a0\ufeff")
    return pc.if_else(pc.is_in(trimmed, value_set=strings(MISSING)), None, trimmed)


def without(distinct: pa.Array, weak: set[str]) -> tuple[pa.Array, set[str]]:
    """Return the cells that are no word for a missing one, and the words that were there."""
    missing = pc.is_in(distinct, value_set=strings(sorted(weak)))
    return distinct.filter(pc.invert(missing)).drop_null(), set(distinct.filter(missing).to_pylist())


def spread(values: pa.Array, present: pa.Array, distinct: pa.Array) -> pa.Array:
    """Return what was read of some of the different cells, at the place of each; null for the others."""
    return values if len(present) == len(distinct) else values.take(pc.index_in(distinct, present))


def take(values: pa.Array, column: TextColumn, distinct: pa.Array | None) -> pa.ChunkedArray:
    """Return a value for each cell of a column, from those of its different cells."""
    assert column.indices is not None
    if distinct is not None and column.missing:
        values = pc.if_else(pc.is_in(distinct, value_set=strings(sorted(column.missing))), None, values)
    return map_column(lambda indices, _: pc.take(values, indices), column.indices, values.type)


def take_text(column: TextColumn, cleaned: pa.Array) -> pa.ChunkedArray:
    """Return the cells of a column that stays text: as they are, unless all of them are filled up with blanks."""
    text = column.text
    assert text is not None
    if text is cleaned:
        return column.cells
    if not is_padded(text):
        cleaned = pc.if_else(pc.is_valid(cleaned), text, None)
    return take(cleaned, column, None)


def is_padded(text: pa.ChunkedArray | pa.Array) -> bool:
    """Tell whether all cells that are more than blanks begin, or all end, with blanks."""
    return not (any_match(text, r"^\S") and any_match(text, r"\S$"))


def as_numbers(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whole numbers as int64 where all are."""
    has_some = False
    for floats in list_floats(numbers):
        present = floats[~np.isnan(floats)]
        if not ((np.abs(present) < LARGEST_WHOLE) & (present == np.rint(present))).all():
            return numbers
        has_some = has_some or len(present) > 0
    return map_column(pc.cast, numbers, pa.int64()) if has_some else numbers


def list_floats(numbers: pa.ChunkedArray) -> Iterator[np.ndarray]:
    """Yield numbers as NumPy has them, NaN where missing, chunk by chunk."""
    return (chunk.to_numpy(zero_copy_only=False) for chunk in numbers.chunks)


def find_large(numbers: pa.ChunkedArray) -> Iterator[int]:
    """Yield the rows of numbers of which float64 does not have every whole one."""
    starts = accumulate(map(len, numbers.chunks), initial=0)
    for start, floats in zip(starts, list_floats(numbers), strict=False):
        with np.errstate(invalid="ignore"):
            places = np.flatnonzero(np.abs(floats) >= LARGEST_WHOLE)
        yield from (start + places).tolist()


def read_chosen(column: TextColumn) -> pa.ChunkedArray:
    """Return the numbers or dates of a column in the way that was chosen."""
    if column.numbers is not None:
        return as_numbers(take(column.numbers[column.chosen], column, None))
    assert column.dates is not None
    return take(column.dates[column.chosen], column, None)


def read_booleans(column: TextColumn, distinct: pa.Array, weak: set[str]) -> None:
    """Read a column as truth values, if all of its different cells are some."""
    present, column.missing = without(distinct, weak)
    words = strings(["true", "false"])
    if pc.all(pc.is_in(pc.utf8_lower(present), value_set=words)).as_py() and len(present):
        column.values = take(pc.equal(pc.utf8_lower(distinct), "true"), column, distinct)


def empty_words(table: pa.Table) -> pa.Table:
    """Return a table of which the words of `MISSING` in columns of text are missing cells."""
    columns = [drop_words(column, MISSING) if is_text(column.type) else column for column in table.columns]
    return type(table).from_arrays(columns, names=table.column_names)


def only_key(found: Any) -> Any:
    """Return the one key of a mapping that has one."""
    return next(iter(found)) if found is not None and len(found) == 1 else None


def drop_words(cells: pa.ChunkedArray, words: Iterable[str]) -> pa.ChunkedArray:
    """Return text of which the cells that are one of some words are missing."""
    return pc.if_else(pc.is_in(cells, value_set=strings(words)), None, cells)


def drop_everywhere(columns: Sequence[pa.ChunkedArray], words: Collection[str]) -> list[pa.ChunkedArray]:
    """Return columns in whose text the cells that are one of some words are missing."""

    def drop(cells: pa.ChunkedArray) -> pa.ChunkedArray:
        return map_column(lambda part, _: drop_words(part, words), cells, cells.type) if is_text(cells.type) else cells

    shelf = Shelf()
    places = [shelf.add(drop(cells)) for cells in columns]
    return [shelf[place] for place in places]


def settle_each(
    settle: Callable[[TextColumn], TextColumn], columns: Iterable[TextColumn], rows: int
) -> Iterator[TextColumn]:
    """Yield columns as they are settled: several at once, but one by one where they have few rows."""
    if rows < _LONG_COLUMN:  # threads would take longer than they save
        yield from map(settle, columns)
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Arrow works without Python's lock
        yield from pool.map(settle, columns)
