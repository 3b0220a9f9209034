"""One table is the same wherever it is kept, as far as what keeps it can hold it."""

from __future__ import annotations

import csv
import datetime
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest
from pyarrow import feather, ipc, parquet

from autoencode.data import Reading, find_source, read
from autoencode.data.table_formats import FORMATS, find_by_name
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import CorruptDataError, DataNotFoundError, InvalidInputError

DAYS = [datetime.date(2024, 1, 2), None, datetime.date(1999, 12, 31), datetime.date(2024, 2, 29)]
TABLE = pa.table(
    {
        "whole": [1, -2, 123456789012345, None],
        "number": [0.5, None, 0.1, -12345.678901],
        "word": ["x", "ä, ö", None, "two words"],
        "flag": [True, False, None, True],
        "day": pa.array(DAYS, pa.date32()),
    }
)
ROWS = TABLE.to_pylist()
PLAIN = TABLE.drop_columns(["flag", "day"])  # what has neither booleans nor dates holds


def write_text(path: Path, separator: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=separator).writerows([TABLE.column_names, *(row.values() for row in ROWS)])
    return path


def write_json(path: Path, *, is_array: bool) -> Path:
    rows = [json.dumps({**row, "day": row["day"] and row["day"].isoformat()}) for row in ROWS]
    path.write_text(f"[{','.join(rows)}]" if is_array else "\n".join(rows))
    return path


def write_workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (TABLE.column_names, *(list(row.values()) for row in ROWS)):
        book.active.append(row)
    book.save(path)
    return path


def write_stream(path: Path) -> Path:
    with pa.OSFile(str(path), "wb") as file, ipc.new_stream(file, TABLE.schema) as stream:
        stream.write_table(TABLE)
    return path


def write_sqlite(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE t (whole INTEGER, number REAL, word TEXT)")
        base.executemany("INSERT INTO t VALUES (?, ?, ?)", [tuple(row.values()) for row in PLAIN.to_pylist()])
    return path


def return_path(write: Callable[[Any, Any], Any], name: str) -> Callable[[Path], Path]:
    def keep(folder: Path) -> Path:
        write(TABLE, folder / name)
        return folder / name

    return keep


def relate(_: Path) -> Any:
    base = duckdb.connect()
    base.register("kept", TABLE)
    return base.sql("SELECT * FROM kept")


KEPT: dict[str, Callable[[Path], Any]] = {
    "CSV": lambda folder: write_text(folder / "t.csv", ","),
    "semicolons": lambda folder: write_text(folder / "t.csv", ";"),
    "TSV": lambda folder: write_text(folder / "t.tsv", "\t"),
    "txt": lambda folder: write_text(folder / "t.txt", "\t"),
    "tab": lambda folder: write_text(folder / "t.tab", "\t"),
    "xlsx": lambda folder: write_workbook(folder / "t.xlsx"),
    "Parquet": return_path(parquet.write_table, "t.parquet"),
    "Parquet under another name": return_path(parquet.write_table, "t.csv"),
    "Parquet without an ending": return_path(parquet.write_table, "t"),
    "Feather": return_path(feather.write_feather, "t.feather"),
    "Arrow": return_path(feather.write_feather, "t.arrow"),
    "a stream of Arrow": lambda folder: write_stream(folder / "t.ipc"),
    "pandas": lambda _: pd.DataFrame(ROWS).astype({"whole": "Int64", "flag": "boolean"}).assign(day=DAYS),
    "pandas, nullable": lambda _: TABLE.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get).convert_dtypes(),
    "pandas, Arrow": lambda _: TABLE.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda _: pl.DataFrame(TABLE),
    "pyarrow": lambda _: TABLE,
    "a batch": lambda _: TABLE.to_batches()[0],
    "a reader of batches": lambda _: TABLE.to_reader(),
    "a data set": lambda _: pyarrow.dataset.dataset(TABLE),
    "DuckDB": relate,
}


@pytest.mark.parametrize("kept", KEPT)
def test_one_table_wherever_it_is_kept(tmp_path: Path, kept: str) -> None:
    source = find_source(KEPT[kept](tmp_path))
    for samples in (source.read(), source.read()):
        table = samples.values
        assert isinstance(table, pa.Table)
        assert table.to_pydict() == TABLE.to_pydict()
        assert table.schema.field("whole").type == pa.int64()
        assert table.schema.metadata is None
        assert samples.reading.kind == "table"


@pytest.mark.parametrize("is_array", [True, False])
def test_json_has_no_dates(tmp_path: Path, is_array: bool) -> None:
    table = read(write_json(tmp_path / "t.json", is_array=is_array)).values
    assert isinstance(table, pa.Table)
    assert table.drop_columns("day").equals(TABLE.drop_columns("day"))


def test_sqlite_has_neither_booleans_nor_dates(tmp_path: Path) -> None:
    assert read(write_sqlite(tmp_path / "t.sqlite")).values.equals(PLAIN)  # type: ignore[union-attr]


def test_a_frame_of_numpy_has_whole_numbers_only_without_missing_ones() -> None:
    table = read(pd.DataFrame(ROWS)[["whole", "number", "word"]]).values
    assert isinstance(table, pa.Table)
    assert table.cast(PLAIN.schema).equals(PLAIN)


DROPPABLE = {
    name: KEPT[name] for name in ("CSV", "xlsx", "Parquet", "Feather", "pandas", "polars", "DuckDB", "a data set")
}


@pytest.mark.parametrize("kept", DROPPABLE)
def test_columns_are_left_out_and_come_out_again(tmp_path: Path, kept: str) -> None:
    source = KEPT[kept](tmp_path)

    def load(*drop: str) -> Any:
        return read(source, reading=Reading("table", table=TableOptions(drop=drop)))

    samples = load("word", "whole")
    assert samples.values.column_names == ["number", "flag", "day"]
    assert samples.own_cells().column_names == TABLE.column_names
    with pytest.raises(InvalidInputError, match=r"drop: .* has no column 'words'; did you mean 'word'\?"):
        load("words")
    with pytest.raises(InvalidInputError, match="drop: leaves no column"):
        load(*TABLE.column_names)


LISTS = pa.table({"a": [1, 2], "tags": [["x"], []], "raw": [b"x", b"y"]})


@pytest.mark.parametrize(
    "keep",
    [
        return_path(lambda _, path: parquet.write_table(LISTS, path), "t.parquet"),
        return_path(lambda _, path: feather.write_feather(LISTS, path), "t.feather"),
        lambda _: LISTS,
        lambda _: pl.DataFrame(LISTS),
        lambda _: LISTS.to_reader(),
        lambda _: pd.DataFrame({"a": [1, 2], "tags": [1, "x"], "raw": [{}, 1]}),
    ],
    ids=["Parquet", "Feather", "pyarrow", "polars", "reader", "pandas"],
)
def test_a_column_that_is_left_out_is_never_judged(tmp_path: Path, keep: Callable[[Path], Any]) -> None:
    source = keep(tmp_path)
    samples = read(source, reading=Reading("table", table=TableOptions(drop=("tags", "raw"))))
    assert samples.values.to_pydict() == {"a": [1, 2]}  # type: ignore[union-attr]
    assert samples.own_cells().to_pydict() == {"a": [1, 2]}, "a table that cannot hold it comes without"  # type: ignore[union-attr]


def test_a_reader_gives_its_rows_once() -> None:
    reader = TABLE.to_reader()
    reader.read_all()
    with pytest.raises(InvalidInputError, match="no rows left; a reader gives them only once"):
        read(reader)


@pytest.mark.parametrize(
    "data", [pl.LazyFrame({"a": [1]}), (row for row in ROWS), iter([1])], ids=["lazy", "rows", "one"]
)
def test_what_is_not_there_yet_is_refused(data: Any) -> None:
    with pytest.raises(InvalidInputError, match="expected"):
        read(data)


def test_every_ending_is_of_one_format() -> None:
    endings = [ending for one in FORMATS for ending in one.endings]
    assert len(endings) == len({*endings})
    for one in FORMATS:
        for ending in one.endings:
            assert find_by_name(f"a.b{ending.upper()}") is one
            assert (find_by_name(f"a{ending}.zst") is one) == one.is_text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.feather", b"FEA1....", "found a Feather file of version 1"),
        ("t.feather", b"ARROW1\0\0", "is a damaged or truncated Arrow file"),
        ("t.arrow", b"\xff\xff\xff\xff\x10\0\0\0", "is a damaged or truncated Arrow file"),
        ("t.arrow", b"a,b\n1,2\n", "expected an Arrow or Feather file, found something else"),
        ("t.arrow", b"", "the file is empty"),
        ("t.ipc", b"ARROW1\0\0" + bytes(100), "is a damaged or truncated Arrow file"),
        ("t.parquet.gz", b"\x1f\x8b\x08", "is compressed with gzip: it must end as what is in it"),
        ("t", b"\0\1\2", "its ending does not say what it is"),
        ("t.md", b"a,b\n1,2\n", "its ending does not say what it is"),
    ],
    ids=str,
)
def test_what_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((CorruptDataError, InvalidInputError), match=message):
        read(tmp_path / name)


def test_arrow_is_counted_as_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feather.write_feather(pa.table({"a": [0.5] * 100_000}), tmp_path / "t.feather", compression="zstd", chunksize=1000)
    monkeypatch.setattr("autoencode.data.regular_file.count_memory", lambda: 100_000)
    with pytest.raises(InvalidInputError, match="of memory, this machine has"):
        read(tmp_path / "t.feather")


def build_keys(root: Path) -> Path:
    for year, city, value in ((2024, "K%C3%B6ln", 1), (2023, "a%2Fb", 2), (2024, "__HIVE_DEFAULT_PARTITION__", 3)):
        folder = root / f"year={year}" / f"city={city}"
        folder.mkdir(parents=True)
        parquet.write_table(pa.table({"a": [value], "b": ["x"]}), folder / "part-0.parquet")
    (root / "_SUCCESS").touch()
    return root


def test_folders_that_name_columns(tmp_path: Path) -> None:
    root = build_keys(tmp_path / "t")
    table = read(root).values
    expected = {"a": [2, 1, 3], "b": ["x"] * 3, "year": [2023, 2024, 2024], "city": ["a/b", "Köln", None]}
    assert isinstance(table, pa.Table)
    assert table.to_pydict() == expected
    for pattern in ("year=*/city=*/*.parquet", "*/*/part-?.parquet"):
        assert read(f"{root}/{pattern}").values.to_pydict() == expected  # type: ignore[union-attr]
    dropped = read(root, reading=Reading("table", table=TableOptions(drop=("year", "b")))).values
    assert dropped.to_pydict() == {"a": [2, 1, 3], "city": expected["city"]}  # type: ignore[union-attr]


def test_folders_that_name_columns_wrongly(tmp_path: Path) -> None:
    root = build_keys(tmp_path / "t")
    (root / "year=2023" / "stray.csv").write_text("a,b\n1,x\n")
    with pytest.raises(InvalidInputError, match=r"stray\.csv lies in folders year=…, but .* in year=…/city=…"):
        read(root)
    (root / "year=2023" / "stray.csv").unlink()
    (root / "notes.md").touch()
    with pytest.raises(InvalidInputError, match=r"notes\.md is no part of a table; take it out"):
        read(root)
    (root / "notes.md").unlink()
    (root / "year=2022").symlink_to(root)
    with pytest.raises(InvalidInputError, match="are one folder, whose rows would count twice"):
        read(root)
    other = tmp_path / "u" / "a=1"
    other.mkdir(parents=True)
    with pytest.raises(DataNotFoundError, match="its folders are empty"):
        read(tmp_path / "u")
    (other / "t.csv").write_text("a,b\n1,x\n")
    with pytest.raises(InvalidInputError, match="has a column 'a', which the folder that it lies in says as well"):
        read(tmp_path / "u")


def test_parts_are_in_natural_order_and_of_any_format(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    for name, value in (("part-10.csv", 3), ("part-2.jsonl", 2), ("part-1.parquet", 1)):
        path = tmp_path / "t" / name
        if name.endswith(".parquet"):
            parquet.write_table(pa.table({"a": [value]}), path)
        else:
            path.write_text(f"a\n{value}\n" if name.endswith(".csv") else json.dumps({"a": value}))
    assert read(tmp_path / "t").values.column("a").to_pylist() == [1, 2, 3]  # type: ignore[union-attr]
    (tmp_path / "t" / "README.txt").write_text("a\n7\n")
    with pytest.raises(InvalidInputError, match=r"README\.txt is no part of a table"):
        read(tmp_path / "t")
    assert len(read(f"{tmp_path}/t/*.txt")) == 1
