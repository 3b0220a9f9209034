"""Marks of people: what is marked normal is not flagged again, what is marked as an anomaly is not learnt from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import autoencode as ae
from autoencode.evaluation.anomaly_score import make_anomaly_score
from autoencode.evaluation.references import NEAREST
from autoencode.exceptions import DiagnosisWarning, InvalidInputError, ModelFileError
from autoencode.model.detector import DetectorPair
from autoencode.model.model_file import save_model

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(300, 4))
ROWS[:, 3] = ROWS[:, 0] + ROWS[:, 1]
ODD = [5, 60, 200]
ROWS[ODD, 3] += [7, -8, 9]
NAMES = ["a", "b", "c", "d"]
ARRAY_NAMES = ["x0", "x1", "x2", "x3"]
TABLE = pd.DataFrame(
    {
        "order": [f"A{row}" for row in range(300)],
        "a": ROWS[:, 0],
        "kind": np.where(ROWS[:, 1] > 0, "up", "down"),
        "b": np.where(np.arange(300) % 50 == 7, np.nan, ROWS[:, 1]),
        "d": ROWS[:, 3],
    }
)
RATE = {"false_alarm_rate": 0.05, "random_state": 0}

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")


def mark(samples: Any, places: Any, word: str) -> pd.DataFrame:
    """Return some rows, marked; of an array with names of columns that it does not have."""
    table = samples if isinstance(samples, pd.DataFrame) else pd.DataFrame(samples, columns=pd.Index(ARRAY_NAMES))
    return table.iloc[list(places)].assign(mark=word)


def flags(detector: Any, samples: Any) -> np.ndarray:
    return detector.predict(samples) == -1


@pytest.fixture(scope="module", params=["array", "table"])
def samples(request: pytest.FixtureRequest) -> Any:
    return ROWS if request.param == "array" else TABLE


def test_what_is_marked_normal_is_not_flagged_again(samples: Any) -> None:
    before = ae.detect(samples, **RATE)
    flagged = np.flatnonzero(before.flagged)
    assert set(ODD) <= set(flagged)
    found = ae.detect(samples, feedback=mark(samples, ODD, "normal"), **RATE)
    assert not found.flagged[ODD].any()
    # No other takes its place.
    assert not (found.flagged & ~before.flagged).any()
    assert found.threshold == before.threshold
    assert found.corrected is not None
    lost = int((before.flagged & ~found.flagged).sum()) - len(ODD)
    assert (found.corrected.normal, found.corrected.lost, found.corrected.gained) == (3, lost, 0)
    assert found.corrected.sentence() in found.sentences()


def test_what_judged_against_others_is_marked_normal_is_not_flagged_again(samples: Any) -> None:
    half = slice(0, 150)
    new = samples[half]
    reference = (samples if isinstance(samples, np.ndarray) else samples.iloc)[150:]
    before = ae.detect(new, against=reference, **RATE)
    chosen = [place for place in ODD[:2] if before.flagged[place]]
    assert chosen
    found = ae.detect(new, against=reference, feedback=mark(new, chosen, "normal"), **RATE)
    assert not found.flagged[chosen].any()
    unlike = ~before.flagged
    unlike[chosen] = False
    assert not (found.flagged & unlike).any()
    np.testing.assert_array_equal(found.calibration_scores, before.calibration_scores)


@pytest.mark.parametrize("contaminated", [False, True])
def test_a_detector_that_is_fitted_with_marks_and_what_it_keeps(
    samples: Any, contaminated: bool, tmp_path: Path
) -> None:
    new = samples.copy()[:40]
    if isinstance(new, pd.DataFrame):
        new.loc[3, "d"] = 9.5
    else:
        new[3, 3] = 9.5
    plain = ae.AnomalyDetector(contaminated=contaminated, **RATE).fit(samples)
    assert flags(plain, new)[3]
    marked = ae.AnomalyDetector(contaminated=contaminated, **RATE).fit(samples, feedback=mark(new, [3, 3], "normal"))
    assert not flags(marked, new)[3]
    assert marked.offset_ == plain.offset_
    # Once, as often as a score looks at neighbours; its place is counted on after the last sample.
    assert marked.reference_.tolist() == plain.reference_.tolist() + NEAREST * [300]
    assert marked.explain(new[3:4]).nearest.tolist() == [300]
    loaded: Any = ae.load(marked.save(tmp_path / "d.safetensors"))
    np.testing.assert_array_equal(loaded.score_samples(new), marked.score_samples(new))
    assert loaded.explain(new).reasons == marked.explain(new).reasons


def test_what_hardly_differs_from_a_mark_is_not_flagged_and_what_differs_much_is() -> None:
    new = np.array([[0.5, 0.5, 0.0, 12.0]])
    detector = ae.AnomalyDetector(contaminated=False, **RATE).fit(ROWS, feedback=mark(new, [0], "normal"))
    assert not flags(detector, new + 0.02)[0]
    assert flags(detector, new * [1, 1, 1, 2])[0]
    assert flags(detector, new * [1, 1, 1, -1])[0]


def test_what_is_expected_of_others_is_the_same() -> None:
    new = np.array([[0.5, 0.5, 0.0, 12.0]])
    plain = ae.AnomalyDetector(contaminated=False, **RATE).fit(ROWS)
    detector = ae.AnomalyDetector(contaminated=False, **RATE).fit(ROWS, feedback=mark(new, [0], "normal"))
    beyond = new * [1, 1, 1, 2]
    said = [[reason.expected for reason in part.explain(beyond).reasons[0][:1]] for part in (plain, detector)]
    assert said[0] == said[1]
    assert detector.repair(beyond)[0].cells[0].value == plain.repair(beyond)[0].cells[0].value


def test_a_file_whose_marks_are_not_there_is_refused(tmp_path: Path) -> None:
    fitted: Any = ae.AnomalyDetector(**RATE).fit(ROWS, feedback=mark(ROWS, ODD, "normal")).fitted_
    for marked in (-1, 10_000, len(fitted.score.points) - 1):
        wrong = replace(fitted, score=replace(fitted.score, marked=marked))
        with pytest.raises(ModelFileError, match=r"marked|typical"):
            ae.load(save_model(wrong, tmp_path / "d.safetensors"))


def test_what_both_halves_keep_knows_the_marks(samples: Any, tmp_path: Path) -> None:
    path = tmp_path / "pair.safetensors"
    ae.detect(samples, keep=path, feedback=mark(samples, ODD, "normal"), **RATE)
    pair: Any = ae.load(path)
    assert isinstance(pair.fitted_, DetectorPair)
    assert not flags(pair, samples)[ODD].any()
    assert all(part.score.marked == 3 * NEAREST for part in pair.fitted_.parts)


@pytest.mark.parametrize("contaminated", [False, True])
def test_what_is_marked_as_an_anomaly_is_neither_trained_on_nor_calibrated_on(samples: Any, contaminated: bool) -> None:
    plain = ae.AnomalyDetector(contaminated=contaminated, **RATE).fit(samples)
    detector = ae.AnomalyDetector(contaminated=contaminated, **RATE).fit(
        samples, feedback=mark(samples, ODD, "anomaly")
    )
    assert not set(ODD) & ({*detector.trained_on_.tolist()} | {*detector.reference_.tolist()})
    known = len(plain.trained_on_) + len(plain.calibration_scores_)
    assert len(detector.trained_on_) + len(detector.calibration_scores_) == known - 3
    left = np.delete(np.arange(300), ODD)
    rest = samples[left] if isinstance(samples, np.ndarray) else samples.iloc[left]
    alone = ae.AnomalyDetector(contaminated=contaminated, **RATE).fit(rest)
    np.testing.assert_array_equal(alone.score_samples(samples), detector.score_samples(samples))


def test_every_sample_with_the_cells_of_an_anomaly_leaves() -> None:
    rows = np.vstack([ROWS, ROWS[ODD], ROWS[ODD]])
    detector = ae.AnomalyDetector(**RATE).fit(rows, feedback=mark(ROWS, ODD, "anomaly"))
    assert not {*ODD, *range(300, 306)} & {*detector.trained_on_.tolist()}
    # An id is no cell of it.
    marks = mark(TABLE, ODD, "anomaly").assign(order="of another day")
    assert not set(ODD) & {*ae.AnomalyDetector(**RATE).fit(TABLE, feedback=marks).trained_on_.tolist()}


def test_anomalies_leave_both_halves_and_are_judged_all_the_same(samples: Any, tmp_path: Path) -> None:
    path = tmp_path / "pair.safetensors"
    found = ae.detect(samples, keep=path, feedback=mark(samples, ODD, "anomaly"), **RATE)
    assert found.flagged[ODD].all()
    assert len(found) == 300
    assert len(found.calibration_scores) == 300 - len(ODD) - 1
    assert found.corrected is not None
    assert (found.corrected.anomalies, found.corrected.left) == (3, 3)
    pair: Any = ae.load(path)
    assert not set(ODD) & {*pair.trained_on_.tolist()}
    assert len(pair.calibration_scores_) == 297


def test_calibration_samples_that_are_anomalies_leave() -> None:
    detector = ae.AnomalyDetector(**RATE).fit(ROWS[100:], validation=ROWS[:100], feedback=mark(ROWS, [5], "anomaly"))
    assert len(detector.calibration_scores_) == 99


def test_a_score_without_marks_is_the_same(samples: Any) -> None:
    """To the bit: what is usual, and what is evidence, the other references say alone."""
    rows = RNG.normal(size=(60, 3))
    for contaminated in (False, True):
        score = make_anomaly_score(rows, 0.5 * rows, np.ones(60, bool), contaminated=contaminated, seed=0)
        marked = score.mark(rows[:2] + 40, 0.5 * rows[:2])
        assert len(marked.points) == 60 + 2 * NEAREST
        np.testing.assert_array_equal(marked.unmarked.measure(rows, 0.4 * rows), score.measure(rows, 0.4 * rows))
        # Those far from any mark are as they were.
        np.testing.assert_array_equal(marked.measure(rows - 9, 0.4 * rows), score.measure(rows - 9, 0.4 * rows))


def test_marks_may_be_a_file_or_a_frame_of_another_library(tmp_path: Path) -> None:
    expected = ae.AnomalyDetector(**RATE).fit(TABLE, feedback=mark(TABLE, ODD, "normal"))
    path = tmp_path / "marks.csv"
    extra = TABLE.assign(mark=[None] * 300, score=1.0, more="text")
    extra.loc[ODD, "mark"] = "normal"
    extra.to_csv(path, index=False)
    for feedback in (path, str(path), pl.from_pandas(mark(TABLE, ODD, "normal"))):
        detector = ae.AnomalyDetector(**RATE).fit(TABLE, feedback=feedback)
        np.testing.assert_array_equal(detector.score_samples(TABLE), expected.score_samples(TABLE))


WRONG = {
    "no column": (mark(ROWS, ODD, "normal").rename(columns={"mark": "Mark"}), "feedback has no column 'mark'"),
    "a word": (mark(ROWS, ODD, "good"), "mark of row 0 is 'good'; expected normal, anomaly or nothing"),
    "nothing": (mark(ROWS, ODD, ""), "marks no row"),
    "no rows": (mark(ROWS, [], "normal"), "marks no row"),
    "fewer columns": (mark(ROWS, ODD, "normal").drop(columns="x1"), "3 columns beside 'mark', while samples have 4"),
    "both": (
        pd.concat([mark(ROWS, [5, 60], "normal"), mark(ROWS, [60], "anomaly")]),
        "rows 1 and 2 have the same cells, but one is marked normal",
    ),
    "no table": (ROWS, "feedback must be a table"),
    "no number": (mark(ROWS, ODD, "normal").assign(x1="much"), "feedback"),
    "a gap": (mark(ROWS, ODD, "normal").assign(x1=np.nan), "lacks a number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_marks_that_cannot_be_used_are_refused(name: str) -> None:
    feedback, words = WRONG[name]
    with pytest.raises(InvalidInputError, match=words):
        ae.detect(ROWS, feedback=feedback, **RATE)


def test_marks_of_a_table_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="feedback lacks 'kind' and 'd' of the columns"):
        ae.detect(TABLE, feedback=mark(TABLE, ODD, "normal").drop(columns=["kind", "d"]), **RATE)
    own = TABLE.assign(mark=RNG.normal(size=300))
    with pytest.raises(InvalidInputError, match="have a column 'mark' themselves"):
        ae.detect(own, feedback=mark(own, ODD, "normal"), **RATE)


def test_pictures_cannot_be_marked() -> None:
    with pytest.raises(InvalidInputError, match="not pictures"):
        ae.detect(RNG.random((60, 5, 5)), kind="picture", feedback=mark(ROWS, ODD, "normal"), **RATE)


def test_anomalies_that_are_nowhere_are_said() -> None:
    marks = pd.concat([mark(ROWS, ODD, "anomaly"), mark(ROWS + 1, [7], "anomaly")])
    with pytest.warns(
        DiagnosisWarning, match=r"1 row\(s\) marked anomaly are not among the samples, the first is row 3"
    ):
        ae.AnomalyDetector(**RATE).fit(ROWS, feedback=marks)


def test_too_few_samples_that_are_no_anomalies_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="needs at least 20 samples, but there are 19"):
        ae.detect(ROWS[:22], feedback=mark(ROWS, [5, 6, 7], "anomaly"), **RATE)


def test_marks_of_samples_that_are_judged_by_group(tmp_path: Path) -> None:
    before = ae.detect(TABLE, by="kind", **RATE)
    assert before.flagged[ODD].all()
    marks = pd.concat([mark(TABLE, ODD[:2], "normal"), mark(TABLE, ODD[2:], "anomaly")])
    found = ae.detect(TABLE, by="kind", feedback=marks, keep=tmp_path / "d.safetensors", **RATE)
    assert found.flagged[ODD].tolist() == [False, False, True]
    assert found.groups[0].calibration + found.groups[1].calibration == 300 - 1 - 2
    kept: Any = ae.load(tmp_path / "d.safetensors")
    assert not flags(kept, TABLE)[ODD[:2]].any()
    detector = ae.AnomalyDetector(by="kind", **RATE).fit(TABLE, feedback=marks)
    assert not flags(detector, TABLE)[ODD[:2]].any()
    assert ODD[2] not in detector.trained_on_
