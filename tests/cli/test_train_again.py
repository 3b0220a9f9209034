"""`autoencode train` where there is a run already, or another training goes on."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autoencode as ae
from autoencode.cli import results
from autoencode.cli.main import main
from autoencode.runs import RunFolder, claim_folder, hold_folder

QUICK = ["--epochs", "3", "--seed", "3", "--layers", "2"]


def read_folder(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def fail_in_epoch(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Return what lets a training end with an error in its second epoch."""
    append = RunFolder.append_epoch

    def arrange(error: BaseException) -> None:
        failed: list[bool] = []

        def fail(folder: RunFolder, record: dict[str, Any]) -> None:
            append(folder, record)
            if record["epoch"] == 2 and not failed:
                failed.append(True)
                raise error

        monkeypatch.setattr(RunFolder, "append_epoch", fail)

    return arrange


@pytest.mark.parametrize("name", ["digits", "runs/digits", "link"])
def test_an_interrupt_under_force_leaves_the_earlier_run_and_says_so(
    here: Path, name: str, fail_in_epoch: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "runs" / "link").symlink_to("digits")
    (here / "runs" / "digits" / "notes.txt").write_text("mine")
    before = read_folder(here / "runs" / "digits")
    fail_in_epoch(KeyboardInterrupt())
    assert main(["train", "digits", "--run", name, "--force", *QUICK]) == 130
    err = capsys.readouterr().err.splitlines()
    place = "runs/digits-2" if name != "link" else str(here / "runs" / "digits-2")
    earlier = "runs/link" if name == "link" else "runs/digits"
    word = "digits-2" if name != "link" else place
    assert err[-2] == (
        f"the earlier run in {earlier} is as it was; the model of the epochs so far is saved in {place}; "
        f"go on with: autoencode runs resume {word}"
    )
    assert read_folder(here / "runs" / "digits") == before
    assert ae.load("runs/digits-2").history_.epochs == 2


@pytest.mark.parametrize("report", [False, True])
def test_a_new_run_replaces_the_earlier_one_when_it_is_whole(
    here: Path, report: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = here / "runs" / "digits"
    for name in ("report.html", "notes.txt"):
        (run / name).write_text("mine")
    evaluate, seen = results.evaluate, []

    def look(*arguments: Any) -> Any:
        seen.append((ae.load(run).code_size_, (run / "report.html").is_file()))
        return evaluate(*arguments)

    monkeypatch.setattr(results, "evaluate", look)
    page = ["--report"] if report else []
    assert main(["train", "digits", "--run", "digits", "--force", *page, *QUICK]) == 0
    out, err = capsys.readouterr()
    assert seen == [(2, report)], "whole and in its place before anything else is computed"
    assert "runs/digits\n" in out
    assert "digits-2" not in out + err
    assert (run / "notes.txt").read_text() == "mine"
    assert {path.name for path in (here / "runs").iterdir()} == {"digits", "images", "numbers", "people"}
    if report:
        assert "digits-2" not in (run / "report.html").read_text()


def test_divergence_under_force_leaves_the_earlier_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = read_folder(here / "runs" / "digits")
    words = ["train", "digits", "--run", "digits", "--force", "--epochs", "3", "--learning-rate", "1e30"]
    assert main(words) == 3
    assert "the earlier run in runs/digits is as it was; the new one, without a model, lies in runs/digits-2" in (
        capsys.readouterr().err
    )
    assert read_folder(here / "runs" / "digits") == before
    assert main(["runs", "list"]) == 0
    assert "diverged" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["--force"]])
def test_a_run_that_is_being_written_is_refused_untouched(
    here: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for run in (here / "runs" / "digits", here / "runs" / "new"):
        with hold_folder(run):
            before = sorted(here.rglob("*")), read_folder(here)
            assert main(["train", "digits", "--run", run.name, *words, *QUICK]) == 2
            assert "another training is being written into" in capsys.readouterr().err
            assert (sorted(here.rglob("*")), read_folder(here)) == before


def test_without_a_name_the_next_free_one_is_taken(here: Path) -> None:
    (here / "runs" / "numbers-2").mkdir()  # as one that was killed before its first file leaves it
    with claim_folder(here / "runs" / "numbers-3"):
        assert main(["train", "numbers.csv", *QUICK]) == 0
        assert main(["train", "numbers.csv", *QUICK]) == 0
    assert {path.name for path in (here / "runs").glob("numbers*")} == {"numbers", "numbers-2", "numbers-4"}


def test_a_model_is_kept_where_what_comes_after_its_training_fails(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")

    monkeypatch.setattr(results, "evaluate", fail)
    assert main(["train", "digits", "--run", "new", *QUICK]) == 4
    err = capsys.readouterr().err
    assert "the model is saved in runs/new\n" in err
    assert "'somewhere'" in err
    assert RunFolder(here / "runs" / "new").status == "finished"


def test_running_and_killed_are_told_apart(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = here / "runs" / "digits"
    (run / "result.json").unlink()
    (run / "model.safetensors").unlink()
    with hold_folder(run):
        for words, expected in ((["list"], "running 3/3"), (["show", "digits"], "running")):
            assert main(["runs", *words]) == 0
            assert expected in capsys.readouterr().out
        assert main(["errors", "digits", "digits"]) == 2
        assert "has no model yet: its training is going on." in capsys.readouterr().err
        assert main(["runs", "remove", "digits"]) == 2
    capsys.readouterr()
    assert main(["runs", "list"]) == 0
    assert "killed 3/3" in capsys.readouterr().out
    assert main(["errors", "digits", "digits"]) == 2
    assert "has no model: its training was killed." in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--run", "new"], ["--run", "digits", "--force"], ["--run", "elsewhere/run"], []])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(
    here: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_arguments: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert main(["train", "no-such.csv", *words, *QUICK]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: --run: ")
    assert " cannot be written" in said
