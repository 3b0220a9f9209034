"""What a run keeps when its disk is full, its folder gone, its training diverged or what comes after it failed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode import Autoencoder, EpochRecord
from autoencode.estimators import fit_recorded, recording
from autoencode.exceptions import DiagnosisWarning, RunTakenError, RunWarning, TrainingDivergedError
from autoencode.model import model_file
from autoencode.model.fitted import Fitted
from autoencode.runs import RunFolder, claim_folder

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


def read_folder(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


class Disk:
    """A disk whose `history.jsonl` takes nothing while it is full; with `torn`, the first bytes only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, torn: int) -> None:
        self.full = False
        opened = Path.open

        def open_file(path: Path, *arguments: Any, **options: Any) -> Any:
            file = opened(path, *arguments, **options)
            return _Torn(file, torn) if self.full and path.name == "history.jsonl" else file

        monkeypatch.setattr(Path, "open", open_file)


class _Torn:
    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def __enter__(self) -> _Torn:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, line: bytes) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written, self._room = self._file.write(line[: self._room]), 0
        return written


@pytest.mark.parametrize("torn", [0, 1, 7])
@pytest.mark.parametrize("last", [3, 9])
def test_a_disk_that_fills_while_history_is_appended_keeps_the_run(
    make: Make, table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: int, last: int
) -> None:
    disk = Disk(monkeypatch, torn=torn)
    lines: list[int] = []

    def fill(record: EpochRecord) -> None:
        disk.full = 2 <= record.epoch < last
        lines.append(len(RunFolder(tmp_path / "run").read_history()))

    with pytest.warns(RunWarning, match=r"cannot be written to .*history\.jsonl: No space left on device") as caught:
        run = fit_recorded(make(epochs=5), table, tmp_path / "run", callbacks=(fill,))
    assert lines == ([1, 2, 2, 4, 5] if last == 3 else [1, 2, 2, 2, 2])
    said = [warning for warning in caught if warning.category is RunWarning]
    assert len(said) == (1 if last == 3 else 2), "one warning, and one at the end where it is still full"
    assert run.status == "finished"
    assert ae.load(run.path).history_.epochs == 5
    assert [line["epoch"] for line in run.read_history()] == ([1, 2, 3, 4, 5] if last == 3 else [1, 2])


def test_an_appended_line_is_whole_or_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFolder.create(tmp_path, {})
    run.append_epoch({"epoch": 1})
    before = run.history.read_bytes()
    disk = Disk(monkeypatch, torn=5)
    disk.full = True
    with pytest.raises(OSError, match=rf"No space left on device: '{re.escape(str(run.history))}'"):
        run.append_epoch({"epoch": 2})
    disk.full = False
    assert run.history.read_bytes() == before


@pytest.mark.parametrize("failure", ["full", "gone", "read-only"])
def test_a_model_that_its_folder_does_not_take_is_saved_elsewhere(
    make: Make, table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    model, save = make(), model_file.save_model

    def fail(fitted: Fitted, path: Path) -> Path:
        if failure == "gone":
            shutil.rmtree(tmp_path / "run")
        elif path.parent == tmp_path / "run":
            number = {"full": errno.ENOSPC, "read-only": errno.EROFS}[failure]
            raise OSError(number, os.strerror(number), str(path))
        return save(fitted, path)

    monkeypatch.setattr(recording, "save_model", fail) if failure != "gone" else None
    callbacks = (lambda record: shutil.rmtree(tmp_path / "run") if record.epoch == 3 else None,)
    with pytest.raises(OSError, match=r"the model was saved in .*/model\.safetensors instead") as caught:
        fit_recorded(model, table, tmp_path / "run", callbacks=callbacks if failure == "gone" else ())
    place = str(caught.value.strerror).split("saved in ")[1].split(" instead")[0]
    assert place.startswith(str(tmp_path / "temporary"))
    np.testing.assert_array_equal(ae.load(place).transform(table), model.transform(table))


def test_what_fails_after_the_training_costs_no_model(
    make: Make, table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    def fail(*_arguments: object) -> None:
        raise MemoryError

    frame = pd.DataFrame(table, columns=list("abcde")).assign(kind=["x", "y"] * 30)
    for function in ("_describe_errors", "_complete_history"):
        monkeypatch.setattr(recording, function, fail)
        with pytest.raises(MemoryError):
            fit_recorded(make(), frame, tmp_path / function)
        run = RunFolder(tmp_path / function)
        assert run.status == "finished"
        assert ae.load(run.path).history_.epochs == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), "diverged"])
def test_an_earlier_run_outlives_a_training_that_ends_early(
    make: Make, table: np.ndarray, tmp_path: Path, error: BaseException | str
) -> None:
    fit_recorded(make(), table, tmp_path / "run")
    before = read_folder(tmp_path / "run")

    def fail(record: EpochRecord) -> None:
        if record.epoch == 2 and isinstance(error, BaseException):
            raise error

    wild = {"optimizer": "sgd", "learning_rate": 1e30} if error == "diverged" else {}
    kind = type(error) if isinstance(error, BaseException) else TrainingDivergedError
    for name in ("run-2", "run-3"):
        with pytest.raises(kind):
            fit_recorded(make(**wild), table, tmp_path / "run", callbacks=(fail,))
        assert RunFolder(tmp_path / name).status == ("diverged" if wild else "interrupted")
        assert RunFolder(tmp_path / name).model.is_file() is not bool(wild)
    assert read_folder(tmp_path / "run") == before
    run = fit_recorded(make(epochs=4), table, tmp_path / "run")
    assert run.path == tmp_path / "run"
    assert ae.load(run.path).history_.epochs == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run-2", "run-3"]


def test_who_has_claimed_a_folder_hands_it_over(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    fit_recorded(make(), table, tmp_path / "run")
    with claim_folder(tmp_path / "run") as claim:
        assert fit_recorded(make(epochs=1), table, claim).path == tmp_path / "run-2"
        with pytest.raises(RunTakenError):
            fit_recorded(make(), table, tmp_path / "run")
        assert ae.load(tmp_path / "run").history_.epochs == 3
        claim.hand_over()
    assert ae.load(tmp_path / "run").history_.epochs == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("patience", [None, 60])
def test_a_training_that_diverges_hands_over_the_best_weights_where_they_are_kept(
    make: Make, table: np.ndarray, tmp_path: Path, patience: int | None
) -> None:
    wild = {"hidden": (), "optimizer": "sgd", "learning_rate": 1.0, "activation": "identity", "epochs": 60}
    model = make(**wild, patience=patience)
    words = "the best until then, are kept" if patience else "use a smaller learning_rate"
    warned = pytest.warns(DiagnosisWarning, match="diverged") if patience else contextlib.nullcontext()
    with warned, pytest.raises(TrainingDivergedError, match=words):
        fit_recorded(model, table, tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    assert len(run.read_history()) > 1
    assert run.status == "diverged"
    assert run.model.is_file() is (patience is not None)
    if patience is not None:
        assert np.isfinite(ae.load(run.path).transform(table)).all()
