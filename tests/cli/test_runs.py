"""`autoencode runs`, and the names of runs."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoencode.cli.main import main
from autoencode.cli.run_names import derive_name, find_run, is_run, list_runs
from autoencode.cli.samples import load_model
from autoencode.runs import RunFolder
from autoencode.training.threads import tell_threads


def test_list(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = time.time() - 3 * 86400
    for path in (here / "runs" / "digits").iterdir():
        os.utime(path, (old, old))
    assert main(["runs", "list"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "data", "layers", "loss", "held-out", "status", "age"]
    assert {row.split()[0] for row in rows} == {"digits", "people", "numbers", "images"}
    assert rows[-1].split()[0] == "digits", "the newest first"
    assert rows[-1].endswith("finished  3 days")
    assert main(["runs", "list", "--json"]) == 0
    runs = {run["name"]: run for run in json.loads(capsys.readouterr().out)}
    assert runs["people"]["layers"] == "6-2"
    assert runs["people"]["status"] == "finished"


def test_no_runs_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["runs", "list"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "no runs below runs/ yet" in err
    assert main(["runs", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_run_that_goes_on_or_was_killed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here / "runs" / "digits"
    (folder / "result.json").unlink()
    (folder / "model.safetensors").unlink()
    with (folder / "history.jsonl").open("a") as file:
        file.write('{"epoch": 4, "lo')
    assert main(["runs", "list"]) == 0
    assert "killed 3/3" in capsys.readouterr().out
    assert main(["runs", "show", "digits"]) == 0
    assert "3 of 3" in capsys.readouterr().out


def test_a_damaged_run_does_not_hide_the_others(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "runs" / "digits" / "result.json").write_text("{")
    assert main(["runs", "list"]) == 0
    out, err = capsys.readouterr()
    assert "people" in out
    assert "warning: " in err
    assert main(["runs", "show", "digits"]) == 2


def test_runs_of_a_reproduction_are_found(here: Path) -> None:
    inner = here / "runs" / "blog" / "deep"
    inner.parent.mkdir()
    (here / "runs" / "digits").rename(inner)
    assert Path("blog/deep") in list_runs()
    assert find_run("blog/deep") == Path("runs/blog/deep")
    assert main(["runs", "show", "blog/deep"]) == 0


def test_show(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "show", "people"]) == 0
    out = capsys.readouterr().out
    for words in ("people.csv", "6-2", "3 of 3", "held-out loss", "epochs=3", "diagnosis"):
        assert words in out
    assert main(["runs", "show", "people", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["config"]["parameters"]["epochs"] == 3
    assert shown["result"]["finished"] is True
    fingerprint = load_model("people").fingerprint
    assert shown["result"]["fingerprint"] == fingerprint
    assert f"{fingerprint[:16]}…" in out
    assert shown["config"]["threads"] == tell_threads().to_dict()
    assert main(["runs", "show", "poeple"]) == 2
    assert "did you mean 'people'?" in capsys.readouterr().err


def test_remove(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "remove", "digits"]) == 0
    assert not (here / "runs" / "digits").exists()
    assert "removed runs/digits" in capsys.readouterr().err
    assert main(["runs", "remove", "digits"]) == 2


def test_remove_keeps_what_is_not_of_the_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "runs" / "people" / "notes.txt").write_text("mine")
    assert main(["runs", "remove", "people"]) == 0
    assert "also holds notes.txt" in capsys.readouterr().err
    assert [path.name for path in (here / "runs" / "people").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["images", "..", ".", "/", "", "people.csv"])
def test_remove_refuses_what_is_no_run(here: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "runs" / "images" / "config.json").write_text('{"something": "else"}')
    before = sorted(here.rglob("*"))
    assert main(["runs", "remove", name]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert sorted(here.rglob("*")) == before


def test_remove_refuses_a_run_that_is_being_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunFolder(here / "runs" / "digits").claim():
        assert main(["runs", "remove", "digits"]) == 2
    assert "another training is being written" in capsys.readouterr().err
    assert (here / "runs" / "digits" / "model.safetensors").is_file()


def test_remove_of_a_link_leaves_its_folder(here: Path) -> None:
    (here / "runs" / "digits").rename(here / "elsewhere")
    (here / "runs" / "digits").symlink_to(here / "elsewhere")
    assert main(["runs", "remove", "digits"]) == 0
    assert not (here / "runs" / "digits").is_symlink()
    assert list((here / "elsewhere").iterdir()) == []


def test_what_is_a_run(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    assert not is_run(tmp_path)
    for content in ("", "[]", "{}", '{"a": 1}', "[" * 100_000, "\xff"):
        config.write_text(content)
        assert not is_run(tmp_path)
    config.write_text('{"parameters": {}}')
    assert is_run(tmp_path)
    with config.open("ab") as file:
        file.truncate(2**21)
    assert not is_run(tmp_path)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("digits", "digits"),
        ("mnist:test", "mnist-test"),
        ("data/people.csv", "people"),
        ("a.csv.gz", "a"),
        ("parts/*.parquet", "parts"),
        ("parts/**/*.csv", "parts"),
        ("*.csv", "run"),
        ("photos/", "photos"),
        ("x.npz:X", "x-npz-X"),
        (".", "run"),
        ("..", "run"),
    ],
)
def test_the_name_of_a_run_is_that_of_its_data(data: str, name: str) -> None:
    assert derive_name(data) == name


@given(st.text(min_size=1, max_size=200))
def test_a_derived_name_is_always_a_plain_one(data: str) -> None:
    name = derive_name(data)
    assert name
    assert name == Path(name).name
    assert len(name) <= 60
    assert not name.startswith((".", "-"))
