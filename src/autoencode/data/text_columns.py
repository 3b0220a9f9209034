"""`settle_text`: columns of text as numbers, dates, times or booleans, where all of their cells are; else as text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from autoencode.arrow import pa, pc, strings
from autoencode.data.cell_table import WEAK_MISSING, show_row
from autoencode.data.many_texts import find_bare_numbers, is_text_of_many, tidy_text
from autoencode.data.table_options import DATE_ORDERS, TableOptions
from autoencode.data.text_blocks import settle_many
from autoencode.data.text_cells import (
    GLANCED_AT,
    TextColumn,
    all_decimals,
    any_match,
    as_numbers,
    clean,
    count_characters,
    count_digits,
    drop_everywhere,
    find_first,
    find_large,
    is_text,
    list_floats,
    name_kind,
    nulls,
    only_key,
    read_booleans,
    read_chosen,
    settle_each,
    spread,
    take,
    take_text,
    try_cast,
    without,
)
from autoencode.data.text_dates import could_be_date, read_dates, read_iso, read_times
from autoencode.data.text_numbers import BARE_NUMBER, Convention, could_be_thousands, read_marked_numbers
from autoencode.exceptions import AutoencodeWarning, CorruptDataError, InvalidInputError
from autoencode.notice import warn_user
from autoencode.printable import list_names, quote
from autoencode.stored_arrays import is_large
from autoencode.stored_tables import Shelf

# From so many columns on, several are read at once.
_MANY_COLUMNS = 200
_NO_THOUSANDS = r"^[+-]?(0\d*)?\.|\.\d{0,2}$|\.\d{4}|[eE]"
_NOTHING: Any = None
"""In place of a column that was settled, so that nothing holds its text."""

_CODE_NUMBER = r"^\d+[eE]\d+$"


def settle_text(
    table: pa.Table,
    options: TableOptions,
    name: str,
    *,
    line_of: Callable[[int], str] = lambda _: "",
    only: Collection[str] | None = None,
    first: int = 0,
) -> tuple[pa.Table, TableOptions]:
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
    first : int
        Which row of the whole the table begins with, for messages.

    Returns
    -------
    pyarrow.Table, TableOptions
        The columns settled; and what was asked for, with what was found out: marks, order of dates, words for missing,
        the kind of each column.

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
    names, columns = table.column_names, table.columns
    del table
    return _Table(options, name, line_of, first).settle(names, columns, set(names) if only is None else only)


class _Table:
    """One call of `settle_text`: the columns decide together which marks, orders and words their file has."""

    def __init__(self, options: TableOptions, name: str, line_of: Callable[[int], str], first: int) -> None:
        self.options = options
        self.name = name
        self.line_of = line_of
        self.first = first
        # Whether some column has decimal points that separate no thousands.
        self.has_points = False

    def settle(
        self, names: Sequence[str], columns: list[pa.ChunkedArray], only: Collection[str]
    ) -> tuple[pa.Table, TableOptions]:
        self.options.check_columns(self.name, names)
        waiting: dict[int, TextColumn] = {}
        asked, shelf, places = self.options, Shelf(), {}
        if asked_words := asked.missing:
            columns = drop_everywhere(columns, asked_words)
        if len(columns) >= _MANY_COLUMNS and self.options.decimal != "," and not self.options.thousands:
            may_be_numbers = [name in only and asked.types.get(name) in (None, "number") for name in names]
            self.has_points = settle_many(columns, may_be_numbers)
        indices = [index for index, cells in enumerate(columns) if is_text(cells.type) and names[index] in only]

        is_stored = is_large(sum(cells.nbytes for cells in columns))
        rows = 0 if is_stored else len(columns[0])  # one by one where memory is short
        texts = (TextColumn(names[index], columns[index], asked.types.get(names[index])) for index in indices)
        for index, column in zip(indices, settle_each(self._settle_alone, texts, rows), strict=True):
            for words in column.said:
                self._say(words)
            if column.values is not None:
                places[index], columns[index] = shelf.add(column.values), _NOTHING
                continue
            waiting[index] = column
            if is_stored:
                column.forget()
        self._settle_together(list(waiting.values()))
        for index, column in waiting.items():
            places[index], columns[index] = shelf.add(self._read_chosen(column, asked)), _NOTHING
        columns = [shelf[places[index]] if index in places else cells for index, cells in enumerate(columns)]
        if found := set(self.options.missing) - set(asked_words):
            columns = drop_everywhere(columns, found)
        of_kind = asked.asked if asked.settled else tuple(asked.types)
        known = {name: kind for name, cells in zip(names, columns, strict=True) if (kind := name_kind(cells.type))}
        return pa.table(columns, names=names), self.options.having(types=known, asked=of_kind, settled=True)

    def _read_chosen(self, column: TextColumn, asked: TableOptions) -> pa.ChunkedArray:
        """Return the numbers or dates of a column in the way that was chosen, reading it again where it forgot them."""
        if column.indices is None:
            chosen = column.chosen
            column = _Table(asked, self.name, self.line_of, self.first)._settle_alone(column)
            column.chosen = chosen
        return read_chosen(column)

    def _settle_alone(self, column: TextColumn) -> TextColumn:
        """Read a column in the plainest way that fits all of its cells; what takes other columns to decide waits."""
        if column.kind == "text" or not self._settle_plainly(column):
            self._settle_distinct(column)
        return column

    def _settle_plainly(self, column: TextColumn) -> bool:
        """Read a column as bare numbers or ISO dates, by whole columns; most are."""
        cells, first = column.cells, find_first(column.cells)
        if first is None:
            column.values = pa.chunked_array([pa.nulls(len(cells))]) if column.kind is None else nulls(column)
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

    def _read_bare(self, column: TextColumn) -> pa.ChunkedArray | None:
        """Read bare numbers; None where some are none, or have another reading."""
        cells = column.cells
        whole = try_cast(cells, pa.int64())
        if whole is not None:
            if count_digits(whole) == count_characters(cells):
                return whole
            # A sign, or zeros that lead; 0x0F is no number here.
            return None if column.kind is None or any_match(cells, "[xX]") else whole
        numbers = try_cast(cells, pa.float64())
        if numbers is None:
            return None
        if all(np.isinf(floats).all() for floats in list_floats(numbers)) or not self._keeps_digits(column, numbers):
            return None
        if not any_match(cells, r"\.", plain="."):
            return self._read_without_points(column, numbers)
        if self.options.decimal == "," or self.options.thousands:
            return None
        is_open = self.options.decimal is None and could_be_thousands(list_floats(numbers))
        if is_open and not any_match(cells, _NO_THOUSANDS):
            # Thousands where decimal commas stand elsewhere in the file; and in doubt, where they could be no decimals.
            column.default = "." if all_decimals(cells) else ""
            return None
        self.has_points = True
        return numbers

    def _read_without_points(self, column: TextColumn, numbers: pa.ChunkedArray) -> pa.ChunkedArray | None:
        """Read numbers that have no point, yet are no int64: with signs or exponents; codes are left text."""
        if not any_match(column.cells, "[eE]"):
            return as_numbers(numbers)
        if column.kind is None and any_match(column.cells, _CODE_NUMBER) and not any_match(column.cells, "[+-]"):
            column.is_code = True
            return None
        return numbers

    def _keeps_digits(self, column: TextColumn, numbers: pa.ChunkedArray) -> bool:
        """Tell whether no whole number loses digits as float64; what becomes infinite is refused."""
        for row in find_large(numbers):
            number, cell = numbers[row].as_py(), column.cells[row].as_py().strip()
            if np.isinf(number) and "inf" not in cell.lower():
                problem = "beyond the largest number (1.8e308); correct it, or leave the column out (drop=)"
                self._refuse(column, row, f"has {quote(cell)}, {problem}")
            if cell.lstrip("+-").isdigit() and int(cell) != number and column.kind is None:
                column.is_code = True
                return False
        return True

    def _settle_distinct(self, column: TextColumn) -> None:
        """Read a column by its different cells."""
        if is_text_of_many(column, self.options):
            self._check_zero_bytes(column, column.cells)
            column.values = tidy_text(column.cells)
            self._warn_of_numbers(column, find_bare_numbers(column.cells))
            return
        encoded = column.cells.dictionary_encode()  # its chunks share one dictionary
        distinct = encoded.chunk(0).dictionary if encoded.num_chunks else pa.array([], pa.string())
        column.indices = pa.chunked_array([chunk.indices for chunk in encoded.chunks], pa.int32())
        self._check_zero_bytes(column, distinct)
        column.text = distinct
        distinct = clean(distinct)
        if column.kind == "text":
            column.values = take_text(column, distinct)
            return
        words = set(distinct.slice(0, GLANCED_AT).drop_null().to_pylist())
        weak = {*WEAK_MISSING, *self.options.missing}
        glanced = words - weak
        may_be_number = all(any(digit in word for digit in "0123456789") or "inf" in word.lower() for word in glanced)
        are_truths = {word.lower() for word in glanced} <= {"true", "false"}
        if column.kind == "boolean" or (column.kind is None and are_truths):
            read_booleans(column, distinct, weak)
        elif may_be_number and not column.is_code:
            self._settle_marked(column, distinct, weak, glanced)
        if column.values is None and column.numbers is None and column.dates is None:
            self._leave_text(column, distinct, weak)

    def _settle_marked(self, column: TextColumn, distinct: pa.Array, weak: set[str], glanced: set[str]) -> None:
        """Read marked numbers, dates and times, where the different cells are all of one of these."""
        present, column.missing = without(distinct, weak)
        if not len(present):
            return
        if column.kind in (None, "number"):
            if any_match(present, r"^[+-]?0\d+$") and column.kind is None and not any_match(present, r"[^\d+-]"):
                return  # 0012 is a code
            marks = TableOptions(decimal=self.options.decimal, thousands=self.options.thousands)
            # Where the first of many are none, a million more need not be tried.
            glanced_at = present.slice(0, GLANCED_AT)
            is_open = len(present) <= GLANCED_AT or read_marked_numbers(glanced_at, marks, by_scale=False)
            if is_open and (found := read_marked_numbers(present, marks, by_scale=column.default is None)):
                column.numbers = {way: spread(numbers, present, distinct) for way, numbers in found.items()}
                return
        if not all(map(could_be_date, glanced)):
            return
        if column.kind in (None, "time") and (times := read_times(present)) is not None:
            column.values = take(spread(times, present, distinct), column, distinct)
        elif column.kind in (None, "date"):
            iso = read_iso(present)
            orders = (self.options.dates,) if self.options.dates else DATE_ORDERS
            dates = {"": iso} if iso is not None else read_dates(present, orders)
            if dates:
                column.dates = {order: spread(read, present, distinct) for order, read in dates.items()}

    def _check_zero_bytes(self, column: TextColumn, distinct: Any) -> None:
        if pc.any(pc.match_substring(distinct, "\0")).as_py():
            row = pc.index(pc.match_substring(column.cells, "\0"), True).as_py()
            raise CorruptDataError(
                f"{self.name}: {self.locate(row)}: column {quote(column.name)} has a zero byte, which is no text"
            )

    def _leave_text(self, column: TextColumn, distinct: pa.Array, weak: set[str]) -> None:
        """Leave a column text; say so where that is a surprise, refuse it where something else was asked for."""
        bare = pc.match_substring_regex(distinct, BARE_NUMBER)
        if column.kind is not None:
            wrong = pc.invert(bare) if column.kind == "number" else pc.true_unless_null(distinct)
            unknown = pc.and_(wrong, pc.invert(pc.is_in(distinct, value_set=strings(sorted(weak)))))
            cell = next(iter(distinct.filter(unknown).to_pylist()), distinct[0].as_py())
            row = pc.index(pc.utf8_trim_whitespace(column.cells), cell).as_py()
            if self.options.settled:
                self._refuse(column, row, f"has {quote(cell)}, but held {column.kind}s when the model was trained")
            marks = "" if self.options.decimal is None else f" with the decimal mark {self.options.decimal!r}"
            self._refuse(column, row, f"has {quote(cell)}, which is no {column.kind}{marks}, as it was to be read")
        column.missing = set()
        column.values = take_text(column, distinct)
        self._warn_of_numbers(column, pc.take(bare, column.indices))

    def _warn_of_numbers(self, column: TextColumn, numbers: pa.ChunkedArray) -> None:
        if column.is_code or not pc.any(numbers).as_py() or pc.all(numbers).as_py():
            return
        count, cells = pc.sum(numbers).as_py() or 0, len(numbers) - numbers.null_count
        if cells / 2 < count < cells:
            row = pc.index(numbers, False).as_py()
            column.said.append(
                f"column {quote(column.name)} is read as text, as {self.locate(row)} has "
                f"{quote(column.cells[row])}, although {count:,} of its {cells:,} cells are numbers; where that stands "
                "for a missing number, say missing= or leave it empty"
            )

    def _settle_together(self, columns: Sequence[TextColumn]) -> None:
        words = set(self.options.missing).union(*(column.missing for column in columns))
        self._settle_numbers([column for column in columns if column.numbers is not None])
        self._settle_dates([column for column in columns if column.dates is not None])
        if words - set(self.options.missing):
            named = list_names(sorted(words - set(self.options.missing)))
            self._say(f"{named} stands for a missing cell, as it stands among numbers or dates (missing=)")
        self.options = self.options.having(missing=tuple(sorted(words)))

    def _settle_numbers(self, columns: Sequence[TextColumn]) -> None:
        decided = {way for column in columns if (way := only_key(column.numbers))}
        marked = {way for way in decided if way != Convention(".", "")}
        decimals = {way.decimal for way in marked} | ({"."} if self.has_points else set())
        for column in columns:
            numbers = column.numbers
            assert numbers is not None
            ways = [way for way in numbers if not decimals or way.decimal in decimals]
            ways = ways or list(numbers)
            if len(ways) > 1 and column.default:
                ways = [way for way in ways if way == Convention(".", "")]
            if len(ways) > 1:
                self._refuse_two(column, ways)
            column.chosen = ways[0]
            marked.add(ways[0])
        marked.discard(Convention(".", ""))
        if len({way.decimal for way in marked}) == 1 and self.options.decimal is None:
            self.options = self.options.having(decimal=marked.pop().decimal)

    def _settle_dates(self, columns: Sequence[TextColumn]) -> None:
        known = {order for column in columns if (order := only_key(column.dates)) and order in DATE_ORDERS}
        for column in columns:
            dates = column.dates
            assert dates is not None
            orders = list(dates)
            if len(orders) > 1:
                orders = [order for order in orders if order in known] or orders
            if len(orders) > 1:
                self._refuse_two(column, orders)
            column.chosen = orders[0]
            if len(dates) > 1:
                known.add(orders[0])
        if len(known) == 1:
            self.options = self.options.having(dates=known.pop())

    def _refuse_two(self, column: TextColumn, ways: Sequence[Any]) -> None:
        """Refuse a column that can be read in two ways, with the first cell that they make something else of."""
        if column.indices is None:
            self._settle_distinct(column)
        known = column.dates if column.numbers is None else column.numbers
        assert known is not None
        one, two = (known[way] for way in ways[:2])
        index = pc.index(pc.not_equal(one, two), True).as_py()
        row = pc.index(column.indices, index).as_py()
        options = [f"dates={way!r}" if column.numbers is None else str(way) for way in ways[:2]]
        values = [(option, known[way][index].as_py()) for option, way in zip(options, ways[:2], strict=True)]
        shown = [f"{v:.15g} ({o})" if isinstance(v, float) else f"{str(v)[:10]} ({o})" for o, v in values]
        self._refuse(column, row, f"has {quote(column.cells[row])}, which may be {' or '.join(shown)}; say which")

    def locate(self, row: int) -> str:
        """Say which row of the table it is, counted from 0, and in which line of the file it ends."""
        return show_row(self.first + row, self.line_of(row))

    def _refuse(self, column: TextColumn, row: int, problem: str) -> None:
        raise InvalidInputError(f"{self.name}: {self.locate(row)}: column {quote(column.name)} {problem}")

    def _say(self, words: str) -> None:
        warn_user(f"{self.name}: {words}", AutoencodeWarning, cause=words)
