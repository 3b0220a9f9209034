"""`detect`: each sample is judged by a detector that never saw it, and ranks are honest p-values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import autoencode as ae
from autoencode.estimators import AnomalyDetector, Detection, judging, report_detection
from autoencode.estimators.detection_study import study_detection
from autoencode.model.detector import FittedDetector

pytestmark = pytest.mark.filterwarnings("ignore:the networks learnt nothing:autoencode.DiagnosisWarning")


def make_rows(count: int = 120, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 4))
    rows[:, 3] = rows[:, 0] + rows[:, 1]
    return rows


@pytest.fixture(scope="module")
def detection() -> Detection:
    rows = make_rows()
    rows[17, 3] += 30
    return ae.detect(rows, false_alarm_rate=0.05, random_state=1)


def test_p_values_are_shares_of_ranks(detection: Detection) -> None:
    scores = detection.scores
    expected = [(scores >= score).mean() for score in scores]
    np.testing.assert_array_equal(detection.p_values, expected)
    np.testing.assert_array_equal(detection.flagged, detection.p_values <= 0.05)
    assert detection.flagged.sum() == 6
    assert detection.discoveries is None
    assert detection.needed == 0


def test_the_order_is_that_of_the_scores_and_is_explained(detection: Detection) -> None:
    assert detection.order[0] == 17
    assert (np.diff(detection.scores[detection.order]) <= 0).all()
    explained = detection.explanation
    np.testing.assert_allclose(explained.scores, detection.scores[detection.order[: len(explained)]])
    np.testing.assert_array_equal(explained.p_values, detection.p_values[detection.order[: len(explained)]])
    np.testing.assert_allclose(explained.contributions.sum(axis=1), explained.scores)
    assert detection.reasons(0)[0].startswith("x3 is ")
    assert detection.reasons(len(detection)) == []


def test_no_sample_is_judged_by_what_saw_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[set, set]] = []
    real = judging.fit_detector

    def fit(settings: Any, arguments: Any, known: Any, calibration: Any, train: Any, by: None) -> FittedDetector:
        seen.append((set(known.samples[:, 0].tolist()), set(calibration.samples[:][:, 0].tolist())))
        return real(settings, arguments, known, calibration, train)

    monkeypatch.setattr(judging, "fit_detector", fit)
    rows = make_rows(101)
    found = ae.detect(rows, random_state=0)
    (first, judged), (second, others) = seen
    assert (first, judged) == (others, second)
    assert not first & judged
    assert first | judged == set(rows[:, 0].tolist())
    assert all(place != near for place, near in zip(found.order, found.explanation.nearest, strict=False))


def test_the_same_seed_gives_the_same_bits(detection: Detection) -> None:
    rows = make_rows()
    rows[17, 3] += 30
    again = ae.detect(rows, false_alarm_rate=0.05, random_state=1)
    np.testing.assert_array_equal(again.scores, detection.scores)
    np.testing.assert_array_equal(again.explanation.contributions, detection.explanation.contributions)


def test_against_a_reference_is_the_detector(detection: Detection) -> None:
    del detection
    normal, rows = make_rows(400, 2), make_rows(30)
    rows[3, 3] += 9
    found = ae.detect(rows, against=normal, false_alarm_rate=0.02, random_state=5)
    detector = AnomalyDetector(contaminated=False, false_alarm_rate=0.02, random_state=5).fit(normal)
    np.testing.assert_array_equal(found.scores, -detector.score_samples(rows))
    np.testing.assert_array_equal(found.p_values, detector.p_values(rows))
    np.testing.assert_array_equal(found.flagged, detector.predict(rows) == -1)
    assert found.order[0] == 3
    assert found.discoveries is not None
    flagged = found.flagged.sum()
    assert found.needed == int(np.ceil(30 / (flagged * 0.02) - 1))
    assert len(found.sentences()) == 2
    moved = ae.detect(rows + 9, against=normal, false_alarm_rate=0.02, random_state=5)
    assert "differ from the reference as a whole" in moved.sentences()[1]


def test_a_cell_that_is_missing_once_can_be_judged() -> None:
    random = np.random.default_rng(0)
    number = random.normal(size=110).tolist()
    number[42] = None
    table = pa.table({"number": number, "twice": [2 * (n or 0.0) for n in number], "kind": ["a", "b"] * 55})
    for seed in (0, 1):
        assert len(ae.detect(table, random_state=seed)) == 110


@pytest.mark.parametrize(
    ("count", "against", "rate", "words"),
    [
        (99, None, 0.01, r"at least 100 samples, but there are 99; .* at least 0.0102"),
        (30, 300, 0.01, r"at least 396 samples, but there are 300 in the reference"),
        (30, None, 0.0, "false_alarm_rate"),
        (1, None, 0.5, "sample"),
        (3, None, 0.5, "at least 4 samples"),
    ],
    ids=["few", "few-reference", "rate", "one", "three"],
)
def test_what_cannot_be_is_refused(count: int, against: int | None, rate: float, words: str) -> None:
    normal = None if against is None else make_rows(against)
    with pytest.raises(ae.AutoencodeError, match=words):
        ae.detect(make_rows(count), against=normal, false_alarm_rate=rate)


def test_nothing_is_warned_of(detection: Detection) -> None:
    report_detection(detection, make_rows())


def test_the_study_counts_what_is_guilty(detection: Detection) -> None:
    guilty = detection.count_guilty()
    counts = [count for _, count, _ in guilty]
    assert sum(counts) == detection.flagged.sum()
    assert counts == sorted(counts, reverse=True)
    study = study_detection(detection, make_rows(), labels=np.arange(120) == 17)
    assert study.rows[0].name == "row 17"
    assert len(study.rows) == 20
    assert sum(study.rows[0].shares) == pytest.approx(1)
    assert study.images is None
