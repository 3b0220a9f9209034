"""The anomaly detector among scikit-learn's tools."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from autoencode import AnomalyDetector, Autoencoder
from autoencode.exceptions import InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore:the networks learnt nothing:autoencode.DiagnosisWarning")


def make(epochs: int = 2, **settings: Any) -> AnomalyDetector:
    """Return a detector that is fitted in no time."""
    return AnomalyDetector(Autoencoder(epochs=epochs), **{"random_state": 0, "false_alarm_rate": 0.05, **settings})


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """100 samples of three features, of which the last follows from the others."""
    rows = np.random.default_rng(0).normal(size=(100, 3))
    rows[:, 2] = rows[:, 0] + rows[:, 1]
    return rows


@pytest.fixture(scope="module")
def fitted(rows: np.ndarray) -> AnomalyDetector:
    """No test may change it."""
    return make().fit(rows)


def test_the_last_step_of_a_pipeline(rows: np.ndarray) -> None:
    pipeline = make_pipeline(StandardScaler(), make()).fit(rows)
    scores = pipeline.score_samples(rows)
    np.testing.assert_array_equal(pipeline.predict(rows), np.where(pipeline.decision_function(rows) < 0, -1, 1))
    np.testing.assert_array_equal(scores, pipeline[-1].score_samples(pipeline[0].transform(rows)))


def test_a_grid_search_by_labels(rows: np.ndarray) -> None:
    samples, labels = np.concatenate([rows, rows[:10] + np.array([0, 0, 9])]), np.repeat([1, 0], [100, 10])
    rank = make_scorer(roc_auc_score, response_method="decision_function")
    grid = {"autoencoder__code_size": [1, 2], "calibration_fraction": [0.4]}
    search = GridSearchCV(make(), grid, scoring=rank, cv=StratifiedKFold(2), n_jobs=1, error_score="raise").fit(
        samples, labels
    )
    assert search.best_estimator_.autoencoder_.code_size_ == search.best_params_["autoencoder__code_size"]
    assert search.best_score_ > 0.9


def test_clone_copies_arguments_and_nothing_fitted(fitted: AnomalyDetector, rows: np.ndarray) -> None:
    copy = clone(fitted)
    assert copy.autoencoder is not fitted.autoencoder
    assert repr(copy) == repr(fitted)
    with pytest.raises(NotFittedError):
        copy.predict(rows)
    with pytest.raises(NotFittedError):
        copy.explain(rows)


def test_parameters_nest() -> None:
    detector = make()
    assert detector.get_params()["autoencoder__code_size"] == "auto"
    detector.set_params(autoencoder__code_size=2, false_alarm_rate=0.1)
    assert detector.autoencoder.code_size == 2
    assert detector.false_alarm_rate == 0.1
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        detector.set_params(autoencoder__depth=3)


def test_the_constructor_has_no_logic() -> None:
    model = Autoencoder()
    detector = AnomalyDetector(model, false_alarm_rate=-3, contaminated="perhaps", calibration_fraction=None)
    assert detector.autoencoder is model
    assert detector.false_alarm_rate == -3
    assert detector.contaminated == "perhaps"


def test_fit_leaves_the_autoencoder_and_the_samples_alone(rows: np.ndarray) -> None:
    before, model = rows.copy(), Autoencoder(epochs=2)
    detector = AnomalyDetector(model, random_state=0, false_alarm_rate=0.05).fit(rows)
    assert detector.autoencoder_ is not model
    assert not model.__sklearn_is_fitted__()
    assert model.random_state is None
    np.testing.assert_array_equal(rows, before)


def test_pickle_and_joblib_give_the_same_bits(fitted: AnomalyDetector, rows: np.ndarray, tmp_path: Path) -> None:
    joblib.dump(fitted, tmp_path / "detector.joblib")
    for copy in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "detector.joblib")):
        np.testing.assert_array_equal(copy.score_samples(rows), fitted.score_samples(rows))
        np.testing.assert_array_equal(copy.explain(rows).contributions, fitted.explain(rows).contributions)
        assert copy.offset_ == fitted.offset_


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_of_every_library(fitted: AnomalyDetector, rows: np.ndarray, library: str) -> None:
    columns = dict(zip(["first", "second", "sum"], rows.T, strict=True))
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}[library](columns)
    detector = make().fit(frame)
    assert detector.feature_names_in_.tolist() == ["first", "second", "sum"]
    np.testing.assert_array_equal(detector.score_samples(frame), fitted.score_samples(rows))
    assert str(detector.explain(frame).reasons[0][0]).startswith(("first is", "second is", "sum is"))


def test_columns_of_another_order_or_name_are_refused(rows: np.ndarray) -> None:
    frame = pd.DataFrame(rows, columns=list("abc"))
    detector = make().fit(frame)
    for method in (detector.predict, detector.p_values, detector.explain):
        with pytest.raises(InvalidInputError, match="same order"):
            method(frame[list("cba")])
    with pytest.raises(InvalidInputError, match="zz"):
        detector.predict(frame.rename(columns={"a": "zz"}))
    with pytest.raises(InvalidInputError, match="same order"):
        make().fit(frame, validation=frame[list("cba")])


def test_images_keep_their_shape() -> None:
    images = np.random.default_rng(0).random((100, 4, 5, 3))
    detector = make().fit(images)
    assert detector.sample_shape_ == (4, 5, 3)
    assert detector.score_samples(images).shape == (100,)
    explanation = detector.explain(images[:2])
    assert explanation.contributions.shape == (2, 4, 5, 3)
    assert explanation.columns[:2] == ("[0, 0, 0]", "[0, 0, 1]")
    with pytest.raises(InvalidInputError, match="shape"):
        detector.predict(images[:, :3])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int8", "uint8", "bool"])
def test_every_numeric_type_gives_float64(rows: np.ndarray, dtype: str) -> None:
    samples = (rows * 2).astype(dtype)
    scores = make().fit(samples).score_samples(samples)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, make().fit(samples.astype(float)).score_samples(samples), rtol=1e-3, atol=1e-5)


def test_the_layout_in_memory_changes_nothing(fitted: AnomalyDetector, rows: np.ndarray) -> None:
    expected = fitted.score_samples(rows)
    wide = np.zeros((200, 6))
    wide[::2, ::2] = rows
    for same in (np.asfortranarray(rows), wide[::2, ::2], rows[::-1].copy()[::-1], rows.tolist()):
        np.testing.assert_array_equal(make().fit(same).score_samples(same), expected)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"contaminated": "yes"}, "contaminated must be True or False, got 'yes'"),
        ({"false_alarm_rate": 0}, "false_alarm_rate must be a number between 0 and 1, got 0"),
        ({"false_alarm_rate": np.nan}, "false_alarm_rate must be .* got nan"),
        ({"calibration_fraction": 1}, "calibration_fraction must be a number between 0 and 1, got 1"),
        ({"calibration_fraction": 0.999}, "at least 2 must be left to train on"),
        ({"autoencoder": 3}, "autoencoder must be None, a recipe's name or an Autoencoder, got int"),
        ({"autoencoder": "vea"}, "did you mean 'vae'"),
        ({"random_state": "x"}, "random_state"),
    ],
    ids=["contaminated", "rate", "rate-nan", "fraction", "held-out", "type", "recipe", "seed"],
)
def test_settings_that_cannot_be_used_are_said(rows: np.ndarray, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make().set_params(**settings).fit(rows)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.eye(2), "at least 2 must be left to train on"),
        (np.eye(1), "minimum of 2"),
        (np.full((9, 2), np.nan), "NaN: feature 0 of sample 0"),
    ],
    ids=["two", "one", "nan"],
)
def test_samples_that_cannot_be_used_are_said(samples: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make().fit(samples)


@pytest.mark.parametrize(
    "validation",
    [np.zeros((9, 2)), np.zeros((0, 3)), np.full((9, 3), np.inf), pd.DataFrame({"a": ["x", "y"]})],
    ids=["columns", "empty", "infinite", "table"],
)
def test_a_validation_set_that_cannot_be_used_is_said(rows: np.ndarray, validation: Any) -> None:
    with pytest.raises(InvalidInputError, match="validation"):
        make().fit(rows, validation=validation)
