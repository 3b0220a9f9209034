"""What a detector's training did not have: found in the rows that are scored, and said first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import autoencode as ae
from autoencode import AnomalyDetector, Autoencoder
from autoencode.estimators.autoencoder import train_prepared
from autoencode.estimators.columns import note_columns
from autoencode.exceptions import InvalidInputError
from autoencode.model.learnt import list_arguments
from autoencode.model.preparation import Checked, set_up
from autoencode.model.samples import open_samples
from autoencode.model.table_format import TableFormat

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

PLACE = os.environ.get("AUTOENCODE_DATA")
real_data = pytest.mark.skipif(PLACE is None, reason="AUTOENCODE_DATA, the folder of real data, is not set")


@pytest.fixture(scope="module")
def penguins() -> pd.DataFrame:
    """The rows without missing cells, shuffled, with columns beside that are the same in all."""
    rows = pd.read_csv(Path(PLACE or "") / "tables" / "penguins.csv").dropna().sample(frac=1, random_state=0)
    return rows.assign(year=2009, tool="calliper", weighed=True, began=pd.Timestamp("2009-05-01"))


@pytest.fixture(scope="module")
def detector(penguins: pd.DataFrame) -> AnomalyDetector:
    model = Autoencoder(code_size=3, hidden=(16,), epochs=30)
    return AnomalyDetector(model, contaminated=False, random_state=0, false_alarm_rate=0.05).fit(penguins[20:])


def spoil(rows: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    return rows.assign(**{column: value(rows[column]) if callable(value) else value})


UNSEEN = {
    "missing number": ("bill_length_mm", np.nan),
    "missing category": ("sex", None),
    "missing boolean": ("weighed", None),
    "missing date": ("began", pd.NaT),
    "a number far out": ("body_mass_g", lambda grams: grams * 1e200),
    "an infinite number": ("body_mass_g", np.inf),
    "a new category": ("island", "Atlantis"),
    "another number": ("year", 2010),
    "another category": ("tool", "laser"),
    "another boolean": ("weighed", False),
    "another date": ("began", pd.Timestamp("2009-05-02")),
}


@real_data
@pytest.mark.parametrize("name", UNSEEN)
def test_what_training_did_not_have_is_flagged_and_said_first(
    name: str, detector: AnomalyDetector, penguins: pd.DataFrame
) -> None:
    column, value = UNSEEN[name]
    usual = penguins[:20][detector.predict(penguins[:20]) == 1]
    odd = spoil(usual, column, value)
    assert len(usual) > 15
    assert np.isfinite(detector.score_samples(odd)).all()
    assert (detector.predict(odd) == -1).all()
    reasons = [reason for (reason,) in detector.explain(odd, reasons=1).reasons]
    assert {reason.column for reason in reasons} == {column}
    assert (" is missing, expected " in str(reasons[0])) == name.startswith("missing")


@pytest.mark.parametrize("seed", [0, 4])
def test_the_one_missing_cell_of_a_table_may_be_in_either_part(seed: int) -> None:
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(80, 3)), columns=["a", "b", "c"])
    table.iloc[7, 1] = np.nan
    model = Autoencoder(code_size=1, hidden=(), epochs=2)
    detector = AnomalyDetector(model, random_state=seed, contaminated=False, false_alarm_rate=0.05).fit(table)
    assert (7 in detector.trained_on_) == (seed == 0), "else it is of calibration"
    assert np.isfinite(detector.score_samples(table)).all()
    assert detector.explain(table[7:8], reasons=1).reasons[0][0].column == "b"


@pytest.fixture(scope="module")
def encoding(animals: pd.DataFrame) -> tuple[Autoencoder, pd.DataFrame]:
    """A model of rows without missing cells, and rows with them and other cells that training did not have."""
    model = Autoencoder(code_size=2, hidden=(), epochs=3, batch_size=16, random_state=0)
    form, opened = TableFormat(unseen="encode"), open_samples(animals.dropna())
    samples = form.check(opened, reset=True)
    note_columns(model, opened, form.columns, mixed=True)
    known = Checked(form, samples, np.arange(len(samples)), None, "")
    train_prepared(model, set_up(list_arguments(model), known, None))
    odd = animals[:12].copy()
    odd["weight"] *= 1e200
    odd.loc[1, "born"] = pd.Timestamp("2262-01-01")
    odd.loc[2, "planet"] = "Mars"
    odd.loc[3, "rest"] = pd.NaT
    return model, odd


def test_saved_and_loaded_it_encodes_the_same(encoding: tuple[Autoencoder, pd.DataFrame], tmp_path: Path) -> None:
    model, odd = encoding
    assert odd.isna().any().sum() >= 4
    loaded = ae.load(model.save(tmp_path / "model"))
    assert loaded.table_encoder_.unseen == "encode"
    for name in ("transform", "errors"):
        np.testing.assert_array_equal(getattr(loaded, name)(odd), getattr(model, name)(odd))
    pd.testing.assert_frame_equal(loaded.reconstruct(odd), model.reconstruct(odd))


def test_exported_it_encodes_the_same(encoding: tuple[Autoencoder, pd.DataFrame], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    model, odd = encoding
    for samples in (odd, None):
        export = model.export_onnx(tmp_path / "onnx", samples=samples)
        assert max(export.differences.values()) <= 1e-5
        assert export.samples >= len(odd)


def test_a_report_shows_its_missing_cells(encoding: tuple[Autoencoder, pd.DataFrame]) -> None:
    from autoencode.estimators.table_cells import read_table_columns

    model, odd = encoding
    features = model.table_encoder_.transform(odd)
    for column in read_table_columns(model.table_encoder_.fitted_, odd):
        if column.start < column.stop and column.kind != "category":
            shown = [cell is None for cell in column.read(features)]
            assert shown == odd[column.name].isna().tolist(), column.name


# ---------------------------------------------------------------------- tables of numbers alone

NAMES = ["a", "b", "c"]
ODD_NUMBERS = {"missing": None, "infinite": np.inf, "minus infinite": -np.inf, "huge": 1e300, "beyond float32": -1e39}


@pytest.fixture(scope="module")
def numbers() -> np.ndarray:
    rows = np.random.default_rng(0).normal(size=(200, 3))
    rows[:, 2] = rows[:, 0] + rows[:, 1]
    return rows


@pytest.fixture(scope="module")
def watcher(numbers: np.ndarray) -> AnomalyDetector:
    model = Autoencoder(code_size=2, hidden=(8,), epochs=5)
    return AnomalyDetector(model, contaminated=False, random_state=0, false_alarm_rate=0.05).fit(
        pd.DataFrame(numbers, columns=NAMES)
    )


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
@pytest.mark.parametrize("name", ODD_NUMBERS)
def test_an_odd_cell_of_a_table_of_numbers_is_found(
    watcher: AnomalyDetector, numbers: np.ndarray, name: str, library: Any
) -> None:
    cells: dict[str, Any] = {column: cells.tolist() for column, cells in zip(NAMES, numbers[:20].T, strict=True)}
    plain = watcher.score_samples(library(cells))
    cells["b"][7] = ODD_NUMBERS[name]
    scores = watcher.score_samples(library(cells))
    assert scores.argmin() == 7
    assert np.isfinite(scores).all()
    assert watcher.predict(library(cells))[7] == -1
    np.testing.assert_array_equal(np.delete(scores, 7), np.delete(plain, 7))
    (reason,) = watcher.explain(library(cells), reasons=1).reasons[7]
    assert reason.column == "b"
    assert (reason.value is None) == (name == "missing")


def test_whole_numbers_text_and_empty_columns(watcher: AnomalyDetector, numbers: np.ndarray) -> None:
    frame = pd.DataFrame(np.round(numbers[:20]), columns=NAMES)
    scores = watcher.score_samples(frame)
    np.testing.assert_array_equal(watcher.score_samples(frame.astype("Int64").astype(str)), scores)
    whole = frame.astype("int64")
    whole.loc[3, "a"] = 10**17 + 1
    assert watcher.score_samples(whole).argmin() == 3
    empty = watcher.score_samples(pa.table({name: frame[name] for name in "ab"} | {"c": pa.nulls(20)}))
    assert (empty < scores.min()).all()
    with pytest.raises(InvalidInputError, match="column 'c' holds 'x' in row 2, but held numbers"):
        watcher.score_samples(frame.assign(c=["1", "2", *["x"] * 18]))


def test_arrays_are_refused_as_before(watcher: AnomalyDetector, numbers: np.ndarray) -> None:
    detector = AnomalyDetector(watcher.autoencoder, contaminated=False, random_state=0, false_alarm_rate=0.05).fit(
        numbers
    )
    np.testing.assert_array_equal(detector.calibration_scores_, watcher.calibration_scores_)
    for value in (np.nan, np.inf):
        odd = numbers[:5].copy()
        odd[3, 1] = value
        with pytest.raises(InvalidInputError, match="feature 1 of sample 3"):
            detector.score_samples(odd)


@pytest.mark.parametrize("name", ODD_NUMBERS)
def test_detect_finds_it_too(numbers: np.ndarray, name: str) -> None:
    frame = pd.DataFrame(numbers, columns=NAMES)
    judged = frame[:60] + 0.001
    judged.loc[11, "c"] = ODD_NUMBERS[name]
    model = Autoencoder(code_size=2, hidden=(8,), epochs=2)
    found = ae.detect(judged, against=frame, autoencoder=model, false_alarm_rate=0.05, random_state=0)
    assert found.order[0] == 11
    assert found.explanation.reasons[0][0].column == "c"


@pytest.mark.parametrize("seed", range(3))
def test_a_missing_cell_is_judged_by_a_half_that_never_saw_one(numbers: np.ndarray, seed: int) -> None:
    frame = pd.DataFrame(numbers, columns=NAMES)
    frame.loc[11, "c"] = np.nan
    model = Autoencoder(code_size=2, hidden=(8,), epochs=2)
    found = ae.detect(frame, autoencoder=model, false_alarm_rate=0.05, random_state=seed)
    assert np.isfinite(found.scores).all()
    assert any(reason.value is None for reason in found.explanation.reasons[found.order.tolist().index(11)])


def test_text_of_numbers_is_read_by_an_autoencoder_too(numbers: np.ndarray) -> None:
    frame = pd.DataFrame(numbers, columns=NAMES)
    model = Autoencoder(code_size=2, hidden=(), epochs=1, random_state=0).fit(frame)
    np.testing.assert_array_equal(model.errors(frame.astype(str)), model.errors(frame))
    gaps = pa.table({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0], "c": pa.array([1, None, None])})
    with pytest.raises(InvalidInputError, match=r"'c' has 2 missing cells, .*, first in row 1;"):
        model.errors(gaps)
