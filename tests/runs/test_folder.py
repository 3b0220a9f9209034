from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.runs import RunFolder, json_text

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=10
)


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def expected(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: expected(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expected(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@settings(max_examples=60, deadline=None)
@given(value=values)
def test_json_is_strict_and_keeps_what_json_can_hold(value: Any) -> None:
    for indent in (None, 2):
        text = json_text(value, indent=indent)
        assert json.loads(text, parse_constant=refuse_constant) == expected(value)
    assert "\n" not in json_text(value, indent=None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(0.5), "0.5"),
        (np.float64("nan"), "null"),
        (np.float32("-inf"), "null"),
        (np.int64(2**53 + 1), "9007199254740993"),
        (np.bool_(True), "true"),
        (np.str_("a"), '"a"'),
        (np.array([1.0, np.nan]), "[1.0, null]"),
        (np.array([[1, 2]], np.int8), "[[1, 2]]"),
        (np.array(3), "3"),
        ((1, 2), "[1, 2]"),
        ({"deep": [{"er": (np.inf,)}]}, '{"deep": [{"er": [null]}]}'),
    ],
)
def test_numpy_becomes_plain(value: Any, text: str) -> None:
    assert json_text(value, indent=None) == text


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 1j])
def test_what_has_no_json_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=f"{type(value).__name__} has no JSON form"):
        json_text({"key": value})


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs" / "name", {"seed": 0, "rate": np.float32(0.5)})


def test_folder_is_made_with_its_configuration(run: RunFolder) -> None:
    assert json.loads(run.config.read_bytes()) == {"seed": 0, "rate": 0.5}
    assert [entry.name for entry in run.path.iterdir()] == ["config.json"]
    assert run.read_history() == []


def test_history_is_what_was_appended(run: RunFolder) -> None:
    records = [{"epoch": epoch, "loss": [0.5, None], "word": "a\nb\u2028c"} for epoch in range(3)]
    for record in records:
        run.append_epoch(record)
    assert run.read_history() == records
    assert run.history.read_bytes().count(b"\n") == 3


def test_torn_last_line_is_ignored_wherever_it_is_torn(run: RunFolder) -> None:
    run.append_epoch({"epoch": 1, "word": "ä"})
    whole = run.history.read_bytes()
    run.append_epoch({"epoch": 2, "word": "ж"})
    content = run.history.read_bytes()
    cuts = range(len(whole), len(content))
    assert len(cuts) > 20
    for cut in cuts:
        run.history.write_bytes(content[:cut])
        assert run.read_history() == [{"epoch": 1, "word": "ä"}]


def test_a_line_after_a_torn_one_is_not_joined_to_it(run: RunFolder) -> None:
    run.append_epoch({"epoch": 1})
    whole = run.history.read_bytes()
    for cut in range(1, len(whole)):
        run.history.write_bytes(whole + whole[:cut])
        run.append_epoch({"epoch": 2, "word": "ж"})
        assert run.read_history() == [{"epoch": 1}, {"epoch": 2, "word": "ж"}]
    run.history.write_bytes(b'{"torn')
    run.append_epoch({"epoch": 1})
    assert run.read_history() == [{"epoch": 1}]


def test_status_follows_the_result(run: RunFolder) -> None:
    assert run.status == "killed"
    run.append_epoch({"epoch": 1})
    assert run.status == "killed"
    run.write_result({"finished": False})
    assert run.status == "interrupted"
    run.write_result({"finished": True})
    assert run.status == "finished"
    assert run.read_result() == {"finished": True}
    assert run.read_config() == {"seed": 0, "rate": 0.5}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000])
def test_files_that_are_no_objects_are_clear_errors(run: RunFolder, content: bytes) -> None:
    for path, read in ((run.config, run.read_config), (run.result, run.read_result)):
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=path.name):
            read()
        path.unlink()
        with pytest.raises(ModelFileError, match=f"there is no {path.name} in"):
            read()
    run.history.write_bytes(content + b"\n")
    with pytest.raises(ModelFileError, match=r"line 1 of .*history\.jsonl is no JSON"):
        run.read_history()


def test_a_folder_is_claimed_by_one(run: RunFolder) -> None:
    with run.claim():
        with pytest.raises(InvalidInputError, match="another training is being written into"), run.claim():
            pass
        RunFolder(run.path.parent / "other").create(run.path.parent / "other", {})
    with run.claim(), pytest.raises(RuntimeError):
        raise RuntimeError
    with run.claim():
        pass
    assert [entry.name for entry in run.path.iterdir()] == ["config.json"], "the lock leaves no file"


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "run" / "model.safetensors").mkdir(parents=True)
    for path in (tmp_path / "file", tmp_path / "file" / "run", tmp_path / "run"):
        with pytest.raises(InvalidInputError, match="path: no run can be written to"):
            RunFolder.create(path, {})


def test_broken_line_in_the_middle_is_a_clear_error(run: RunFolder) -> None:
    for epoch in range(3):
        run.append_epoch({"epoch": epoch})
    lines = run.history.read_text().split("\n")
    lines[1] = '{"epoch": '
    run.history.write_text("\n".join(lines))
    with pytest.raises(ModelFileError, match=r"line 2 of .*history\.jsonl is no JSON"):
        run.read_history()


def test_create_begins_anew(run: RunFolder) -> None:
    run.append_epoch({"epoch": 1})
    run.write_result({"loss": 1})
    run.model.write_bytes(b"old")
    note = run.path / "note.txt"
    note.write_text("the user's own")
    again = RunFolder.create(str(run.path), {"seed": 1})
    assert again == run
    assert json.loads(again.config.read_bytes()) == {"seed": 1}
    assert again.read_history() == []
    assert not again.result.exists()
    assert not again.model.exists()
    assert note.read_text() == "the user's own"


def test_result_is_strict_json(run: RunFolder) -> None:
    run.write_result({"loss": np.array([np.nan, 1.0])})
    assert json.loads(run.result.read_bytes(), parse_constant=refuse_constant) == {"loss": [None, 1.0]}
