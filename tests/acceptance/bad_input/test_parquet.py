"""Parquet files, folders of parts and data frames that are odd or wrong."""

from __future__ import annotations

import contextlib
import datetime
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

import autoencode as ae
from autoencode.exceptions import AutoencodeError

# What tests/data asserts of the readers holds at the shell too; the fast tier has one file of each kind.
pytestmark = pytest.mark.slow

TRAIN = ("--epochs", "1", "--seed", "0", "--run", "./run")


def parquet(table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file, **options)
    return file.getvalue()


def numbers(rows: int = 20) -> dict[str, Any]:
    return {"a": np.arange(rows, dtype=float), "b": np.arange(rows)[::-1]}


GOOD = parquet(pa.table(numbers()))
NO_GROUPS = io.BytesIO()
pyarrow.parquet.ParquetWriter(NO_GROUPS, pa.schema([("a", pa.float64())])).close()

REFUSED: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "no bytes": (b"", ("x.parquet: the file is empty",)),
    "CSV called .parquet": (b"a,b\n1,2\n", ("x.parquet", "expected a Parquet file")),
    "the first bytes alone": (b"PAR1", ("x.parquet", "damaged or truncated")),
    "cut in the middle": (GOOD[: len(GOOD) // 2], ("x.parquet", "damaged or truncated")),
    "cut at the end": (GOOD[:-1], ("x.parquet", "damaged or truncated")),
    "the end changed": (GOOD[:-9] + b"\xff" + GOOD[-8:], ("x.parquet", "damaged or truncated")),
    "no row groups": (NO_GROUPS.getvalue(), ("x.parquet", "no rows")),
    "no rows": (parquet(pa.table(numbers(0))), ("x.parquet", "no rows")),
    "one row": (parquet(pa.table(numbers(1))), ("minimum of 2",)),
    "no columns": (parquet(pa.table({})), ("x.parquet", "no columns")),
    "a list in a cell": (parquet(pa.table({"a": [[1, 2], [3]]})), ("x.parquet", "'a'", "list", "column of its own")),
    "fields in a cell": (parquet(pa.table({"a": [{"x": 1}] * 2})), ("x.parquet", "'a'", "struct", "column of its own")),
    "bytes in a cell": (parquet(pa.table({"a": [b"x", b"y"]})), ("x.parquet", "'a'", "binary", "leave the column out")),
    "a column without a name": (parquet(pa.table({"": [1, 2]})), ("x.parquet", "column 1 of 1 has no name")),
    "a name that commands the terminal": (parquet(pa.table({"\x1b[2J": [1, 2]})), ("x.parquet", r"\x1b[2J", "rename")),
    "infinite": (parquet(pa.table({"a": [1.0, np.inf, 2.0]})), ("'a'", "inf")),
    "names of rows beyond 2**53": (parquet(pa.table({"a": [2**53 + 1, 2, 3]})), ("'a'", "2**53", str(2**53 + 1))),
    "every cell missing": (parquet(pa.table({"a": pa.array([None] * 3, pa.float64())})), ("'a'", "missing")),
    "only the unnamed index of pandas": (
        parquet(pa.Table.from_pandas(pd.DataFrame(index=[5, 7, 9]))),
        ("x.parquet", "no columns"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused(case: str, shell: Any) -> None:
    content, says = REFUSED[case]
    (shell.folder / "x.parquet").write_bytes(content)
    shell.refuses("train", "x.parquet", *TRAIN, says=says)


def test_a_file_cut_anywhere_is_refused(shell: Any) -> None:
    path = shell.folder / "x.parquet"
    for end in range(0, len(GOOD), 23):
        path.write_bytes(GOOD[:end])
        shell.refuses("train", "x.parquet", *TRAIN, says=("x.parquet",))


def test_a_file_changed_anywhere_is_refused_or_read(shell: Any) -> None:
    path = shell.folder / "x.parquet"
    for place in range(0, len(GOOD), 11):
        path.write_bytes(GOOD[:place] + bytes([GOOD[place] ^ 0xFF]) + GOOD[place + 1 :])
        with contextlib.suppress(AutoencodeError):  # any other error fails
            assert len(ae.data.read(path)) == 20


def test_many_rows_of_one_value_are_not_believed(shell: Any) -> None:
    table = pa.table({"a": pa.chunked_array([pa.array(np.zeros(1_000_000))] * 20)})
    content = parquet(table)
    assert len(content) < 1_000_000
    (shell.folder / "x.parquet").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autoencode.data.regular_file.count_memory", lambda: 2**26)
        shell.refuses("train", "x.parquet", *TRAIN, says=("x.parquet", "GiB of memory", "part of it"))


# ---------------------------------------------------------------------- parts


PARTS: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    "a column less": (({"a": [1, 2], "b": [1, 2]}, {"a": [1, 2]}), ("1.parquet", "'b'", "0.parquet has")),
    "a column more": (({"a": [1, 2]}, {"a": [1, 2], "b": [1, 2]}), ("1.parquet", "'b'", "0.parquet lacks")),
    "a name that is nearly it": (({"age": [1, 2]}, {"Age": [1, 2]}), ("1.parquet", "'age'", "'Age'")),
    "text after numbers": (({"a": [1, 2]}, {"a": ["x", "y"]}), ("1.parquet", "'a'", "string", "int64")),
    "dates after numbers": (({"a": [1.5, 2]}, {"a": [datetime.date(2024, 1, 1)] * 2}), ("1.parquet", "'a'", "date32")),
    "nested cells in the second": (({"a": [1, 2]}, {"a": [[1], [2]]}), ("1.parquet", "'a'", "list")),
}


@pytest.mark.parametrize("case", PARTS)
def test_parts_of_different_tables_are_refused(case: str, shell: Any) -> None:
    tables, says = PARTS[case]
    (shell.folder / "parts").mkdir()
    for number, table in enumerate(tables):
        (shell.folder / "parts" / f"{number}.parquet").write_bytes(parquet(pa.table(table)))
    for data in ("parts", "parts/", "parts/*.parquet"):
        shell.refuses("train", data, *TRAIN, says=says)


def test_parts_that_fit_are_one_table(shell: Any, numbers: Any) -> None:
    lines = numbers.data.read_text().splitlines()
    rows = np.array([line.split(",") for line in lines[1:]], float)
    (shell.folder / "parts").mkdir()
    (shell.folder / "parts" / "0.csv").write_text("\n".join([lines[0], *lines[1:11]]))
    second = pa.table({"c": rows[10:, 2], "a": rows[10:, 0], "b": rows[10:, 1]})
    (shell.folder / "parts" / "1.parquet").write_bytes(parquet(second))
    (shell.folder / "parts" / "_SUCCESS").touch()
    np.testing.assert_array_equal(shell.errors(numbers.run, "parts"), numbers.model.errors(str(numbers.data)))


def test_a_folder_with_something_else_is_refused(shell: Any) -> None:
    (shell.folder / "parts").mkdir()
    (shell.folder / "parts" / "0.parquet").write_bytes(GOOD)
    (shell.folder / "parts" / "notes.txt").write_text("hello")
    shell.refuses("train", "parts", *TRAIN, says=("notes.txt", "no part of a table", "take it out"))
    (shell.folder / "parts" / "notes.txt").unlink()
    (shell.folder / "parts" / "1.parquet").symlink_to("0.parquet")
    shell.refuses("train", "parts", *TRAIN, says=("1.parquet", "0.parquet", "one file", "remove the link"))


# ---------------------------------------------------------------------- data frames


FRAMES: dict[str, tuple[Any, str]] = {
    "two columns of one name": (pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), "'a'|duplicate|unique"),
    "no columns": (pd.DataFrame(index=range(3)), "without columns"),
    "no rows": (pd.DataFrame({"a": [], "b": []}), "sample"),
    "one row": (pd.DataFrame({"a": [1.0]}), "minimum of 2"),
    "infinite": (pd.DataFrame({"a": [1.0, np.inf], "b": [1, 2]}), "inf"),
    "objects of several kinds": (pd.DataFrame({"a": [1, "x", 2.5]}), "'a'|convert"),
    "lists": (pd.DataFrame({"a": [[1], [2]]}), "'a'|list|sequence"),
    "complex": (pd.DataFrame({"a": [1j, 2j]}), "[Cc]omplex|'a'"),
    "beyond 2**53": (pd.DataFrame({"a": [2**60, 1, 2]}), r"2\*\*53"),
    "every cell missing": (pd.DataFrame({"a": [None] * 3}), "missing|'a'"),
    "lazy": (pl.LazyFrame({"a": [1, 2]}), "lazy"),
    "polars, nested": (pl.DataFrame({"a": [[1], [2]]}), "'a'"),
    "polars, NaN and nothing else": (pl.DataFrame({"a": [float("nan")] * 3}), "'a'|NaN"),
    "one column alone": (pd.Series([1.0, 2.0]), "1D|column"),
    "pyarrow, nested": (pa.table({"a": [[1], [2]]}), "'a'"),
}


@pytest.mark.parametrize("case", FRAMES)
def test_a_frame_is_refused(case: str) -> None:
    frame, words = FRAMES[case]
    with pytest.raises(ValueError, match=words) as caught:
        ae.Autoencoder(2, epochs=1).fit(frame)
    assert isinstance(caught.value, AutoencodeError), type(caught.value)
    assert "\n" not in str(caught.value), str(caught.value)


def test_a_model_is_as_it_was_after_a_frame_that_is_refused(numbers: Any) -> None:
    frame = pd.read_csv(numbers.data)
    before = numbers.model.errors(frame)
    for wrong in (frame[["a", "b"]], frame.rename(columns={"c": "C"}), frame.assign(c="x"), frame.assign(c=np.nan)):
        with pytest.raises(ValueError, match="c") as caught:
            numbers.model.errors(wrong)
        assert isinstance(caught.value, AutoencodeError)
    np.testing.assert_array_equal(numbers.model.errors(frame), before)


def test_an_empty_file_has_its_path(shell: Any) -> None:
    deep = Path("a") / "b"
    (shell.folder / deep).mkdir(parents=True)
    (shell.folder / deep / "x.parquet").touch()
    shell.refuses("train", deep / "x.parquet", *TRAIN, says=("a/b/x.parquet",))
