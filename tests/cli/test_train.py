"""`autoencode train`: what it reads, where its run goes, what it says, and what an interrupt leaves."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.runs import RunFolder

QUICK = ["--epochs", "2", "--seed", "3"]


def test_a_run_with_everything(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", "--layers", "12-3", "--run", "mine", *QUICK]) == 0
    out, err = capsys.readouterr()
    run = RunFolder(here / "runs" / "mine")
    assert run.status == "finished"
    assert ae.load(run.path).hidden_ == (12,)
    assert "digits: 1,437 samples of 8 × 8, 360 more held out" in err
    assert "network 64-12-3-12-64" in err
    assert "auto: batch_size 16 · scaling none · output_activation identity" in err
    assert "next: autoencode worst mine digits" in err
    for words in ("squared error of 360 held-out samples", "mean sample", "PCA with 3 components", "runs/mine"):
        assert words in out
    assert f"{run.read_result()['validation_loss']:.4g}" in out


def test_json_is_all_that_is_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "people.csv", "--layers", "4-2", "--json", *QUICK]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["run"] == "runs/people-2"
    assert result["finished"] is True
    assert result["measured_on"] == "12 held-out samples"
    assert [row["name"] for row in result["comparison"]["rows"]][:2] == ["this model", "mean sample"]


def test_columns_are_told_how_they_were_read(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "people.csv", "--drop", "age", "--drop", "member", *QUICK]) == 0
    err = capsys.readouterr().err
    lines = [line.split() for line in err.splitlines()]
    assert ["column", "read", "as", "features", "note"] in lines
    assert any(line[:2] == ["group", "category"] for line in lines)
    assert not any(line[:1] in (["age"], ["member"]) for line in lines)
    assert "0.1 of them held out (--validation-fraction)" in err


@pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")
def test_the_same_seed_gives_the_same_model_as_python(here: Path) -> None:
    assert main(["train", "numbers.csv", "--layers", "2", *QUICK]) == 0
    shell = ae.load("runs/numbers-2")
    python = ae.Autoencoder(2, hidden=(), epochs=2, random_state=3, validation_fraction=0.1).fit("numbers.csv")
    assert np.array_equal(shell.transform("numbers.csv"), python.transform("numbers.csv"))


def test_a_drawn_seed_is_said_and_trains_the_same_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "numbers.csv", "--epochs", "1", "--run", "a"]) == 0
    seed = capsys.readouterr().err.split("--seed ")[1].split()[0]
    assert main(["train", "numbers.csv", "--epochs", "1", "--run", "b", "--seed", seed]) == 0
    first, second = (ae.load(f"runs/{name}").transform("numbers.csv") for name in "ab")
    assert np.array_equal(first, second)


def test_toml_names_data_and_run(here: Path) -> None:
    (here / "run.toml").write_text('data = "numbers.csv"\nrun = "from-toml"\nepochs = 2\nlayers = [3, 1]\n')
    assert main(["train", "--config", "run.toml", "--epochs", "1"]) == 0
    model = ae.load("runs/from-toml")
    assert (model.hidden_, model.code_size_, model.epochs) == ((3,), 1, 1)


def test_validation_samples(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "numbers.csv", "--validation", "numbers.csv", *QUICK]) == 0
    assert "60 more held out" in capsys.readouterr().err
    assert main(["train", "digits", "--validation-fraction", "none", "--run", "all", *QUICK]) == 0
    assert ae.load("runs/all").history_.validation_loss is None
    words = ["--validation", "numbers.csv", "--validation-fraction", "0.2"]
    assert main(["train", "numbers.csv", *words]) == 2
    assert "not both" in capsys.readouterr().err


def test_images_are_brought_to_a_size(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ae.load("runs/images").sample_shape_ == (6, 8)
    assert main(["train", "images", "--size", "4", "--crop", "--colour", "rgb", *QUICK]) == 0
    assert ae.load("runs/images-2").sample_shape_ == (4, 4, 3)
    assert main(["train", "images", "--size", "4by4"]) == 2
    assert "--size: expected height and width" in capsys.readouterr().err
    assert main(["train", "people.csv", "--size", "4"]) == 2


# ---------------------------------------------------------------------- where the run goes


def test_a_run_is_never_replaced_unasked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (here / "runs" / "digits" / "model.safetensors").read_bytes()
    assert main(["train", "digits", "--run", "digits", *QUICK]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert main(["train", "digits", *QUICK]) == 0
    assert (here / "runs" / "digits-2" / "result.json").is_file()
    assert (here / "runs" / "digits" / "model.safetensors").read_bytes() == before
    assert main(["train", "digits", "--run", "digits", "--force", "--layers", "5", *QUICK]) == 0
    assert ae.load("runs/digits").code_size_ == 5


def test_a_path_may_be_a_run(here: Path) -> None:
    assert main(["train", "numbers.csv", "--run", "elsewhere/deep", *QUICK]) == 0
    assert RunFolder(here / "elsewhere" / "deep").status == "finished"


@pytest.mark.parametrize(
    ("run", "words"),
    [("file.txt", "is a file"), ("images/", "other files"), ("", "a name or a path"), ("  ", "a name or a path")],
)
def test_a_place_that_is_none_is_refused(here: Path, run: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "runs" / "file.txt").write_text("mine")
    assert main(["train", "digits", "--run", run, "--force"]) == 2
    assert words in capsys.readouterr().err
    assert (here / "runs" / "file.txt").read_text() == "mine"


def test_a_training_that_fails_leaves_no_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(here.rglob("*"))
    assert main(["train", "people.csv", "--loss", "bce"]) == 2
    assert main(["train", "digits", "--learning-rate", "1e30", "--epochs", "3"]) == 3
    assert "use a smaller learning_rate" in capsys.readouterr().err
    assert main(["train", "no-such.csv"]) == 2
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["train"], "what to train on?"),
        (["train", "digist"], "did you mean 'digits'?"),
        (["train", "people.csv", "--drop", "agee"], "has no column 'agee'; did you mean 'age'?"),
        (["train", "digits", "--drop", "a"], "--drop: expected a table, got digits"),
        (["train", "numbers.csv", *[w for c in "abcd" for w in ("--drop", c)]], "leaves no column"),
    ],
)
def test_bad_input_is_2(here: Path, words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert expected in err
    assert out == ""
    assert "Traceback" not in err


# ---------------------------------------------------------------------- room, time, warnings


def test_warnings_are_plain_lines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", "--layers", "2", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "\nwarning: The " in err
    assert "DiagnosisWarning" not in err
    assert ".py:" not in err
    assert "under trained" in out


def test_a_long_training_is_said_to_be_long(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from autoencode.cli import progress

    monkeypatch.setattr(progress, "LONG_SECONDS", 0.0)
    assert main(["train", "numbers.csv", "--epochs", "3"]) == 0
    assert capsys.readouterr().err.count("it will take about") == 1


def test_a_full_disk_is_4(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["train", "digits", *QUICK]) == 4
    assert "no room left" in capsys.readouterr().err
    assert not list((here / "runs").rglob("*.partial"))


# ---------------------------------------------------------------------- real processes


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, 129)], ids=["SIGINT", "SIGHUP"])
def test_an_interrupt_keeps_the_model(here: Path, kind: signal.Signals, code: int) -> None:
    command = [sys.executable, "-m", "autoencode", "train", "digits", "--epochs", "1000000", "--run", "long"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run = RunFolder(here / "runs" / "long")
    end = time.monotonic() + 90
    while time.monotonic() < end and len(run.read_history()) < 2:
        assert process.poll() is None
        time.sleep(0.05)
    for _ in range(2):  # the second changes nothing
        process.send_signal(kind)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, ""), err
    assert "the model of the epochs so far is saved in runs/long" in err
    assert "Traceback" not in err
    assert run.status == "interrupted"
    assert ae.load(run.path).history_.epochs == len(run.read_history())


def test_two_at_once_take_two_names(here: Path) -> None:
    command = [sys.executable, "-m", "autoencode", "train", "numbers.csv", "--epochs", "1"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert {path.name for path in (here / "runs").glob("numbers*")} == {"numbers", "numbers-2", "numbers-3"}
