"""`AnomalyDetector`: how many samples it is fitted to and calibrated on, and what rate these allow."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from autoencode import AnomalyDetector, Autoencoder, CalibrationWarning, detect
from autoencode.evaluation import calibration_needed
from autoencode.memory_budget import limit_memory

pytestmark = pytest.mark.filterwarnings("ignore:the networks learnt nothing:autoencode.DiagnosisWarning")


def make(**options: Any) -> AnomalyDetector:
    """Return a detector that is fitted in no time."""
    return AnomalyDetector(Autoencoder(epochs=2), **{"random_state": 0, "false_alarm_rate": 0.05, **options})


def draw_numbers(count: int = 120, seed: int = 0) -> np.ndarray:
    """Return samples of three features, of which the last follows from the others."""
    rows = np.random.default_rng(seed).normal(size=(count, 3))
    rows[:, 2] = rows[:, 0] + rows[:, 1]
    return rows


@pytest.mark.parametrize(("rate", "count"), [(0.05, 40), (0.01, 100), (0.3, 4)])
def test_too_few_calibration_samples_flag_nothing_and_say_how_many_are_needed(rate: float, count: int) -> None:
    rows, needed = draw_numbers(count), calibration_needed(rate)
    calls = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CalibrationWarning)
        watched = Autoencoder(epochs=1, callbacks=[lambda _record: calls.append(len(caught))])
        detector = AnomalyDetector(watched, false_alarm_rate=rate, random_state=0).fit(rows)
    assert f"at least {needed} are needed" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert calls[0] == 1, "said before the training"
    named = float(re.findall(r"at least ([\d.]+)\.$", str(caught[0].message))[0])
    assert calibration_needed(named) <= len(detector.calibration_scores_) < calibration_needed(0.99 * named)
    assert np.isfinite(detector.offset_)
    assert (detector.predict(1e3 * draw_numbers(50, seed=1)) == 1).all()
    enough = make(false_alarm_rate=rate).fit(rows, validation=draw_numbers(needed, seed=2))
    assert np.isfinite(enough.offset_)
    assert enough.predict([[50.0, 50.0, -50.0]]).tolist() == [-1]


def test_samples_to_calibrate_on_are_scored_and_not_trained_on() -> None:
    rows, validation = draw_numbers(80), draw_numbers(60, seed=1)
    detector = make(contaminated=False).fit(rows, validation=validation)
    np.testing.assert_array_equal(detector.calibration_scores_, -detector.score_samples(validation))
    np.testing.assert_array_equal(detector.trained_on_, np.arange(80))
    others = make(contaminated=False).fit(rows, validation=3 * validation)
    np.testing.assert_array_equal(others.score_samples(rows), detector.score_samples(rows))
    assert others.offset_ < detector.offset_


@pytest.mark.parametrize("contaminated", [True, False])
def test_false_alarms_are_as_many_as_were_asked_for(contaminated: bool) -> None:
    rate, shares = 0.2, []
    for seed in range(40):
        rows = draw_numbers(240, seed=seed)
        detector = make(contaminated=contaminated, false_alarm_rate=rate, random_state=seed).fit(rows[:60])
        shares.append((detector.predict(rows[60:]) == -1).mean())
    error = np.std(shares, ddof=1) / np.sqrt(len(shares))
    # 15 calibration samples allow p-values of 1/16, 2/16, 3/16, …: at 0.2 it is the third.
    assert abs(np.mean(shares) - 3 / 16) <= 3 * error
    assert np.mean(shares) <= rate + 3 * error


def test_the_rate_is_one_in_a_hundred_by_default() -> None:
    assert AnomalyDetector().false_alarm_rate == 0.01


@pytest.fixture
def few_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 100 samples stand for the 100,000 that suffice."""
    monkeypatch.setattr("autoencode.model.detector.MOST_FITTED", 100)
    monkeypatch.setattr("autoencode.model.detector.CALIBRATION_MARGIN", 1)


@pytest.mark.usefixtures("few_suffice")
def test_of_many_samples_as_many_as_suffice_are_fitted_to() -> None:
    rows = draw_numbers(500)
    detector = make(contaminated=False).fit(rows)
    assert (len(detector.trained_on_), len(detector.calibration_scores_)) == (75, 25)
    nearest = detector.explain(rows[detector.trained_on_]).nearest
    np.testing.assert_array_equal(nearest, detector.trained_on_)
    assert detector.trained_on_.max() > 400, "drawn from all"
    alone = make(contaminated=False).fit(rows[:100])
    np.testing.assert_array_equal(alone.trained_on_, make(contaminated=False).fit(rows[:100]).trained_on_)
    strict = make(contaminated=False, false_alarm_rate=0.02).fit(rows)
    assert len(strict.calibration_scores_) >= calibration_needed(0.02), "the rate decides where it needs more"


@pytest.mark.usefixtures("few_suffice")
def test_a_detection_says_how_many_were_drawn() -> None:
    rows, told = draw_numbers(500), []
    found = detect(rows[:300], against=rows[300:], random_state=0, false_alarm_rate=0.05, progress=told.append)
    assert (told, found.fitted_to) == (["75 of 200 samples, 25 kept to calibrate on"], 100)
    assert "100 samples suffice to learn from" in " ".join(found.sentences())
    by_halves = detect(rows, random_state=0, false_alarm_rate=0.05, progress=told.append)
    assert told[1:] == ["100 of 500 samples (1 of 2)", "100 of 500 samples (2 of 2)"]
    assert (by_halves.fitted_to, len(by_halves.scores)) == (100, 500)
    assert "100 samples suffice to learn from: so many of each half" in by_halves.sentences()[1]
    with limit_memory(2000):
        again = detect(rows, random_state=0, false_alarm_rate=0.05)
    np.testing.assert_array_equal(again.scores, by_halves.scores)
    few = detect(rows[:100], random_state=0, false_alarm_rate=0.05)
    assert few.fitted_to is None


def test_a_cell_that_is_no_number_is_named_among_all(few_suffice: None) -> None:
    rows = draw_numbers(500)
    rows[:, 1] = np.inf
    drawn = np.sort(np.random.default_rng(0).choice(500, 100, replace=False))
    with pytest.raises(ValueError, match=f"sample {drawn[0]};"):
        make().fit(rows)


def test_networks_that_learn_nothing_are_told_once(recwarn: pytest.WarningsRecorder) -> None:
    warnings.simplefilter("always")
    noise = np.random.default_rng(0).normal(size=(60, 40))
    untrained = Autoencoder(learning_rate=1e-9, epochs=1)
    detector = AnomalyDetector(untrained, false_alarm_rate=0.2, random_state=0).fit(noise)
    assert [str(one.message).split(".")[0] for one in recwarn] == [
        "the networks learnt nothing that tells samples apart"
    ]
    assert "no better than that of the mean sample" in str(recwarn.pop().message)
    assert any(finding.name == "no_better_than_mean" for finding in detector.autoencoder_.diagnosis_)
    recwarn.clear()
    detect(noise, autoencoder=untrained, false_alarm_rate=0.2, random_state=0)
    assert len(recwarn) == 1
