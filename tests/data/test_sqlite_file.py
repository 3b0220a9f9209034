from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from autoencode.data import Reading, read
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import CorruptDataError, InvalidInputError


def write(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as base, base:
        for statement in statements:
            base.execute(statement)
    return path


def load(path: Path, **options: Any) -> pa.Table:
    return read(path, reading=Reading("table", table=TableOptions(**options))).values  # type: ignore[return-value]


@pytest.fixture
def frozen_folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("name", ["t.sqlite", "t.sqlite3", "T.DB", "t.csv", "noending", "ä b%3f?x#.db"])
def test_a_table_is_read_and_nothing_written(frozen_folder: Path, name: str) -> None:
    path = write(
        frozen_folder / name,
        "PRAGMA user_version = 1",
        "CREATE TABLE t (a INTEGER, b REAL, c TEXT)",
        "INSERT INTO t VALUES (2, 1, '0012'), (1, NULL, 'ä'), (3, 2.5, NULL)",
    )
    before = path.read_bytes()
    path.chmod(0o400)
    frozen_folder.chmod(0o500)
    table = load(path)
    assert table.to_pydict() == {"a": [2, 1, 3], "b": [1.0, None, 2.5], "c": ["0012", "ä", None]}
    assert os.listdir(frozen_folder) == [name]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("1, 2.5", [1.0, 2.5]),
        ("1, 'x'", ["1", "x"]),
        ("1.5, 'x'", ["1.5", "x"]),
        ("NULL, NULL", [None, None]),
        ("'2024-01-02', '2024-01-03'", [datetime.date(2024, 1, 2), datetime.date(2024, 1, 3)]),
        ("9223372036854775807, -1", [2**63 - 1, -1]),
        ("9e999, 1", [float("inf"), 1.0]),
    ],
)
def test_kinds_are_those_of_the_cells(tmp_path: Path, cells: str, expected: list) -> None:
    rows = ", ".join(f"({cell}, 1)" for cell in cells.split(", "))
    path = write(tmp_path / "t.db", "CREATE TABLE t (a, n)", f"INSERT INTO t VALUES {rows}")
    found = load(path).column("a").to_pylist()
    assert found == expected
    assert [*map(type, found)] == [*map(type, expected)]


def test_rows_keep_their_order_whatever_is_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.db",
        "CREATE TABLE t (a INTEGER, b TEXT, c REAL)",
        "CREATE INDEX i ON t (a)",
        "INSERT INTO t VALUES (3, 'x', 1), (1, 'y', 2), (2, 'z', 3)",
    )
    assert load(path, drop=("b", "c")).column("a").to_pylist() == [3, 1, 2]


def test_several_tables_are_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.db",
        "CREATE TABLE sales (a)",
        "CREATE TABLE costs (a)",
        "CREATE VIEW total AS SELECT sum(a) AS s FROM sales",
        "INSERT INTO sales VALUES (1), (2)",
    )
    with pytest.raises(InvalidInputError, match=r"has 3 tables: 'costs', 'sales' and 'total'; name the one .* table="):
        load(path)
    assert load(path, table="sales").to_pydict() == {"a": [1, 2]}
    assert load(path, table="total").to_pydict() == {"s": [3]}
    with pytest.raises(InvalidInputError, match=r"has no table 'sale', but 'costs', .*did you mean 'sales'\?"):
        load(path, table="sale")


def test_one_table_of_another_name(tmp_path: Path) -> None:
    path = write(tmp_path / "t.db", "CREATE TABLE sales (a)", "INSERT INTO sales VALUES (1)")
    with pytest.raises(InvalidInputError, match="has no table 'June', but 'sales'"):
        load(path, table="June")


@pytest.mark.parametrize("name", ['a"b', "a'; DROP TABLE t; --", "select", "a]b", "ü ß", "a`b", "--"])
def test_hostile_names_are_names(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    path = write(tmp_path / "t.db", f"CREATE TABLE {quoted} ({quoted})", f"INSERT INTO {quoted} VALUES (1)")
    assert load(path).to_pydict() == {name: [1]}
    assert load(path, table=name).to_pydict() == {name: [1]}


def test_bytes_are_refused_unless_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "t.db", "CREATE TABLE t (a, b)", "INSERT INTO t VALUES (1, 2), (2, x'00ff')")
    with pytest.raises(InvalidInputError, match=r"column 'b' holds bytes, .*\(drop=\)"):
        load(path)
    assert load(path, drop=("b",)).to_pydict() == {"a": [1, 2]}
    with pytest.raises(InvalidInputError, match=r"drop: .* has no column 'c'"):
        load(path, drop=("c",))
    with pytest.raises(InvalidInputError, match="drop: leaves no column"):
        load(path, drop=("a", "b"))


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_changes_that_are_not_written_in_are_not_overlooked(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / "t.db", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    Path(f"{path}{ending}").touch()
    assert len(load(path)) == 1
    Path(f"{path}{ending}").write_bytes(b"x")
    with pytest.raises(InvalidInputError, match=rf"has changes in .*t\.db{ending} that are not written in yet"):
        load(path)


def test_what_is_no_data_base(tmp_path: Path) -> None:
    for content, message in (
        (b"", "the file is empty"),
        (b"SQLite format 3\0" + bytes(200), "cannot be read as a SQLite data base"),
        (b"a,b\n1,2\n", "expected a SQLite data base, found something else"),
    ):
        (tmp_path / "t.db").write_bytes(content)
        with pytest.raises(CorruptDataError, match=message):
            load(tmp_path / "t.db")
    write(tmp_path / "e.db", "CREATE TABLE t (a)", "DROP TABLE t")
    with pytest.raises(CorruptDataError, match="has no table with anything in it"):
        load(tmp_path / "e.db")


def test_a_view_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
    path = write(tmp_path / "t.db", f"CREATE VIEW v AS {endless}")
    monkeypatch.setattr("autoencode.data.regular_file.count_memory", lambda: 1_000_000)
    with pytest.raises(InvalidInputError, match="of memory, this machine has"):
        load(path)
