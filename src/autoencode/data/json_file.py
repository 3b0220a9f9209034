"""Tables in JSON: one object a line, or an array of objects; an object is a row, and its keys name the columns."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from autoencode.arrow import pa
from autoencode.data.cell_columns import BLOCK_ROWS, CellColumns
from autoencode.data.compression import open_decompressed
from autoencode.data.regular_file import check_memory, name_content, show_path
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import keep_columns
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.printable import quote

_LONGEST_LINE = 1 << 28
# What an array's text becomes, as objects of Python, beside itself.
_OBJECT_SHARE = 10
# What a reference to a cell takes.
_CELL_BYTES = 8
_NESTED = {dict, list}
_WANTED = "expected a JSON object on each line, or one array of objects"


def read_json(path: Path, options: TableOptions) -> pa.Table:
    """Read a table from JSON, compressed or not.

    An object within an object gives columns such as ``a.b``. A key that an object lacks is a missing cell, as are
    ``null`` and ``NaN``. Columns are in the order in which their keys are met.

    Parameters
    ----------
    path : Path
        The file, in UTF-8, or in UTF-16 with its mark.
    options : TableOptions
        `drop` and `encoding` are obeyed.

    Returns
    -------
    pyarrow.Table
        A row for each object.

    Raises
    ------
    CorruptDataError
        If the file is no JSON, or something else than objects.
    InvalidInputError
        If a cell is a list, or two keys stand for one column.
    """
    name = show_path(path)
    rows = _Rows(name, frozenset(options.drop))
    try:
        with open_decompressed(path) as file, _open_text(file, name, options) as text:
            for place, row in _read_objects(text, name):
                rows.add(place, row)
    except UnicodeError as error:
        raise CorruptDataError(f"{name}: is no text in its encoding: {error!s:.100}; name it by encoding=") from error
    except RecursionError as error:
        raise CorruptDataError(f"{name}: has objects within objects without end; {_WANTED}") from error
    table = rows.finish()
    keep_columns(name, [*table.column_names, *rows.dropped], options)
    return table


class _Rows:
    """Rows that are gathered to blocks of cells."""

    def __init__(self, name: str, drop: frozenset[str]) -> None:
        self._name, self._drop = name, drop
        self._cells = CellColumns(name)
        self._block: list[dict[str, Any]] = []
        self._objects: set[str] = set()
        self.dropped: set[str] = set()

    def add(self, place: str, row: dict[str, Any]) -> None:
        if self._drop or not _NESTED.isdisjoint(map(type, row.values())):
            flat: dict[str, Any] = {}
            self._flatten(place, row, "", flat)
            row = flat
        self._block.append(row)
        if len(self._block) == BLOCK_ROWS:
            self._close()

    def finish(self) -> pa.Table:
        self._close()
        table = self._cells.finish()
        # Where an object was missing as a whole, its own key gave a column without cells.
        empty = {name for name in self._objects & {*table.column_names} if table.column(name).null_count == len(table)}
        return table.drop_columns([name for name in table.column_names if name in empty])

    def _close(self) -> None:
        columns = dict.fromkeys(chain.from_iterable(self._block))
        check_memory(self._name, _CELL_BYTES * len(columns) * len(self._block))
        self._cells.add(len(self._block), {column: [row.get(column) for row in self._block] for column in columns})
        self._block = []

    def _flatten(self, place: str, row: dict[str, Any], prefix: str, flat: dict[str, Any]) -> None:
        for key, cell in row.items():
            column = f"{prefix}{key}"
            if column in self._drop:
                self.dropped.add(column)
            elif type(cell) is dict:
                self._objects.add(column)
                self._flatten(place, cell, f"{column}.", flat)
            elif type(cell) is list:
                raise InvalidInputError(
                    f"{self._name}: {place}: column {quote(column)} holds a list, which is no feature; give each part "
                    "a key of its own, or leave the column out (drop=)"
                )
            elif column in flat:
                raise InvalidInputError(f"{self._name}: {place}: two keys stand for column {quote(column)}; rename one")
            else:
                flat[column] = cell


def _open_text(file: Any, name: str, options: TableOptions) -> TextIO:
    head = file.peek(4)[:512]
    if found := name_content(head):
        raise CorruptDataError(f"{name}: expected JSON, but it is {found}")
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return io.TextIOWrapper(file, encoding=options.encoding or ("utf-16" if is_wide else "utf-8-sig"))


def _read_objects(text: TextIO, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each object and where it stands."""
    decode = json.JSONDecoder(object_pairs_hook=_build).decode
    first, number = "\n", 0
    while first and not first.strip():
        first, number = text.readline(_LONGEST_LINE), number + 1
    if first.lstrip().startswith("["):
        yield from _read_array(first + text.read(), name, decode)
        return
    count, row, line = 0, {}, first
    while line:
        if len(line) == _LONGEST_LINE:
            raise CorruptDataError(f"{name}: line {number} is longer than {_LONGEST_LINE >> 20} MiB; {_WANTED}")
        if line.strip():
            row = _decode(decode, line, f"{name}: line {number}")
            if not isinstance(row, dict):
                raise CorruptDataError(f"{name}: line {number}: {_WANTED}, found {quote(line.strip())}")
            count += 1
            yield f"line {number}", row
        line, number = text.readline(_LONGEST_LINE), number + 1
    # A whole table may be written as one object of columns; as one row it would be read wrong.
    if count == 1 and dict in map(type, row.values()) and name.lower().endswith(".json"):
        raise CorruptDataError(f"{name}: {_WANTED}, found one object of objects (in pandas, write orient='records')")


def _read_array(text: str, name: str, decode: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    check_memory(name, _OBJECT_SHARE * len(text))
    for number, row in enumerate(_decode(decode, text, name), start=1):
        if not isinstance(row, dict):
            raise CorruptDataError(f"{name}: entry {number}: {_WANTED}, found {quote(json.dumps(row))}")
        yield f"entry {number}", row


def _decode(decode: Any, text: str, where: str) -> Any:
    try:
        return decode(text)
    except _RepeatedKeyError as error:
        raise InvalidInputError(f"{where}: an object has the key {quote(error)} twice; rename one") from None
    except ValueError as error:
        reason = str(error).partition(" (char")[0]
        raise CorruptDataError(f"{where}: {_WANTED}, found no JSON: {reason:.100}: {quote(text.strip())}") from error


class _RepeatedKeyError(ValueError):
    """An object names a key twice."""


def _build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return built
