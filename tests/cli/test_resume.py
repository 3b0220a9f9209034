"""`autoencode train --resume` and `autoencode runs resume`: going on where a training was cut off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.runs import RunFolder
from autoencode.runs.checkpoint import CHECKPOINTS

QUICK = ["--epochs", "4", "--seed", "3", "--layers", "2", "--checkpoint-every", "0"]
CutOff = Callable[..., int]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    samples = np.random.default_rng(0).normal(size=(200, 5))
    Path("numbers.csv").write_text("a,b,c,d,e\n" + "\n".join(",".join(f"{x:.4f}" for x in row) for row in samples))
    return tmp_path


@pytest.fixture
def cut_off(place: Path, monkeypatch: pytest.MonkeyPatch) -> CutOff:
    """Return what starts a training that is interrupted in its second epoch."""
    append = RunFolder.append_epoch

    def start(*words: str) -> int:
        def fail(folder: RunFolder, record: dict[str, Any]) -> None:
            append(folder, record)
            if record["epoch"] == 2:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(RunFolder, "append_epoch", fail)
            return main(["train", "numbers.csv", *QUICK, *words])

    return start


def losses(folder: str) -> list[list[float]]:
    return ae.load(folder).history_.loss.tolist()


@pytest.mark.parametrize("words", [["train", "numbers.csv", *QUICK, "--run", "x", "--resume"], ["runs", "resume", "x"]])
def test_a_training_that_was_cut_off_goes_on(
    words: list[str], cut_off: CutOff, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "numbers.csv", *QUICK, "--run", "whole"]) == 0
    assert cut_off("--run", "x") == 130
    said = capsys.readouterr().err.splitlines()[-2]
    assert said == ("the model of the epochs so far is saved in runs/x; go on with: autoencode runs resume x")
    assert main(["runs", "show", "x"]) == 0
    assert "autoencode runs resume x" in capsys.readouterr().out
    assert main(words) == 0
    assert "whole" not in capsys.readouterr().err
    assert losses("runs/x") == losses("runs/whole")
    assert not {path.name for path in Path("runs/x").iterdir()} & set(CHECKPOINTS)
    assert main(["runs", "show", "x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["can_resume"] is False


def test_a_finished_one_is_said_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "numbers.csv", *QUICK, "--run", "x", "--resume", "--json"]
    told = []
    for _ in range(2):
        assert main(words) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert [path.name for path in Path("runs").iterdir()] == ["x"]
    assert main([*words, "--epochs", "9"]) == 2
    assert "--epochs 4" in (err := capsys.readouterr().err) or "epochs=4" in err
    assert main([*words, "--epochs", "9", "--force"]) == 0
    assert len(losses("runs/x")) == 9


@pytest.mark.parametrize(
    "words",
    [
        ["train", "numbers.csv", *QUICK, "--run", "x", "--force", "--resume"],
        ["runs", "resume", "x"],
        pytest.param(["runs", "resume", "x-2"], marks=pytest.mark.slow),
    ],
)
def test_a_replacement_that_was_cut_off_goes_on_and_takes_its_place(words: list[str], cut_off: CutOff) -> None:
    assert main(["train", "numbers.csv", *QUICK, "--run", "x", "--seed", "8"]) == 0
    earlier = losses("runs/x")
    assert cut_off("--run", "x", "--force") == 130
    assert losses("runs/x") == earlier
    assert main(words) == 0
    assert [path.name for path in Path("runs").iterdir()] == ["x"]
    assert len(losses("runs/x")) == 4
    assert losses("runs/x") != earlier


def test_it_goes_on_from_another_folder(
    cut_off: CutOff, place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cut_off("--run", "x") == 130
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert main(["runs", "resume", str(place / "runs" / "x")]) == 0
    assert RunFolder(place / "runs" / "x").status == "finished"


def test_what_cannot_go_on_says_why(cut_off: CutOff, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "numbers.csv", "--resume"]) == 2
    assert "--resume: which run shall go on? Name it with --run." in capsys.readouterr().err
    assert cut_off("--run", "x") == 130
    config = Path("runs/x/config.json")
    told = json.loads(config.read_text())
    config.write_text(json.dumps(told | {"command": told["command"] | {"arguments": {"data": "-"}}}))
    assert main(["runs", "resume", "x"]) == 2
    assert "standard input" in capsys.readouterr().err
    config.write_text(json.dumps({key: value for key, value in told.items() if key != "command"}))
    assert main(["runs", "resume", "x"]) == 2
    assert "does not say how it was begun" in capsys.readouterr().err
    config.write_text(json.dumps(told | {"command": told["command"] | {"directory": str(place / "gone")}}))
    assert main(["runs", "resume", "x"]) == 2
    assert "cannot be entered" in capsys.readouterr().err
    assert main(["runs", "resume", "nothing"]) == 2


def test_an_interrupt_in_the_first_epoch_leaves_a_checkpoint(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from autoencode.training.kernel import engine

    monkeypatch.setattr(engine, "CALL_WORK", 0)
    words = ["train", "numbers.csv", *QUICK, "--batch-size", "16", "--run"]
    assert main([*words, "whole"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr("autoencode.training.kernel.engine.check", _interrupt_later(6))
        assert main([*words, "x"]) == 130
    assert "go on with: autoencode runs resume x" in capsys.readouterr().err
    assert not Path("runs/x/model.safetensors").exists()
    assert main(["runs", "list"]) == 0
    assert main(["runs", "resume", "x"]) == 0
    assert losses("runs/x") == losses("runs/whole")


def _interrupt_later(calls: int) -> Callable[[], None]:
    left = [calls]

    def check() -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    return check


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "remove"},
        {"verb": ["train"]},
        {"directory": "a\0b"},
        {"directory": 3},
        {"files": 5},
        {"arguments": {"checkpoint_every": "-5"}},
        {"arguments": {"foo": 1}},
        {"arguments": {"hidden": "abc"}},
        {"arguments": {"hidden": True}},
        {"arguments": {"drop": [{}]}},
        {"arguments": {"memory": "5x"}},
        {"arguments": {"force": True}},
        {"verb": "sweep", "arguments": {"out": "numbers.csv"}},
        {"verb": "detect", "arguments": {"report": "numbers.csv"}},
    ],
)
def test_a_command_that_no_shell_wrote_is_refused(
    change: dict[str, Any], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, before = dict(change), Path("numbers.csv").read_bytes()
    run = place / "runs" / "x"
    run.mkdir(parents=True)
    arguments = {"data": "numbers.csv"} | change.pop("arguments", {})
    command = {"verb": "train", "arguments": arguments, "files": [], "directory": str(place)} | change
    config = {"parameters": {}, "command": command}
    (run / "config.json").write_text(json.dumps(config))
    assert main(["runs", "resume", "x"]) == 2
    assert capsys.readouterr().err.count("error:") == 1
    assert Path("numbers.csv").read_bytes() == before


def test_threads_that_no_machine_has_are_refused(cut_off: CutOff, capsys: pytest.CaptureFixture[str]) -> None:
    assert cut_off("--run", "x") == 130
    config = Path("runs/x/config.json")
    config.write_text(json.dumps(json.loads(config.read_text()) | {"threads": {"xla": 10**9, "blas": 1}}))
    assert main(["runs", "resume", "x"]) == 2
    assert "'threads': xla must be a whole number from 1 to 4,096" in capsys.readouterr().err


def test_what_moved_is_found_again_after_it_was_named(cut_off: CutOff) -> None:
    assert cut_off("--run", "x") == 130
    Path("numbers.csv").rename("moved.csv")
    assert main(["runs", "resume", "x"]) == 2
    assert main(["train", "moved.csv", *QUICK, "--run", "x", "--resume"]) == 0
    assert json.loads(Path("runs/x/config.json").read_text())["command"]["arguments"]["data"] == "moved.csv"
    assert main(["runs", "resume", "x"]) == 0


def test_a_checkpoint_of_the_end_is_kept_on_wish(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "numbers.csv", "--epochs", "3", "--seed", "3", "--layers", "2", "--run", "x", "--keep-checkpoint"]
    assert main(words) == 0
    before = Path("runs/x/checkpoint.safetensors").read_bytes()
    assert main(["runs", "show", "x"]) == 0
    assert re.search(r"^checkpoint +kept$", capsys.readouterr().out, re.MULTILINE)
    model = Path("runs/x/model.safetensors").read_bytes()
    for again in ([*words, "--resume"], [*words[:-1], "--resume"], ["runs", "resume", "x"]):
        assert main(again) == 0
        assert Path("runs/x/model.safetensors").read_bytes() == model
        assert Path("runs/x/checkpoint.safetensors").read_bytes() == before
    assert main([*words[:-1], "--force"]) == 0
    assert not Path("runs/x/checkpoint.safetensors").exists()
    assert [path.name for path in Path("runs").iterdir()] == ["x"]
