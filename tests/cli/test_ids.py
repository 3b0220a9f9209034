"""Ids stand beside the rows of every verb's result, and the screen has no more rows than fit it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from autoencode.cli.main import main


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `people.csv`, whose `error` is no error but an id, and a model of it."""
    monkeypatch.chdir(tmp_path)
    size = np.random.default_rng(0).normal(size=60)
    lines = [f"U{7 * row},{60 - row},{number:.3f},{'ab'[row % 2]}" for row, number in enumerate(size)]
    Path("people.csv").write_text("\n".join(["user_id,error,size,kind", *lines]))
    assert main(["train", "people.csv", "--epochs", "1", "--seed", "0", "--run", "people"]) == 0
    return tmp_path


def test_every_verb_names_them(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["errors", "people", "people.csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert list(rows[0]) == ["row", "user_id", "error in DATA", "error"]
    assert [(row["user_id"], row["error in DATA"]) for row in rows] == [(f"U{7 * n}", str(60 - n)) for n in range(60)]
    assert main(["worst", "people", "people.csv", "--json"]) == 0
    for found in json.loads(capsys.readouterr().out):
        assert found["ids"] == {"user_id": f"U{7 * found['row']}", "error": str(60 - found["row"])}
    assert main(["worst", "people", "people.csv"]) == 0
    assert capsys.readouterr().out.split("\n")[0].startswith("row,user_id,error,error")
    assert main(["encode", "people", "people.csv", "codes.csv"]) == 0
    rows = list(csv.DictReader(Path("codes.csv").read_text().splitlines()))
    assert list(rows[0])[:3] == ["user_id", "error", "code_0"]
    assert rows[9]["user_id"] == "U63"
    assert main(["reconstruct", "people", "people.csv", "rebuilt.csv"]) == 0
    rows = list(csv.DictReader(Path("rebuilt.csv").read_text().splitlines()))
    assert list(rows[0]) == ["user_id", "error", "size", "kind"]
    assert rows[9]["user_id"] == "U63"


def test_samples_without_them_are_measured_too(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.csv").write_text("size,kind\n0.5,a\n0.1,b\n")
    capsys.readouterr()
    assert main(["errors", "people", "new.csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "row,error"


def test_a_terminal_gets_a_screen(
    people: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.cli.errors.sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("autoencode.cli.output._print_styled", lambda _head, rows, *_: print(len(rows)))
    capsys.readouterr()
    assert main(["errors", "people", "people.csv"]) == 0
    printed = capsys.readouterr()
    assert printed.out.split() == ["20"]
    assert "the 20 largest of 60" in printed.err
