"""A sheet of a workbook: .xlsx, .xlsm, .xls and .ods, with the table found in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.arrow import pa
from autoencode.data.cell_columns import BLOCK_ROWS, CellColumns
from autoencode.data.named_tables import choose_table
from autoencode.data.regular_file import damaged, name_content, open_file, read_head, show_path
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_names, keep_columns
from autoencode.data.workbook import check_workbook, check_xlsx_sheet
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.printable import quote

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What a workbook has inside that was encrypted by its program.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SEARCHED_BYTES = 1 << 26
# Among so many rows is the header.
_SEARCHED_ROWS = 1000


def read_excel(path: Path, options: TableOptions) -> pa.Table:
    """Read the table of a sheet.

    The header is the first row that names every column; a title may stand above it, empty rows and columns around it.
    Numbers that are all whole are whole numbers; what is formatted as a date or time is one. An error, such as
    ``#DIV/0!``, and an empty cell are missing.

    Parameters
    ----------
    path : Path
        The file.
    options : TableOptions
        `table` names the sheet where several have something in them; `skip` and `header` say where the table begins;
        `drop` is obeyed.

    Returns
    -------
    pyarrow.Table
        A row for each row below the header that is not empty.

    Raises
    ------
    CorruptDataError
        If the file is damaged, no workbook, or made to fill the memory.
    InvalidInputError
        If there are several sheets, it is locked by a password, no row names the columns, or a formula has no value.
    """
    name = show_path(path)
    head = read_head(path)
    members: list[str] = []
    if head.startswith(_ZIP):
        members = check_workbook(path)
        if not {"xl/workbook.xml", "content.xml"} & set(members):
            raise CorruptDataError(f"{name}: is a zip file, but no workbook; unpack it first")
    elif not head.startswith(_OLE):
        raise CorruptDataError(f"{name}: expected a workbook, found {name_content(head) or 'something else'}")
    elif _is_encrypted(path):
        raise _refuse_locked(name)
    with _open(path, name) as book:
        sheet = _choose_sheet(book, path, name, options, is_xlsx="xl/workbook.xml" in members)
        return _read_sheet(sheet, name, options)


@contextmanager
def _open(path: Path, name: str) -> Iterator[CalamineWorkbook]:
    """Open a workbook; what goes wrong in the block is said with the file's name."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_path(os.fspath(path)) as book:
            yield book
    except PasswordError as error:
        raise _refuse_locked(name) from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        if isinstance(error, CorruptDataError | InvalidInputError):
            raise
        raise damaged(name, "a damaged or truncated workbook", error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how Rust says that a damaged file has outwitted it
            raise
        raise CorruptDataError(f"{name}: is a damaged workbook; open and save it, or save the sheet as CSV") from None


def _is_encrypted(path: Path) -> bool:
    with open_file(path) as file:
        return _ENCRYPTED in file.read(_SEARCHED_BYTES)


def _refuse_locked(name: str) -> InvalidInputError:
    return InvalidInputError(f"{name}: is locked by a password; save it without one, or save the sheet as CSV")


def _choose_sheet(
    book: CalamineWorkbook, path: Path, name: str, options: TableOptions, *, is_xlsx: bool
) -> CalamineSheet:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    found: dict[str, CalamineSheet] = {}
    hidden: list[str] = []
    for number, sheet in enumerate(book.sheets_metadata):
        if sheet.typ != SheetTypeEnum.WorkSheet or (options.table is not None and sheet.name != options.table):
            continue
        if is_xlsx:
            check_xlsx_sheet(path, number)
        content = book.get_sheet_by_index(number)
        if content.height or sheet.name == options.table:
            found[sheet.name] = content
            if sheet.visible != SheetVisibleEnum.Visible:
                hidden.append(sheet.name)
    if options.table is not None and not found:
        choose_table(name, "sheet", book.sheet_names, options.table)
    shown = [title for title in found if title not in hidden]
    return found[choose_table(name, "sheet", shown, options.table, hidden)]


def _read_sheet(sheet: CalamineSheet, name: str, options: TableOptions) -> pa.Table:
    rows = sheet.iter_rows()
    head = list(islice(rows, _SEARCHED_ROWS + (options.skip or 0)))
    below, named = _find_header(head, name, (sheet.start or (0, 0))[0] + 1, options)
    kept = keep_columns(name, list(named.values()), options)
    check_names(name, [column for column in kept if column])
    table = CellColumns(name, kept, takes_whole=True)
    filled = chain(head[below:], rows)
    while block := [row for row in islice(filled, BLOCK_ROWS) if any(cell != "" for cell in row)]:
        columns: dict[str, list[Any]] = {}
        for index, found in enumerate(zip(*block, strict=True)):
            cells = [None if cell == "" else cell for cell in found]
            if index in named and named[index] not in options.drop:
                columns[named[index]] = cells
            elif index not in named and cells.count(None) < len(cells):
                stray = next(cell for cell in cells if cell is not None)
                raise InvalidInputError(
                    f"{name}: has {quote(stray)} in a column that has no name in the header; name it, or remove it"
                )
        table.add(len(block), columns)
    return table.finish()


def _find_header(head: list[list[Any]], name: str, first_row: int, options: TableOptions) -> tuple[int, dict[int, str]]:
    """Return how many rows lie above the first sample, and the name of each column by its place."""
    skipped = options.skip or 0
    used = sorted({index for row in head[skipped:] for index, cell in enumerate(row) if cell != ""})
    if not used:
        raise CorruptDataError(f"{name}: the sheet is empty; expected a header and samples")
    if options.header is False:
        return skipped, {index: f"column_{number}" for number, index in enumerate(used, start=1)}
    for number, row in enumerate(head[skipped:], start=skipped):
        filled = [index for index in used if row[index] != ""]
        # An index that was written with the table has no name; nor has a column that only a title stands in.
        if filled == used or (filled == used[1:] and len(used) > 2) or (filled and options.skip is not None):
            break
        if 2 * len(filled) > len(used):
            raise InvalidInputError(
                f"{name}: row {first_row + number} names {len(filled):,} of {len(used):,} columns; name all of them, "
                "or say by skip= how many rows stand above the header"
            )
    else:
        raise InvalidInputError(
            f"{name}: no row names all {len(used):,} columns; write their names above them, or say by skip= "
            "how many rows stand above the header"
        )
    cells = [row[index] for index in filled]
    if options.header is None and _is_sample(cells):
        raise InvalidInputError(
            f"{name}: expected the columns' names in row {first_row + number}, found what looks like a sample "
            f"({', '.join(quote(_write_name(cell)) for cell in cells[:3])}, …); add a row of names above it"
        )
    below = head[number + 1 :]
    named = [index for index in used if row[index] != "" or any(other[index] != "" for other in below)]
    return number + 1, {index: _write_name(row[index]) for index in named}


def _is_sample(cells: Sequence[Any]) -> bool:
    """Tell whether a row is a sample rather than a header, in which numbers, such as years, rise."""
    numbers = [cell for cell in cells if not isinstance(cell, str)]
    if len({*map(type, numbers)}) > 1 or any(isinstance(cell, bool) for cell in numbers):
        return True
    if len(numbers) == len(cells):
        return len(numbers) < 3 or numbers != [*range(len(numbers))]
    return any(second <= first for first, second in pairwise(numbers))


def _write_name(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
