from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from autoencode import data
from autoencode.data.idx import encode_idx

GENERATOR = np.random.default_rng(0)


def write_csv(rows: int, columns: int) -> str:
    lines = [",".join(f"c{i}" for i in range(columns))]
    lines += [",".join(f"{number:.6f}" for number in row) for row in GENERATOR.normal(size=(rows, columns))]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("ending", ["npy", "npz", "idx", "parquet", "csv", "csv.gz"])
def test_the_extent_is_known_before_reading(ending: str, tmp_path: Path) -> None:
    path, array = tmp_path / f"x.{ending}", GENERATOR.normal(size=(500, 20))
    match ending:
        case "npy":
            np.save(path, array)
        case "npz":
            np.savez_compressed(path, X=array, y=np.arange(500))
        case "idx":
            path.write_bytes(encode_idx(array))
        case "parquet":
            parquet.write_table(pa.table({f"c{i}": array[:, i] for i in range(20)}), path)
        case "csv":
            path.write_text(write_csv(500, 20))
        case _:
            path.write_bytes(gzip.compress(write_csv(500, 20).encode()))
    extent = data.measure(path)
    assert extent is not None
    assert extent.count == pytest.approx(500, rel=0.02)
    assert extent.shape == (20,)
    assert 500 * 20 * 8 <= extent.kept_bytes <= extent.reading_bytes < 5 * 500 * 20 * 8
    assert extent.number_bytes == 8


def test_of_a_long_text_the_first_rows_tell(tmp_path: Path) -> None:
    text = write_csv(30_000, 10)
    tabs, carets = (text.replace(",", mark).encode() for mark in "\t^")
    (tmp_path / "long.csv").write_text(text)
    (tmp_path / "long.tsv.gz").write_bytes(gzip.compress(tabs))
    (tmp_path / "long.csv.bz2").write_bytes(bz2.compress(carets))
    (tmp_path / "long.csv.xz").write_bytes(lzma.compress(tabs))
    with pa.CompressedOutputStream(str(tmp_path / "long.csv.zst"), "zstd") as file:
        file.write(carets)
    for path in tmp_path.iterdir():
        extent = data.measure(path)
        assert extent is not None
        assert extent.count == pytest.approx(30_000, rel=0.1)
        assert extent.shape == (10,)


def test_parts_are_added(tmp_path: Path) -> None:
    for part in range(3):
        (tmp_path / f"{part}.csv").write_text(write_csv(100, 4))
    extent = data.measure(tmp_path)
    assert extent is not None
    assert (extent.count, extent.shape) == (pytest.approx(300, rel=0.05), (4,))


@pytest.mark.filterwarnings("ignore:.*all are brought to")
@pytest.mark.parametrize(
    ("reading", "shape"),
    [({}, (14, 18, 3)), ({"size": 8}, (8, 8, 3)), ({"size": (2, 3), "colour": "grey"}, (2, 3))],
)
def test_images_are_measured_by_their_heads(reading: dict, shape: tuple[int, ...], tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGB", (40, 30)).save(tmp_path / f"{number}.png")
    extent = data.measure(tmp_path, **reading)
    assert extent is not None
    assert (extent.count, extent.shape) == (3, shape)
    assert extent.kept_bytes == data.read(tmp_path, **reading).values.nbytes
    assert extent.is_resizable


@pytest.mark.parametrize("name", list(data.names()))
def test_named_sets_are_known(name: str) -> None:
    extent = data.measure(name)
    assert extent is not None
    assert extent.features == {"mnist": 784, "digits": 64, "uniform-table": 30}[name]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x93NUMPY", b"PK\x03\x04", b"\x00\x00\x08\x01", b"\x1f\x8b\x08", b"PAR1", b"\x89PNG", b"a,b"],
)
def test_what_a_damaged_file_would_need_is_not_known(content: bytes, tmp_path: Path) -> None:
    for ending in ("npy", "npz", "idx", "idx.gz", "parquet", "png", "csv", "csv.gz"):
        path = tmp_path / f"x.{ending}"
        path.write_bytes(content)
        assert data.measure(path) is None, ending


def test_a_zip_of_something_else_is_not_known(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    (tmp_path / "x.npz").write_bytes(buffer.getvalue())
    assert data.measure(tmp_path / "x.npz") is None


def test_an_array_in_memory_needs_no_measure() -> None:
    assert data.measure(np.zeros((3, 2))) is None
