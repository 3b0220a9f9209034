"""`autoencode sweep`: the error against the code size."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import autoencode as ae
from autoencode.cli import progress
from autoencode.cli.main import main
from autoencode.runs import RunFolder

QUICK = ["--epochs", "2", "--seed", "5"]


def test_table_picture_and_numbers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", "digits", "--code-sizes", "4,2", "--hidden", "none", "--hidden", "6", *QUICK]
    assert main([*words, "--figure", "sizes.png", "--out", "sizes.csv"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "mean squared error of 360 held-out samples; differences as 95 % intervals"
    assert [line.split()[0] for line in lines[1:7]] == ["layers", "2", "4", "6-2", "6-4", "mean"]
    assert "training code size 4, hidden 6" in err
    assert "no better" not in err
    assert Path("sizes.png").read_bytes().startswith(b"\x89PNG")
    with Path("sizes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["layers"] for row in rows] == ["2", "4", "6-2", "6-4"]
    found = ae.sweep("digits", [2, 4], hidden=[(), (6,)], validation="digits:test", epochs=2, random_state=5)
    assert [float(row["error"]) for row in rows] == pytest.approx([e for curve in found.curves for e in curve.errors])
    names = ["6-2", "6-4", "none-2", "none-4"]
    assert [run.path.name for run in map(RunFolder, sorted(Path("runs/digits-sweep").glob("*-*")))] == names
    kept = [ae.load(Path("runs/digits-sweep") / name).fitted_.fingerprint for name in names]
    assert kept == [found.models[name.removeprefix("none-")].fitted_.fingerprint for name in names]


def test_json_and_sizes_that_suit_the_samples(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "numbers.csv", "--epochs", "2", "--json", "--out", "sizes.json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found == json.loads(Path("sizes.json").read_text())
    assert found["samples"] == 6
    assert [curve["code_sizes"] for curve in found["curves"]] == [[2]]  # of four columns
    assert "was drawn; --seed" in err


def test_an_interrupt_shows_what_is_finished(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    show_epochs = progress.show_epochs

    def show(title: str) -> Any:
        if title.startswith("code size 8"):
            raise KeyboardInterrupt
        return show_epochs(title)

    monkeypatch.setattr(progress, "show_epochs", show)
    assert main(["sweep", "digits", "--code-sizes", "8,2,4", *QUICK]) == 130
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()[1:5]] == ["layers", "16-2", "16-4", "mean"]
    assert err.splitlines()[-1] == "error: interrupted."


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--code-sizes", "2,2"], "--code-sizes: 2 is there twice"),
        (["--code-sizes", "2,x"], "--code-sizes: expected whole numbers"),
        (["--code-sizes", "0"], "--code-sizes: expected whole numbers"),
        (["--code-sizes", "²"], "--code-sizes: expected whole numbers"),
        (["--hidden", "a"], "--hidden: expected whole numbers"),
        (["--hidden", "4", "--hidden", "4"], "hidden must be different"),
        (["--figure", "sizes.gif"], "--figure: expected a name that ends in"),
        (["--out", "sizes.txt"], "--out: expected a name that ends in"),
        (["--out", "no/sizes.csv"], "--out: there is no folder no"),
        (["--out", "numbers.csv"], "numbers.csv is read for this"),
        (["--validation-fraction", "none"], "measures on held-out samples"),
        (["--measure", "zz"], "--measure"),
        (["--loss", "zz"], "--loss"),
    ],
)
def test_what_cannot_be_used_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: str
) -> None:
    assert main(["sweep", "numbers.csv", *words]) == 2
    assert expected in capsys.readouterr().err
