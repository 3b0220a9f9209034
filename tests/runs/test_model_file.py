from __future__ import annotations

import json
import os
import pickle
import resource
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.runs import FORMAT_VERSION, read_model_file, write_model_file
from autoencode.runs.model_file import digest_content

CONFIGURATION = {"hidden": [2], "word": "ж", "rate": 0.1, "none": None}


def tensors() -> dict[str, np.ndarray]:
    return {"kernel": np.array([[1.5, -0.0]], np.float32), "code": np.array([3], np.int64)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_model_file(tmp_path / "model.safetensors", tensors(), CONFIGURATION)


def assert_same(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    assert ours.keys() == theirs.keys()
    for name, array in theirs.items():
        assert ours[name].dtype == array.dtype
        assert ours[name].shape == array.shape
        assert ours[name].tobytes() == array.tobytes()


def write_header(path: Path, header: dict[str, Any] | bytes, data: bytes = b"", length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)


def write_ours(path: Path, arrays: dict[str, np.ndarray], configuration: str, **metadata: str) -> None:
    """Write a file as ours would be, with a right checksum and whatever else a stranger may put in."""
    ours = {"format": "autoencode", "format_version": "1", "configuration": configuration}
    path.write_bytes(save(arrays, {**ours, "sha256": digest_content(arrays, configuration), **metadata}))


@pytest.mark.parametrize(
    "array",
    [
        np.array([np.nan, np.inf, -0.0, 1e-45], np.float32),
        np.array([1e300, -5e-324]),
        np.zeros((0, 3), np.float32),
        np.arange(12.0).reshape(3, 4)[:, ::2],
        np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
        np.array([True, False]),
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        np.array(2.5, np.float32),
    ],
    ids=lambda array: f"{array.dtype}-{'x'.join(map(str, array.shape))}",
)
def test_round_trip_gives_the_same_bits(tmp_path: Path, array: np.ndarray) -> None:
    path = write_model_file(str(tmp_path / "model"), {"a": array, "b.c[0]": array}, CONFIGURATION)
    arrays, configuration = read_model_file(str(path))
    assert_same(arrays, {"a": array, "b.c[0]": array})
    assert configuration == CONFIGURATION


def test_same_model_same_file(tmp_path: Path, path: Path) -> None:
    again = write_model_file(tmp_path / "again", dict(reversed(tensors().items())), CONFIGURATION)
    assert_same(read_model_file(again)[0], read_model_file(path)[0])


def test_configuration_must_be_strict_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_model_file(tmp_path / "model", tensors(), {"rate": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_file_cut_anywhere_is_refused(path: Path) -> None:
    content = path.read_bytes()
    assert 300 < len(content) < 2000
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ModelFileError):
            read_model_file(path)
    path.write_bytes(content + b"\0")
    with pytest.raises(ModelFileError):
        read_model_file(path)


def test_any_flipped_bit_is_refused_or_changes_nothing(path: Path) -> None:
    content = path.read_bytes()
    harmless = 0
    for place in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            try:
                arrays, configuration = read_model_file(path)
            except ModelFileError:
                continue
            harmless += 1
            assert_same(arrays, tensors())
            assert configuration == CONFIGURATION
    # Such as the version 1 made 0, or a letter of a name that nobody reads.
    assert harmless < len(content)


@pytest.mark.parametrize(
    "version", [str(FORMAT_VERSION + 1), "999999999999999999999", "9" * 5000, "", "1.0", "-1", "²"]
)
def test_newer_or_odd_version_is_refused(tmp_path: Path, version: str) -> None:
    write_ours(tmp_path / "model", tensors(), "{}", format_version=version)
    with pytest.raises(ModelFileError):
        read_model_file(tmp_path / "model")


def test_newer_version_says_what_to_do(tmp_path: Path) -> None:
    write_ours(tmp_path / "model", tensors(), "{}", format_version="5")
    with pytest.raises(ModelFileError, match=r"format version '5'.* reads up to 4; install a newer autoencode"):
        read_model_file(tmp_path / "model")


def test_foreign_safetensors_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "model"
    for metadata in (None, {"format": "pt"}):
        path.write_bytes(save(tensors(), metadata))
        with pytest.raises(ModelFileError, match="is a safetensors file, but not a model of autoencode's"):
            read_model_file(path)


def test_wrong_checksum_is_damage(tmp_path: Path) -> None:
    write_ours(tmp_path / "model", tensors(), "{}", sha256="0" * 64)
    with pytest.raises(ModelFileError, match="damaged: its content does not match its checksum"):
        read_model_file(tmp_path / "model")


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a model file was unpickled",))


@pytest.mark.parametrize("content", [b"", b"\0" * 8, pickle.dumps(Bomb()), b"{}", b"\x93NUMPY", b"\xff" * 1000])
def test_what_is_no_model_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ModelFileError):
        read_model_file(tmp_path / "model")


def test_older_version_is_read(tmp_path: Path) -> None:
    write_ours(tmp_path / "model", tensors(), "{}", format_version="1")
    assert_same(read_model_file(tmp_path / "model")[0], tensors())


def test_missing_file_folder_and_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "pipe"):
        with pytest.raises(ModelFileError, match="there is no model file at"):
            read_model_file(path)


@pytest.mark.parametrize(
    "configuration",
    ["", "{", "nonsense", "[]", "3", "null", "[" * 100_000],
    ids=lambda text: f"{text[:8]}-{len(text)}",
)
def test_configuration_that_is_no_object_is_refused(tmp_path: Path, configuration: str) -> None:
    write_ours(tmp_path / "model", tensors(), configuration)
    with pytest.raises(ModelFileError):
        read_model_file(tmp_path / "model")


HUGE = 2**40
META = {"format": "autoencode", "format_version": "1", "configuration": "{}", "sha256": "0"}


@pytest.mark.parametrize(
    ("tensor", "data", "length"),
    [
        ({"dtype": "F32", "shape": [HUGE], "data_offsets": [0, 4 * HUGE]}, b"1234", None),
        ({"dtype": "F32", "shape": [HUGE], "data_offsets": [0, 4]}, b"1234", None),
        ({"dtype": "F32", "shape": [0, 2**62], "data_offsets": [0, 0]}, b"", None),
        ({"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 4]}, b"1234", None),
        ({"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, b"1234", 2**62),
        ({"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, b"1234", 99_000_000),
        ({"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}, b"1234", None),
        ({"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, b"12345", None),
        ({"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}, b"1234", None),
        ({"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}, b"1234", None),
        ({"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}, b"1234", None),
    ],
)
def test_header_that_lies_is_refused_and_nothing_big_is_allocated(
    tmp_path: Path, tensor: dict[str, Any], data: bytes, length: int | None
) -> None:
    write_header(tmp_path / "model", {"__metadata__": META, "kernel": tensor}, data, length)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelFileError):
        read_model_file(tmp_path / "model")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20_000 * (1024 if sys.platform == "darwin" else 1), "kilobytes, on Linux"


@pytest.mark.parametrize("gib", [1, 5, 5000])
def test_a_file_that_is_a_hole_is_refused_by_its_length(tmp_path: Path, gib: int) -> None:
    size = gib * 2**30
    header = json.dumps({"w": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    os.truncate(path, 8 + len(header) + size)
    with pytest.raises(ModelFileError, match=r"no model: it is [\d,]+ bytes long, but only"):
        read_model_file(path)


def test_a_model_of_zeros_is_one(tmp_path: Path) -> None:
    path = write_model_file(tmp_path / "model.safetensors", {"w": np.zeros(2**20, np.float32)}, {})
    tensors, _ = read_model_file(path)
    assert not tensors["w"].any()


def test_a_configuration_that_could_not_be_read_again_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("autoencode.runs.model_file._MOST_CONFIGURATION_BYTES", 1000)
    with pytest.raises(InvalidInputError, match="fewer columns"):
        write_model_file(tmp_path / "model.safetensors", {"w": np.zeros(1)}, {"columns": ["c"] * 1000})
    assert not any(tmp_path.iterdir())
