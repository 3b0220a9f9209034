"""Classes of images from a CSV file beside them; and images that a pattern fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autoencode.data import Samples, read
from autoencode.exceptions import AutoencodeWarning, InvalidInputError


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for name in ("1.png", "2.png", "10.png"):
        Image.new("L", (3, 2), 51).save(tmp_path / "photos" / name)
    return tmp_path / "photos"


def list_labels(samples: Samples) -> list[str] | None:
    return None if samples.labels is None else samples.labels.tolist()


@pytest.mark.parametrize("name", ["labels.csv", "metadata.csv", "LABELS.TSV", "train.csv"])
@pytest.mark.parametrize(
    "text",
    [
        "file,label\n10.png,c\n1.png,a\n2.png,b\n",
        "label,id\nc,10\na,1\nb,2\n",
        "file,Class,x\n10.png,c,1\n1.png,a,2\n2.png,b,3\n",
        "x,file,target\n5,10.png,c\n6,1.png,a\n7,2.png,b\n",
        "x,file,label\n5,10,c\n6,1,a\n7,2,b\n",
    ],
)
def test_labels_are_matched_by_name(photos: Path, name: str, text: str) -> None:
    (photos / name).write_text(text.replace(",", "\t") if name.endswith("TSV") else text)
    samples = read(photos)
    assert samples.row_names == ("1.png", "2.png", "10.png")
    assert list_labels(samples) == ["a", "b", "c"]
    assert list_labels(read(f"{photos}/*")) == ["a", "b", "c"]


def test_labels_of_images_in_sub_folders(photos: Path) -> None:
    for folder in ("train", "test"):
        (photos / folder).mkdir()
        Image.new("L", (3, 2), 51).save(photos / folder / "7.png")
    for name in ("1.png", "2.png", "10.png"):
        (photos / name).unlink()
    assert list_labels(read(photos)) == ["test", "train"]
    (photos / "labels.csv").write_text("path,label\ntrain/7.png,x\ntest/7.png,y\n")
    assert list_labels(read(photos)) == ["y", "x"], "a file of labels comes before the folders' names"


def test_what_does_not_fit_is_said(photos: Path) -> None:
    (photos / "labels.csv").write_text("file,label\n1.png,a\n3.png,b\n2.png,\n")
    message = (
        r"labels\.csv: has 1 name without an image, such as '3\.png' and 2 images without a label, such as .*2\.png"
    )
    with pytest.warns(AutoencodeWarning, match=message):
        assert list_labels(read(photos)) == ["a", "", ""]
    (photos / "labels.csv").write_text("file,label\nx.png,a\ny.png,b\n")
    with pytest.warns(AutoencodeWarning, match="names none of the images in any column, so that they have no labels"):
        assert list_labels(read(photos)) is None
    (photos / "labels.csv").write_text("file,x,y\n1.png,1,2\n2.png,1,2\n10.png,3,4\n")
    with pytest.warns(AutoencodeWarning, match="has 2 columns beside 'file'; call one of them label, and it is one"):
        assert list_labels(read(photos)) is None
    (photos / "labels.csv").write_text("file,label\n1.png\n")
    message = r"labels\.csv: row 0 \(line 2\): expected 2 cells, .*; the images have no labels"
    with pytest.warns(AutoencodeWarning, match=message):
        assert list_labels(read(photos)) is None
    (photos / "labels.csv").write_text("file,label\n")
    with pytest.warns(AutoencodeWarning, match="has columns but no rows; .*; the images have no labels"):
        assert len(read(photos)) == 3


def test_a_csv_file_of_something_else_is_left_out(photos: Path) -> None:
    for text in ("a,b\n7,8\n", "a,b\n1\n"):
        (photos / "sizes.csv").write_text(text)
        with pytest.warns(AutoencodeWarning, match=r"1 file is left out, .* such as sizes\.csv"):
            assert list_labels(read(photos)) is None


def test_two_csv_files(photos: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (photos / name).write_text("file,label\n1.png,a\n2.png,b\n10.png,c\n")
    with pytest.warns(AutoencodeWarning, match="2 files are left out"):
        assert list_labels(read(photos)) is None
    (photos / "a.csv").rename(photos / "labels.csv")
    with pytest.warns(AutoencodeWarning, match=r"1 file is left out, .* such as b\.csv"):
        assert list_labels(read(photos)) == ["a", "b", "c"]


def test_a_pattern_of_images_works_as_a_folder(photos: Path, tmp_path: Path) -> None:
    (photos / "labels.csv").write_text("file,label\n1,a\n2,b\n10,c\n")
    samples = read(f"{photos}/*.png")
    assert list_labels(samples) == ["a", "b", "c"]
    (photos / "labels.csv").unlink()
    np.testing.assert_array_equal(samples.values, read(photos).values)
    assert samples.row_names == ("1.png", "2.png", "10.png")
    assert samples.name == f"{photos}/*.png"
    assert read(f"{photos}/1*.png", size=4).values.shape == (2, 4, 4)
    for label in ("cat", "dog"):
        (tmp_path / "kinds" / label).mkdir(parents=True)
        Image.new("L", (3, 2), 51).save(tmp_path / "kinds" / label / "1.png")
    assert list_labels(read(f"{tmp_path}/kinds/*/*.png")) == ["cat", "dog"]
    (photos / "notes.md").touch()
    with pytest.warns(AutoencodeWarning, match=r"1 file is left out, .* such as notes\.md"):
        assert len(read(f"{photos}/*")) == 3
    with pytest.raises(InvalidInputError, match=r"cat is no part of a table"):
        read(f"{tmp_path}/kinds/*")


def test_an_image_whose_name_is_a_pattern(photos: Path) -> None:
    (photos / "1.png").rename(photos / "[2].png")
    assert read(photos / "[2].png").row_names == ("[2].png",)
