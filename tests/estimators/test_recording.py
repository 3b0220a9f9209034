"""Training into a run folder."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode import Autoencoder, EpochRecord
from autoencode.estimators import fit_recorded
from autoencode.exceptions import AutoencodeError, InvalidInputError, ModelFileError, TrainingDivergedError
from autoencode.interruption import clear_up
from autoencode.model import fit as fitting
from autoencode.runs import RunFolder

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


def test_a_run_holds_everything(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    seen: list[int] = []
    model = make(callbacks=[lambda record: None])
    run = fit_recorded(
        model,
        table,
        tmp_path / "run",
        data="a table",
        validation=table[:9],
        callbacks=(lambda r: seen.append(r.epoch),),
    )
    assert seen == [1, 2, 3]
    config, result = (json.loads(file.read_text()) for file in (run.config, run.result))
    assert config["data"] == "a table"
    assert config["parameters"]["code_size"] == 2
    history = run.read_history()
    assert [line["epoch"] for line in history] == [1, 2, 3]
    np.testing.assert_array_equal([line["loss"] for line in history], model.history_.loss)
    assert result["finished"] is True
    assert result["loss"] == model.history_.loss[-1, 0]
    assert result["epochs"] == 3
    np.testing.assert_array_equal(ae.load(run.path).transform(table), model.transform(table))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("mine")])
def test_an_interrupted_run_can_be_read(make: Make, table: np.ndarray, tmp_path: Path, error: BaseException) -> None:
    def fail(record: EpochRecord) -> None:
        if record.epoch == 2:
            raise error

    model = make()
    with pytest.raises(type(error)):
        fit_recorded(model, table, tmp_path, data="a table", callbacks=(fail,))
    run = RunFolder(tmp_path)
    assert len(run.read_history()) == 2
    assert json.loads(run.result.read_text())["finished"] is False
    assert run.status == "interrupted"
    assert ae.load(tmp_path).history_.epochs == 2


def test_an_interrupt_before_an_epochs_line_is_written_costs_no_line(
    make: Make, table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, interrupted = RunFolder.append_epoch, []

    def interrupt(folder: RunFolder, record: dict) -> None:
        if record["epoch"] == 2 and not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        append(folder, record)

    monkeypatch.setattr(RunFolder, "append_epoch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fit_recorded(make(), table, tmp_path, validation=table[:9])
    lines, history = RunFolder(tmp_path).read_history(), ae.load(tmp_path / "model.safetensors").history_
    assert [line["epoch"] for line in lines] == [1, 2]
    np.testing.assert_array_equal([line["loss"] for line in lines], history.loss)
    np.testing.assert_array_equal([line["validation_loss"] for line in lines], history.validation_loss)


def test_a_late_divergence_leaves_the_best_weights(make: Make, tmp_path: Path) -> None:
    model = make(optimizer="sgd", learning_rate=10, activation="identity", batch_size=30, epochs=40, patience=30)
    with pytest.raises(TrainingDivergedError, match=r"The weights of epoch 1, the best until then, are kept"):
        fit_recorded(model, np.random.default_rng(0).random((60, 5)), tmp_path)
    run = RunFolder(tmp_path)
    assert run.status == "diverged"
    assert ae.load(tmp_path).history_.epochs == len(run.read_history()) < 40


@pytest.mark.parametrize("ends_at_once", [False, True])
def test_a_training_that_ends_before_its_first_epoch_leaves_nothing(
    make: Make, table: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_at_once: bool
) -> None:
    run, seen = tmp_path / "runs" / "run", []

    def end(*_arguments: object, **_options: object) -> None:
        seen.append(RunFolder(run).config.is_file())
        if ends_at_once:  # as a signal does, which raises nothing
            clear_up()
            assert list(tmp_path.iterdir()) == []
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "train", end)
    with pytest.raises(KeyboardInterrupt):
        fit_recorded(make(), table, run)
    assert seen == [True]
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_leaves_no_older_model_behind(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    model = make().fit(table)
    with pytest.raises(InvalidInputError):
        fit_recorded(model, table * np.nan, tmp_path, data="nothing")
    assert not RunFolder(tmp_path).model.exists()
    fit_recorded(model, table, tmp_path, data="a table")
    assert RunFolder(tmp_path).model.exists()
    model.set_params(optimizer="sgd", learning_rate=1e30)
    with pytest.raises(TrainingDivergedError):
        fit_recorded(model, table, tmp_path / "other", data="a table")
    assert not RunFolder(tmp_path / "other").model.exists()
    assert RunFolder(tmp_path / "other").status == "diverged"


def test_the_run_says_what_the_samples_were(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    run = fit_recorded(make(validation_fraction=0.25), pd.DataFrame(table, columns=list("abcde")), tmp_path / "frame")
    config = run.read_config()
    assert config["data"] == "samples in memory"
    assert config["reading"] is None
    assert (config["samples"], config["held_out"], config["sample_shape"]) == (45, 15, [5])
    assert config["columns"] == [{"column": name} for name in "abcde"]
    assert run.read_result()["column_errors"] is None
    run = fit_recorded(make(epochs=1), "digits", tmp_path / "digits")
    config = run.read_config()
    assert (config["data"], config["sample_shape"], config["columns"]) == ("digits", [8, 8], None)
    assert ae.data.Reading.from_dict(config["reading"]).kind == "named"


def test_what_cannot_be_trained_leaves_an_earlier_run_alone(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    fit_recorded(make(), table, tmp_path / "run", data="a table")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    for model, X in ((make(), table * np.nan), (make(), tmp_path / "nowhere.csv"), (make(epochs=0), table)):
        with pytest.raises(AutoencodeError):
            fit_recorded(model, X, tmp_path / "run")
        with pytest.raises(AutoencodeError):
            fit_recorded(model, X, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_two_trainings_do_not_write_into_one_folder(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    def train_again(record: EpochRecord) -> None:
        with pytest.raises(InvalidInputError, match=r"another training is being written into .*run; wait"):
            fit_recorded(make(), table, tmp_path / "run")

    run = fit_recorded(make(), table, tmp_path / "run", callbacks=(train_again,))
    assert len(run.read_history()) == 3
    assert run.status == "finished"
    fit_recorded(make(), table, tmp_path / "run")


@pytest.mark.parametrize("place", ["file", "file/run"])
def test_a_folder_that_cannot_be_made_is_refused(make: Make, table: np.ndarray, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match=r"path: the folder .*file.* cannot be made: "):
        fit_recorded(make(), table, tmp_path / place)


def test_a_killed_training_leaves_a_readable_folder(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys, numpy as np
        from autoencode import Autoencoder
        from autoencode.estimators import fit_recorded
        def kill(record):
            if record.epoch == 3:
                os.kill(os.getpid(), signal.SIGKILL)
        fit_recorded(Autoencoder(2, epochs=9, random_state=0), np.random.default_rng(0).random((60, 5)), sys.argv[1],
                     callbacks=(kill,))
        """
    )
    command = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    run = RunFolder(tmp_path / "run")
    assert run.status == "killed"
    assert run.read_config()["samples"] == 60
    assert [line["epoch"] for line in run.read_history()] == [1, 2, 3]
    with pytest.raises(ModelFileError, match="there is no model file"):
        ae.load(run.path)
    with run.claim():
        pass  # the dead hold no lock


def test_a_model_that_cannot_be_saved_is_refused_before_training(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    epochs: list[EpochRecord] = []
    model = make(activation=lambda x: x, callbacks=[epochs.append])
    with pytest.raises(InvalidInputError, match="cannot be saved"):
        fit_recorded(model, table, tmp_path, data="a table")
    assert not epochs
