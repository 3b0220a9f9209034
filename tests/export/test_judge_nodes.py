"""`detector.onnx` judges each row by its group, whatever the column of groups holds, and flags groups that are new."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest

import autoencode as ae
from autoencode.exceptions import InvalidInputError, InvalidRowError, ModelFileError
from autoencode.export import detector as detector_module
from autoencode.export import export_detector
from autoencode.export.detector_nodes import OUTPUTS, find_ends
from autoencode.export.detector_parity import check_samples
from autoencode.export.judge_nodes import LEAST_P

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")

ROWS, RATE = 400, 0.1
RNG = np.random.default_rng(0)
PLACES = RNG.choice(5, ROWS, p=[0.35, 0.3, 0.28, 0.05, 0.02])
FIRST = RNG.normal(size=ROWS)
TABLE = pd.DataFrame(
    {
        "first": FIRST,
        "second": FIRST + np.array([0.02, 0.1, 0.5, 0.1, 0.1])[PLACES] * RNG.normal(size=ROWS),
        "kind": RNG.choice(["x", "y"], ROWS),
    }
)
WHOLE = pd.Series(PLACES)
DENSE = ae.Autoencoder(2, hidden=(4,), epochs=2)
GROUPS = {
    "texts": pd.Series(np.array(["calm", "usual", "wild", None, "rarer"], object)[PLACES]),
    "whole numbers": 7 * WHOLE,
    "single precision": (0.1 * WHOLE).astype(np.float32),
    "numbers and gaps": (0.1 * WHOLE).mask(WHOLE == 3),
    "categories that are numbers": WHOLE.astype("category"),
    "booleans": (WHOLE > 1).astype("boolean"),
    "booleans and gaps": (WHOLE > 1).astype("boolean").mask(WHOLE == 1),
    "dates": pd.Timestamp("2024-01-01") + pd.to_timedelta(100 * WHOLE, unit="D"),
    "times with a zone": pd.Timestamp("2024-01-01 12:30", tz="Europe/Berlin") + pd.to_timedelta(100 * WHOLE, unit="h"),
    "durations": pd.to_timedelta(100 * WHOLE - 50, unit="h"),
}


def fit(samples: Any, **options: Any) -> ae.AnomalyDetector:
    """Return a detector with a threshold a group, fitted in no time."""
    settings = {"by": "group", "contaminated": False, "false_alarm_rate": RATE, "random_state": 0} | options
    return ae.AnomalyDetector(DENSE, **settings).fit(samples)


def read_metadata(path: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def judge(path: Path, detector: Any, samples: Any, rows: int | None = None) -> dict[str, np.ndarray]:
    """Return what a file finds of the first so many rows."""
    ends = find_ends(detector.fitted_)
    given = ends[0].shape_samples(check_samples(detector.fitted_, samples, finite=False))
    feed = {name: cells[:rows] for nodes in ends for name, cells in nodes.feed(given).items()}
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return dict(zip(OUTPUTS, session.run(list(OUTPUTS), feed), strict=True))


def agree(path: Path, detector: Any, samples: Any) -> None:
    """Hold what a file finds against the detector."""
    found, ours = judge(path, detector, samples), detector.explain(samples, reasons=0)
    np.testing.assert_allclose(found["score"], ours.scores, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found["flagged"], detector.predict(samples) == -1)
    assert np.mean(np.abs(found["p_value"] - ours.p_values) > 1e-12) <= 0.01
    np.testing.assert_allclose(found["contributions"], ours.contributions, atol=1e-2)


@pytest.mark.parametrize(
    ("name", "dropped"),
    [(name, True) for name in GROUPS]  # these share what is compiled
    + [pytest.param(name, False, marks=[pytest.mark.slow] * (name != "texts")) for name in GROUPS],
)
def test_a_group_is_known_by_its_cell(name: str, dropped: bool, tmp_path: Path) -> None:
    table = TABLE.assign(group=GROUPS[name])
    detector = fit(ae.data.read(table, ids=["group"]) if dropped else table)
    assert len(detector.fitted_.judges) > 1
    path = detector.export_onnx(tmp_path).detector  # checked with each of the groups, and with none
    agree(path, detector, table)
    assert all(len(output) == 0 for output in judge(path, detector, table, rows=0).values())
    content = path.read_bytes()
    again = ae.load(detector.save(tmp_path / "d.safetensors")).export_onnx(tmp_path, samples=table)
    assert (again.detector.read_bytes(), again.samples) == (content, ROWS)
    told = read_metadata(path)
    assert "group" in {column["input"] for column in json.loads(told["columns"])}
    assert json.loads(told["columns_without_features"]) == ["group"] * dropped
    assert "threshold" not in told
    by = json.loads(told["by"])
    assert (by["column"], by["input"]) == ("group", "group")
    names = detector.fitted_.judge_names
    own = {key: value for key, value in by["thresholds"].items() if key in names}
    assert own == {key: value for key, value in detector.fitted_.thresholds.items() if key in by["thresholds"]}


@pytest.mark.slow
def test_a_feature_of_a_table_of_numbers_names_groups(tmp_path: Path) -> None:
    table = TABLE.drop(columns="kind").assign(group=0.5 * WHOLE)
    detector = fit(table)
    path = detector.export_onnx(tmp_path).detector
    agree(path, detector, table)
    detector.export_onnx(tmp_path, samples=table)
    assert json.loads(read_metadata(path)["by"])["input"] == "samples"
    odd = judge(path, detector, table[:3].assign(group=[np.nan, 77.0, 0.25]))
    assert odd["flagged"].all()
    assert (odd["p_value"] == 0).all()


@pytest.mark.slow
def test_groups_of_a_pair(tmp_path: Path) -> None:
    table = TABLE.assign(group=GROUPS["texts"])
    for samples in (table, ae.data.read(table, ids=["group"])):
        ae.detect(
            samples,
            autoencoder=DENSE,
            by="group",
            false_alarm_rate=RATE,
            random_state=0,
            keep=tmp_path / "d.safetensors",
        )
        detector: Any = ae.load(tmp_path / "d.safetensors")
        path = detector.export_onnx(tmp_path).detector
        agree(path, detector, table)
        new = judge(path, detector, table[:2].assign(group=["new", "calm"]))
        assert (new["p_value"][0], new["flagged"][0]) == (0, True)
        assert new["score"][0] == pytest.approx(-np.log(LEAST_P))
        assert new["contributions"][0].sum() == pytest.approx(new["score"][0])


@pytest.mark.parametrize(
    "name", ["texts", *(pytest.param(name, marks=pytest.mark.slow) for name in ("whole numbers", "dates"))]
)
def test_a_row_of_a_new_group_is_flagged(name: str, tmp_path: Path) -> None:
    known = TABLE.assign(group=GROUPS[name])
    detector = fit(known)
    new = {"texts": "calmer", "whole numbers": 8, "dates": pd.Timestamp("2024-01-02")}[name]
    odd = pd.concat([known[:3], known[:3].assign(group=new)], ignore_index=True)
    path = detector.export_onnx(tmp_path).detector
    found = judge(path, detector, odd)
    assert found["flagged"][3:].all()
    assert (found["p_value"][3:] == 0).all()
    assert (found["p_value"][:3] > 0).all()
    assert np.isfinite(found["score"]).all()
    with pytest.raises(InvalidRowError, match=r"'group' of row 3 is .*, a group that the detector was not fitted to"):
        detector.export_onnx(tmp_path, samples=odd)


def test_an_empty_text_is_a_missing_cell(tmp_path: Path) -> None:
    """Though the file has another word for a missing one, as an empty text is a category."""
    table = TABLE.assign(group=np.array(["", "usual", "wild", None, ""], object)[PLACES])
    detector = fit(table)
    assert "" in detector.fitted_.judge_names
    path = detector.export_onnx(tmp_path).detector
    assert json.loads(read_metadata(path)["columns"])[-1]["missing"] == "(missing)"
    agree(path, detector, table)


def test_groups_that_are_none_of_the_column_are_refused(tmp_path: Path) -> None:
    detector = fit(TABLE.assign(group=7 * WHOLE)).fitted_
    names = ("a", *detector.names[1:])
    with pytest.raises(InvalidInputError, match=r"not all of its groups are numbers, .*'a'"):
        export_detector(dataclasses.replace(detector, names=names), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_exchanged_groups_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = fit(TABLE.assign(group=GROUPS["texts"])).fitted_
    names = tuple(reversed(detector.names))
    build, find = detector_module._build_file, detector_module.find_judges

    def build_wrong(_: Any, ends: Any, __: Any) -> bytes:
        wrong = dataclasses.replace(detector, names=names)
        return build(wrong, ends, find(wrong, ends))

    monkeypatch.setattr(detector_module, "_build_file", build_wrong)
    with pytest.raises(ModelFileError, match="gives another p_value than the detector"):
        export_detector(detector, tmp_path)
