"""Arrow is given nothing of Python's: its threads may free what they hold while Python ends, which aborts."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet
import pytest

from autoencode import data

TEXT = "a;ä\n1,5;x\n2,5;y\n"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What pyarrow is given to read from or to write to."""
    files: list[Any] = []

    def watch(function: Any, place: int) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            files.append(arguments[place])
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(pyarrow.csv, "read_csv", watch(pyarrow.csv.read_csv, 0))
    monkeypatch.setattr(pyarrow.parquet, "ParquetFile", watch(pyarrow.parquet.ParquetFile, 0))
    monkeypatch.setattr(pyarrow.ipc, "open_file", watch(pyarrow.ipc.open_file, 0))
    monkeypatch.setattr(pyarrow.ipc, "open_stream", watch(pyarrow.ipc.open_stream, 0))
    monkeypatch.setattr(pa, "CompressedInputStream", watch(pa.CompressedInputStream, 0))
    monkeypatch.setattr(pyarrow.parquet, "ParquetWriter", watch(pyarrow.parquet.ParquetWriter, 0))
    return files


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        gzip.compress(TEXT.encode()),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-32"),
        gzip.compress(TEXT.encode("utf-16")),
        gzip.compress(TEXT[:9].encode()) + gzip.compress(TEXT[9:].encode()),
    ],
    # Compressed bytes hold the time: names made of them would differ between the workers of a run.
    ids=["utf-8", "utf-8-sig", "gzip", "utf-16", "utf-32", "gzip of utf-16", "gzip in two members"],
)
def test_csv(content: bytes, tmp_path: Path, given: list[Any]) -> None:
    path = tmp_path / "tâble.csv"
    path.write_bytes(content)
    table = data.read(path).values
    assert table.to_pydict() == {"a": [1.5, 2.5], "ä": ["x", "y"]}  # pyright: ignore[reportAttributeAccessIssue]
    assert given
    assert all(type(file) in (pa.OSFile, pa.BufferReader) for file in given)


def test_parquet(tmp_path: Path, given: list[Any]) -> None:
    path = tmp_path / "tâble.parquet"
    data.write_samples(pa.table({"a": [1.5, 2.5]}), path)
    assert data.read(path).values.to_pydict() == {"a": [1.5, 2.5]}  # pyright: ignore[reportAttributeAccessIssue]
    assert [type(file) for file in given] == [pa.OSFile, pa.OSFile]


@pytest.mark.parametrize("make", [pyarrow.ipc.new_file, pyarrow.ipc.new_stream])
def test_arrow(tmp_path: Path, given: list[Any], make: Any) -> None:
    path, table = tmp_path / "tâble.arrow", pa.table({"a": [1.5, 2.5]})
    with pa.OSFile(str(path), "wb") as file, make(file, table.schema) as written:
        written.write_table(table)
    assert data.read(path).values.to_pydict() == {"a": [1.5, 2.5]}  # pyright: ignore[reportAttributeAccessIssue]
    assert [type(file) for file in given] == [pa.OSFile]


def test_zstandard(tmp_path: Path, given: list[Any]) -> None:
    path = tmp_path / "tâble.jsonl.zst"
    with pa.CompressedOutputStream(str(path), "zstd") as file:
        file.write(b'{"a": 1.5}\n{"a": 2.5}\n')
    assert data.read(path).values.to_pydict() == {"a": [1.5, 2.5]}  # pyright: ignore[reportAttributeAccessIssue]
    assert [type(file) for file in given] == [pa.OSFile]


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no device that is full")
    real = pa.OSFile
    monkeypatch.setattr(pa, "OSFile", lambda path, mode="r": real("/dev/full" if mode == "wb" else path, mode))
    with pytest.raises(OSError, match="No space left on device") as refused:
        data.write_samples(pa.table({"a": [1.5]}), tmp_path / "codes.parquet")
    assert refused.value.filename == str(tmp_path / "codes.parquet")
    assert not list(tmp_path.iterdir())
