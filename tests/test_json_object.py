from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from autoencode.exceptions import ModelFileError
from autoencode.json_object import put_last, read_object

CONTENT = {"data": 'a,\n  "columns": []', "parameters": {"columns": 1}, "columns": [{"column": "c" * 99}] * 20_000}


def write(path: Path, content: object, indent: int | None = 2) -> Path:
    path.write_text(json.dumps(content, indent=indent))
    return path


def test_a_long_object_is_read_without_its_last_part(tmp_path: Path) -> None:
    path = write(tmp_path / "config.json", CONTENT)
    assert path.stat().st_size > 2**20
    assert read_object(path) == CONTENT
    assert read_object(path, without="columns") == {key: CONTENT[key] for key in ("data", "parameters")}


@pytest.mark.parametrize("indent", [None, 4])
def test_one_that_is_written_otherwise_is_read_whole(tmp_path: Path, indent: int | None) -> None:
    assert read_object(write(tmp_path / "config.json", CONTENT, indent), without="columns") == CONTENT


def test_a_short_object_is_whole(tmp_path: Path) -> None:
    content = CONTENT | {"columns": [1]}
    assert read_object(write(tmp_path / "config.json", content), without="columns") == content


def test_a_key_is_put_last() -> None:
    assert list(put_last({"b": 1, "a": 2, "c": 3}, "b")) == ["a", "c", "b"]
    assert put_last({"a": 2}, "b") == {"a": 2}


@pytest.mark.parametrize("kind", ["hole", "pipe", "folder", "nothing", "nested", "list", "text", "cut"])
def test_what_no_training_writes_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "config.json"
    if kind == "hole":
        path.write_text("{")
        os.truncate(path, 10 * 2**30)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind != "nothing":
        path.write_text({"nested": "[" * 2**21, "list": "[1]", "text": "run", "cut": '{"a": 1'}[kind])
    with pytest.raises(ModelFileError, match=r"config\.json"):
        read_object(path, without="columns")
