"""The shell spells options as the shell does, Python as Python does, in the same messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.cli.spelling import spell
from autoencode.exceptions import AutoencodeWarning, InvalidInputError


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("scaling='minmax' is one", "--scaling minmax is one"),
        ("may be 1.5 (decimal='.' and thousands=\"'\")", "may be 1.5 (--decimal . and --thousands ''\"'\"'')"),
        ("name it by encoding=, or leave it out (drop=)", "name it by --encoding, or leave it out (--drop)"),
        ("types={'a b': 'text'}", "--type 'a b=text'"),
        ("drop=['a', 'b']", "--drop a --drop b"),
        ("header=False, crop=True", "--no-header, --crop"),
        ("random_state=3 and validation_fraction=None", "--seed 3 and --validation-fraction none"),
        ("false_alarm_rate=0.01.", "--false-alarm-rate 0.01."),
        ("batch_size must be 'auto'", "--batch-size must be 'auto'"),
        ("decimal: expected '.'", "--decimal: expected '.'"),
        ("X has 1 sample(s)", "DATA has 1 sample(s)"),
        ("column 'scaling=none' of X, \"X\" and 'X'", "column 'scaling=none' of DATA, \"X\" and 'X'"),
        ("the model's scaling='standard', it's so", "the model's --scaling standard, it's so"),
        ("a=1, rescaling=2, X.csv, a/X", "a=1, rescaling=2, X.csv, a/X"),
    ],
)
def test_words(python: str, shell: str) -> None:
    assert spell(python) == shell


def test_a_refusal_of_reading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "days.csv"
    path.write_text("day,n\n03/02/2024,1\n05/04/2024,2\n")
    with pytest.raises(InvalidInputError, match=r"dates='dmy'.*dates='mdy'"):
        ae.data.read(path)
    assert main(["data", "show", str(path)]) == 2
    assert re.search(r"--dates dmy.*--dates mdy", capsys.readouterr().err)


def test_a_note_of_reading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "titled.csv"
    path.write_text("A table of ours\na,b\n" + "".join(f"{n},{n % 3}\n" for n in range(9)))
    with pytest.warns(AutoencodeWarning, match=r"\(skip=\)"):
        ae.data.read(path)
    assert main(["data", "show", str(path)]) == 0
    assert "(--skip)" in capsys.readouterr().err


def test_a_refusal_of_training(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "numbers.csv", "--recipe", "vae", "--scaling", "standard", "--epochs", "1"]) == 2
    said = capsys.readouterr().err
    assert "--scaling minmax" in said
    assert "scaling=" not in said
    assert "DATA reaches" in said
