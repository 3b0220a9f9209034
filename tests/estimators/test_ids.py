"""Ids are not trained on: found on all rows, in every library's tables, and not asked for again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import autoencode as ae
from autoencode import AnomalyDetector, Autoencoder
from autoencode.data import Samples
from autoencode.data.samples import Reading
from autoencode.data.table_options import TableOptions
from autoencode.estimators.autoencoder import prepare

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

ROWS = 120


def make(**options: Any) -> Autoencoder:
    return Autoencoder(**{"code_size": 1, "hidden": (), "epochs": 1, "random_state": 0} | options)


@pytest.fixture
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    numbers = random.normal(size=(ROWS, 2))
    return pd.DataFrame({"n": random.permutation(ROWS) + 1, "a": numbers[:, 0], "b": numbers[:, 1]})


def find_ids(X: Any, **options: Any) -> tuple[str, ...]:
    model = make(**options)
    encoder = prepare(model, X, None).setup.table_encoder
    return () if encoder is None else encoder.ids


@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_every_library_and_any_order(frame: pd.DataFrame, library: Any) -> None:
    assert find_ids(library(frame)) == ("n",)
    assert find_ids(library(frame.sample(frac=1, random_state=1, ignore_index=True))) == ("n",)
    assert find_ids(library(frame), validation_fraction=0.5) == ("n",)
    assert find_ids(library(frame.drop(columns="n"))) == ()
    assert find_ids(library(frame.assign(n=frame["n"] * 7))) == ()
    assert find_ids(library(frame.assign(key=frame["n"].astype(str) + "x"))) == ("n", "key")


def test_an_array_has_none(frame: pd.DataFrame) -> None:
    assert find_ids(frame.to_numpy()) == find_ids(frame[["n"]]) == ()


def test_long_ids_that_float64_cannot_tell_apart(frame: pd.DataFrame) -> None:
    long = frame.assign(n=frame["n"].astype("int64") + 2**60)
    model = make().fit(long)
    np.testing.assert_array_equal(model.errors(long), make().fit(frame).errors(frame))


def test_a_later_table_need_not_have_it(frame: pd.DataFrame, tmp_path: Path) -> None:
    model = make().fit(frame)
    model.save(tmp_path / "model.safetensors")
    for known in (model, ae.load(tmp_path / "model.safetensors")):
        assert known.table_encoder_ is not None
        assert known.table_encoder_.ids_ == ("n",)
        assert known.table_encoder_.describe()[0][1:] == ("left out", 0, "an id, named beside results")
        np.testing.assert_array_equal(known.errors(frame.drop(columns="n")), model.errors(frame))
        np.testing.assert_array_equal(known.errors(frame.assign(n="?")), model.errors(frame))


@pytest.mark.parametrize("seed", range(2))
def test_detectors_leave_it_out_of_both_halves(frame: pd.DataFrame, seed: int) -> None:
    found = ae.detect(frame, autoencoder=make(epochs=2), false_alarm_rate=0.05, random_state=seed)
    assert [column.note for column in found.columns if not column.features] == ["an id, named beside results"]
    assert found.explanation.contributions[:, 0].max() == 0
    detector = AnomalyDetector(make(epochs=2), random_state=seed, false_alarm_rate=0.05).fit(frame)
    np.testing.assert_array_equal(detector.score_samples(frame), detector.score_samples(frame.assign(n=0)))


def read_as(frame: pd.DataFrame, **options: Any) -> Samples:
    return Samples(pa.Table.from_pandas(frame), "rows", Reading("table", table=TableOptions(**options)))


def test_the_users_word_counts(frame: pd.DataFrame) -> None:
    assert find_ids(read_as(frame, ids=("a",))) == ("n", "a")
    assert find_ids(read_as(frame.assign(a=1.0), ids=("a",))) == ("n", "a")
    assert find_ids(read_as(frame, types={"n": "number"})) == ()
    assert find_ids(read_as(frame, ids=("in another file",))) == ("n",)
