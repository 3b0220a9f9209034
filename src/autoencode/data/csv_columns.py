"""The columns of a CSV file once their kinds are guessed: a guess that lost digits or numbers is mended or refused."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autoencode.data.table_schema import quote
from autoencode.exceptions import AutoencodeWarning, CorruptDataError, InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["settle_columns"]

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_COMMA_NUMBER = r"^\s*[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?\s*$"
_GROUPED_NUMBER = r"^\s*[+-]?(\d{1,3}([., '’\x{00a0}\x{202f}]\d{3})+|\d+)([.,]\d+)?\s*$"
# Beyond it float64 leaves whole numbers out.
_LARGEST_WHOLE = 2.0**53


def settle_columns(
    table: pa.Table, name: str, *, separator: str, read_text: Callable[[str], pa.ChunkedArray]
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
        Gives a column's cells as they stand in the file.

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
    from pyarrow import types

    floats, commas = [], []
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if types.is_floating(field.type):
            _check_digits(column, field.name, name, read_text)
            floats.append(field.name)
        elif types.is_string(field.type):
            if _is_comma_column(column, field.name, name, separator):
                numbers = _read_commas(column)
                _check_digits(numbers, field.name, name, lambda _, cells=column: cells)
                table = table.set_column(place, field.name, numbers)
                commas.append(field.name)
            else:
                _check_text(column, field.name, name)
    if commas:
        _check_points(floats, commas[0], name, read_text)
    return table


def _check_points(floats: list[str], comma_column: str, name: str, read_text: Callable[[str], pa.ChunkedArray]) -> None:
    """Refuse numbers with a point in a file that has numbers with a decimal comma: the point may separate thousands."""
    pc = _import_compute()

    for column_name in floats:
        if pc.any(pc.match_substring(read_text(column_name), ".")).as_py():
            raise InvalidInputError(
                f"{name}: column {quote(comma_column)} has decimal commas but column {quote(column_name)} has points, "
                "which may separate thousands; write every number with a decimal point and no other mark"
            )


def _is_comma_column(column: pa.ChunkedArray, column_name: str, name: str, separator: str) -> bool:
    """Tell whether text is numbers with a decimal comma; refuse numbers whose marks could mean two things."""
    pc = _import_compute()

    if pc.all(pc.match_substring_regex(column, _NUMBER)).as_py():
        return False
    if separator != "," and pc.all(pc.match_substring_regex(column, _COMMA_NUMBER)).as_py():
        return True
    for pattern in (_COMMA_NUMBER, _GROUPED_NUMBER):
        if pc.all(pc.match_substring_regex(column, pattern)).as_py():
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


def _check_text(column: pa.ChunkedArray, column_name: str, name: str) -> None:
    pc = _import_compute()

    zero = pc.index(pc.match_substring(column, "\0"), True).as_py()
    if zero >= 0:
        raise CorruptDataError(f"{name}: row {zero + 2}: column {quote(column_name)} has a zero byte, which is no text")
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


def _check_digits(
    column: pa.ChunkedArray, column_name: str, name: str, read_text: Callable[[str], pa.ChunkedArray]
) -> None:
    """Refuse whole numbers that lost digits, and numbers that became infinite, when they were read as float64."""
    pc = _import_compute()

    large = pc.greater_equal(pc.abs(column), _LARGEST_WHOLE)
    if not pc.any(large).as_py():
        return
    text = read_text(column_name)
    for row in pc.indices_nonzero(large).to_pylist():
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
