"""`autoencode train DATA --from MODEL`: goes on as if the training had never ended, with all that the model has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.runs import RunFolder
from autoencode.training.threads import Threads, tell_threads

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("data", ["people.csv", "digits"])
def test_two_trainings_are_one(data: str, here: Path, capsys: Capture) -> None:
    common = [data, "--layers", "4-2", "--seed", "5", "--run"]
    assert main(["train", *common, "whole", "--epochs", "5"]) == 0
    assert main(["train", *common, "first", "--epochs", "3"]) == 0
    first, whole = (RunFolder(here / "runs" / name).read_result()["fingerprint"] for name in ("first", "whole"))
    capsys.readouterr()
    assert main(["train", data, "--from", "first", "--epochs", "2", "--run", "second"]) == 0
    err = capsys.readouterr().err
    assert f", 3 epochs so far, fingerprint {first[:16]}…" in err
    assert "anew" not in err
    run = RunFolder(here / "runs" / "second")
    assert run.read_result()["fingerprint"] == whole
    assert run.read_config()["from"] == {"name": "first", "fingerprint": first}
    assert [epoch["epoch"] for epoch in run.read_history()] == [4, 5]
    assert ae.load(run.path).get_params()["warm_start"] is False
    assert main(["runs", "show", "second"]) == 0
    assert f"first, {first[:16]}…" in capsys.readouterr().out


def test_other_samples_are_read_and_scaled_as_those_of_the_model(here: Path, capsys: Capture) -> None:
    text = (here / "people.csv").read_text().splitlines()
    (here / "newer.csv").write_text(
        "\n".join([f"{text[0]};more", *(f"{line};1" for line in text[1:40])]).replace(",", ";")
    )
    shutil.copy(here / "runs" / "people" / "model.safetensors", here / "bare.safetensors")
    arguments = ["train", "newer.csv", "--from", "bare.safetensors", "--epochs", "1", "--learning-rate", "0.001"]
    assert main([*arguments, "--validation", "people.csv", "--run", "newer"]) == 0
    err = capsys.readouterr().err
    assert "the optimiser starts anew: there is no optimizer.safetensors beside the model" in err
    assert "left out, for the model was not trained on them: 'more'" in err
    before, after = (ae.load(here / "runs" / name) for name in ("people", "newer"))
    assert after.fitted_.format.encoder.to_dict() == before.fitted_.format.encoder.to_dict()
    assert (after.learning_rate, after.hidden_, after.seed_) == (0.001, before.hidden_, before.seed_)


@pytest.mark.parametrize(
    ("name", "words"), [("digits", "is of another model"), ("", "is damaged"), ("numbers", "is of another model")]
)
def test_an_optimiser_that_is_not_the_models_is_not_taken(name: str, words: str, here: Path, capsys: Capture) -> None:
    optimizer = RunFolder(here / "runs" / "people").optimizer
    if name:
        shutil.copy(RunFolder(here / "runs" / name).optimizer, optimizer)
    else:
        optimizer.write_bytes(optimizer.read_bytes()[:-1] + b"!")
    assert main(["train", "people.csv", "--from", "people", "--epochs", "1"]) == 0
    err = capsys.readouterr().err
    assert "the optimiser starts anew: " in err
    assert words in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--layers 6-3", "--code-size: people has 2, and the training goes on with it, but got 3; leave it out"),
        ("--bottleneck top_k(k=1)", "--bottleneck: people has plain"),
        ("--optimizer sgd", "--optimizer: people has adam"),
        ("--restarts 7", "--restarts: people has"),
        ("--seed 99", "--seed: people has"),
        ("--loss mse", "--loss: people has column_loss"),
        ("--drop age", "--drop: samples are read as those of people were; leave it out."),
        ("--separator ;", "--separator: samples are read as those of people were"),
        ("--validation people.csv --validation-fraction 0.2", "--validation: give either"),
        ("--epochs 0", "epochs must be a whole number ≥ 1"),
    ],
)
def test_what_contradicts_the_model_is_refused_by_name(options: str, words: str, here: Path, capsys: Capture) -> None:
    assert main(["train", "people.csv", "--from", "people", "--run", "new", *options.split()]) == 2
    assert words in capsys.readouterr().err
    assert not (here / "runs" / "new").exists()


def test_what_agrees_with_the_model_is_taken(here: Path) -> None:
    agreeing = ["--layers", "6-2", "--optimizer", "adam", "--bottleneck", "plain", "--scaling", "auto"]
    assert main(["train", "people.csv", "--from", "runs/people", "--epochs", "1", *agreeing]) == 0


def test_a_model_that_is_not_there(here: Path, capsys: Capture) -> None:
    assert main(["train", "people.csv", "--from", "peple"]) == 2
    assert "did you mean 'people'?" in capsys.readouterr().err


def test_one_that_goes_on_and_is_cut_off_is_resumed(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = RunFolder.append_epoch

    def fail(folder: RunFolder, record: dict[str, Any]) -> None:
        append(folder, record)
        if record["epoch"] == 5:
            raise KeyboardInterrupt

    arguments = ["train", "people.csv", "--from", "people", "--epochs", "4", "--checkpoint-every", "0", "--run"]
    assert main([*arguments, "whole"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "append_epoch", fail)
        assert main([*arguments, "cut"]) == 130
    set_to: list[Threads] = []
    monkeypatch.setattr("autoencode.training.threads.set_threads", set_to.append)
    assert main(["runs", "resume", "cut"]) == 0
    assert set_to == [tell_threads()], "before anything else is done"
    whole, cut = (RunFolder(here / "runs" / name).read_result()["fingerprint"] for name in ("whole", "cut"))
    assert cut == whole
    assert main(["train", "people.csv", "--from", "whole", "--run", "cut", "--resume"]) == 2
    assert "resume: runs/cut was begun with" in capsys.readouterr().err
