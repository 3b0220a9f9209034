"""Workbooks before they are read: a zip that may be a bomb, sheets that may be too wide, formulas without values."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import numpy as np

from autoencode.data.regular_file import check_memory, damaged, open_file, show_path
from autoencode.exceptions import CorruptDataError, InvalidInputError

_BLOCK_BYTES = 1 << 20
_LONGEST_CELL = 1 << 24
_MOST_MEMBERS = 100_000
# What takes more room than this, and shrinks by more than this factor, was made to fill the memory.
_SUSPECT_BYTES = 2**28
_SUSPECT_EXPANSION = 200
# What a place of a sheet takes as it is read, whether there is a cell in it or not.
_PLACE_BYTES = 32
_DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, LookupError, StopIteration)
# "XFD1048576" and a quote: the longest place there is.
_PLACE_LETTERS, _PLACE_DIGITS = 3, 7
_CELL = re.compile(rb"<(?:\w+:)?c\b(?:[^>]*?\sr\s*=\s*[\"'](\w+)[\"'])?")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>[^<]")


def check_workbook(path: Path) -> list[str]:
    """Check a workbook's zip by what it declares, then that it holds what it declares; return its members.

    Raises
    ------
    CorruptDataError
        If it is damaged, or was made to fill the memory.
    InvalidInputError
        If it does not fit in memory.
    """
    name, stored = show_path(path), path.stat().st_size
    with open_file(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                declared = sum(member.file_size for member in members)
                suspect = max(_SUSPECT_BYTES, _SUSPECT_EXPANSION * stored)
                if declared > suspect or len(members) > _MOST_MEMBERS:
                    raise CorruptDataError(
                        f"{name}: its {stored:,} bytes expand to {declared:,} in {len(members):,} parts, as if made to "
                        "fill the memory; save the sheet as CSV"
                    )
                check_memory(name, declared)
                for member in members:
                    with archive.open(member) as content:
                        while content.read(_BLOCK_BYTES):
                            pass
        except CorruptDataError:
            raise
        except _DAMAGES as error:
            raise damaged(name, "a damaged or truncated workbook", error) from error
    return [member.filename for member in members]


def check_xlsx_sheet(path: Path, number: int) -> None:
    """Check a sheet of an .xlsx file, by its number: it must not be sparse without end, nor lack values of formulas.

    Raises
    ------
    CorruptDataError
        If it is damaged.
    InvalidInputError
        If a formula has no value, or the sheet does not fit in memory.
    """
    name = show_path(path)
    rows, columns = 0, 0
    with open_file(path) as file:
        try:
            with zipfile.ZipFile(file) as archive, archive.open(_find_sheet(archive, number)) as content:
                for block in _split_cells(content, name):
                    size = _find_last(block)
                    rows, columns = max(rows, size[0]), max(columns, size[1])
                    if _may_have_formulas(block):
                        _check_formulas(block, name)
        except (CorruptDataError, InvalidInputError):
            raise
        except (*_DAMAGES, ElementTree.ParseError) as error:
            raise damaged(name, "a damaged or truncated workbook", error) from error
    check_memory(f"{name}, a sheet of {rows:,} × {columns:,} places", rows * columns * _PLACE_BYTES)


def _find_sheet(archive: zipfile.ZipFile, number: int) -> str:
    """Return the member that holds a sheet; names of members are the same in small letters and capitals."""
    members = {name.lower(): name for name in archive.namelist()}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(archive.read(members["xl/_rels/workbook.xml.rels"]))
    targets = {relation.get("Id"): relation.get("Target") or "" for relation in relations}
    sheets = [element for element in book.iter() if element.tag.rpartition("}")[2] == "sheet"]
    target = next(targets[value] for key, value in sheets[number].items() if key.endswith("}id"))
    return members[(target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}").lower()]


def _split_cells(content: IO[bytes], name: str) -> Iterator[bytes]:
    """Give a sheet's XML in blocks that end before a cell begins."""
    rest = b""
    while block := content.read(_BLOCK_BYTES):
        rest += block
        cut = max(rest.rfind(b"<c "), rest.rfind(b":c "), 0)
        yield rest[:cut]
        rest = rest[cut:]
        if len(rest) > _LONGEST_CELL:
            raise CorruptDataError(f"{name}: has a cell longer than {_LONGEST_CELL >> 20} MiB; is it a table?")
    yield rest


def _check_formulas(block: bytes, name: str) -> None:
    cells = list(_CELL.finditer(block))
    for cell, after in zip(cells, [*(cell.start() for cell in cells[1:]), len(block)], strict=True):
        inside = block[cell.end() : after]
        if _FORMULA.search(inside) and not _VALUE.search(inside):
            where = f"cell {cell[1].decode()}" if cell[1] else "a cell"
            raise InvalidInputError(
                f"{name}: {where} has a formula whose value is not stored; open the file in Excel or LibreOffice and "
                "save it, or save the sheet as CSV"
            )


def _find_last(block: bytes) -> tuple[int, int]:
    """Return the last row and column that a cell of a block says it is in, such as ``r="C12"``."""
    text = np.frombuffer(block + b"<" * (_PLACE_LETTERS + _PLACE_DIGITS + 4), np.uint8)
    signs = np.flatnonzero(text == ord("="))
    if (text[signs + 1] <= ord(" ")).any() or (signs.size and (text[signs - 1] <= ord(" ")).any()):
        # As no program writes it, though any may.
        return _find_last(re.sub(rb"[\0- ]*=[\0- ]*", b"=", block))
    places = np.flatnonzero((text[:-1] == ord("r")) & (text[1:] == ord("="))) + 3
    columns, rows = np.zeros(len(places), np.int64), np.zeros(len(places), np.int64)
    for _ in range(_PLACE_LETTERS):
        letters = text[np.minimum(places, len(text) - 1)] | 0x20
        is_letter = (letters >= ord("a")) & (letters <= ord("z"))
        columns = np.where(is_letter, 26 * columns + letters - 96, columns)
        places += is_letter
    for _ in range(_PLACE_DIGITS):
        digits = text[np.minimum(places, len(text) - 1)]
        is_digit = (digits >= ord("0")) & (digits <= ord("9"))
        rows = np.where(is_digit, 10 * rows + digits - 48, rows)
        places += is_digit
    return int(rows.max(initial=0)), int(columns.max(initial=0))


def _may_have_formulas(block: bytes) -> bool:
    text = np.frombuffer(block, np.uint8)
    before, after = text[:-1], text[1:]
    return bool(((after == ord("f")) & ((before == ord("<")) | (before == ord(":")))).any())
