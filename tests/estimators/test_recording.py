"""Training into a run folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode import Autoencoder, EpochRecord
from autoencode.estimators import fit_recorded
from autoencode.exceptions import InvalidInputError, TrainingDivergedError
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
    assert ae.load(tmp_path).history_.epochs == 2


def test_a_failed_run_leaves_no_older_model_behind(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    model = make().fit(table)
    with pytest.raises(InvalidInputError):
        fit_recorded(model, table * np.nan, tmp_path, data="nothing")
    assert not RunFolder(tmp_path).model.exists()
    fit_recorded(model, table, tmp_path, data="a table")
    assert RunFolder(tmp_path).model.exists()
    model.set_params(optimizer="sgd", learning_rate=1e30)
    with pytest.raises(TrainingDivergedError):
        fit_recorded(model, table, tmp_path, data="a table")
    assert not RunFolder(tmp_path).model.exists()
    assert not RunFolder(tmp_path).result.exists()


def test_a_model_that_cannot_be_saved_is_refused_before_training(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    epochs: list[EpochRecord] = []
    model = make(activation=lambda x: x, callbacks=[epochs.append])
    with pytest.raises(InvalidInputError, match="cannot be saved"):
        fit_recorded(model, table, tmp_path, data="a table")
    assert not epochs
