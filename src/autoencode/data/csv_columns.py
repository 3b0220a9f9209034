"""The columns of a CSV file once their kinds are guessed: a guess that lost digits or numbers is mended or refused."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.data.table_schema import quote
from autoencode.exceptions import AutoencodeWarning, CorruptDataError, InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["settle_columns"]

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_COMMA_NUMBER = r"^\s*[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?\s*$"
_GROUPED_NUMBER = r"^\s*[+-]?(\d{1,3}([., '’\x{00a0}\x{202f}]\d{3})+|\d+)([.,]\d+)?\s*$"
_DIGITS = frozenset("0123456789")
# Beyond it float64 leaves whole numbers out.
_LARGEST_WHOLE = 2.0**53


def settle_columns(
    table: pa.Table, name: str, *, separator: str, read_text: Callable[[list[str]], pa.Table]
) -> pa.Table:
    """Return the table with decimal commas read as numbers.

    Parameters
    ----------
    table : pyarrow.Table
        The columns as pyarrow guessed them.
    name : str
        What the file is called in messages.
    separator : str
        What stands between two cells: where it is a comma, a number with a comma is not taken for a decimal one.
    read_text : callable
        Gives the cells of columns of these names as they stand in the file, which is read again.

    Returns
    -------
    pyarrow.Table
        The same columns; text that is numbers with a decimal comma is float64.

    Raises
    ------
    InvalidInputError
        If numbers have separators of thousands, too many digits, or are too large; or points and commas are mixed.
    CorruptDataError
        If a cell of text has a zero byte.

    Warns
    -----
    AutoencodeWarning
        If a column is text although most of its cells are numbers.
    """
    import pyarrow as pa
    from pyarrow import types

    columns, floats, commas, large = table.columns, [], [], []
    for place, field in enumerate(table.schema):
        column = columns[place]
        if types.is_floating(field.type):
            floats.append(field.name)
            if _has_large(column):
                large.append(field.name)
        elif types.is_string(field.type):
            distinct = column.unique()
            if _is_comma_column(column, distinct, field.name, name, separator):
                columns[place] = _read_commas(column)
                if _has_large(columns[place]):
                    _check_digits(columns[place], column, field.name, name)
                commas.append(field.name)
            else:
                _check_text(column, distinct, field.name, name)
    if large:
        text = read_text(large)
        for column_name in large:
            _check_digits(table.column(column_name), text.column(column_name), column_name, name)
    if commas:
        _check_points(floats, commas[0], name, read_text)
    return pa.table(columns, names=table.column_names)


def _check_points(floats: list[str], comma_column: str, name: str, read_text: Callable[[list[str]], pa.Table]) -> None:
    """Refuse numbers with a point in a file that has numbers with a decimal comma: the point may separate thousands."""
    pc = _import_compute()

    for column_name, column in zip(floats, read_text(floats).columns if floats else [], strict=True):
        if pc.any(pc.match_substring(column, ".")).as_py():
            raise InvalidInputError(
                f"{name}: column {quote(comma_column)} has decimal commas but column {quote(column_name)} has points, "
                "which may separate thousands; write every number with a decimal point and no other mark"
            )


def _is_comma_column(column: pa.ChunkedArray, distinct: pa.Array, column_name: str, name: str, separator: str) -> bool:
    """Tell whether text is numbers with a decimal comma; refuse numbers whose marks could mean two things."""
    pc = _import_compute()

    def all_match(pattern: str) -> bool:
        return pc.all(pc.match_substring_regex(distinct, pattern)).as_py()

    first = distinct[:1].to_pylist()[0] if len(distinct) else None
    if (first and _DIGITS.isdisjoint(first)) or all_match(_NUMBER):  # every number of a form has a digit
        return False
    if separator != "," and all_match(_COMMA_NUMBER):
        return True
    if all_match(_COMMA_NUMBER) or all_match(_GROUPED_NUMBER):
        row = pc.index(pc.match_substring_regex(column, _NUMBER), False).as_py()
        raise InvalidInputError(
            f"{name}: row {row + 2}: column {quote(column_name)} has the number {quote(column[row])}, whose marks "
            "could separate thousands or decimals; write numbers with a decimal point and no other mark"
        )
    return False


def _read_commas(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    pc = _import_compute()

    return pc.replace_substring(pc.utf8_trim_whitespace(column), ",", ".").cast(pa.float64())


def _check_text(column: pa.ChunkedArray, distinct: pa.Array, column_name: str, name: str) -> None:
    pc = _import_compute()

    if pc.any(pc.match_substring(distinct, "\0")).as_py():
        zero = pc.index(pc.match_substring(column, "\0"), True).as_py()
        raise CorruptDataError(f"{name}: row {zero + 2}: column {quote(column_name)} has a zero byte, which is no text")
    if not pc.any(pc.match_substring_regex(distinct, _NUMBER)).as_py():
        return
    numbers = pc.match_substring_regex(column, _NUMBER)
    count, cells = pc.sum(numbers).as_py() or 0, len(column) - column.null_count
    if cells / 2 < count < cells:
        row = pc.index(numbers, False).as_py()
        warnings.warn(
            f"{name}: column {quote(column_name)} is read as text, as row {row + 2} has {quote(column[row])}, although "
            f"{count:,} of its {cells:,} cells are numbers; where that stands for a missing number, leave it empty",
            AutoencodeWarning,
            stacklevel=2,
        )


def _has_large(numbers: pa.ChunkedArray) -> bool:
    """Tell whether a number is so large that it may have lost digits as float64, or become infinite."""
    return bool((np.abs(numbers.to_numpy()) >= _LARGEST_WHOLE).any())


def _check_digits(column: pa.ChunkedArray, text: pa.ChunkedArray, column_name: str, name: str) -> None:
    """Refuse whole numbers that lost digits, and numbers that became infinite, when they were read as float64."""
    pc = _import_compute()

    for row in pc.indices_nonzero(pc.greater_equal(pc.abs(column), _LARGEST_WHOLE)).to_pylist():
        number, cell = column[row].as_py(), text[row].as_py().strip()
        if math.isinf(number) and "inf" not in cell.lower():
            problem = "beyond the largest number (1.8e308); correct it"
        elif cell.lstrip("+-").isdigit() and int(cell) != number:
            problem = "a whole number that would lose digits; if it names its row, leave the column out"
        else:
            continue
        raise InvalidInputError(f"{name}: row {row + 2}: column {quote(column_name)} has {quote(cell)}, {problem}")


def _import_compute() -> Any:
    """Return pyarrow's functions of columns; it makes them as it is imported, unseen by a type checker."""
    import pyarrow.compute

    return pyarrow.compute
