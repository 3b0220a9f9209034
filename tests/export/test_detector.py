"""`detector.onnx` judges as the detector does: of every kind of samples, and where rounding could turn a judgement."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import jax
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import autoencode as ae
from autoencode import AnomalyDetector, Autoencoder
from autoencode.exceptions import InvalidInputError, ModelFileError, SampleShapeError
from autoencode.export import detector as detector_module
from autoencode.export import export_detector
from autoencode.export.detector_nodes import OUTPUTS, find_ends
from autoencode.export.detector_parity import TOLERANCES, check_samples
from autoencode.export.graph import Graph

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(200, 4))
NUMBERS[:, 3] = NUMBERS[:, 0] + NUMBERS[:, 1]
NUMBERS[:, 2] = RNG.pareto(1.5, 200)
PICTURES = RNG.random((80, 5, 6)).astype(np.float32)
STEPS = np.cumsum(RNG.normal(size=(60, 7, 2)), axis=1)
ENDING = STEPS.copy()
ENDING[::3, 4:] = np.nan
TABLE = pd.DataFrame(
    {
        "score": RNG.normal(3, 2, 160).round(1),
        "n items": RNG.integers(0, 5, 160),
        "kind": RNG.choice(["a", "b", "c"], 160, p=[0.7, 0.25, 0.05]),
        "paid": RNG.random(160) < 0.3,
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 300, 160), unit="D"),
        "id": [f"row {number}" for number in range(160)],
        "rate": np.float32(RNG.random(160)),
    }
)
TABLE.loc[::7, "score"] = np.nan
TABLE.loc[3, "kind"] = None
DENSE = Autoencoder(2, hidden=(8,), epochs=3, restarts=2)


def fit(samples: Any, *, contaminated: bool = False, **options: Any) -> AnomalyDetector:
    """Return a detector that is fitted in no time."""
    settings = {"autoencoder": DENSE, "false_alarm_rate": 0.05, "random_state": 0}
    return AnomalyDetector(contaminated=contaminated, **{**settings, **options}).fit(samples)


def change(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with cells that training did not have."""
    changed = table.copy()
    changed.loc[::2, "score"] *= 10
    changed.loc[::5, "kind"] = "new"
    changed.loc[::3, "n items"] = 10**9
    changed["when"] = changed["when"] + pd.Timedelta(days=4000)
    changed["paid"] = changed["paid"].astype(object)
    changed.loc[::4, ["paid", "when", "rate", "score"]] = None
    return changed


def run(path: Path, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return dict(zip(OUTPUTS, session.run(list(OUTPUTS), feed), strict=True))


def feed(detector: AnomalyDetector, samples: Any) -> dict[str, np.ndarray]:
    ends = find_ends(detector.fitted_)
    given = ends[0].shape_samples(check_samples(detector.fitted_, samples))
    return {name: cells for nodes in ends for name, cells in nodes.feed(given).items()}


def agree(detector: AnomalyDetector, samples: Any, folder: Path) -> dict[str, np.ndarray]:
    """Export, judge by the file, and hold that against the detector's own methods."""
    export = detector.export_onnx(folder, samples=samples)
    assert all(0 <= export.differences[name] <= TOLERANCES[name] for name in TOLERANCES)
    found = run(export.detector, feed(detector, samples))
    ours = detector.explain(samples, reasons=0)
    size = np.maximum(1, ours.scores)
    assert (np.abs(found["score"] - ours.scores) <= 1e-5 * size).all()
    # By one calibration sample at most, where rounding meets its step.
    assert (np.abs(found["p_value"] - ours.p_values) <= 1.01 / (len(detector.calibration_scores_) // 2)).all()
    assert np.mean(np.abs(found["p_value"] - ours.p_values) > 1e-12) <= 0.01
    np.testing.assert_array_equal(found["flagged"], detector.predict(samples) == -1)
    assert found["contributions"].shape == ours.contributions.shape
    assert np.abs(found["contributions"] - ours.contributions).reshape(len(size), -1).max() <= 1e-3 * size.max()
    return found


SAMPLES = {
    "numbers": (NUMBERS, NUMBERS * [1, 3, 10, 1], {}),
    "single precision": (NUMBERS.astype(np.float32), NUMBERS.astype(np.float32) * 2, {}),
    "pictures": (PICTURES, PICTURES[:, ::-1] * 2, {"kind": "picture"}),
    "convolutions": (PICTURES, PICTURES * 2, {"autoencoder": Autoencoder(2, network="convolutional", epochs=1)}),
    "steps": (STEPS, STEPS * 3, {"kind": "sequence"}),
    "sequences": (ENDING, ENDING * 3, {"autoencoder": Autoencoder(2, network="gru", hidden=(4,), epochs=1)}),
    "table": (TABLE, change(TABLE), {}),
    "table by quantiles": (TABLE, change(TABLE), {"autoencoder": Autoencoder(2, epochs=2, scaling="quantile")}),
}


@pytest.mark.parametrize("contaminated", [False, True])
@pytest.mark.parametrize("name", SAMPLES)
def test_it_judges_as_the_detector_does(name: str, contaminated: bool, tmp_path: Path) -> None:
    samples, others, options = SAMPLES[name]
    detector = fit(samples, contaminated=contaminated, **options)
    found = agree(detector, samples, tmp_path)
    assert found["flagged"].mean() < 0.2
    agree(detector, others, tmp_path)


def test_marks_of_people(tmp_path: Path) -> None:
    odd = TABLE.assign(score=40.0, rate=np.float32(3))
    assert (fit(TABLE).predict(odd[:6]) == -1).all()
    for contaminated in (False, True):
        detector = AnomalyDetector(DENSE, contaminated=contaminated, false_alarm_rate=0.05, random_state=0)
        found = agree(detector.fit(TABLE, feedback=odd[:6].assign(mark="normal")), odd, tmp_path)
        assert not found["flagged"][:6].any()


def test_samples_with_weights(tmp_path: Path) -> None:
    weights = np.where(NUMBERS[:, 0] > 0, 3.0, 0.5)
    for contaminated in (False, True):
        detector = AnomalyDetector(DENSE, contaminated=contaminated, false_alarm_rate=0.1, random_state=0)
        found = agree(detector.fit(NUMBERS, sample_weight=weights), NUMBERS * 1.2, tmp_path)
        count = len(detector.calibration_scores_) + 1
        assert not np.allclose(found["p_value"] * count, np.round(found["p_value"] * count))


def test_columns_of_another_type_are_read_as_in_training(tmp_path: Path) -> None:
    texts = TABLE.assign(**{"n items": TABLE["n items"].astype(str), "when": TABLE["when"].dt.strftime("%Y-%m-%d")})
    detector = fit(TABLE)
    np.testing.assert_array_equal(agree(detector, texts, tmp_path)["score"], agree(detector, TABLE, tmp_path)["score"])


@pytest.mark.parametrize("name", ["numbers", "table", "pictures"])
def test_a_pair_of_detectors_is_one_file(name: str, tmp_path: Path) -> None:
    samples, others, options = SAMPLES[name]
    ae.detect(samples, false_alarm_rate=0.1, random_state=0, keep=tmp_path / "d.safetensors", **options)
    detector = ae.load(tmp_path / "d.safetensors")
    agree(detector, samples, tmp_path)
    agree(detector, others, tmp_path)
    names = {node.name.split("/")[1] for node in onnx.load(tmp_path / "detector.onnx").graph.node}
    assert {"part_1", "part_2"} <= names


def test_halves_that_read_columns_otherwise_share_the_inputs(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": RNG.normal(size=90), "text": ["", "b", "c"] * 30, "rare": [np.nan] * 90})
    table.loc[5, "rare"] = 2.5  # in one half alone
    ae.detect(table, false_alarm_rate=0.1, random_state=0, keep=tmp_path / "d.safetensors")
    detector = ae.load(tmp_path / "d.safetensors")
    agree(detector, table.assign(text=[None, "b", ""] * 30), tmp_path)
    detector.export_onnx(tmp_path)
    graph = onnx.load(tmp_path / "detector.onnx").graph
    assert [value.name for value in graph.input] == ["a", "text", "rare"]
    metadata = {entry.key: entry.value for entry in onnx.load(tmp_path / "detector.onnx").metadata_props}
    assert [column["missing"] for column in json.loads(metadata["columns"])] == ["NaN", "(missing)", "NaN"]


# ------------------------------------------------------------------ where rounding could turn a judgement


@pytest.mark.parametrize("contaminated", [False, True])
def test_samples_that_are_all_alike_but_few(contaminated: bool, tmp_path: Path) -> None:
    # Nearly every distance is 0, which the square root of a rounding would be far from.
    rows = np.repeat([[0.3, 0.1, 0.7], [1.1, 0.1, 0.2]], [190, 10], axis=0)
    detector = fit(rows, contaminated=contaminated)
    found = agree(detector, np.concatenate([rows[[0, -1]], rows[:1] + 1e-3, rows[:1] + 1]), tmp_path)
    np.testing.assert_allclose(found["contributions"][0], found["score"][0] / 3)  # of nothing all have the same share


def test_a_calibration_sample_is_not_compared_with_itself(tmp_path: Path) -> None:
    detector = fit(NUMBERS)
    left_out = detector.fitted_.score.left_out
    assert left_out.any()
    own = NUMBERS[detector.reference_[left_out]]
    found = agree(detector, own, tmp_path)
    near = run(tmp_path / "detector.onnx", {"samples": own * (1 + 1e-9)})
    assert (np.abs(found["score"] - near["score"]) > 1e-3).any()  # so equality alone decides


def test_few_samples(tmp_path: Path) -> None:
    for contaminated in (False, True):
        agree(fit(NUMBERS[:7], contaminated=contaminated), NUMBERS[:9] * 2, tmp_path)


def test_missing_and_huge_numbers_of_a_table_of_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame(NUMBERS, columns=list("abcd"))
    odd = table.copy()
    odd.iloc[0, 0], odd.iloc[1, 1], odd.iloc[2, 2], odd.iloc[3, 3] = np.nan, np.inf, -np.inf, 1e300
    for contaminated in (False, True):
        found = agree(fit(table, contaminated=contaminated), odd, tmp_path)
        assert found["flagged"][:4].all()


def test_what_a_detector_refuses_is_flagged(tmp_path: Path) -> None:
    path = fit(NUMBERS).export_onnx(tmp_path).detector
    odd = np.where(np.eye(4, dtype=bool), [[np.nan], [np.inf], [-np.inf], [1e300]], NUMBERS[:4])
    found = run(path, {"samples": odd})
    assert found["flagged"].all()
    assert np.isfinite(found["score"]).all()
    assert (found["contributions"].argmax(axis=1) == range(4)).all()


def test_no_samples_one_and_many(tmp_path: Path) -> None:
    for name in ("numbers", "table", "sequences"):
        samples, _, options = SAMPLES[name]
        for contaminated in (False, True):
            detector = fit(samples, contaminated=contaminated, **options)
            path, given = detector.export_onnx(tmp_path).detector, feed(detector, samples)
            many = run(path, given)
            one = run(path, {key: values[5:6] for key, values in given.items()})
            none = run(path, {key: values[:0] for key, values in given.items()})
            for output in OUTPUTS:
                assert none[output].shape == (0, *many[output].shape[1:])
                np.testing.assert_allclose(one[output][0], many[output][5], rtol=1e-4, atol=1e-5)


def test_nothing_is_flagged_where_there_are_too_few_to_calibrate(tmp_path: Path) -> None:
    detector = fit(NUMBERS[:40], false_alarm_rate=0.01)
    assert not agree(detector, NUMBERS * 100, tmp_path)["flagged"].any()


# ------------------------------------------------------------------ the file


def test_inputs_outputs_and_what_the_file_says_of_itself(tmp_path: Path) -> None:
    detector = fit(TABLE)
    model = onnx.load(detector.export_onnx(tmp_path / "a" / "b").detector)
    inputs = {value.name: onnx.helper.printable_value_info(value).split(" ", 1)[1] for value in model.graph.input}
    # A column that is called as an output gets a number.
    assert list(inputs) == ["score_2", "n_items", "kind", "paid", "when", "rate"]
    assert all(value.doc_string for value in (*model.graph.input, *model.graph.output))
    assert [value.name for value in model.graph.output] == list(OUTPUTS)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert metadata["model"].startswith("AnomalyDetector of ")
    assert json.loads(metadata["contributions"]) == list(TABLE.columns)
    assert json.loads(metadata["columns_without_features"]) == ["id"]
    assert float(metadata["threshold"]) == -detector.offset_
    assert (metadata["false_alarm_rate"], metadata["calibration_samples"]) == ("0.05", "40")
    used = {name for node in model.graph.node for name in node.input}
    assert {constant.name for constant in model.graph.initializer} <= used


def test_an_input_of_two_parts_has_one_type() -> None:
    graph = Graph("test")
    assert graph.add_input("x", np.float64, (), "") == graph.add_input("x", np.float64, (), "") == "x"
    with pytest.raises(InvalidInputError, match="two halves of the detector read the input 'x' as different types"):
        graph.add_input("x", np.int64, (), "")


def test_the_same_after_it_was_loaded(tmp_path: Path) -> None:
    detector = fit(TABLE)
    path = detector.export_onnx(tmp_path).detector
    content = path.read_bytes()
    again = ae.load(detector.save(tmp_path / "d.safetensors")).export_onnx(tmp_path)
    assert again.detector.read_bytes() == content


def test_another_file_of_the_name_is_replaced_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "detector.onnx").write_text("old")
    (tmp_path / "errors.onnx").write_text("mine")
    assert export_detector(fit(NUMBERS).fitted_, str(tmp_path)).samples == 11
    assert (tmp_path / "detector.onnx").read_bytes() != b"old"
    assert (tmp_path / "errors.onnx").read_text() == "mine"


# ------------------------------------------------------------------ refusals


def refuse(detector: AnomalyDetector, folder: Path, says: str, error: type = InvalidInputError, **options: Any) -> None:
    with pytest.raises(error, match=re.escape(says)) as caught:
        detector.export_onnx(folder, **options)
    assert "\n" not in str(caught.value)
    assert not (folder / "detector.onnx").is_file()


def test_parts_of_the_users_own_are_refused(tmp_path: Path) -> None:
    def own(values: Any) -> Any:
        return jax.numpy.tanh(values)

    refuse(fit(NUMBERS, autoencoder=Autoencoder(2, activation=own, epochs=1)), tmp_path / "new", "own")
    assert not (tmp_path / "new").exists()


def test_what_is_in_the_way_is_refused(tmp_path: Path) -> None:
    detector = fit(NUMBERS)
    (tmp_path / "file").touch()
    refuse(detector, tmp_path / "file", "is a file")
    (tmp_path / "detector.onnx").mkdir()
    refuse(detector, tmp_path, "is a folder, in the way")
    refuse(detector, tmp_path / "new", "features", error=SampleShapeError, samples=np.ones((2, 3)))
    refuse(AnomalyDetector(), tmp_path / "new", "not fitted", error=NotFittedError)
    assert not (tmp_path / "new").exists()


def test_a_file_that_judges_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = fit(NUMBERS)
    score = detector.fitted_.score
    moved = dataclasses.replace(score, points=dataclasses.replace(score.points, rebuilt=score.points.rebuilt + 0.01))
    wrong = dataclasses.replace(detector.fitted_, score=moved)
    build = detector_module._build_file
    monkeypatch.setattr(detector_module, "_build_file", lambda _, ends, judges: build(wrong, ends, judges))
    refuse(detector, tmp_path, "gives another score than the detector", error=ModelFileError)
