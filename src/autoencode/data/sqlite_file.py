"""A table or view of a SQLite data base, opened so that nothing is written, not even beside it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote as percent_encode

from autoencode.arrow import pa
from autoencode.data.cell_columns import BLOCK_ROWS, CellColumns
from autoencode.data.named_tables import choose_table
from autoencode.data.regular_file import check_head, show_path
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_names, keep_columns
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.printable import quote

# Beside a data base that a program has open, or that was left in the middle of a change.
_UNFINISHED = ("-wal", "-journal")

_TABLES = """
    SELECT name, type FROM sqlite_master
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name
"""


def read_sqlite(path: Path, options: TableOptions) -> pa.Table:
    """Read a table or view of a SQLite data base.

    SQLite's columns may hold cells of any kind: one is text as soon as one of its cells is, and numbers as soon as
    one of its whole numbers is not.

    Parameters
    ----------
    path : Path
        The file.
    options : TableOptions
        `table` names the table where there are several; `drop` is obeyed.

    Returns
    -------
    pyarrow.Table
        A row for each row, in the data base's own order.

    Raises
    ------
    CorruptDataError
        If the file is damaged, or no data base.
    InvalidInputError
        If there are several tables, changes that are not written in yet, or a cell is bytes.
    """
    name = show_path(path)
    check_head(path, b"SQLite format 3\0", "a SQLite data base")
    for ending in _UNFINISHED:
        beside = Path(f"{path}{ending}")
        if beside.is_file() and beside.stat().st_size:
            raise InvalidInputError(
                f"{name}: has changes in {show_path(beside)} that are not written in yet; close the program that uses "
                "it, or open and close it with one, such as sqlite3"
            )
    # Immutable: without a lock, and with no files beside it.
    address = f"file:{percent_encode(os.fsencode(path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as base:
            # What the schema of somebody else's file says shall call no function with an effect.
            base.execute("PRAGMA trusted_schema = OFF")
            kinds = dict(base.execute(_TABLES))
            table = choose_table(name, "table", list(kinds), options.table)
            # By an index, the rows would come in its order.
            source = f"{_quote_name(table)}{' NOT INDEXED' if kinds[table] == 'table' else ''}"
            return _read_table(base, name, source, options)
    except (sqlite3.Error, UnicodeError) as error:
        raise CorruptDataError(f"{name}: cannot be read as a SQLite data base: {error!s:.200}") from error


def _read_table(base: sqlite3.Connection, name: str, source: str, options: TableOptions) -> pa.Table:
    head = base.execute(f"SELECT * FROM {source} LIMIT 0")
    columns = keep_columns(name, [column for column, *_ in head.description], options)
    check_names(name, columns)
    rows = base.execute(f"SELECT {', '.join(map(_quote_name, columns))} FROM {source}")
    cells = CellColumns(name, columns)
    for block in _split(rows):
        by_column = dict(zip(columns, zip(*block, strict=True), strict=True))
        for column, found in by_column.items():
            if bytes in {*map(type, found)}:
                raise InvalidInputError(
                    f"{name}: column {quote(column)} holds bytes, which is no feature; store numbers, text or times, "
                    "or leave the column out (drop=)"
                )
        cells.add(len(block), by_column)
    return cells.finish()


def _split(rows: sqlite3.Cursor) -> Iterator[list[tuple]]:
    while block := rows.fetchmany(BLOCK_ROWS):
        yield block


def _quote_name(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
