"""`sample`: what a model makes up in the shell is what it makes up in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest

import autoencode as ae
from autoencode.cli.main import main


def test_samples_are_those_of_python(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = ae.load("runs/digits")
    assert main(["sample", "digits", "--out", "made.npy"]) == 0
    assert "wrote 16 made-up samples to made.npy" in capsys.readouterr().err
    assert np.array_equal(np.load("made.npy"), model.sample(16))
    assert main(["sample", "runs/digits", "--count", "3", "--seed", "5", "-o", "made.npy"]) == 0
    assert np.array_equal(np.load("made.npy"), model.sample(3, random_state=5))


def test_a_table_is_written_as_one(here: Path) -> None:
    assert main(["sample", "people", "-n", "7", "--out", "made.csv", "--figure", "made.png"]) == 0
    made = pyarrow.csv.read_csv("made.csv")
    assert made.num_rows == 7
    assert made.column_names == ["name", "age", "height", "weight", "group", "member"]
    assert Path("made.png").read_bytes()[:4] == b"\x89PNG"
    assert main(["sample", "numbers", "-n", "2", "--out", "made.csv", "--figure", "made.svg"]) == 0
    assert pyarrow.csv.read_csv("made.csv").column_names == ["a", "b", "c", "d"]


def test_images_are_written_and_drawn(here: Path) -> None:
    assert main(["sample", "images", "--count", "5", "--out", "made/", "--figure", "made.png"]) == 0
    assert sorted(path.name for path in Path("made").glob("*.png")) == [f"{number}.png" for number in range(5)]
    assert Path("made.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["digits"], "say where to write by --out, or name a picture by --figure"),
        (["digits", "--out", "made.xyz"], "--out: expected a name that ends in"),
        (["digits", "--figure", "made.gif"], "--figure: expected a name that ends in"),
        (["digits", "--out", "no/made.csv"], "--out: there is no folder no"),
        (["digits", "--count", "0", "--out", "made.csv"], "--count"),
        (["digits", "--count", "99999999999", "--out", "made.csv"], "n must be a whole number between 1 and"),
        (["digits", "--seed", "-1", "--out", "made.csv"], "--seed"),
        (["people", "--out", "made.npy"], "a table needs a name that ends in"),
        (["nothing", "--out", "made.csv"], "nothing"),
    ],
    ids=["nowhere", "ending", "picture", "folder", "none", "many", "seed", "table", "model"],
)
def test_bad_use_is_said_in_a_line(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["sample", *words]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    assert message in error
    assert not list(Path().glob("made*"))
