"""A threshold for each group of samples, and calibration samples that are the last ones."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.estimators.scoring import judge_among
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.model.grouped_detector import SMALL, GroupedDetector, read_labels
from autoencode.runs.model_file import decode_model, encode_model

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")

SPREADS = {"calm": 0.02, "usual": 0.1, "wild": 0.5}
RATE = 0.05


def draw(count: int, seed: int, groups: Any = tuple(SPREADS)) -> pd.DataFrame:
    """Return rows of groups of unlike spread: one number follows another, more or less."""
    random = np.random.default_rng(seed)
    group = random.choice(list(groups), count)
    first = random.normal(size=count)
    second = first + random.normal(size=count) * np.array([SPREADS.get(name, 0.1) for name in group])
    return pd.DataFrame({"machine": group, "first": first, "second": second})


def make(**settings: Any) -> ae.AnomalyDetector:
    own = ae.Autoencoder(2, hidden=(8,), epochs=6, restarts=2)
    settings = {"contaminated": False, "false_alarm_rate": RATE, "random_state": 0} | settings
    return ae.AnomalyDetector(own, **settings)


@pytest.fixture(scope="module")
def detector() -> Any:
    return make(by="machine").fit(draw(2400, 0))


def test_the_rate_holds_in_each_group(detector: Any) -> None:
    """Pooled calibration flags hardly any of the calm, and far too many of the wild."""
    new = draw(6000, 1)
    for rate in (RATE, 0.1):
        shares = {}
        for name, fitted in (("grouped", detector), ("pooled", make().fit(draw(2400, 0)))):
            judge = fitted.fitted_.at_rate(rate)
            flagged = judge.assess(fitted._check(new))[1] <= rate
            shares[name] = [float(flagged[new.machine == group].mean()) for group in SPREADS]
        # Two deviations of the calibration set, of some 200 samples, and of what was drawn.
        error = 3 * np.sqrt(rate * (1 - rate) * (1 / 180 + 1 / 1800))
        assert np.abs(np.array(shares["grouped"]) - rate).max() < error
        assert np.ptp(shares["pooled"]) > 2 * np.ptp(shares["grouped"])
        assert max(shares["pooled"]) > 1.8 * rate


def test_flags_p_values_and_thresholds_agree(detector: Any, tmp_path: Path) -> None:
    new = draw(500, 2)
    p_values = detector.p_values(new)
    np.testing.assert_array_equal(detector.predict(new) == -1, p_values <= RATE)
    found = detector.judge(new)
    np.testing.assert_array_equal(found.p_values, p_values)
    assert [group.name for group in found.groups] == sorted(SPREADS)
    assert sum(group.samples for group in found.groups) == 500
    assert sum(group.flagged for group in found.groups) == found.flagged.sum()
    thresholds = detector.fitted_.thresholds
    for group in found.groups:
        chosen = (new.machine == group.name).to_numpy()
        np.testing.assert_array_equal(found.scores[chosen] > thresholds[group.name], p_values[chosen] <= RATE)
    explained = detector.explain(new)
    np.testing.assert_array_equal(explained.p_values, p_values)
    np.testing.assert_array_equal(explained.scores, -detector.score_samples(new))
    for copy in (ae.load(detector.save(tmp_path / "d.safetensors")), pickle.loads(pickle.dumps(detector))):
        np.testing.assert_array_equal(copy.p_values(new), p_values)
        assert copy.get_params()["by"] == "machine"


def test_small_groups_share_a_threshold(detector: Any) -> None:
    table = pd.concat([draw(1200, 0), draw(30, 3, ["rare"]), draw(20, 4, ["rarer"])], ignore_index=True)
    fitted = make(by="machine").fit(table)
    assert fitted.fitted_.judge_names == (*sorted(SPREADS), SMALL)
    few = make(by="machine", false_alarm_rate=0.001).fit(table).fitted_
    assert few.judge_names == (SMALL,)
    assert fitted.fitted_.at_rate(0.001).judge_names == (SMALL,)
    del detector


def test_a_group_that_was_not_there_is_refused(detector: Any) -> None:
    new = draw(5, 0)
    new.loc[3, "machine"] = "other"
    with pytest.raises(
        InvalidInputError, match="'machine' of row 3 is 'other', a group that the detector was not fitted"
    ):
        detector.predict(new)


@pytest.mark.parametrize(("by", "words"), [("colour", "got 'colour'"), (3, "name of a column")])
def test_a_column_that_is_not_there_is_refused(by: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make(by=by).fit(draw(200, 0))
    with pytest.raises(InvalidInputError, match="columns have names"):
        make(by="x").fit(np.random.default_rng(0).normal(size=(100, 3)))


def test_a_group_may_be_a_number() -> None:
    table = draw(900, 0)
    table["machine"] = table.machine.map({name: number for number, name in enumerate(SPREADS)})
    fitted = make(by="machine").fit(table)
    assert fitted.fitted_.judge_names == ("0", "1", "2")
    np.testing.assert_array_equal(fitted.p_values(table.astype({"machine": float})), fitted.p_values(table))


def test_newer_samples_calibrate_each_group(detector: Any) -> None:
    new = draw(900, 5)
    again = detector.fitted_.calibrate(detector._check(new))
    assert isinstance(again, GroupedDetector)
    for name in SPREADS:
        place = again.judge_names.index(name)
        chosen = (new.machine == name).to_numpy()
        np.testing.assert_array_equal(again.judges[place].calibration_scores, -detector.score_samples(new)[chosen])


def test_among_themselves_each_group_has_its_own_ranks(tmp_path: Path) -> None:
    table = draw(700, 0)
    found = ae.detect(table, by="machine", false_alarm_rate=RATE, random_state=0, keep=tmp_path / "d.safetensors")
    for group in found.groups:
        chosen = (table.machine == group.name).to_numpy()
        others = np.sort(found.scores[chosen])[:-1]
        ranks = (1 + (others[None] >= found.scores[chosen][:, None]).sum(axis=1)) / (len(others) + 1)
        np.testing.assert_allclose(found.p_values[chosen], ranks)
    kept: Any = ae.load(tmp_path / "d.safetensors")
    new = draw(300, 6)
    np.testing.assert_array_equal(kept.predict(new) == -1, kept.p_values(new) <= RATE)
    assert kept.explain(new[:20]).scores.shape == (20,)


def test_one_sample_of_a_group_of_its_own_is_no_anomaly() -> None:
    p_values, groups = judge_among(np.arange(41.0), 0.05, ["many"] * 40 + ["one"])
    assert p_values[-1] == 1
    assert [group.name for group in groups] == ["many", SMALL]


def test_a_group_is_the_same_in_any_library() -> None:
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 36], unit="h")
    cells = {
        "when": pd.Series(when),
        "took": pd.Series(pd.to_timedelta([36, -2], unit="h")),
        "flag": pd.Series([True, None], dtype="boolean"),
    }
    table = pd.DataFrame(cells)
    for frame in (nw.from_native(frame) for frame in (table, pa.Table.from_pandas(table), pl.from_pandas(table))):
        assert read_labels(None, frame, "when") == ["2024-01-01", "2024-01-02 12:00:00"]  # type: ignore[arg-type]
        assert read_labels(None, frame, "took") == ["1 day, 12:00:00", "-1 day, 22:00:00"]  # type: ignore[arg-type]
        assert read_labels(None, frame, "flag") == ["True", ""]  # type: ignore[arg-type]


def test_a_file_of_groups_that_does_not_fit_is_refused(detector: Any, tmp_path: Path) -> None:
    content = detector.save(tmp_path / "d.safetensors").read_bytes()
    for spoil in (
        lambda tensors, told: tensors.update({"groups.0": tensors["groups.0"] + 9}),
        lambda tensors, told: tensors.update({"groups.0": tensors["groups.0"][:-1]}),
        lambda tensors, told: tensors.pop("groups.0"),
        lambda tensors, told: told["groups"].update(names=[]),
        lambda tensors, told: told["groups"].update(names=["a", "a", "b"]),
        lambda tensors, told: told["groups"].update(column=3),
        lambda tensors, told: told.update(groups=[]),
    ):
        tensors, told = decode_model(content)
        spoil(tensors, told)
        (tmp_path / "bad.safetensors").write_bytes(encode_model(tensors, told))
        with pytest.raises(ModelFileError):
            ae.load(tmp_path / "bad.safetensors")


# ---------------------------------------------------------------------- the last ones


def test_the_last_samples_calibrate() -> None:
    rows = np.random.default_rng(0).normal(size=(400, 3))
    rows[300:] *= 3
    last = make(calibrate_on="last", calibration_fraction=0.25).fit(rows)
    assert last.trained_on_.max() < 300
    np.testing.assert_allclose(last.calibration_scores_, -last.score_samples(rows[300:]), rtol=0.5)
    assert last.offset_ < make(calibration_fraction=0.25).fit(rows[:300]).offset_
    with pytest.raises(InvalidInputError, match="calibrate_on must be"):
        make(calibrate_on="first").fit(rows)


@pytest.mark.parametrize("text", ["first", "last 0%", "last 120%", "last many", "last 20", "last 20% 3", ""])
def test_what_calibrates_is_read_strictly(text: str) -> None:
    rows = np.random.default_rng(0).normal(size=(300, 2))
    with pytest.raises(InvalidInputError, match="calibrate_on"):
        ae.detect(rows[:50], against=rows, calibrate_on=text)
    with pytest.raises(InvalidInputError, match="give against"):
        ae.detect(rows, calibrate_on="last")


def test_the_shell_takes_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    draw(1200, 0).to_csv("good.csv", index=False)
    draw(100, 1).to_csv("new.csv", index=False)
    words = ["detect", "new.csv", "--against", "good.csv", "--seed", "0", "--false-alarm-rate", "0.05"]
    for more in ([], ["--drop", "machine"]):
        capsys.readouterr()
        assert main([*words, *more, "--by", "machine", "--calibrate-on", "last 30%", "--keep", "m", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [group["name"] for group in found["groups"]] == sorted(SPREADS)
        assert sum(group["calibration"] for group in found["groups"]) == 360
        read = {column["name"]: column["features"] for column in found["columns"]}
        assert (read["machine"] == 0) == bool(more)
        assert main(["score", "m", "new.csv", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["flagged"] == found["flagged"]
    assert main([*words, "--by", "machine", "--report", "page.html", "--calibrate-on", "last"]) == 0
    assert "calibration" in capsys.readouterr().out
    page = (tmp_path / "page.html").read_text()
    assert "Each group has a threshold of its own" in page
    assert "the last in the order of the reference" in page
    assert main(["summary", "m"]) == 0
    assert "wild" in capsys.readouterr().out
    other = draw(5, 0)
    other.loc[2, "machine"] = "else"
    other.to_csv("other.csv", index=False)
    assert main(["score", "m", "other.csv"]) == 2
    assert "'else', a group that the detector was not fitted to" in capsys.readouterr().err
    assert main(["score", "m", "other.csv", "--on-bad-row", "mark", "--json"]) == 0
    assert [row["row"] for row in json.loads(capsys.readouterr().out)["not_judged"]] == [2]
    assert main(["detect", "new.csv", "--by", "none", "--false-alarm-rate", "0.05"]) == 2
