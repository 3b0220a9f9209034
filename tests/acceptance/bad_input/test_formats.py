"""Workbooks, data bases, JSON, compressed text and Arrow's files that cannot be read as one table."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image

# What tests/data asserts of the readers holds at the shell too; the fast tier has one file of each kind.
pytestmark = pytest.mark.slow

TRAIN = ("--epochs", "1", "--seed", "0", "--run", "./run")


def write_workbook(path: Path, *sheets: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet(f"Sheet{number + 1}")
        assert sheet is not None
        for row in rows:
            sheet.append(row)
    book.save(path)


def write_bomb(path: Path) -> None:
    write_workbook(path, [["a"], [1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb", "w") as member:
        for _ in range(300):
            member.write(bytes(2**20))


def write_base(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as base, base:
        for statement in statements:
            base.execute(statement)


def write_frames(path: Path) -> None:
    frames = [Image.new("L", (4, 4), grey) for grey in (1, 2)]
    content = io.BytesIO()
    frames[0].save(content, "TIFF", save_all=True, append_images=frames[1:])
    path.write_bytes(content.getvalue())


ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
REFUSED: dict[str, tuple[str, Callable[[Path], Any], tuple[str, ...]]] = {
    "two sheets": ("t.xlsx", lambda p: write_workbook(p, [["a"], [1]], [["b"], [2]]), ("'Sheet2'", "--table")),
    "a formula": ("t.xlsx", lambda p: write_workbook(p, [["a", "b"], [1, "=A2"]]), ("cell B2", "not stored")),
    "a password": ("t.xlsx", lambda p: p.write_bytes(ENCRYPTED), ("password", "save it without")),
    "a bomb": ("t.xlsx", write_bomb, ("as if made to fill the memory",)),
    "half a workbook": ("t.xlsx", lambda p: p.write_bytes(b"PK\x03\x04" + bytes(99)), ("damaged or truncated",)),
    "two tables": (
        "t.db",
        lambda p: write_base(p, "CREATE TABLE a (x)", "CREATE TABLE b (x)"),
        ("'a' and 'b'", "--table"),
    ),
    "bytes": (
        "t.db",
        lambda p: write_base(p, "CREATE TABLE a (x)", "INSERT INTO a VALUES (x'00')"),
        ("bytes", "--drop"),
    ),
    "half a data base": ("t.db", lambda p: p.write_bytes(b"SQLite format 3\0" + bytes(99)), ("t.db", "SQLite")),
    "lists": ("t.jsonl", lambda p: p.write_text('{"a": [1]}\n'), ("line 1", "'a'", "--drop")),
    "half an object": ("t.jsonl", lambda p: p.write_text('{"a": 1}\n{"a"'), ("line 2", "found no JSON")),
    "half a gzip": ("t.jsonl.gz", lambda p: p.write_bytes(gzip.compress(b'{"a": 1}' * 99)[:-9]), ("truncated gzip",)),
    "half a Zstandard": ("t.jsonl", lambda p: p.write_bytes(b"\x28\xb5\x2f\xfd\x04"), ("truncated Zstandard",)),
    "half a Feather": ("t.feather", lambda p: p.write_bytes(b"ARROW1\0\0"), ("damaged or truncated Arrow",)),
    "several frames": ("t.tif", write_frames, ("several frames", "file of its own")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table(case: str, shell: Any) -> None:
    name, write, says = REFUSED[case]
    write(shell.folder / name)
    before = sorted(path.name for path in shell.folder.iterdir())
    shell.refuses("train", name, *TRAIN, says=(name, *says))
    assert sorted(path.name for path in shell.folder.iterdir()) == before, "nothing is written beside it"
