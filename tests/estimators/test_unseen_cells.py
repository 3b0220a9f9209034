"""What a detector's training did not have: found in the rows that are scored, and said first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode import AnomalyDetector, Autoencoder
from autoencode.estimators.preparation import prepare

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
    return AnomalyDetector(model, contaminated=False, random_state=0).fit(penguins[20:])


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
    detector = AnomalyDetector(model, random_state=seed, contaminated=False).fit(table)
    assert (7 in detector.trained_on_) == (seed == 0), "else it is of calibration"
    assert np.isfinite(detector.score_samples(table)).all()
    assert detector.explain(table[7:8], reasons=1).reasons[0][0].column == "b"


@pytest.fixture(scope="module")
def encoding(animals: pd.DataFrame) -> tuple[Autoencoder, pd.DataFrame]:
    """A model of rows without missing cells, and rows with them and other cells that training did not have."""
    model = Autoencoder(code_size=2, hidden=(), epochs=3, batch_size=16, random_state=0)
    model._train(prepare(model, animals.dropna().reset_index(drop=True), None, unseen="encode"))
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
    from autoencode.estimators.cells import read_table_columns
    from autoencode.report.cells import decode_cell

    model, odd = encoding
    features = model.table_encoder_.transform(odd)
    for column in read_table_columns(model.table_encoder_, odd, ()):
        if column.start < column.stop and column.kind != "category":
            shown = [decode_cell(column, row) is None for row in features]
            assert shown == odd[column.name].isna().tolist(), column.name
