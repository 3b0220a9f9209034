from __future__ import annotations

import csv
import datetime
import decimal
import os
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from autoencode.data import read, regular_file
from autoencode.exceptions import AutoencodeError, CorruptDataError, DataNotFoundError, InvalidInputError

quick = settings(max_examples=40, deadline=None)
MIXED = pa.table({"a": [1, 2, 3, 4], "b": [0.5, None, 2.5, 3.0], "c": ["x", "y", None, "x"], "d": [True, False] * 2})

# Text that cannot be mistaken for a number, a date or a missing cell.
# A blank at the end of all cells of a column is none of theirs in a text file.
words = st.text("xyzé ü,;\"'\n=", max_size=5).map(lambda text: f"w{text}w")
cells = {
    "number": st.floats(allow_nan=False, allow_infinity=False, width=64),
    "count": st.integers(-(2**53), 2**53),
    "flag": st.booleans(),
    "word": words,
    "day": st.dates(datetime.date(1970, 1, 1), datetime.date(2200, 1, 1)),
}
rows = st.lists(st.tuples(*cells.values()), min_size=2, max_size=12)


def write_csv(path: Path, names: list[str], rows: list[tuple]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])


@quick
@given(rows, st.data())
def test_the_same_rows_are_the_same_table_from_anywhere(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("laws")
    table = pa.table(dict(zip(cells, map(list, zip(*rows, strict=True)), strict=True)))
    parquet.write_table(table, folder / "t.parquet")
    write_csv(folder / "t.csv", list(cells), rows)
    for source in (folder / "t.parquet", folder / "t.csv", table, table.to_pandas(), pl.DataFrame(table)):
        found = read(source).values
        assert found.column_names == list(cells)
        assert found.to_pydict() == table.to_pydict()
    # Parts in any number, of either kind, and whatever the order of their columns, are the table.
    cuts = data.draw(st.lists(st.integers(1, len(rows) - 1), unique=True, max_size=4).map(sorted))
    (folder / "parts").mkdir()
    for number, (start, stop) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        names = list(cells) if number == 0 else data.draw(st.permutations(list(cells)))
        part = table.slice(start, stop - start).select(names)
        if data.draw(st.booleans()):
            parquet.write_table(part, folder / f"parts/{number}.parquet", row_group_size=data.draw(st.integers(1, 9)))
        else:
            write_csv(folder / f"parts/{number}.csv", names, [tuple(row.values()) for row in part.to_pylist()])
    for source in (folder / "parts", str(folder / "parts" / "*")):
        assert read(source).values.to_pydict() == table.to_pydict()


@quick
@given(st.lists(st.lists(cells["number"], min_size=3, max_size=3), min_size=1, max_size=6))
def test_numbers_are_the_same_from_an_array_file(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    folder, array = tmp_path_factory.mktemp("laws"), np.array(rows)
    np.save(folder / "t.npy", array)
    np.savez(folder / "t.npz", array)
    table = pa.table(list(array.T), names=["a", "b", "c"])
    parquet.write_table(table, folder / "t.parquet")
    write_csv(folder / "t.csv", table.column_names, rows)
    for name in ("t.npy", "t.npz"):
        np.testing.assert_array_equal(read(folder / name).values, array)
    for name in ("t.parquet", "t.csv"):
        np.testing.assert_array_equal(read(folder / name).values.to_pandas().to_numpy(float), array)


def test_parquet_keeps_kinds(tmp_path: Path) -> None:
    table = pa.table(
        {
            "half": pa.array([1, 2], pa.float16()),
            "money": [decimal.Decimal("1.50"), decimal.Decimal("2.25")],
            "word": pa.array(["x", "y"]).dictionary_encode(),
            "nothing": pa.nulls(2),
            "time": pa.array([1, 2], pa.timestamp("us", "Europe/Berlin")),
            "large": [2**53 + 1, 2**62],
            "a.b": [1, 2],
        }
    )
    parquet.write_table(table, tmp_path / "t.parquet", store_schema=True)
    found = read(tmp_path / "t.parquet").values
    assert found.to_pydict() == table.to_pydict()
    assert found.schema.field("money").type == pa.decimal128(3, 2)
    assert found.schema.field("large").type == pa.int64()


def test_the_row_numbers_of_pandas_are_no_column(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}, index=["p", "q"]).to_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").values.column_names == ["a"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (MIXED.slice(0, 0), "has columns but no rows"),
        (pa.table({}), "has no columns"),
        (pa.table({"a": [[1], [2]]}), r"column 'a' holds list<element: int64> cells.* leave the column out"),
        (pa.table({"b": [1], "a": [{"x": 1}]}), "column 'a' holds struct"),
        (pa.table({"a": pa.array([[(1, 2)]], pa.map_(pa.int8(), pa.int8()))}), "column 'a' holds map"),
        (pa.table({"a": [b"x"]}), "column 'a' holds binary"),
        (pa.table({"a": pa.array([b"xy"], pa.binary(2))}), "column 'a' holds fixed_size_binary"),
        (pa.table([[1], [2]], names=["a", "a"]), "2 columns are called 'a'"),
        (pa.table([[1]], names=[""]), "column 1 of 1 has no name"),
        (pa.table([[1]], names=["\x1b[2J"]), "control character"),
    ],
)
def test_what_parquet_is_refused(tmp_path: Path, table: pa.Table, message: str) -> None:
    parquet.write_table(table, tmp_path / "t.parquet")
    with pytest.raises((CorruptDataError, InvalidInputError), match=message):
        read(tmp_path / "t.parquet")


def test_no_row_groups(tmp_path: Path) -> None:
    parquet.ParquetWriter(tmp_path / "t.parquet", MIXED.schema).close()
    with pytest.raises(CorruptDataError, match="has columns but no rows"):
        read(tmp_path / "t.parquet")


@quick
@given(st.data())
def test_a_damaged_parquet_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("parquet") / "t.parquet"
    parquet.write_table(MIXED, path)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    message = ""
    try:
        read(path).values.to_pylist()
    except AutoencodeError as error:
        message = str(error)
    assert len(message.splitlines()) <= 1


def test_more_than_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet.write_table(pa.table({"a": np.zeros(1_000_000), "b": np.zeros(1_000_000, bool)}), tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 20_000
    monkeypatch.setattr(regular_file, "count_memory", lambda: 8_999_999)
    with pytest.raises(InvalidInputError, match="of memory, this machine has"):
        read(tmp_path / "t.parquet")
    monkeypatch.setattr(regular_file, "count_memory", lambda: 9_000_000)
    assert len(read(tmp_path / "t.parquet")) == 1_000_000


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1PAR1", b"a,b\n1,2\n", b"PARE....PARE", b"\x80\x04."])
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(CorruptDataError, match=r"empty|expected a Parquet file|damaged or truncated"):
        read(tmp_path / "t.parquet")


def write_parts(folder: Path, parts: dict[str, str | pa.Table]) -> Path:
    folder.mkdir()
    for name, part in parts.items():
        if isinstance(part, str):
            (folder / name).write_text(part)
        else:
            parquet.write_table(part, folder / name)
    return folder


@pytest.mark.parametrize(
    ("first", "second", "kind", "values"),
    [
        ("x\n1\n", "x\n1.5\n", pa.float64(), [1.0, 1.5]),
        ("x\n1.5\n", "x\n1\n", pa.float64(), [1.5, 1.0]),
        ("x\nNA\n", "x\n1\n", pa.int64(), [None, 1]),
        ("x\n", "x\na\n", pa.string(), ["a"]),
        ("x\na\n", pa.table({"x": pa.array(["b"]).dictionary_encode()}), pa.string(), ["a", "b"]),
        (pa.table({"x": pa.array([1], pa.int8())}), pa.table({"x": [2]}), pa.int64(), [1, 2]),
        ("x\n2024-01-01\n", "x\n2024-01-01 10:00:00\n", pa.timestamp("s"), None),
    ],
)
def test_kinds_of_parts_widen(tmp_path: Path, first: object, second: object, kind: pa.DataType, values: list) -> None:
    names = ["a.csv" if isinstance(part, str) else "b.parquet" for part in (first, second)]
    names[0] = f"0{names[0]}"
    column = read(write_parts(tmp_path / "parts", dict(zip(names, (first, second), strict=True)))).values.column("x")
    assert column.type == kind
    assert values is None or column.to_pylist() == values


def test_one_dictionary_stays_one_through_its_parts(tmp_path: Path) -> None:
    parts = {f"{n}.parquet": pa.table({"x": pa.array([word]).dictionary_encode()}) for n, word in enumerate("ba")}
    assert read(write_parts(tmp_path / "parts", parts)).values.column("x").to_pylist() == ["b", "a"]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("x\n1\n", r"b\.csv: has no column 'y', which .*a\.csv has"),
        ("x,yy\n1,2\n", r"b\.csv: has no column 'y', .*; did you mean 'yy'\?"),
        ("x,y,z\n1,2,3\n", r"b\.csv: has a column 'z', which .*a\.csv lacks"),
        ("x,y\n1\n2\n", r"b\.csv: row 0 \(line 2\): expected 2 cells"),
        ("", r"b\.csv: the file is empty"),
    ],
)
def test_parts_that_do_not_fit_are_refused(tmp_path: Path, second: str, message: str) -> None:
    folder = write_parts(tmp_path / "parts", {"a.csv": "x,y\n1,9007199254740993\n", "b.csv": second})
    with pytest.raises(CorruptDataError, match=message) as error:
        read(folder)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("second", "values"),
    [
        ("x\nu\n", ["1", "u"]),
        ("x\nTrue\n", ["1", "True"]),
        ("x\n2024-01-01\n", ["1", "2024-01-01"]),
        ("x\n02\n", ["1", "02"]),
        ("x\n?\n", [1, None]),
        ('x\n"2,5"\n', [1.0, 2.5]),
    ],
)
@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_the_kind_of_a_column_is_decided_on_the_rows_of_all_parts(
    tmp_path: Path, second: str, values: list[object]
) -> None:
    folder = write_parts(tmp_path / "parts", {"a.csv": "x\n1\n", "b.csv": second})
    assert read(folder).values.column("x").to_pylist() == values


def test_hidden_files_and_marks_are_left_out_and_others_refused(tmp_path: Path) -> None:
    parts = {"b.csv": "x\n2\n", "a.csv": "x\n1\n", "_SUCCESS": "", ".a.csv.crc": "?", "_old.csv": "x\n7\n"}
    folder = write_parts(tmp_path / "parts", parts)
    samples = read(folder)
    assert samples.name == f"2 files of {folder}"
    assert samples.values.column("x").to_pylist() == [1, 2]
    (folder / "notes.md").write_text("hi")
    with pytest.raises(InvalidInputError, match=r"notes\.md is no part of a table; take it out, or give"):
        read(folder)
    assert read(f"{folder}/*.csv").name == f"2 files of {folder}/*.csv"
    with pytest.raises(InvalidInputError, match="make the pattern fit only the parts"):
        read(f"{folder}/*")
    (folder / "notes.md").unlink()
    (folder / "sub.csv").mkdir()
    with pytest.raises(InvalidInputError, match=r"sub\.csv is no part of a table"):
        read(folder)


def test_a_row_is_never_read_twice(tmp_path: Path) -> None:
    folder = write_parts(tmp_path / "parts", {"a.csv": "x\n1\n"})
    (folder / "b.csv").symlink_to("a.csv")
    with pytest.raises(InvalidInputError, match=r"b\.csv and .*a\.csv are one file, whose rows would count twice"):
        read(folder)
    with pytest.raises(InvalidInputError, match=r"\*\* is not read"):
        read(f"{tmp_path}/**/*.csv")


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_parts(tmp_path / "parts", {"a.csv": "x\n1\n"}) / "a.csv"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataNotFoundError, match=r"a\.csv: cannot be read: Permission denied"):
        read(path)


def test_real_tables(data_folder: Path) -> None:
    shapes = {path.stem: read(path).values.shape for path in sorted((data_folder / "tables").glob("*.csv"))}
    assert shapes == {"diamonds": (53940, 10), "mpg": (398, 9), "penguins": (344, 7), "titanic": (891, 15)}
    titanic = read(data_folder / "tables" / "titanic.csv").values
    expected = pd.read_csv(data_folder / "tables" / "titanic.csv")
    assert titanic.schema.field("adult_male").type == pa.bool_()
    assert titanic.column("age").null_count == expected["age"].isna().sum()
    np.testing.assert_array_equal(titanic.column("fare").to_numpy(), expected["fare"])


@pytest.fixture
def data_folder() -> Path:
    folder = os.environ.get("AUTOENCODE_DATA")
    if not folder:
        pytest.skip("AUTOENCODE_DATA is not set")
    assert stat.S_ISDIR(os.stat(folder).st_mode)
    return Path(folder)
