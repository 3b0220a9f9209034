"""What `detect` keeps of samples judged against each other: both halves' detectors, whose p-values' mean counts."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode.estimators.explanation import explain
from autoencode.evaluation.conformal import find_steps, pair_threshold
from autoencode.model.detector import NORMAL, UNLABELLED, DetectorPair

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(301, 4))
ROWS[:, 3] = ROWS[:, 0] + ROWS[:, 1]
NEW = RNG.normal(size=(500, 4))
TABLE = pd.DataFrame({"a": ROWS[:, 0], "b": np.where(ROWS[:, 1] > 0, "up", "down"), "c": ROWS[:, 2]})

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")


@pytest.fixture(scope="module", params=["numbers", "table", "pictures"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Any]:
    """What was found among samples, the samples, and the detector that was kept."""
    samples = {"numbers": ROWS, "table": TABLE, "pictures": RNG.random((120, 5, 5))}[request.param]
    kind = "picture" if request.param == "pictures" else "auto"
    path = tmp_path_factory.mktemp("kept") / "d.safetensors"
    found = ae.detect(samples, false_alarm_rate=0.05, kind=kind, random_state=0, keep=path)
    return found, samples, ae.load(path)


def test_a_score_is_minus_the_logarithm_of_the_mean_p_value(kept: tuple[Any, Any, Any]) -> None:
    _, samples, detector = kept
    pair = detector.fitted_
    assert isinstance(pair, DetectorPair)
    assert pair.calibrated_on == UNLABELLED
    checked = detector._check(samples)
    p_values = np.mean([part.find_p_values(part.measure(checked)) for part in pair.parts], axis=0)
    np.testing.assert_allclose(-detector.score_samples(samples), -np.log(p_values), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(detector.p_values(samples), p_values, rtol=1e-15)
    np.testing.assert_array_equal(detector.predict(samples) == -1, p_values <= 0.05 * (1 + 1e-12))
    assert abs(pair.threshold + np.log(0.05)) < 0.1


def test_what_was_found_is_what_each_half_found(kept: tuple[Any, Any, Any]) -> None:
    found, _, detector = kept
    np.testing.assert_array_equal(np.sort(found.scores), np.sort(detector.calibration_scores_))


def test_what_a_column_adds_is_the_mean_of_both_shares(kept: tuple[Any, Any, Any]) -> None:
    _, samples, detector = kept
    explained = detector.explain(samples[:30])
    checked = detector._check(samples[:30])
    shares = []
    for part in detector.fitted_.parts:
        shares.append(explain(part, checked, reasons=0).contributions.reshape(30, -1))
    wanted = np.mean([share / share.sum(axis=1, keepdims=True) for share in shares], axis=0)
    np.testing.assert_allclose(
        explained.contributions.reshape(30, -1), wanted * explained.scores[:, None], rtol=1e-9, atol=1e-12
    )
    assert set(explained.nearest.tolist()) <= set(detector.reference_.tolist())


def test_it_is_the_same_after_another_copy(kept: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _, samples, detector = kept
    other: Any = ae.load(detector.save(tmp_path / "again.safetensors"))
    for copy in (other, pickle.loads(pickle.dumps(detector))):
        np.testing.assert_array_equal(copy.score_samples(samples), detector.score_samples(samples))
    assert other.explain(samples[:9]).reasons == detector.explain(samples[:9]).reasons


def test_another_rate_moves_the_threshold_alone(kept: tuple[Any, Any, Any]) -> None:
    _, samples, detector = kept
    pair = detector.fitted_
    scores = pair.measure(detector._check(samples))
    for rate in (0.02, 0.1, 0.3, 0.9):
        other = pair.at_rate(rate)
        assert other.settings.false_alarm_rate == rate
        np.testing.assert_array_equal(scores > other.threshold, other.find_p_values(scores) <= rate * (1 + 1e-12))


def test_normal_samples_calibrate_anew() -> None:
    detector = ae.AnomalyDetector(contaminated=False, false_alarm_rate=0.05, random_state=0).fit(ROWS)
    shifted = 3 * NEW
    again = detector.fitted_.calibrate(detector._check(shifted))
    assert again.calibrated_on == NORMAL
    np.testing.assert_array_equal(again.calibration_scores, -detector.score_samples(shifted))
    assert again.threshold > detector.fitted_.threshold
    np.testing.assert_array_equal(again.measure(NEW), detector.fitted_.measure(NEW))


def test_where_it_cannot_be_kept_is_said_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ae.AutoencodeError, match="no folder"):
        ae.detect(ROWS, keep=tmp_path / "none" / "d.safetensors", progress=refuse)
    own = ae.Autoencoder(2, epochs=1, activation=np.abs)
    with pytest.raises(ae.AutoencodeError, match="cannot be saved"):
        ae.detect(ROWS, autoencoder=own, keep=tmp_path / "d.safetensors", progress=refuse)


def refuse(words: str) -> None:
    """Fail where a training begins."""
    raise AssertionError(words)


def test_it_judges_as_it_scores(kept: tuple[Any, Any, Any]) -> None:
    _, samples, detector = kept
    found = detector.judge(samples)
    np.testing.assert_array_equal(found.scores, -detector.score_samples(samples))
    np.testing.assert_array_equal(found.p_values, detector.p_values(samples))
    np.testing.assert_array_equal(found.flagged, detector.predict(samples) == -1)
    np.testing.assert_array_equal(found.explanation.scores, found.scores[found.order[: len(found.explanation)]])


# ---------------------------------------------------------------------- many at once


def test_eight_threads_find_the_same(kept: tuple[Any, Any, Any], tmp_path: Path) -> None:
    _, samples, detector = kept
    wanted = detector.score_samples(samples)
    loaded: Any = ae.load(detector.save(tmp_path / "d.safetensors"))  # nothing of it has been asked for yet
    with ThreadPoolExecutor(8) as pool:
        for scores in pool.map(lambda _: loaded.score_samples(samples), range(16)):
            np.testing.assert_array_equal(scores, wanted)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_servers_that_fork_after_loading_find_the_same(kept: tuple[Any, Any, Any]) -> None:
    _, samples, detector = kept
    wanted = detector.score_samples(samples)
    context = multiprocessing.get_context("fork")
    places = [context.Pipe(duplex=False) for _ in range(3)]
    workers = [context.Process(target=_answer, args=(sender, detector, samples)) for _, sender in places]
    for worker in workers:
        worker.start()
    for receiver, _ in places:
        assert receiver.poll(60)
        np.testing.assert_array_equal(receiver.recv(), wanted)
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0


def _answer(sender: Any, detector: Any, samples: Any) -> None:
    sender.send(detector.score_samples(samples))


# ---------------------------------------------------------------------- laws


@pytest.mark.parametrize("count", [1, 7, 99, 100, 400])
def test_steps_are_above_their_scores_and_below_the_next(count: int) -> None:
    scores = np.round(np.random.default_rng(count).exponential(size=count), 3)
    steps, known = find_steps(scores), np.sort(scores)
    assert (steps > known).all()
    assert (steps <= known + 1e-4 * np.maximum(1, known) * (1 + 1e-9)).all()
    apart = known[1:] > known[:-1]
    assert (steps[:-1][apart] < known[1:][apart]).all()
    np.testing.assert_array_equal(np.diff(steps)[~apart], 0)


@pytest.mark.parametrize(("first", "second"), [(199, 199), (20, 31), (99, 100), (150, 151), (9, 9)])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1, 0.0051, 0.3])
def test_a_pairs_threshold_is_between_the_mean_p_values(first: int, second: int, rate: float) -> None:
    of_first, of_second = np.arange(1, first + 2)[:, None], np.arange(1, second + 2)
    twice = of_first * (second + 1) + of_second * (first + 1)  # in units of 1 / ((m + 1) (n + 1)), exact
    p_values = twice / (2 * (first + 1) * (second + 1))
    flagged = twice <= round(2 * rate * (first + 1) * (second + 1), 6)
    np.testing.assert_array_equal(-np.log(p_values) > pair_threshold(first, second, rate), flagged)
