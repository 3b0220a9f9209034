"""The detector among PyOD's tools."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyod.models import combination
from pyod.models.base import BaseDetector
from pyod.models.feature_bagging import FeatureBagging
from pyod.models.hbos import HBOS
from pyod.models.lscp import LSCP
from pyod.utils.data import evaluate_print, generate_data
from pyod.utils.persistence import load, save
from pyod.utils.utility import precision_n_scores, standardizer
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

import autoencode as ae
from autoencode import AnomalyDetector, Autoencoder, PyODDetector
from autoencode.exceptions import InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore:the networks learnt nothing:autoencode.DiagnosisWarning")

Split = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def make(**settings: Any) -> PyODDetector:
    """Return a detector that is fitted in no time."""
    return PyODDetector(
        AnomalyDetector(Autoencoder(epochs=2), random_state=0, false_alarm_rate=0.05), **{"folds": 2, **settings}
    )


@pytest.fixture(scope="module")
def split() -> Split:
    """PyOD's own example: samples to fit on and others, then their labels, 1 for an anomaly."""
    return generate_data(n_train=200, n_test=100, n_features=4, contamination=0.1, random_state=0)


@pytest.fixture(scope="module")
def fitted(split: Split) -> PyODDetector:
    """No test may change it."""
    return make().fit(split[0])


def test_it_is_a_detector_of_pyods_by_every_name(fitted: PyODDetector, split: Split) -> None:
    _, new, _, labels = split
    assert isinstance(fitted, BaseDetector)
    scores = fitted.decision_function(new)
    np.testing.assert_array_equal(scores, -fitted.detector_.score_samples(new))
    np.testing.assert_array_equal(fitted.predict(new), (scores > fitted.threshold_).astype(int))
    assert roc_auc_score(labels, scores) > 0.99
    for method in ("linear", "unify"):
        shares, confidence = fitted.predict_proba(new, method=method, return_confidence=True)
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        assert roc_auc_score(labels, shares[:, 1]) > 0.95
        assert ((confidence >= 0) & (confidence <= 1)).all()
    np.testing.assert_array_equal(confidence, fitted.predict_confidence(new))
    rejected = fitted.predict_with_rejection(new, T=8, c_r=0.1)
    assert set(np.unique(rejected)) <= {-2, 0, 1}


@pytest.mark.parametrize("contamination", [0.05, 0.2, 0.5])
def test_the_threshold_is_the_quantile_that_pyod_takes(split: Split, contamination: float) -> None:
    detector = make(contamination=contamination).fit(split[0])
    assert detector.threshold_ == np.quantile(detector.decision_scores_, 1 - contamination)
    np.testing.assert_array_equal(detector.labels_, (detector.decision_scores_ > detector.threshold_).astype(int))
    assert detector.labels_.sum() == 200 * contamination


@pytest.mark.parametrize("contaminated", [True, False])
def test_no_sample_is_scored_by_what_it_was_trained_on(contaminated: bool) -> None:
    rows = np.random.default_rng(0).normal(size=(400, 3))
    detector = PyODDetector(
        AnomalyDetector(Autoencoder(epochs=2), contaminated=contaminated, random_state=0, false_alarm_rate=0.05),
        folds=4,
    ).fit(rows[:200])
    own, new = detector.decision_scores_, detector.decision_function(rows[200:])
    assert np.median(new) < 2 * np.median(own)
    assert np.median(own) < 2 * np.median(new)
    assert np.median(detector.decision_function(rows[:200])) < 0.5 * np.median(own)


def test_each_fold_is_scored_by_a_detector_fitted_on_the_others(split: Split) -> None:
    rows = split[0]
    changed = rows.copy()
    changed[0] += 1e3
    before, after = make().fit(rows), make().fit(changed)
    same = before.decision_scores_ == after.decision_scores_
    assert same.sum() in range(95, 110), "the rest of its own fold; and the few that are nearer than every reference"


def test_the_same_seed_gives_the_same_scores(fitted: PyODDetector, split: Split) -> None:
    again = make().fit(split[0])
    np.testing.assert_array_equal(again.decision_scores_, fitted.decision_scores_)
    np.testing.assert_array_equal(again.decision_function(split[1]), fitted.decision_function(split[1]))


def test_pyods_measures(fitted: PyODDetector, split: Split, capsys: pytest.CaptureFixture[str]) -> None:
    _, new, labels, new_labels = split
    evaluate_print("ours", new_labels, fitted.decision_function(new))
    assert capsys.readouterr().out == "ours ROC:1.0, precision @ rank n:1.0\n"
    assert precision_n_scores(labels, fitted.decision_scores_) == 1


@pytest.mark.filterwarnings("ignore:Function fit_predict:FutureWarning")
def test_what_pyod_still_has_but_warns_of(split: Split) -> None:
    rows, _, labels, _ = split
    assert make().fit_predict_score(rows, labels) == 1
    np.testing.assert_array_equal(make().fit_predict(rows), labels)


def test_beside_another_detector_on_one_scale(fitted: PyODDetector, split: Split) -> None:
    rows, new, _, labels = split
    others = [fitted, HBOS().fit(rows)]
    own = np.stack([detector.decision_scores_ for detector in others], axis=1)
    theirs = np.stack([detector.decision_function(new) for detector in others], axis=1)
    _, scaled = standardizer(own, theirs)
    assert roc_auc_score(labels, scaled.mean(axis=1)) > 0.99


def test_pyods_combinations(fitted: PyODDetector, split: Split) -> None:
    scores = np.stack([fitted.decision_function(split[1])] * 4, axis=1)
    for combine in (combination.average, combination.maximization, combination.median):
        np.testing.assert_allclose(combine(scores), scores[:, 0])
    for combine in (combination.aom, combination.moa):
        np.testing.assert_allclose(combine(scores, n_buckets=2), scores[:, 0])


@pytest.mark.filterwarnings("ignore:The number of histogram bins:UserWarning")
@pytest.mark.parametrize(
    "ensemble",
    [
        lambda: FeatureBagging(make(), n_estimators=2, random_state=0),
        lambda: LSCP([make(), HBOS()], random_state=0),
    ],
    ids=["feature-bagging", "lscp"],
)
def test_pyods_ensembles(ensemble: Callable[[], BaseDetector], split: Split) -> None:
    rows, new, _, labels = split
    assert roc_auc_score(labels, ensemble().fit(rows).decision_function(new)) > 0.95


def test_suod(split: Split) -> None:
    pytest.importorskip("suod", reason="PyOD's SUOD needs its extra 'suod'")
    from pyod.models.suod import SUOD

    rows, new, _, labels = split
    ensemble = SUOD([make(), HBOS()], n_jobs=1, combination="average", verbose=False).fit(rows)
    assert roc_auc_score(labels, ensemble.decision_function(new)) > 0.95


def test_clones_parameters_and_words(fitted: PyODDetector) -> None:
    copy = clone(fitted)
    assert not hasattr(copy, "detector_")
    copy.set_params(detector__autoencoder__epochs=3, detector__false_alarm_rate=0.1, contamination=0.2)
    assert copy.detector.autoencoder.epochs == 3
    assert fitted.detector.autoencoder.epochs == 2
    assert repr(PyODDetector()) == "PyODDetector(contamination=0.1, detector=None, folds=5)"


def test_files_and_pickles_give_the_same_bits(fitted: PyODDetector, split: Split, tmp_path: Path) -> None:
    save(fitted, tmp_path / "detector.joblib")
    expected = fitted.decision_function(split[1])
    for copy in (load(tmp_path / "detector.joblib", trusted=True), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(copy.decision_function(split[1]), expected)
        np.testing.assert_array_equal(copy.labels_, fitted.labels_)


def test_tables_images_and_lists(split: Split) -> None:
    rows, labels = split[0], split[2]
    frame = pd.DataFrame(rows, columns=list("abcd"))
    frame["kind"] = np.where(labels == 1, "rare", "usual")
    frame.loc[::9, "a"] = np.nan
    detector = make().fit(frame)
    assert roc_auc_score(labels, detector.decision_scores_) > 0.95
    assert detector.predict(frame).shape == (200,)
    expected = make().fit(rows).decision_scores_
    np.testing.assert_array_equal(make().fit(rows.tolist()).decision_scores_, expected)
    assert roc_auc_score(labels, make().fit(rows.reshape(200, 2, 2)).decision_scores_) > 0.95


@pytest.mark.parametrize(
    ("settings", "rows", "words"),
    [
        ({"folds": 1}, np.zeros((9, 2)), "folds must be a whole number ≥ 2, got 1"),
        ({"folds": True}, np.zeros((9, 2)), "folds must be a whole number"),
        ({"contamination": "auto"}, np.zeros((9, 2)), r"contamination must be a number in \(0, 0.5\]"),
        ({"detector": "vae"}, np.zeros((9, 2)), "detector must be None or an AnomalyDetector, got str"),
        ({}, np.eye(4), "X has 4 samples, and 2 folds need at least 6"),
        ({"folds": 9}, np.eye(8), "X has 8 samples, and 9 folds need at least 9"),
        ({}, np.full((9, 2), np.nan), "NaN"),
    ],
    ids=["one-fold", "true-folds", "contamination", "detector", "few", "few-for-folds", "nan"],
)
def test_what_cannot_be_used_is_said(settings: dict[str, Any], rows: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make().set_params(**settings).fit(rows)


def test_few_samples_are_enough() -> None:
    detector = make(contamination=0.2).fit(np.arange(12.0).reshape(6, 2))
    assert np.isfinite(detector.decision_scores_).all()


def test_it_comes_with_its_extra_and_only_when_asked_for() -> None:
    assert "PyODDetector" not in ae.__all__
    code = """
import sys
import autoencode as ae
from autoencode import *
assert "pyod" not in sys.modules
sys.modules["pyod"] = None
try:
    ae.PyODDetector
except ae.AutoencodeError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 'pip install "autoencode[pyod]"' in said
