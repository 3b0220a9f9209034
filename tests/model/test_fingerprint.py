"""The fingerprint: of data, settings and seed; not of where the data lay, nor of what was shown or saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import autoencode as ae
from autoencode.exceptions import ModelFileError
from autoencode.model.model_file import read_bytes, write_bytes
from autoencode.runs import read_model_file, write_model_file
from autoencode.training.threads import Threads

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "price": RANDOM.gamma(2, 30, 300).round(2),
        "pieces": RANDOM.integers(0, 40, 300),
        "kind": RANDOM.choice(["small", "large", "odd"], 300),
        "paid": RANDOM.random(300) > 0.4,
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(RANDOM.integers(0, 90, 300), "D"),
        "always": 7,
    }
)
TABLE.loc[::11, "price"] = np.nan


def fit(X: Any = TABLE, **told: Any) -> ae.Autoencoder:
    return ae.Autoencoder(**{"code_size": 2, "epochs": 2, "random_state": 0} | told).fit(X)


@pytest.fixture(scope="module")
def expected() -> str:
    return fit().fitted_.fingerprint


def test_it_is_a_sha256_and_the_same_for_the_same_training(expected: str) -> None:
    assert len(expected) == 64
    assert int(expected, 16) > 0
    assert fit().fitted_.fingerprint == expected


def write_csv(folder: Path, **options: Any) -> Path:
    TABLE.assign(day=TABLE["day"].dt.strftime("%Y-%m-%d")).to_csv(folder / "table.csv", index=False, **options)
    return folder / "table.csv"


def write_parquet(folder: Path) -> Path:
    TABLE.to_parquet(folder / "table.parquet", index=False)
    return folder / "table.parquet"


@pytest.mark.parametrize(
    "give",
    [
        write_csv,
        lambda folder: write_csv(folder, sep=";", decimal=","),
        lambda folder: write_csv(folder, sep="\t", na_rep="NA", encoding="utf-16"),
        write_parquet,
        lambda _: pl.from_pandas(TABLE),
    ],
    ids=["csv", "other marks", "other encoding", "parquet", "polars"],
)
def test_it_does_not_depend_on_where_the_table_lay(give: Any, tmp_path: Path, expected: str) -> None:
    assert fit(give(tmp_path)).fitted_.fingerprint == expected


def test_it_does_not_depend_on_what_is_shown_called_and_saved(tmp_path: Path, expected: str) -> None:
    model = fit(verbose=1, callbacks=[lambda _: False])
    assert model.fitted_.fingerprint == expected
    again = ae.load(model.set_params(callbacks=None, epochs=7).save(tmp_path / "model.safetensors"))
    assert again.fitted_.fingerprint == expected
    assert read_model_file(tmp_path / "model.safetensors")[1]["fingerprint"] == expected


@pytest.mark.parametrize(
    "told",
    [{"random_state": 1}, {"epochs": 3}, {"learning_rate": 1e-3}, {"X": TABLE[:-1]}, {"X": TABLE.assign(always=8)}],
    ids=str,
)
def test_data_settings_and_seed_change_it(told: dict[str, Any], expected: str) -> None:
    assert fit(**told).fitted_.fingerprint != expected


def test_threads_are_settings_of_a_training(monkeypatch: pytest.MonkeyPatch, expected: str) -> None:
    monkeypatch.setattr("autoencode.model.preparation.tell_threads", lambda: Threads(17, 3))
    fitted = fit().fitted_
    assert fitted.threads == Threads(17, 3)
    assert fitted.fingerprint != expected
    again = read_bytes(write_bytes(fitted))
    assert (again.threads, again.fingerprint) == (fitted.threads, fitted.fingerprint)


def test_a_restart_that_is_kept_has_its_own() -> None:
    model = fit(restarts=2)
    first, second = (model.keep_restart(place).fitted_.fingerprint for place in range(2))
    assert first != second


def test_numbers_alone_and_what_diverged_are_known_again(tmp_path: Path) -> None:
    rows = RANDOM.normal(size=(100, 4))
    model = fit(rows, restarts=2)
    assert fit(rows.astype(np.float64, order="F"), restarts=2).fitted_.fingerprint == model.fitted_.fingerprint
    names = dict(zip("abcd", rows.T, strict=True))
    assert fit(pd.DataFrame(names)).fitted_.fingerprint == fit(pl.DataFrame(names)).fitted_.fingerprint
    model.history_.loss[0, 1] = -np.nan
    again = ae.load(model.save(tmp_path / "model.safetensors")).fitted_
    assert again.fingerprint == model.keep_restart(model.best_restart_).fitted_.fingerprint


def test_a_detector_has_one_of_all_that_it_holds(tmp_path: Path) -> None:
    def detect(**told: Any) -> Any:
        return ae.AnomalyDetector(random_state=0, false_alarm_rate=0.1, **told).fit(TABLE).fitted_

    plain, grouped = detect(), detect(by="kind")
    assert detect().fingerprint == plain.fingerprint
    pair = ae.detect(TABLE, random_state=0, false_alarm_rate=0.1, keep=tmp_path / "pair.safetensors") and ae.load(
        tmp_path / "pair.safetensors"
    )
    learnt = [plain, grouped, plain.at_rate(0.2), pair.fitted_]
    assert len({one.fingerprint for one in [*learnt, plain.fitted]}) == 5
    for one in learnt:
        assert read_bytes(write_bytes(one)).fingerprint == one.fingerprint
    assert plain.calibrate(plain.fitted.check(TABLE)).fingerprint != plain.fingerprint


def test_a_file_whose_fingerprint_is_another_is_refused(tmp_path: Path) -> None:
    path = fit().save(tmp_path / "model.safetensors")
    tensors, configuration = read_model_file(path)
    write_model_file(path, tensors | {"mean_sample": tensors["mean_sample"] + 1}, configuration)
    with pytest.raises(ModelFileError, match=r"names the fingerprint '.*', but what it holds has"):
        ae.load(path)
