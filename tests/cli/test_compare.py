"""`autoencode compare`: of runs, on what all of them held out; and of networks that it trains."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.model.samples import split_samples

QUICK = ["--epochs", "2", "--seed", "5"]


def test_networks_trained_for_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "digits", "--layers", "2", "--layers", "6-2", "--restarts", "2", *QUICK]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert "squared error of 360 held-out samples" in out
    assert "restarts" in out
    assert "PCA with 2 components" in out
    assert "run runs/digits-6-2" in err
    assert ae.load("runs/digits-2").seed_ == ae.load("runs/digits-6-2").seed_ == 5


def test_runs_on_what_all_held_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for layers in ("1", "2"):
        assert main(["train", "numbers.csv", "--layers", layers, "--run", f"n{layers}", *QUICK]) == 0
    capsys.readouterr()
    assert main(["compare", "n1", "n2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    held_out = ae.data.read("numbers.csv").values.take(split_samples(np.arange(60), 0.1, 5)[1])
    models = {name: ae.load(f"runs/{name}") for name in ("n1", "n2")}
    expected = ae.compare(models, held_out)
    assert found["measured_on"] == "6 held-out samples"
    assert [row["mean"] for row in found["rows"]] == pytest.approx([row.mean for row in expected.rows])
    assert found["verdict"]["text"]


def test_one_run_stands_beside_the_baselines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "digits"]) == 0
    assert "mean sample" in capsys.readouterr().out


def test_samples_of_its_own(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "digits", "--on", "digits:test", "--measure", "mae"]) == 0
    assert "absolute error of 360 samples of digits:test" in capsys.readouterr().out


def test_tables_are_compared_by_their_columns(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "people.csv", "--layers", "1", "--layers", "3", *QUICK]) == 0
    assert "column loss of 12 held-out samples" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["digits", "numbers"], "did not hold out the same samples"),
        (["digits", "digits"], "is there twice"),
        (["digits", "digist"], "did you mean 'digits'?"),
        (["digits", "--epochs", "3"], "--epochs: is for training"),
        (["digits", "people.csv", "--layers", "2"], "name one DATA"),
        (["digits", "--layers", "2", "--on", "digits"], "no --on"),
        (["digits", "--layers", "2", "--layers", "2"], "is there twice"),
        (["digits", "--layers", "two"], "--layers: expected whole numbers"),
        (["digits", "--on", "digits", "--measure", "signed_sum"], "signed_sum"),
        ([], "Missing argument"),
    ],
)
def test_bad_input_is_2(here: Path, words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *words]) == 2
    out, err = capsys.readouterr()
    assert expected in err
    assert out == ""


def test_a_file_that_has_changed_since_is_not_compared_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Path("numbers.csv").open("a") as file:
        file.write("1,2,3,4\n")
    assert main(["compare", "numbers"]) == 2
    assert "is not known any more" in capsys.readouterr().err
