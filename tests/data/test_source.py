from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autoencode.data import Reading, Samples, find_source, load, read
from autoencode.data.images import ImageFolder
from autoencode.data.source import Source
from autoencode.exceptions import CorruptDataError, DataNotFoundError, InvalidInputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_named_set_has_its_own_shape_labels_and_held_out_samples() -> None:
    samples, expected = read("digits"), load("digits")
    assert samples.name == "digits"
    assert samples.reading == Reading("named", size=(8, 8), colour="grey")
    np.testing.assert_array_equal(samples.values.reshape(-1, 64), expected.train)
    np.testing.assert_array_equal(samples.labels, expected.train_labels)  # type: ignore[arg-type]
    held_out = read("digits:test")
    assert held_out.name == "digits:test"
    np.testing.assert_array_equal(held_out.values, samples.held_out)
    np.testing.assert_array_equal(held_out.labels, samples.held_out_labels)  # type: ignore[arg-type]
    assert held_out.held_out is None


@pytest.mark.parametrize("text", ["digits:", "digits:train", "digits:test:test"])
def test_a_named_set_has_one_other_part(text: str) -> None:
    with pytest.raises(InvalidInputError, match="expected digits, or digits:test"):
        find_source(text)


def test_a_name_is_a_set_and_a_path_is_a_file(folder: Path) -> None:
    (folder / "digits").mkdir()
    (folder / "digits" / "a.csv").write_text("x\n1\n")
    assert read("digits").reading.kind == "named"
    for path in ("./digits", Path("digits"), folder / "digits", "digits/"):
        assert read(path).reading.kind == "table"


def test_sources_and_samples_are_taken_as_they_are() -> None:
    class Mine:
        name = "mine"

        def read(self) -> Samples:
            return Samples(np.eye(2), self.name, Reading("array"))

    mine = Mine()
    assert isinstance(mine, Source)
    assert find_source(mine) is mine
    samples = read(mine)
    assert find_source(samples) is samples
    assert read(samples) is samples


def test_a_source_must_give_samples(folder: Path) -> None:
    class Wrong:
        name = "wrong"

        def read(self) -> int:
            return 3

    with pytest.raises(InvalidInputError, match=r"Wrong\.read\(\): expected Samples, got int"):
        read(Wrong())
    (folder / "x.csv").write_text("a\n1\n")
    with (folder / "x.csv").open() as file, pytest.raises(InvalidInputError, match="got TextIOWrapper"):
        read(file)


def test_nothing_is_read_before_it_is_asked_for(folder: Path) -> None:
    (folder / "x.csv").write_text("")
    source = find_source("x.csv")
    assert source.name == "x.csv"
    with pytest.raises(CorruptDataError, match="empty"):
        source.read()
    (folder / "x.csv").write_text("a\n1\n")
    assert len(source.read()) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("tabel.csv", "no such file or folder; did you mean 'table.csv'"),
        ("digitz", "no such file or folder; did you mean 'digits'"),
        ("nowhere/table.csv", "there is no folder 'nowhere'"),
        ("table.csv/x.csv", "no such file or folder"),
        ("broken.csv", "is a link to 'nothing', where there is nothing"),
        ("loop.csv", "is a link to 'loop.csv'"),
        ("*.parquet", "no file fits this pattern"),
        ("nowhere/*.csv", "no file fits this pattern"),
        ("empty", "the folder is empty; expected a table's files, or images"),
        ("x" * 5000 + ".csv", "cannot be read"),
        ("missing.npz:X", r"missing\.npz: there is no such file"),
        (Path("missing.npy"), "no such file"),
    ],
)
def test_what_is_not_there(folder: Path, given: str | Path, message: str) -> None:
    (folder / "table.csv").write_text("a\n1\n")
    (folder / "broken.csv").symlink_to("nothing")
    (folder / "loop.csv").symlink_to("loop.csv")
    (folder / "empty").mkdir()
    with pytest.raises(DataNotFoundError, match=message) as error:
        read(given)
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) < 700


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "expected the path of a file or folder"),
        ("  ", "expected the path of a file or folder"),
        ("x\0.csv", "expected the path of a file or folder"),
        ("~nobody-of-that-name/x.csv", "home directory"),
        ("pipe.csv", "found a pipe, socket or device"),
        ("pipe.npy", "found a pipe, socket or device"),
        ("pipe.parquet", "found a pipe, socket or device"),
        ("pipe", "found a pipe, socket or device"),
        ("/dev/zero", "found a pipe, socket or device"),
        ("notes.md", r"its ending does not say what it is; expected one of \.csv"),
        ("model.pkl", "is a pickle, which is never read"),
        ("archive", r"damaged or truncated workbook: File is not a zip file"),
        ("table.ods", r"damaged or truncated workbook: File is not a zip file"),
        ("array.dat", r"it is a NumPy array: it must end in \.npy"),
        ("arrays", "is a folder of arrays; give one of its files"),
        ("mixed", r"README is no part of a table; take it out"),
        ("**/*.csv", r"\*\* is not read"),
    ],
)
def test_what_cannot_be_read(folder: Path, given: str, message: str) -> None:
    for name in ("pipe", "pipe.csv", "pipe.npy", "pipe.parquet"):
        os.mkfifo(folder / name)
    for name, content in (
        ("notes.md", b"hi"),
        ("model.pkl", b"\x80\x04"),
        ("archive", b"PK\x03\x04"),
        ("table.ods", b"PK\x03\x04"),
    ):
        (folder / name).write_bytes(content)
    (folder / "array.dat").write_bytes(b"\x93NUMPY")
    for name in ("arrays/x.npy", "mixed/a.csv", "mixed/README"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("a\n1\n")
    with pytest.raises((InvalidInputError, CorruptDataError), match=message) as error:
        read(given)
    assert len(str(error.value).splitlines()) == 1


def test_names_that_cannot_be_printed_are_shown_on_one_line(folder: Path) -> None:
    for name in ("a\nb.csv", os.fsdecode(b"\xff.csv")):
        (folder / name).write_text("a,b\n1\n")
        with pytest.raises(CorruptDataError, match="row 0") as error:
            read(name)
        str(error.value).encode("utf-8")
        assert len(str(error.value).splitlines()) == 1
        find_source(name).name.encode("utf-8")


def test_a_pattern_and_a_file_with_its_letters(folder: Path) -> None:
    (folder / "a[1].csv").write_text("x\n1\n")
    (folder / "a1.csv").write_text("x\n2\n")
    assert read("a[1].csv").values.column("x").to_pylist() == [1], "a file of that very name comes first"
    assert read("a[1]*.csv").values.column("x").to_pylist() == [2]
    assert read("?1.csv").name == "1 file of ?1.csv"


@pytest.fixture
def photos(folder: Path) -> Path:
    for label in ("cat", "dog"):
        (folder / "photos" / label).mkdir(parents=True)
        Image.new("RGB", (6, 4), "red").save(folder / "photos" / label / "1.png")
    return folder / "photos"


def test_images_are_read_as_asked(photos: Path) -> None:
    source = find_source(photos)
    assert isinstance(source, ImageFolder)
    samples = read(photos)
    assert samples.values.shape == (2, 4, 6, 3)
    assert list(samples.labels) == ["cat", "dog"]  # type: ignore[arg-type]
    assert read(photos, size=5).values.shape == (2, 5, 5, 3)
    assert read(photos, size=(2, 3), colour="grey", crop=True).reading == Reading("images", (2, 3), "grey", "crop")
    assert read(photos / "cat" / "1.png", colour="grey").values.shape == (1, 4, 6)


def test_later_images_are_read_as_the_first_were(photos: Path) -> None:
    first = read(photos, size=(2, 3), colour="grey", crop=True)
    again = read(photos, reading=first.reading)
    assert again.reading == first.reading
    np.testing.assert_array_equal(again.values, first.values)
    assert read(photos, reading=read("digits").reading).values.shape == (2, 8, 8)


def test_options_are_for_images(folder: Path) -> None:
    (folder / "x.csv").write_text("a\n1\n")
    for options in ({"size": 8}, {"colour": "grey"}, {"crop": True}):
        with pytest.raises(InvalidInputError, match=r"expected images to apply them to, got x\.csv"):
            read("x.csv", **options)
    with pytest.raises(InvalidInputError, match="give either it, or size"):
        read("x.csv", size=8, reading=Reading("images"))
    with pytest.raises(InvalidInputError, match="colour: expected one of"):
        read("x.csv", colour="red")  # type: ignore[arg-type]
    for size in (0, (2,), "8", True, 2.5):
        with pytest.raises(InvalidInputError, match="size: expected"):
            read("x.csv", size=size)  # type: ignore[arg-type]


def test_importing_the_package_imports_no_library_of_tables() -> None:
    libraries = "{'pyarrow', 'pandas', 'polars', 'narwhals', 'PIL', 'jax'}"
    code = f"import sys, autoencode.data; print(sorted({libraries} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
