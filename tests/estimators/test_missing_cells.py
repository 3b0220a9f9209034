"""One missing cell trains whatever the seed, and is encoded wherever it stands; a row in a message is one of all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from autoencode import AnomalyDetector, Autoencoder, detect
from autoencode.estimators.autoencoder import prepare
from autoencode.exceptions import InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

ROWS = 60
ODD = 17


def make(seed: int = 0, **options: Any) -> Autoencoder:
    return Autoencoder(**{"code_size": 1, "hidden": (), "epochs": 1, "random_state": seed} | options)


@pytest.fixture
def frame() -> pd.DataFrame:
    """A column of every kind, none with a missing cell."""
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "number": random.normal(size=ROWS),
            "whole": pd.array(random.integers(0, 9, ROWS), "Int64"),
            "truth": pd.array(random.random(ROWS) < 0.5, "boolean"),
            "kind": random.choice(["a", "b", "c"], ROWS),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 99, ROWS), "D"),
            "length": pd.to_timedelta(random.integers(1, 99, ROWS), "s"),
            "level": pd.Categorical(random.choice([10, 20], ROWS)),
            "same": 7.0,
        }
    )


def empty(frame: pd.DataFrame, column: str, row: int = ODD) -> pd.DataFrame:
    spoilt = frame.copy()
    spoilt.loc[row, column] = None
    return spoilt


def name_features(model: Autoencoder, X: pd.DataFrame, validation: Any = None) -> list[str]:
    """Return the names of what would be trained on; all of it can be."""
    prepared = prepare(model, X, validation)
    assert prepared.held_out is not None
    assert np.isfinite(prepared.scaled).all()
    assert np.isfinite(prepared.held_out).all()
    encoder = prepared.setup.table_encoder
    assert encoder is not None
    return encoder.list_features()


COLUMNS = ["number", "whole", "truth", "kind", "date", "length", "level", "same"]


@pytest.mark.parametrize("column", COLUMNS)
def test_one_missing_cell_has_its_flag_whatever_the_seed(frame: pd.DataFrame, column: str) -> None:
    spoilt = empty(frame, column)
    for seed in range(4):
        assert f"{column} is missing" in name_features(make(seed, validation_fraction=0.25), spoilt)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_may_be_missing_in_the_samples_of_validation_alone(frame: pd.DataFrame, column: str) -> None:
    assert f"{column} is missing" in name_features(make(), frame, empty(frame, column)[:30])


def test_of_numbers_alone_too() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    plain = make().fit(frame, validation=frame[:9])
    assert plain.table_encoder_ is None
    model = make().fit(frame, validation=empty(frame, "b")[:30])
    assert model.table_encoder_ is not None
    assert np.isfinite(model.errors(empty(frame, "b"))).all()


@pytest.mark.parametrize("seed", range(5))
def test_forty_columns_with_one_empty_cell_each(seed: int) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(ROWS, 40))).rename(columns="c{}".format)
    frame["kind"] = list("xy") * (ROWS // 2)
    for column in range(40):
        frame.loc[column, f"c{column}"] = np.nan
    names = name_features(make(seed, validation_fraction=0.1), frame)
    assert sum(name.endswith("is missing") for name in names) == 40


def test_what_no_cell_lacks_has_no_flag(frame: pd.DataFrame) -> None:
    assert not [name for name in name_features(make(validation_fraction=0.25), frame) if "missing" in name]


def test_a_category_that_only_the_held_out_part_has(frame: pd.DataFrame) -> None:
    frame.loc[ODD, "kind"] = "rare"
    for seed in range(4):
        assert "kind=other" in name_features(make(seed, validation_fraction=0.25), frame)


# ---------------------------------------------------------------------- rows in messages


def spoil(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    spoilt = frame.copy()
    if name == "infinite":
        spoilt.loc[ODD, "number"] = np.inf
    elif name == "minus infinity":
        spoilt.loc[ODD, "number"] = -np.inf
    elif name == "infinite, missing elsewhere":
        spoilt.loc[ODD, "number"] = np.inf
        spoilt.loc[3, "number"] = np.nan
    elif name == "a date of another age":
        spoilt["date"] = spoilt["date"].astype("datetime64[s]")
        spoilt.loc[ODD, "date"] = np.datetime64("12000-01-01", "s")
    return spoilt


WRONG = ["infinite", "minus infinity", "infinite, missing elsewhere", "a date of another age"]


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("seed", range(3))
def test_a_row_is_one_of_all_samples(frame: pd.DataFrame, name: str, seed: int) -> None:
    spoilt = spoil(frame, name)
    trained: list[str] = []
    for fit in (
        make(seed, validation_fraction=0.25).fit,
        AnomalyDetector(make(), random_state=seed, false_alarm_rate=0.1).fit,
        lambda X: detect(X, random_state=seed, false_alarm_rate=0.1, autoencoder=make(), progress=trained.append),
    ):
        with pytest.raises(InvalidInputError, match=f" in row {ODD}[;,]"):
            fit(spoilt)
    assert not trained, "before any training"


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_is_one_of_all_too(seed: int) -> None:
    X = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float64)
    X[ODD, 1] = np.inf
    for fit in (
        make(seed, validation_fraction=0.25).fit,
        AnomalyDetector(make(), random_state=seed, false_alarm_rate=0.1).fit,
        lambda X: detect(X, random_state=seed, false_alarm_rate=0.1),
    ):
        with pytest.raises(InvalidInputError, match=f"feature 1 of sample {ODD};"):
            fit(X)
    X[ODD, 1] = 1e200
    model = make(seed, validation_fraction=0.25, scaling="none")
    with pytest.raises(InvalidInputError, match=f"sample {ODD}, feature 1"):
        model.fit(X)


def test_a_row_of_validation_is_one_of_its_own(frame: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match=r"^validation: column 'number' is inf in row 7;"):
        make().fit(frame, validation=spoil(frame, "infinite")[10:])
    with pytest.raises(InvalidInputError, match=r"^column 'number' holds 'x' in row 7,"):
        make().fit(frame).errors(frame[10:].assign(number=["1"] * 7 + ["x"] * (ROWS - 17)))


def test_a_row_to_be_judged_is_one_of_all(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autoencode.model.detector.BLOCK_ROWS", 5)
    judged = frame.assign(number=["1"] * ODD + ["x"] * (ROWS - ODD))
    with pytest.raises(InvalidInputError, match=f"column 'number' holds 'x' in row {ODD},"):
        detect(judged, against=frame, false_alarm_rate=0.1, autoencoder=make(), random_state=0)
