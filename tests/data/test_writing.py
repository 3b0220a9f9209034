from __future__ import annotations

import csv
import errno
import json
import os
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autoencode import files
from autoencode.data import table_writing
from autoencode.data.images import ImageFolder
from autoencode.data.writing import write_samples
from autoencode.exceptions import InvalidInputError

IMAGES = np.random.default_rng(5).random((3, 4, 6), np.float32)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def read_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


SPELLED = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
ARRAYS = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.uint64, np.int8, np.bool_, ">f8", ">i4"]),
    hnp.array_shapes(min_dims=1, max_dims=4, max_side=4),
)


@given(ARRAYS)
@settings(max_examples=150, deadline=None)
def test_every_bit_comes_back(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray) -> None:
    folder = tmp_path_factory.mktemp("written")
    flat = values.reshape(len(values), -1).astype(values.dtype.newbyteorder("="))
    for name in ("a.npy", "a.PARQUET", "a.csv"):
        write_samples(values, folder / name)
    assert np.load(folder / "a.npy").tobytes() == values.tobytes()
    table = pyarrow.parquet.read_table(folder / "a.PARQUET")
    for column, expected in zip(table.columns, flat.T, strict=True):
        assert column.to_numpy().tobytes() == expected.tobytes()
    header, *rows = read_rows(folder / "a.csv")
    assert header == table.column_names
    read = np.array([[json.loads(SPELLED.get(cell, cell)) for cell in row] for row in rows], flat.dtype)
    if flat.dtype.kind == "f":
        flat[np.isnan(flat)] = np.nan  # of which there are many bit patterns, and one word in CSV
    assert read.tobytes() == flat.tobytes()


@given(hnp.arrays(st.sampled_from([np.float32, np.float64]), (5, 2), elements={"allow_nan": False}))
@settings(max_examples=60, deadline=None)
def test_arrow_reads_the_same_floats_from_csv(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("written") / "a.csv"
    write_samples(values, path)
    table = pyarrow.csv.read_csv(path)
    assert table.schema.types == [pa.float64()] * 2
    read = np.stack([column.to_numpy() for column in table.columns], axis=1).astype(values.dtype)
    assert read.tobytes() == values.tobytes()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
HOSTILE = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", 'a"b', "a,b", "a\nb", "a\r\nb", "", "'", "ж", None]


@given(st.lists(st.tuples(TEXTS | st.sampled_from(HOSTILE), st.none() | st.integers(-9, 9)), max_size=5), TEXTS)
@settings(max_examples=150, deadline=None)
def test_text_comes_back_and_is_no_formula(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, int | None]], name: str
) -> None:
    path = tmp_path_factory.mktemp("written") / "a.csv"
    texts, numbers = ([row[place] for row in rows] for place in (0, 1))
    columns = [f"{name}1", f"{name}2"]
    write_samples(pa.table([pa.array(texts, pa.string()), pa.array(numbers, pa.int64())], names=columns), path)

    def guard(text: str) -> str:
        return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text

    expected = [[guard(text or ""), "" if number is None else str(number)] for text, number in rows]
    assert read_rows(path) == [[guard(name) for name in columns], *expected]


def test_csv_in_full(tmp_path: Path) -> None:
    table = pa.table(
        {
            'a "quoted", name': pa.array([1.0, None, -0.5], pa.float32()),
            "=whole": pa.array([-1, None, 3], pa.int8()),
            "text": ["=SUM(A1)", None, ""],
            "kind": pa.array(["-x", None, "y"]).dictionary_encode(),
            "level": pa.array([2.0, None, 3.0]).dictionary_encode(),
            "flag": [True, None, False],
            "day": [date(2020, 2, 29), None, date(1, 1, 1)],
            "time": pa.array([datetime(2020, 1, 1, 12, tzinfo=UTC), None, None], pa.timestamp("s", "UTC")),
            "price": pa.array([None, None, 1], pa.decimal128(5, 2)),
            "nothing": pa.nulls(3),
        }
    )
    write_samples(table, tmp_path / "a.csv", row_names=["1", "@2", "c/3.png"])
    assert (tmp_path / "a.csv").read_text().split("\n") == [
        '"row_name","a ""quoted"", name","\'=whole","text","kind","level","flag","day","time","price","nothing"',
        '"1",1.0,-1,"\'=SUM(A1)","\'-x",2.0,true,2020-02-29,2020-01-01 12:00:00Z,,',
        '"\'@2",,,,,,,,,,',
        '"c/3.png",-0.5,3,"","y",3.0,false,0001-01-01,,1.00,',
        "",
    ]
    assert names(tmp_path) == ["a.csv"]


def test_long_csv_is_written_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(50.0).reshape(25, 2)
    write_samples(values, tmp_path / "whole.csv")
    monkeypatch.setattr(table_writing, "CELLS_AT_ONCE", 6)
    write_samples(values, tmp_path / "blocks.csv")
    assert (tmp_path / "blocks.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_missing_cell_without_neighbour_is_no_empty_line(tmp_path: Path) -> None:
    write_samples(pa.table({"a": [1, None, 3]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == '"a"\n1\n""\n3\n'
    assert pyarrow.csv.read_csv(tmp_path / "a.csv").column(0).to_pylist() == [1, None, 3]


@pytest.mark.parametrize(
    ("shape", "columns"),
    [
        ((2,), ["feature"]),
        ((2, 3), ["feature_0", "feature_1", "feature_2"]),
        ((2, 1, 2), ["pixel_0_0", "pixel_0_1"]),
        ((2, 1, 1, 3), ["pixel_0_0_red", "pixel_0_0_green", "pixel_0_0_blue"]),
        ((2, 1, 2, 1), ["feature_0_0_0", "feature_0_1_0"]),
    ],
)
def test_names_of_features(tmp_path: Path, shape: tuple[int, ...], columns: list[str]) -> None:
    write_samples(np.zeros(shape), tmp_path / "a.csv")
    assert read_rows(tmp_path / "a.csv")[0] == columns
    write_samples(np.zeros((0, *shape[1:])), tmp_path / "a.csv", columns=[str(n) for n in range(len(columns))])
    assert read_rows(tmp_path / "a.csv") == [[str(n) for n in range(len(columns))]]


@pytest.mark.parametrize("colours", [(), (3,)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_images_come_back_within_half_a_level(tmp_path: Path, colours: tuple[int, ...], dtype: type) -> None:
    values = np.random.default_rng(1).random((12, 5, 7, *colours)).astype(dtype)
    values.flat[:2] = -0.3, 1.4
    write_samples(values, tmp_path / "out")
    samples = ImageFolder(tmp_path / "out").read()
    assert samples.row_names == tuple(f"{index:02}.png" for index in range(12))
    assert abs(samples.values - np.clip(values.astype(float), 0, 1)).max() <= 1 / 510 + 1e-6
    write_samples(samples.values, f"{tmp_path}/again.csv/", row_names=samples.row_names)
    again = ImageFolder(tmp_path / "again.csv").read()
    np.testing.assert_array_equal(again.values, samples.values)
    assert again.row_names == samples.row_names


def test_masks_are_images(tmp_path: Path) -> None:
    write_samples(IMAGES > 0.5, tmp_path / "out")
    np.testing.assert_array_equal(ImageFolder(tmp_path / "out").read().values, IMAGES > 0.5)


def test_images_keep_their_names_and_none_is_lost(tmp_path: Path) -> None:
    given = ["a/1.jpg", "a/1.png", "a/1.v2", "A/1.JPEG", "b.png/c.webp", "b.jpg", "a/1-2.png", "x" * 250]
    written = ["a/1.png", "a/1-2.png", "a/1.v2.png", "A/1-3.png", "b.png/c.png", "b-2.png", "a/1-2-2.png"]
    write_samples(np.zeros((8, 2, 2)), tmp_path / "out", row_names=given)
    assert names(tmp_path / "out") == sorted([*written, "x" * 250 + ".png", ".autoencode-images.json"])


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a//b", "a/", "", ".", ".hidden", "a/.b/c", "a\0b"])
def test_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError, match="row_names: expected the name of a file within the folder"):
        write_samples(IMAGES[:1], tmp_path / "out", row_names=[name])
    assert names(tmp_path) == []


def test_folder_written_here_is_replaced_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for count in (3, 2):
        write_samples(IMAGES[:count], tmp_path / "out")
        assert names(tmp_path / "out") == [".autoencode-images.json", *(f"{n}.png" for n in range(count))]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(InvalidInputError, match=r"out' has 'mine\.txt', which was not written here"):
        write_samples(IMAGES, tmp_path / "out")
    (tmp_path / "out" / "mine.txt").unlink()
    (tmp_path / "out" / "linked").symlink_to(tmp_path)
    with pytest.raises(InvalidInputError, match="has 'linked'"):
        write_samples(IMAGES, tmp_path / "out")
    assert len(names(tmp_path / "out")) == 3


@pytest.mark.parametrize("content", ["", "7", "[[]]", "[" * 100_000, '{"0.png": 1}'])
def test_damaged_list_makes_the_folder_foreign(tmp_path: Path, content: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "1.png").touch()
    (tmp_path / "out" / ".autoencode-images.json").write_text(content)
    with pytest.raises(InvalidInputError, match="which was not written here"):
        write_samples(IMAGES, tmp_path / "out")


def test_list_names_what_was_written(tmp_path: Path) -> None:
    write_samples(IMAGES, tmp_path / "out")
    assert json.loads((tmp_path / "out" / ".autoencode-images.json").read_text()) == ["0.png", "1.png", "2.png"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", [0, 1, 2])
def test_folder_is_as_it_was_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, call: int
) -> None:
    write_samples(IMAGES, tmp_path / "out")
    rename, calls = os.rename, []

    def fail_once(*paths: Path) -> None:
        calls.append(paths)
        if len(calls) == call:
            raise error
        rename(*paths)

    def exchange(*_paths: Path) -> bool:
        if call == 0:
            raise error
        return False  # as where the system cannot exchange names at once

    monkeypatch.setattr(os, "rename", fail_once)
    monkeypatch.setattr(files, "_exchange_at_once", exchange)
    with pytest.raises(type(error)) as caught:
        write_samples(IMAGES[:1], tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert len(names(tmp_path / "out")) == 4
    if isinstance(error, OSError):
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "out"))


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No file may become longer than 1000 bytes."""
    # What is imported meanwhile would leave torn byte code behind, at which every later import ends.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npy", "images"])
@pytest.mark.usefixtures("small_disk")
def test_full_disk_leaves_nothing_and_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=f"{name}'$") as caught:
        write_samples(np.random.default_rng(0).random((2, 60, 60)), tmp_path / name)
    assert caught.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npy", "images"])
def test_folder_that_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    for folder in ("missing", "file"):
        with pytest.raises(InvalidInputError, match=f"the folder '.*{folder}' does not exist; create it first"):
            write_samples(IMAGES, tmp_path / folder / name)


def test_file_in_the_place_of_a_folder_and_the_reverse(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInputError, match="expected a folder, or no file yet, got the file"):
        write_samples(IMAGES, tmp_path / "file")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OSError, match=r"folder\.csv"):
        write_samples(IMAGES, tmp_path / "folder.csv")
    assert names(tmp_path) == ["file"]


TABLE = pa.table({"a": [1]})


@pytest.mark.parametrize(
    ("values", "name", "options", "message"),
    [
        (IMAGES, "a.txt", {}, r"path: expected a name that ends in \.csv, \.parquet, \.npy, or in / for a folder"),
        (IMAGES, "a.csv.gz", {}, "path: expected a name that ends in"),
        (TABLE, "a.npy", {}, r"path: a table needs a name that ends in \.csv or \.parquet"),
        (TABLE, "a", {}, "path: a folder of images needs an array"),
        (IMAGES[0], "a", {}, r"path: a folder of images needs an array of shape .*, got values of shape \(4, 6\)"),
        (IMAGES[:0], "a", {}, "path: a folder of images needs an array"),
        (IMAGES * 255, "a", {}, "values: a folder of images needs floats from 0 to 1, got float32 from .*; scale them"),
        (IMAGES * np.nan, "a", {}, "from nan to nan"),
        (np.ones((1, 2, 2), np.uint8), "a", {}, "needs floats from 0 to 1, got uint8"),
        ([[1.0]], "a.csv", {}, r"values: expected an array or a pyarrow\.Table, got list"),
        (np.array([None]), "a.npy", {}, "values: expected an array of numbers"),
        (np.array(["x"]), "a.csv", {}, "values: expected an array of numbers"),
        (np.ones(2, complex), "a.csv", {}, "values: expected an array of numbers"),
        (np.array(1.0), "a.npy", {}, "with an axis of samples"),
        (np.ones((2, 0)), "a.csv", {}, "values: expected at least one column"),
        (np.ones((2, 2)), "a.csv", {"columns": ["a"]}, "columns: expected 2, one for each number of a sample, got 1"),
        (np.ones((2, 2)), "a.csv", {"columns": ["a", 1]}, "columns: expected text, got 1"),
        (np.ones((2, 2)), "a.csv", {"columns": ["a", "a"]}, "expected names that differ, got 'a' twice"),
        (np.ones((2, 1)), "a.csv", {"columns": ["\ud800"]}, r"a\.csv: cannot hold these values: "),
        (np.ones((2, 2)), "a.csv", {"row_names": ["a"]}, "row_names: expected 2, one a sample, got 1"),
        (np.ones((1, 2)), "a.csv", {"row_names": [1]}, "row_names: expected text, got 1"),
        (TABLE, "a.csv", {"columns": ["b"]}, "columns: a table has names"),
        (pa.table([[1], [2]], names=["a", "a"]), "a.parquet", {}, "expected names that differ, got 'a' twice"),
        (pa.table({"b": [[1]]}), "a.csv", {}, r"CSV cannot hold column 'b' of type list<.*>; write \.parquet"),
        (pa.table({"b": [b"\xff"]}), "a.csv", {}, "CSV cannot hold column 'b' of type binary"),
    ],
)
def test_what_cannot_be_written(
    tmp_path: Path, values: object, name: str, options: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        write_samples(values, tmp_path / name, **options)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@given(
    st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(HOSTILE[:-1])), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_own_cells_come_back_to_the_character(tmp_path_factory: Any, rows: list[tuple[str, str]], name: str) -> None:
    name = f"={name}"
    path = tmp_path_factory.getbasetemp() / "own.csv"
    table = pa.table({name: [first for first, _ in rows], "other": [second for _, second in rows]})
    write_samples(table, path, own=table.column_names)
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file, strict=True)) == [[name, "other"], *map(list, rows)]


def test_own_cells_beside_ours(tmp_path: Path) -> None:
    table = pa.table(
        {"why": ["=1"], "kind": ["=1"], "code": ["007"], "note": ["a b"], "empty": [""], "none": pa.nulls(1)}
    )
    write_samples(table, tmp_path / "a.csv", own=["kind", "code", "note", "empty"])
    assert (tmp_path / "a.csv").read_text() == '"why",kind,code,note,empty,"none"\n"\'=1",=1,007,a b,"",\n'


@pytest.mark.parametrize("ending", ["csv", "parquet", "npy"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 90), max_size=6))
def test_no_cut_into_blocks_changes_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, cuts: list[int]
) -> None:
    monkeypatch.setattr(table_writing, "GROUP_ROWS", 40)
    values: Any = np.random.default_rng(0).normal(size=(90, 3))
    if ending != "npy":
        values = pa.table({"a": values[:, 0], "b": [None if row % 7 else f"x{row % 5}" for row in range(90)]})
    write_samples(values, tmp_path / f"whole.{ending}")
    with table_writing.open_blocks(tmp_path / f"blocks.{ending}") as blocks:
        for start, stop in pairwise(sorted([0, *cuts, 90])):
            blocks.add(values[start:stop] if ending == "npy" else values.slice(start, stop - start))
    assert (tmp_path / f"blocks.{ending}").read_bytes() == (tmp_path / f"whole.{ending}").read_bytes()
