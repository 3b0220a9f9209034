"""`sweep` and `detect --keep` that were cut off: what is finished is not repeated, and the bits are the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.runs import Claim, RunFolder
from autoencode.runs.checkpoint import PASSING

SWEEP = ["sweep", "numbers.csv", "--code-sizes", "1,2", "--hidden", "3", "--epochs", "3", "--seed", "3"]
DETECT = ["detect", "numbers.csv", "--seed", "3"]
EPOCHS = {"sweep": 3, "detect": 24}
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with samples, the sweep `whole` of them, and their detector `kept`."""
    folder = tmp_path_factory.mktemp("finished")
    samples = np.random.default_rng(0).normal(size=(150, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("numbers.csv").write_text("a,b,c,d\n" + "\n".join(",".join(f"{x:.4f}" for x in row) for row in samples))
        assert main([*SWEEP, "--run", "whole", "--out", "whole.json"]) == 0
        assert main([*DETECT, "--keep", "kept"]) == 0
    return folder


@pytest.fixture
def place(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    config = Path("runs/whole/config.json")
    config.write_text(config.read_text().replace(str(finished), str(tmp_path)))
    return tmp_path


@pytest.fixture
def cut_off(place: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what starts a verb that is interrupted at an epoch of its second training; at 0 between the two."""
    append, create = RunFolder.append_epoch, RunFolder.create

    def start(words: list[str], epoch: int) -> None:
        left = [EPOCHS[words[0]] + epoch]

        def count(folder: RunFolder, record: dict[str, Any]) -> None:
            append(folder, record)
            left[0] -= 1
            if epoch and not left[0]:
                raise KeyboardInterrupt

        def begin(path: Path, config: dict[str, Any]) -> RunFolder:
            if not left[0]:
                raise KeyboardInterrupt
            return create(path, config)

        with monkeypatch.context() as patch:
            patch.setattr(RunFolder, "append_epoch", count)
            patch.setattr(RunFolder, "create", begin)
            assert main(words) == 130

    return start


def forbid_epochs(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let no more epochs be trained than so many."""
    append, left = RunFolder.append_epoch, [most]

    def count(folder: RunFolder, record: dict[str, Any]) -> None:
        left[0] -= 1
        assert left[0] >= 0, "a training was repeated"
        append(folder, record)

    monkeypatch.setattr(RunFolder, "append_epoch", count)


def fingerprint(folder: str) -> str:
    return ae.load(folder).fitted_.fingerprint


def read_all(folder: str) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


AGAIN = pytest.mark.parametrize(
    ("again", "epoch"),
    [
        ("runs resume", 2),
        ("the same command", 0),
        pytest.param("runs resume", 0, marks=pytest.mark.slow),
        pytest.param("the same command", 2, marks=pytest.mark.slow),
    ],
)


@AGAIN
def test_a_sweep_goes_on_with_what_is_not_finished(
    again: str, epoch: int, cut_off: Callable[..., None], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off([*SWEEP, "--run", "x"], epoch)
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["layers", "3-1"]
    assert err.splitlines()[-2] == "1 of 2 trainings are finished; go on with: autoencode runs resume x"
    forbid_epochs(monkeypatch, 3 - epoch)
    words = ["runs", "resume", "x"] if again == "runs resume" else [*SWEEP, "--run", "x", "--resume"]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(Path("whole.json").read_text())
    for name in ("3-1", "3-2"):
        assert fingerprint(f"runs/x/{name}") == fingerprint(f"runs/whole/{name}")
    assert read_all("runs/x").keys() == read_all("runs/whole").keys()


def test_a_finished_sweep_is_said_again_and_another_one_refused(
    place: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_all("runs/whole")
    forbid_epochs(monkeypatch, 0)
    assert main([*SWEEP, "--run", "whole", "--resume", "--out", "again.csv"]) == 0
    assert Path("again.csv").is_file()
    assert main(["runs", "resume", "whole"]) == 0
    assert "not written: --out; the same command with --resume writes that" in capsys.readouterr().err
    for words, said in (
        ([*SWEEP, "--run", "whole"], "--resume goes on with it"),
        (
            [*SWEEP, "--run", "whole", "--resume", "--code-sizes", "1,2,3"],
            "code_sizes=[1, 2], and code_sizes=[1, 2, 3] is",
        ),
        ([*SWEEP, "--run", "whole", "--resume", "--epochs", "4"], "begun with --epochs 3, and --epochs 4 is asked"),
        ([*SWEEP, "--run", "kept", "--resume"], "runs/kept is a detector that is kept; give another name"),
        (["train", "numbers.csv", "--run", "whole", "--force"], "runs/whole is a sweep; give another name"),
        ([*SWEEP, "--resume"], "which sweep shall go on? Name it with --run"),
    ):
        assert main(words) == 2
        assert said in capsys.readouterr().err
    Path("numbers.csv").write_text("a,b,c,d\n" + "1,2,3,4\n5,6,7,9\n" * 40)
    assert main([*SWEEP, "--run", "whole", "--resume"]) == 2
    assert "runs/whole/3-1 was begun with other samples" in capsys.readouterr().err
    assert read_all("runs/whole") == before
    assert main(["runs", "show", "whole"]) == 2
    assert "whole is a sweep, with runs inside; name one of whole/3-1, whole/3-2" in capsys.readouterr().err
    assert main(["runs", "remove", "whole"]) == 0
    assert not Path("runs/whole").exists()


@AGAIN
def test_a_detector_goes_on_with_what_is_not_finished(
    again: str, epoch: int, cut_off: Callable[..., None], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off([*DETECT, "--keep", "x"], epoch)
    told = capsys.readouterr().err.splitlines()[-2]
    assert told == "1 of 2 trainings are finished; go on with: autoencode runs resume x"
    assert main(["runs", "show", "x"]) == 0
    assert "autoencode runs resume x" in capsys.readouterr().out
    forbid_epochs(monkeypatch, 24 - epoch)
    words = ["runs", "resume", "x"] if again == "runs resume" else [*DETECT, "--keep", "x", "--resume"]
    assert main(words) == 0
    assert fingerprint("runs/x") == fingerprint("runs/kept")
    assert read_all("runs/x").keys() == read_all("runs/kept").keys()


def test_a_new_version_that_was_cut_off_goes_on(cut_off: Callable[..., None], capsys: Capture) -> None:
    before, words = fingerprint("runs/kept"), [*DETECT, "--keep", "kept", "--false-alarm-rate", "0.05"]
    cut_off(words, 2)
    assert "go on with: autoencode runs resume kept-2" in capsys.readouterr().err
    assert fingerprint("runs/kept") == before
    assert main(["runs", "resume", "kept"]) == 0
    assert "kept the detector as " in (err := capsys.readouterr().err)
    assert "runs/kept, version 2" in err
    assert fingerprint("runs/kept/versions/1") == before
    assert sorted(path.name for path in Path("runs").iterdir()) == ["kept", "whole"]
    assert main([*words, "--keep", "new"]) == 0
    assert fingerprint("runs/kept") == fingerprint("runs/new")


def test_a_finished_detector_is_not_trained_again_and_another_one_is_a_version(
    place: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_all("runs/kept")
    with monkeypatch.context() as patch:
        forbid_epochs(patch, 0)
        assert main([*DETECT, "--keep", "kept", "--resume", "--out", "rows.csv"]) == 0
    assert Path("rows.csv").is_file()
    assert "training" not in capsys.readouterr().err
    assert read_all("runs/kept") == before
    assert sorted(path.name for path in Path("runs").iterdir()) == ["kept", "whole"]
    Path("numbers.csv").write_text(Path("numbers.csv").read_text() + "\n" + "1,2,3,4\n" * 4)
    assert main([*DETECT, "--keep", "kept", "--resume"]) == 0
    assert "runs/kept, version 2" in capsys.readouterr().err
    assert main([*DETECT, "--resume"]) == 2
    assert "which detector shall go on? Name it with --keep" in capsys.readouterr().err


def test_what_cannot_go_on_is_refused_by_name(cut_off: Callable[..., None], capsys: Capture) -> None:
    cut_off([*DETECT, "--keep", "x"], 2)
    before = read_all("runs/x")
    for words, said in (
        (["--false-alarm-rate", "0.05"], "begun with --false-alarm-rate 0.01, and --false-alarm-rate 0.05"),
        (["--seed", "4"], "begun with seed=3, and seed=4"),
    ):
        assert main([*DETECT, *words, "--keep", "x", "--resume"]) == 2
        assert said in capsys.readouterr().err
    samples = Path("numbers.csv").read_text()
    Path("numbers.csv").write_text(samples + "\n" + "1,2,3,4\n" * 4)
    assert main([*DETECT, "--keep", "x", "--resume"]) == 2
    assert "runs/x/training-1 was begun with other samples" in capsys.readouterr().err
    Path("numbers.csv").write_text(samples)
    assert read_all("runs/x") == before
    model = Path("runs/x") / PASSING[0] / "model.safetensors"
    model.write_bytes(model.read_bytes()[:-1])
    assert main([*DETECT, "--keep", "x", "--resume"]) == 2
    assert f"{model} is a damaged" in capsys.readouterr().err
    shutil.copy("runs/whole/3-1/model.safetensors", model)
    assert main([*DETECT, "--keep", "x", "--resume"]) == 2
    assert f"{model} is not the model that was trained there; remove" in capsys.readouterr().err


@pytest.mark.slow
def test_a_seed_that_was_drawn_is_that_of_the_first_start(cut_off: Callable[..., None]) -> None:
    for words, option in ((SWEEP[:-2], "--run"), (DETECT[:-2], "--keep")):
        cut_off([*words, option, "x"], 2)
        seed = RunFolder(Path("runs/x")).read_config()["identity"]["seed"]
        assert main([*words, option, "x", "--resume"]) == 0
        assert main([*words, option, "y", "--seed", str(seed)]) == 0
        inner = "/3-2" if option == "--run" else ""
        assert fingerprint(f"runs/x{inner}") == fingerprint(f"runs/y{inner}")
        for name in ("x", "y"):
            assert main(["runs", "remove", name]) == 0


@pytest.mark.slow
def test_a_version_that_was_killed_before_it_took_its_place_takes_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: Claim) -> None:
        raise KeyboardInterrupt

    before = fingerprint("runs/kept")
    with monkeypatch.context() as patch:
        patch.setattr(Claim, "hand_over", lambda claim: interrupt(claim) if "kept" in claim.target.name else claim.path)
        assert main([*DETECT, "--keep", "kept", "--false-alarm-rate", "0.05"]) == 130
    assert fingerprint("runs/kept") == before
    forbid_epochs(monkeypatch, 0)
    assert main(["runs", "resume", "kept"]) == 0
    assert fingerprint("runs/kept") != before
    assert fingerprint("runs/kept/versions/1") == before
    assert sorted(path.name for path in Path("runs").iterdir()) == ["kept", "whole"]
