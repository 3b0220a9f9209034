"""`settle_text`: columns of text as numbers, dates, times or booleans, where all of their cells are; else as text."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.data.table_options import DATE_ORDERS, TableOptions
from autoencode.data.table_schema import quote
from autoencode.data.text_blocks import settle_many
from autoencode.data.text_dates import could_be_date, read_dates, read_iso, read_times
from autoencode.data.text_numbers import BARE_NUMBER, Convention, NumberReading, could_be_thousands, read_marked_numbers
from autoencode.exceptions import AutoencodeWarning, CorruptDataError, InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MISSING", "WEAK_MISSING", "CellTable", "Settled", "empty_words", "settle_text"]

MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "NAN", "nan", "-NaN", "-nan"),
    *("NULL", "Null", "null", "None"),
)
"""The cells that stand for a missing one, quoted or not."""

WEAK_MISSING = (
    *(
        "?",
        "-",
        "--",
        "---",
        ".",
        "..",
        "*",
        "–",
        "—",
        "na",
        "Na",
        "n.a.",
        "N.A.",
        "nil",
        "none",
        "#N/D",
        "\\N",
        "(null)",
    ),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "missing", "Missing", "MISSING", "<null>", "NaT"),
    *(
        "1.#QNAN",
        "1.#IND",
        "-1.#IND",
        "-1.#QNAN",
        "#NV",
        "#WERT!",
        "n/d",
        "N/D",
        "ND",
        "nd",
        "#N/A N/A",
        "<NULL>",
        "[NULL]",
    ),
)
"""The cells that stand for a missing one in a table where they stand among numbers, dates or times."""

# Beyond it float64 leaves whole numbers out.
_LARGEST_WHOLE = 2.0**53
_GLANCED_AT = 64
# From so many columns on, several are read at once.
_MANY_COLUMNS = 200
_NO_THOUSANDS = r"^[+-]?(0\d*)?\.|\.\d{0,2}$|\.\d{4}|[eE]"
_CODE_NUMBER = r"^\d+[eE]\d+$"


@dataclass(frozen=True, eq=False)
class CellTable:
    """The cells of one file, before the kinds of its columns are settled.

    Attributes
    ----------
    table
        Its columns; those of text are to be settled.
    name
        What the file is called in messages.
    line_of
        Says in which line of the file a row of the table ends; empty where that is not known, or there are no lines.
    encoding
        Of text files; else empty.
    has_kinds
        Whether its columns have their kinds already, and text is text.
    """

    table: pa.Table
    name: str
    line_of: Callable[[int], str] = lambda _: ""
    encoding: str = ""
    has_kinds: bool = False


@dataclass
class Settled:
    """A table whose columns are settled.

    Attributes
    ----------
    table
        The columns.
    options
        What was asked for, and what was found out: marks, order of dates, words for missing, the kind of each column.
    notes
        What is to say of a column, in a line, by its name.
    """

    table: pa.Table
    options: TableOptions
    notes: dict[str, str] = field(default_factory=dict)


@dataclass
class _Column:
    """A column of text while it is settled."""

    name: str
    cells: pa.ChunkedArray
    kind: str | None
    missing: set[str] = field(default_factory=set)
    values: pa.ChunkedArray | None = None
    numbers: NumberReading | None = None
    dates: dict[str, pa.Array] | None = None
    places: pa.ChunkedArray | None = None
    text: pa.Array | None = None
    # Of numbers whose points may separate thousands: the mark of decimals, empty where it is in doubt.
    default: str | None = None
    note: str = ""


def settle_text(
    table: pa.Table,
    options: TableOptions,
    name: str,
    *,
    line_of: Callable[[int], str] = lambda _: "",
    only: Collection[str] | None = None,
) -> Settled:
    """Turn columns of text into what all of their cells are.

    Parameters
    ----------
    table : pyarrow.Table
        Columns that are not text are left as they are.
    options : TableOptions
        What was asked for, or found out when earlier samples were read.
    name : str
        What the table is called in messages.
    line_of : callable
        Says in which line of the file a row of the table ends; empty where that is not known.
    only : collection of str, or None
        The columns whose text may stand for something else; None for all.

    Returns
    -------
    Settled
        The table, with what was found out.

    Raises
    ------
    InvalidInputError
        If cells can be read in two ways that give other values, or are not of the kind that was asked for.
    CorruptDataError
        If a cell of text has a zero byte.

    Warns
    -----
    AutoencodeWarning
        If a column is text although most of its cells are numbers, or a choice was made that others would not make.
    """
    return _Table(options, name, line_of).settle(table, set(table.column_names) if only is None else only)


def empty_words(table: pa.Table) -> pa.Table:
    """Return a table of which the words of `MISSING` in columns of text are missing cells."""
    pc = _import_compute()
    words = _strings(MISSING)
    columns = [
        pc.if_else(pc.is_in(column, value_set=words), None, column) if _is_text(column.type) else column
        for column in table.columns
    ]
    return type(table).from_arrays(columns, names=table.column_names)


class _Table:
    """One call of `settle_text`: the columns decide together which marks, orders and words their file has."""

    def __init__(self, options: TableOptions, name: str, line_of: Callable[[int], str]) -> None:
        self.options = options
        self.name = name
        self.line_of = line_of
        self.notes: dict[str, str] = {}
        # Whether some column has decimal points that separate no thousands.
        self.has_points = False

    def settle(self, table: pa.Table, only: Collection[str]) -> Settled:
        import pyarrow as pa

        names, columns = table.column_names, table.columns
        self.options.check_columns(self.name, names)
        del table
        waiting: dict[int, _Column] = {}
        if self.options.missing:
            columns = [self._drop_words(cells) if _is_text(cells.type) else cells for cells in columns]
        if len(columns) >= _MANY_COLUMNS and self.options.decimal != "," and not self.options.thousands:
            asked = [name in only and self.options.types.get(name) in (None, "number") for name in names]
            self.has_points = settle_many(columns, asked)
        for place, cells in enumerate(columns):
            if not _is_text(cells.type) or names[place] not in only:
                continue
            kind = self.options.types.get(names[place])
            column = _Column(names[place], cells, kind)
            self._settle_alone(column)
            if column.values is None:
                waiting[place] = column
            else:
                columns[place] = column.values
            del column, cells
        self._settle_together(list(waiting.values()))
        for place, column in waiting.items():
            assert column.values is not None
            columns[place] = column.values
        if self.options.missing:
            columns = [self._drop_words(cells) if _is_text(cells.type) else cells for cells in columns]
        kinds = {name: _name_kind(column.type) for name, column in zip(names, columns, strict=True)}
        asked = self.options.asked if self.options.settled else tuple(self.options.types)
        known = {name: kind for name, kind in kinds.items() if kind}
        options = self.options.having(types=known, asked=asked, settled=True)
        return Settled(pa.table(columns, names=names), options, self.notes)

    # Each column by itself -------------------------------------------------------------------------------------------

    def _settle_alone(self, column: _Column) -> None:
        """Read a column in the plainest way that fits all of its cells; what takes other columns to decide waits."""
        if column.kind == "text" or not self._settle_plainly(column):
            self._settle_distinct(column)

    def _settle_plainly(self, column: _Column) -> bool:
        """Read a column as bare numbers or ISO dates, by whole columns; most are."""
        import pyarrow as pa

        cells, first = column.cells, _find_first(column.cells)
        if first is None:
            column.values = pa.chunked_array([pa.nulls(len(cells))]) if column.kind is None else _nulls(column)
            return True
        if "\0" in first:
            return False
        if (first[:1] in "+-.0123456789" or first[:3].lower() == "inf") and column.kind in (None, "number"):
            column.values = self._read_bare(column)
            if column.values is not None:
                return True
        if first[4:5] == "-" and column.kind in (None, "date"):
            column.values = read_iso(cells)
        return column.values is not None

    def _read_bare(self, column: _Column) -> pa.ChunkedArray | None:
        """Read bare numbers; None where some are none, or have another reading."""
        import pyarrow as pa

        cells = column.cells
        whole = _try_cast(cells, pa.int64())
        if whole is not None:
            if _count_digits(whole) == _count_characters(cells):
                return whole
            # A sign, or zeros that lead; 0x0F is no number here.
            return None if column.kind is None or _any_match(cells, "[xX]") else whole
        numbers = _try_cast(cells, pa.float64())
        if numbers is None:
            return None
        floats = numbers.to_numpy()
        if np.isinf(floats).all() or not self._keeps_digits(column, numbers, floats):
            return None
        if not _any_match(cells, r"\.", plain="."):
            return self._read_without_points(column, numbers)
        if self.options.decimal == "," or self.options.thousands:
            return None
        if could_be_thousands(floats) and self.options.decimal is None and not _any_match(cells, _NO_THOUSANDS):
            # Thousands where decimal commas stand elsewhere in the file; and in doubt, where they could be no decimals.
            column.default = "." if _all_decimals(cells) else ""
            return None
        self.has_points = True
        return numbers

    def _read_without_points(self, column: _Column, numbers: pa.ChunkedArray) -> pa.ChunkedArray | None:
        """Read numbers that have no point, yet are no int64: with signs or exponents; codes are left text."""
        if not _any_match(column.cells, "[eE]"):
            return _as_numbers(numbers)
        if column.kind is None and _any_match(column.cells, _CODE_NUMBER) and not _any_match(column.cells, "[+-]"):
            column.note = "is read as text: codes such as 9E9 are no numbers (--type)"
            return None
        return numbers

    def _keeps_digits(self, column: _Column, numbers: pa.ChunkedArray, floats: np.ndarray) -> bool:
        """Tell whether no whole number loses digits as float64; what becomes infinite is refused."""
        with np.errstate(invalid="ignore"):
            large = np.flatnonzero(np.abs(floats) >= _LARGEST_WHOLE)
        for row in large.tolist():
            number, cell = numbers[row].as_py(), column.cells[row].as_py().strip()
            if np.isinf(number) and "inf" not in cell.lower():
                self._refuse(
                    column,
                    row,
                    f"has {quote(cell)}, beyond the largest number (1.8e308); correct it, or --drop the column",
                )
            if cell.lstrip("+-").isdigit() and int(cell) != number and column.kind is None:
                column.note = "is read as text: whole numbers of so many digits would lose some (--type)"
                return False
        return True

    def _settle_distinct(self, column: _Column) -> None:
        """Read a column by its different cells."""
        import pyarrow as pa

        encoded = column.cells.dictionary_encode().unify_dictionaries()
        distinct = encoded.chunk(0).dictionary if encoded.num_chunks else pa.array([], pa.string())
        column.places = pa.chunked_array([chunk.indices for chunk in encoded.chunks], pa.int32())
        self._check_zero_bytes(column, distinct)
        column.text = distinct
        distinct = _clean(distinct)
        if column.kind == "text":
            column.values = _take_text(column, distinct)
            return
        words = set(distinct.slice(0, _GLANCED_AT).drop_null().to_pylist())
        weak = {*WEAK_MISSING, *self.options.missing}
        glanced = words - weak
        may_be_number = all(any(digit in word for digit in "0123456789") or "inf" in word.lower() for word in glanced)
        if column.kind == "boolean" or (
            column.kind is None and {word.lower() for word in glanced} <= {"true", "false"}
        ):
            self._settle_booleans(column, distinct, weak)
        elif may_be_number and not column.note:
            self._settle_marked(column, distinct, weak, glanced)
        if column.values is None and column.numbers is None and column.dates is None:
            self._leave_text(column, distinct, weak)

    def _settle_booleans(self, column: _Column, distinct: pa.Array, weak: set[str]) -> None:
        pc = _import_compute()
        present, column.missing = _without(distinct, weak)
        words = pc.utf8_lower(present)
        if pc.all(pc.is_in(words, value_set=_strings(["true", "false"]))).as_py() and len(present):
            column.values = _take(pc.equal(pc.utf8_lower(distinct), "true"), column, distinct)

    def _settle_marked(self, column: _Column, distinct: pa.Array, weak: set[str], glanced: set[str]) -> None:
        """Read marked numbers, dates and times, where the different cells are all of one of these."""
        present, column.missing = _without(distinct, weak)
        if not len(present):
            return
        if column.kind in (None, "number"):
            if _any_match(present, r"^[+-]?0\d+$") and column.kind is None and not _any_match(present, r"[^\d+-]"):
                return  # 0012 is a code
            found = read_marked_numbers(present, self._marks(), by_scale=column.default is None)
            if found is not None:
                column.numbers = _spread_numbers(found, present, distinct)
                return
        if not all(map(could_be_date, glanced)):
            return
        if column.kind in (None, "time") and (times := read_times(present)) is not None:
            column.values = _take(_spread(times, present, distinct), column, distinct)
        elif column.kind in (None, "date"):
            iso = read_iso(present)
            dates = {"": iso} if iso is not None else read_dates(present, self._orders())
            if dates:
                column.dates = {order: _spread(read, present, distinct) for order, read in dates.items()}

    def _marks(self) -> TableOptions:
        return TableOptions(decimal=self.options.decimal, thousands=self.options.thousands)

    def _orders(self) -> tuple[str, ...]:
        return (self.options.dates,) if self.options.dates else DATE_ORDERS

    def _check_zero_bytes(self, column: _Column, distinct: pa.Array) -> None:
        pc = _import_compute()
        if pc.any(pc.match_substring(distinct, "\0")).as_py():
            row = pc.index(pc.match_substring(column.cells, "\0"), True).as_py()
            raise CorruptDataError(
                f"{self.name}: {self.locate(row)}: column {quote(column.name)} has a zero byte, which is no text"
            )

    def _leave_text(self, column: _Column, distinct: pa.Array, weak: set[str]) -> None:
        """Leave a column text; say so where that is a surprise, refuse it where something else was asked for."""
        pc = _import_compute()
        bare = pc.match_substring_regex(distinct, BARE_NUMBER)
        if column.kind is not None:
            wrong = pc.invert(bare) if column.kind == "number" else pc.true_unless_null(distinct)
            unknown = pc.and_(wrong, pc.invert(pc.is_in(distinct, value_set=_strings(sorted(weak)))))
            cell = next(iter(distinct.filter(unknown).to_pylist()), distinct[0].as_py())
            row = pc.index(pc.utf8_trim_whitespace(column.cells), cell).as_py()
            if self.options.settled:
                self._refuse(column, row, f"has {quote(cell)}, but held {column.kind}s when the model was trained")
            marks = "" if self.options.decimal is None else f" with the decimal mark {self.options.decimal!r}"
            self._refuse(column, row, f"has {quote(cell)}, which is no {column.kind}{marks}, as it was to be read")
        column.missing = set()
        column.values = _take_text(column, distinct)
        self._warn_of_numbers(column, bare)

    def _warn_of_numbers(self, column: _Column, bare: pa.Array) -> None:
        pc = _import_compute()
        if column.note:
            self.notes[column.name] = column.note
            return
        if not pc.any(bare).as_py() or pc.all(bare).as_py():
            return
        places = column.places
        assert places is not None
        numbers = pc.take(bare, places)
        count, cells = pc.sum(numbers).as_py() or 0, len(numbers) - numbers.null_count
        if cells / 2 < count < cells:
            row = pc.index(numbers, False).as_py()
            self._say(
                f"column {quote(column.name)} is read as text, as {self.locate(row)} has "
                f"{quote(column.cells[row])}, although {count:,} of its {cells:,} cells are numbers; where that stands "
                "for a missing number, say --missing or leave it empty"
            )

    # The columns together ---------------------------------------------------------------------------------------------

    def _settle_together(self, columns: Sequence[_Column]) -> None:
        words = set(self.options.missing).union(*(column.missing for column in columns))
        self._settle_numbers([column for column in columns if column.numbers is not None])
        self._settle_dates([column for column in columns if column.dates is not None])
        if words - set(self.options.missing):
            named = ", ".join(map(quote, sorted(words - set(self.options.missing))))
            self._say(f"{named} stands for a missing cell, as it stands among numbers or dates (--missing)")
        self.options = self.options.having(missing=tuple(sorted(words)))

    def _drop_words(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return text with the words that stand for a missing cell in this file missing."""
        pc = _import_compute()
        return pc.if_else(pc.is_in(cells, value_set=_strings(self.options.missing)), None, cells)

    def _settle_numbers(self, columns: Sequence[_Column]) -> None:
        decided = {way for column in columns if (way := _only(column.numbers.values))}  # type: ignore[union-attr]
        marked = {way for way in decided if way != Convention(".", "")}
        decimals = {way.decimal for way in marked} | ({"."} if self.has_points else set())
        for column in columns:
            reading = column.numbers
            assert reading is not None
            ways = [way for way in reading.values if not decimals or way.decimal in decimals]
            ways = ways or list(reading.values)
            if len(ways) > 1 and column.default:
                ways = [way for way in ways if way == Convention(".", "")]
            if len(ways) > 1:
                self._refuse_two(column, reading, ways)
            column.values = _as_numbers(_take(reading.values[ways[0]], column, None))
            marked.add(ways[0])
        marked.discard(Convention(".", ""))
        if len({way.decimal for way in marked}) == 1 and self.options.decimal is None:
            self.options = self.options.having(decimal=marked.pop().decimal)

    def _settle_dates(self, columns: Sequence[_Column]) -> None:
        known = {order for column in columns if (order := _only(column.dates)) and order in DATE_ORDERS}
        for column in columns:
            dates = column.dates
            assert dates is not None
            orders = list(dates)
            if len(orders) > 1:
                orders = [order for order in orders if order in known] or orders
            if len(orders) > 1:
                self._refuse_orders(column, dates)
            column.values = _take(dates[orders[0]], column, None)
            if len(dates) > 1:
                known.add(orders[0])
        if len(known) == 1:
            self.options = self.options.having(dates=known.pop())

    def _refuse_two(self, column: _Column, reading: NumberReading, ways: Sequence[Convention]) -> None:
        places = column.places
        assert places is not None
        one, two = (reading.values[way] for way in ways[:2])
        pc = _import_compute()
        place = pc.index(pc.not_equal(one, two), True).as_py()
        row = pc.index(places, place).as_py()
        shown = " or ".join(f"{reading.show(way, place)} ({way})" for way in ways[:2])
        self._refuse(column, row, f"has {quote(column.cells[row])}, which may be {shown}; say which")

    def _refuse_orders(self, column: _Column, dates: dict[str, pa.Array]) -> None:
        places = column.places
        assert places is not None
        pc = _import_compute()
        one, two = list(dates.values())[:2]
        place = pc.index(pc.not_equal(one, two), True).as_py()
        row = pc.index(places, place).as_py()
        shown = " or ".join(f"{str(read[place])[:10]} (--dates {order})" for order, read in list(dates.items())[:2])
        self._refuse(column, row, f"has {quote(column.cells[row])}, which may be {shown}; say which")

    def locate(self, row: int) -> str:
        """Say which row of the table it is, counted from 0, and in which line of the file it ends."""
        line = self.line_of(row)
        return f"row {row} (line {line})" if line else f"row {row}"

    def _refuse(self, column: _Column, row: int, problem: str) -> None:
        raise InvalidInputError(f"{self.name}: {self.locate(row)}: column {quote(column.name)} {problem}")

    def _say(self, words: str) -> None:
        warnings.warn(f"{self.name}: {words}", AutoencodeWarning, stacklevel=2)


def _only(found: Any) -> Any:
    """Return the one key of a mapping that has one."""
    return next(iter(found)) if found is not None and len(found) == 1 else None


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind)


def _name_kind(kind: pa.DataType) -> str:
    """Return which of `KINDS` an Arrow type is; empty for others."""
    from pyarrow import types

    tests = {
        "boolean": types.is_boolean(kind),
        "number": types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind),
        "text": _is_text(kind),
        "date": types.is_date(kind) or types.is_timestamp(kind),
        "time": types.is_time(kind),
    }
    return next((name for name, holds in tests.items() if holds), "")


def _find_first(cells: pa.ChunkedArray) -> str | None:
    """Return the first cell that is not missing, without the blanks at its ends."""
    if cells.null_count == len(cells):
        return None
    for row in range(min(len(cells), _GLANCED_AT)):
        if cells[row].is_valid and (text := cells[row].as_py().strip()):
            return text
    pc = _import_compute()
    found = pc.index(pc.match_substring_regex(cells, r"\S"), True).as_py()
    return None if found < 0 else cells[found].as_py().strip()


def _nulls(column: _Column) -> pa.ChunkedArray:
    import pyarrow as pa

    kinds = {"number": pa.float64(), "date": pa.date32(), "time": pa.time32("s"), "boolean": pa.bool_()}
    return pa.chunked_array([pa.nulls(len(column.cells), kinds[column.kind or "number"])])


def _try_cast(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """Return the cells as another type; None where one cannot be, which some of the first tell for less."""
    import pyarrow as pa

    try:
        cells.slice(0, _GLANCED_AT).cast(kind)
        return cells.cast(kind)
    except pa.ArrowInvalid:
        return None


def _count_characters(cells: pa.ChunkedArray) -> int:
    return _import_compute().sum(_import_compute().binary_length(cells)).as_py() or 0


def _count_digits(whole: pa.ChunkedArray) -> int:
    """Return how many characters whole numbers take as they are written without zeros that lead."""
    import pyarrow as pa

    values = np.concatenate([chunk.drop_null().to_numpy() for chunk in whole.chunks] or [np.empty(0, np.int64)])
    if not len(values):
        return 0
    if values.min() == np.iinfo(np.int64).min:
        return _count_characters(whole.cast(pa.string()))
    powers = 10 ** np.arange(1, 19)
    digits = np.searchsorted(powers, np.abs(values), side="right") + 1
    return int(digits.sum() + (values < 0).sum())


def _any_match(cells: pa.ChunkedArray | pa.Array, pattern: str, *, plain: str = "") -> bool:
    """Tell whether some cell has a pattern; `plain` is the same without meaning, and quicker to look for."""
    pc = _import_compute()
    found = pc.match_substring(cells, plain) if plain else pc.match_substring_regex(cells, pattern)
    return pc.any(found).as_py() is True


def _all_decimals(cells: pa.ChunkedArray) -> bool:
    """Tell whether numbers with three digits behind their points may be decimals: none has zeros that others lack."""
    return not (_any_match(cells, r"^[+-]?\d+$") and _any_match(cells, r"\.\d\d0$"))


def _clean(cells: pa.Array) -> pa.Array:
    """Return text without blanks at its ends; what is only blanks is missing."""
    pc = _import_compute()
    if not _any_match(cells, r"^[\s\x{00a0}\x{feff}]|[\s\x{00a0}]$|^$"):
        return cells
    trimmed = pc.utf8_trim(cells, " \t\r\n\v\f\u00a0\ufeff")
    return pc.if_else(pc.is_in(trimmed, value_set=_strings(MISSING)), None, trimmed)


def _without(distinct: pa.Array, weak: set[str]) -> tuple[pa.Array, set[str]]:
    """Return the cells that are no word for a missing one, and the words that were there."""
    pc = _import_compute()
    missing = pc.is_in(distinct, value_set=_strings(sorted(weak)))
    return distinct.filter(pc.invert(missing)).drop_null(), set(distinct.filter(missing).to_pylist())


def _spread(values: pa.Array, present: pa.Array, distinct: pa.Array) -> pa.Array:
    """Return what was read of some of the different cells, at the place of each; null for the others."""
    pc = _import_compute()
    return values if len(present) == len(distinct) else values.take(pc.index_in(distinct, present))


def _spread_numbers(found: NumberReading, present: pa.Array, distinct: pa.Array) -> NumberReading:
    values = {way: _spread(numbers, present, distinct) for way, numbers in found.values.items()}
    return NumberReading(values, _spread(found.cells, present, distinct))


def _take(values: pa.Array, column: _Column, distinct: pa.Array | None) -> pa.ChunkedArray:
    """Return a value for each cell of a column, from those of its different cells."""
    pc = _import_compute()
    assert column.places is not None
    if distinct is not None and column.missing:
        values = pc.if_else(pc.is_in(distinct, value_set=_strings(sorted(column.missing))), None, values)
    return pc.take(values, column.places)


def _take_text(column: _Column, cleaned: pa.Array) -> pa.ChunkedArray:
    """Return the cells of a column that stays text: as they are, unless all of them are filled up with blanks."""
    pc = _import_compute()
    text = column.text
    assert text is not None
    if text is cleaned:
        return column.cells
    if not _is_padded(text):
        cleaned = pc.if_else(pc.is_valid(cleaned), text, None)
    return _take(cleaned, column, None)


def _is_padded(text: pa.Array) -> bool:
    """Tell whether all cells begin, or all end, with blanks."""
    pc = _import_compute()
    present = text.filter(pc.match_substring_regex(text, r"\S"))
    return not (_any_match(present, r"^\S") and _any_match(present, r"\S$"))


def _as_numbers(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whole numbers as int64 where all are."""
    import pyarrow as pa

    floats = numbers.to_numpy()
    floats = floats[~np.isnan(floats)]
    if len(floats) and (np.abs(floats) < _LARGEST_WHOLE).all() and (floats == np.rint(floats)).all():
        return numbers.cast(pa.int64())
    return numbers


def _strings(words: Iterable[str]) -> Any:
    import pyarrow as pa

    return pa.array(list(words), pa.string())


def _import_compute() -> Any:
    """Return pyarrow's functions of columns; it makes them as it is imported, unseen by a type checker."""
    import pyarrow.compute

    return pyarrow.compute
