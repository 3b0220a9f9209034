"""The estimator among scikit-learn's tools."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from autoencode import Autoencoder
from autoencode.exceptions import InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


def test_the_last_step_of_a_pipeline(make: Make, table: np.ndarray) -> None:
    pipeline = make_pipeline(StandardScaler(), make(scaling="none"))
    codes = pipeline.fit_transform(table)
    assert codes.shape == (60, 2)
    np.testing.assert_array_equal(codes, pipeline.transform(table))
    assert pipeline.inverse_transform(codes).shape == table.shape
    assert list(pipeline.get_feature_names_out()) == ["autoencoder0", "autoencoder1"]


def test_scaling_inside_and_before_are_the_same(make: Make, table: np.ndarray) -> None:
    inside = make(scaling="standard").fit(table)
    before = make_pipeline(StandardScaler(), make(scaling="none")).fit(table)
    np.testing.assert_allclose(inside.transform(table), before.transform(table), rtol=1e-4, atol=1e-5)


def test_a_grid_search_finds_the_code_size_that_the_samples_need(make: Make, table: np.ndarray) -> None:
    grid = {"code_size": [1, 2]}
    search = GridSearchCV(make(epochs=100, learning_rate=0.02), grid, cv=3, n_jobs=1, error_score="raise").fit(table)
    assert search.best_params_ == {"code_size": 2}
    assert search.best_score_ > 0.9


def test_clone_copies_arguments_and_nothing_fitted(fitted: Autoencoder, table: np.ndarray) -> None:
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.transform(table)


def test_set_params_takes_what_get_params_gives(fitted: Autoencoder) -> None:
    assert Autoencoder().set_params(**fitted.get_params()).get_params() == fitted.get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        Autoencoder().set_params(depth=3)


def test_the_constructor_has_no_logic() -> None:
    hidden, callbacks = [3], [print]
    model = Autoencoder("nonsense", hidden=hidden, callbacks=callbacks)
    assert model.hidden is hidden
    assert model.callbacks is callbacks
    assert model.code_size == "nonsense"


def test_pickle_gives_the_same_bits(fitted: Autoencoder, table: np.ndarray) -> None:
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.transform(table), fitted.transform(table))
    np.testing.assert_array_equal(copy.reconstruct(table), fitted.reconstruct(table))
    np.testing.assert_array_equal(copy.history_.loss, fitted.history_.loss)
    assert copy.score(table) == fitted.score(table)


def test_pandas_in_and_out(make: Make, table: np.ndarray) -> None:
    frame = pd.DataFrame(table, columns=list("abcde"), index=range(100, 160))
    model = make().set_output(transform="pandas").fit(frame)
    codes = model.transform(frame)
    assert list(codes.columns) == list(model.get_feature_names_out()) == ["autoencoder0", "autoencoder1"]
    assert list(codes.index) == list(frame.index)
    assert list(model.feature_names_in_) == list("abcde")
    assert model.n_features_in_ == 5
    np.testing.assert_array_equal(codes.to_numpy(), make().fit(table).transform(table))


def test_columns_of_another_order_or_name_are_refused(make: Make, table: np.ndarray) -> None:
    frame = pd.DataFrame(table, columns=list("abcde"))
    model = make().fit(frame)
    with pytest.raises(InvalidInputError, match="same order"):
        model.transform(frame[list("edcba")])
    with pytest.raises(InvalidInputError, match="zz"):
        model.transform(frame.rename(columns={"a": "zz"}))
    with pytest.raises(InvalidInputError, match="same order"):
        make().fit(frame, validation=frame[list("edcba")])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "int8", "uint8", "bool"])
def test_every_numeric_type_is_taken_and_its_values_kept(make: Make, dtype: str) -> None:
    samples = (np.random.default_rng(1).random((60, 5)) * 2).astype(dtype)
    model = make().fit(samples)
    other = make().fit(samples.astype(np.float64))
    np.testing.assert_allclose(model.transform(samples), other.transform(samples), rtol=1e-4, atol=1e-6)
    assert model.transform(samples).dtype == np.float32
    assert model.reconstruct(samples).dtype == (np.float32 if dtype == "float32" else np.float64)


def test_the_layout_in_memory_changes_nothing(make: Make, table: np.ndarray) -> None:
    expected = make().fit(table).transform(table)
    wide = np.zeros((120, 10))
    wide[::2, ::2] = table
    readonly = table.copy()
    readonly.setflags(write=False)
    for same in (np.asfortranarray(table), wide[::2, ::2], table[::-1].copy()[::-1], readonly, table.tolist()):
        np.testing.assert_array_equal(make().fit(same).transform(same), expected)


def test_the_samples_are_left_alone(make: Make, table: np.ndarray) -> None:
    before = table.copy()
    model = make(scaling="standard").fit(table, validation=table)
    model.reconstruct(table)
    model.errors(table)
    np.testing.assert_array_equal(table, before)
