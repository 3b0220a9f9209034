"""Compressed files are opened as what is in them, whatever their names, and never without an end."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from autoencode.data import compression
from autoencode.data.compression import name_compression, open_decompressed
from autoencode.exceptions import CorruptDataError, DataNotFoundError, InvalidInputError

TEXT = random.Random(1).randbytes(300_000).hex().encode()


def compress_zstandard(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "Zstandard": compress_zstandard,
}


def read_all(path: Path) -> bytes:
    with open_decompressed(path) as file:
        return b"".join(iter(lambda: file.read(70_001), b""))


@pytest.mark.parametrize("way", WAYS)
def test_content_counts_not_the_name(tmp_path: Path, way: str) -> None:
    path = tmp_path / "tâble.csv"
    path.write_bytes(WAYS[way](TEXT))
    assert name_compression(path.read_bytes()) == way
    assert read_all(path) == TEXT
    path.write_bytes(WAYS[way](TEXT[:1000]) + WAYS[way](TEXT[1000:]))
    assert read_all(path) == TEXT, "several members are one content"
    path.write_bytes(WAYS[way](b""))
    assert read_all(path) == b""


def test_what_is_not_compressed_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "table.csv.gz").write_bytes(b"a,b\n1,2\n")
    assert read_all(tmp_path / "table.csv.gz") == b"a,b\n1,2\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("harm", ["truncated", "damaged", "cut at once"])
def test_damage_is_said_with_the_file(tmp_path: Path, way: str, harm: str) -> None:
    content = bytearray(WAYS[way](TEXT))
    if harm == "damaged":
        content[5_000:200_000] = bytes(195_000)  # pyarrow writes Zstandard without a checksum, in which less shows
    path = tmp_path / "t.csv"
    path.write_bytes(content[: {"truncated": -20, "cut at once": 7}.get(harm)])
    with pytest.raises(CorruptDataError, match=rf"^.*t\.csv: is damaged or truncated {way} data: [^\n]+$"):
        read_all(path)


@pytest.mark.parametrize("way", WAYS)
def test_a_bomb_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr(compression, "_SUSPECT_BYTES", 2**21)
    path = tmp_path / "bomb.csv"
    path.write_bytes(WAYS[way](bytes(2**25)))
    with pytest.raises(CorruptDataError, match=r"bomb\.csv: its .* bytes expand to more than 200 times as many"):
        read_all(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gz")
    (tmp_path / "empty.gz").touch()
    for name, error in (("pipe.gz", InvalidInputError), ("empty.gz", CorruptDataError), ("no.gz", DataNotFoundError)):
        with pytest.raises(error), open_decompressed(tmp_path / name):
            pass
