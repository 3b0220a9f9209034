"""The kinds of file that hold a table: how their names end, how they begin, and which function reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autoencode.arrow import pa
from autoencode.data.arrow_files import measure_parquet, read_arrow, read_parquet
from autoencode.data.cell_table import CellTable
from autoencode.data.compression import name_compression, strip_compression
from autoencode.data.csv_file import measure_csv, read_csv
from autoencode.data.excel_file import read_excel
from autoencode.data.extent import Extent
from autoencode.data.json_file import read_json
from autoencode.data.regular_file import name_content, read_head
from autoencode.data.sqlite_file import read_sqlite
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import InvalidInputError

PLAIN_ENDINGS = (".txt", ".dat", ".data")
"""Endings of text that is a table where it is given itself, but may be a note where it lies beside others."""


@dataclass(frozen=True)
class TableFormat:
    """A kind of file that holds a table.

    Attributes
    ----------
    name
        What it is called.
    endings
        How the names of such files end, in small letters.
    read
        Reads the table of a file, without the columns that are left out; text that may stand for something else is
        still text.
    marks
        How such files begin, where that tells.
    measure
        Says how large the table is before it is read, where that shows.
    is_text
        Whether it is text, which may be compressed.
    has_kinds
        Whether each column has a kind already, so that text is text.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Path, TableOptions], pa.Table | CellTable]
    marks: tuple[bytes, ...] = ()
    measure: Callable[[Path], Extent | None] = lambda _: None
    is_text: bool = False
    has_kinds: bool = False


CSV = TableFormat("CSV", (".csv", ".tsv", ".tab", *PLAIN_ENDINGS), read_csv, measure=measure_csv, is_text=True)
JSON = TableFormat("JSON", (".jsonl", ".ndjson", ".json"), read_json, is_text=True)
PARQUET = TableFormat("Parquet", (".parquet", ".pq"), read_parquet, (b"PAR1",), measure_parquet, has_kinds=True)
ARROW = TableFormat("Arrow", (".feather", ".arrow", ".ipc"), read_arrow, (b"ARROW1",), has_kinds=True)
EXCEL = TableFormat("a workbook", (".xlsx", ".xlsm", ".xls", ".ods"), read_excel, (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
SQLITE = TableFormat("SQLite", (".sqlite", ".sqlite3", ".db"), read_sqlite, (b"SQLite format 3",))

FORMATS = (CSV, JSON, PARQUET, ARROW, EXCEL, SQLITE)
"""Every kind of file that a table is read from."""

# What no header of a CSV file begins with.
_JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*\"")


def find_by_name(name: str) -> TableFormat | None:
    """Return the format that the name of a file says; None where it says none of them.

    Examples
    --------
    >>> find_by_name("Rows.CSV.gz").name, find_by_name("photo.png")
    ('CSV', None)
    """
    stem = strip_compression(name)
    ending = Path(stem).suffix.lower()
    found = next((one for one in FORMATS if ending in one.endings), None)
    return found if found is None or stem == name or found.is_text else None


def find_by_content(path: Path) -> TableFormat | None:
    """Return the format of a file by its first bytes, and by its name where they do not tell; None where neither does.

    A file without any ending is taken for CSV where it is text, and so is a workbook that is, which programs write
    that say ``.xls`` and mean it for Excel.

    Raises
    ------
    CorruptDataError
        If the file is empty.
    """
    head = read_head(path)
    named = find_by_name(path.name)
    if found := next((one for one in FORMATS if one.marks and head.startswith(one.marks)), None):
        return found
    is_text = name_content(head) is None and (b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff")))
    if named in (CSV, None) and _JSON_START.match(head):
        return JSON
    if is_text and (named is EXCEL or (named is None and not path.suffix)):
        return CSV
    if named is None and name_compression(head) is not None and not path.suffix:
        return CSV
    return named


def need_format(path: Path, name: str) -> TableFormat:
    """Return the format of a file by its content.

    Raises
    ------
    InvalidInputError
        If it is no table.
    """
    found = find_by_content(path)
    if found is None:
        raise InvalidInputError(f"{name}: is no table: {name_content(read_head(path)) or 'its ending says none'}")
    return found
