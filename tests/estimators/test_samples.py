"""What is handed over as samples or codes: refused with a clear message, or a right answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError

from autoencode import Autoencoder
from autoencode.exceptions import AutoencodeError, DiagnosisWarning, InvalidInputError, SampleShapeError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


def with_value(value: Any, dtype: Any = float) -> np.ndarray:
    samples = np.random.default_rng(0).random((60, 5)).astype(dtype)
    samples[3, 1] = value
    return samples


REFUSED: dict[str, tuple[Any, str]] = {
    "NaN": (with_value(np.nan), "X contains NaN"),
    "infinity": (with_value(np.inf), "X contains infinity"),
    "minus infinity": (with_value(-np.inf), "X contains infinity"),
    "float32 NaN": (with_value(np.nan, np.float32), "X contains NaN"),
    "text": (np.array([["a", "b"]] * 4), "could not convert string to float: .*'a'"),
    "objects with None": (with_value(None, object), "X contains NaN"),
    "ragged lists": ([[1, 2], [3]], "inhomogeneous shape"),
    "complex": (with_value(1j, complex), "Complex data not supported"),
    "dates": (np.arange(20).reshape(10, 2).astype("M8[D]"), "X holds dates or durations"),
    "durations": (np.arange(20).reshape(10, 2).astype("m8[s]"), "X holds dates or durations"),
    "masked": (np.ma.masked_greater(with_value(0.5), 0.5), "X has masked values.*filled"),
    "one sample": (with_value(0.5)[:1], r"1 sample\(s\).*minimum of 2"),
    "no samples": (np.zeros((0, 5)), r"0 sample\(s\).*minimum of 2"),
    "no images": (np.zeros((0, 4, 4)), r"0 sample\(s\).*minimum of 2"),
    "no features": (np.zeros((5, 0)), r"0 feature\(s\)"),
    "images without pixels": (np.zeros((5, 0, 4)), r"0 feature\(s\)"),
    "one axis": (np.arange(5.0), "Expected 2D array, got 1D"),
    "no axis": (3.0, "Expected 2D array, got scalar"),
    "nothing": (None, "X is of type NoneType"),
    "empty frame": (pd.DataFrame(), "X is a data frame without columns"),
    "frame without rows": (pd.DataFrame({"a": [], "b": []}, dtype=float), r"0 sample\(s\)"),
    "names twice": (pd.DataFrame(np.eye(3), columns=list("aab")), "unique column names"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unusable_samples_are_refused_in_words(make: Make, name: str) -> None:
    samples, message = REFUSED[name]
    with pytest.raises(InvalidInputError, match=f"(?s){message}") as caught:
        make().fit(samples)
    assert isinstance(caught.value, AutoencodeError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("name", ["NaN", "infinity", "objects with None", "masked", "no samples", "one axis"])
def test_they_are_refused_by_a_fitted_model_too(fitted: Autoencoder, name: str) -> None:
    samples, message = REFUSED[name]
    for use in (fitted.transform, fitted.reconstruct, fitted.errors, fitted.score):
        with pytest.raises(InvalidInputError, match=f"(?s){message.split('minimum')[0]}"):
            use(samples)


def test_sparse_samples_are_refused_as_scikit_learn_does(make: Make, table: np.ndarray) -> None:
    with pytest.raises(TypeError, match=r"(?i)sparse.*toarray"):
        make().fit(scipy.sparse.csr_array(table))


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_values_beyond_float_are_refused_with_their_place(make: Make, scaling: str) -> None:
    with pytest.raises(InvalidInputError, match=r"feature 1.*rescale"):
        make(scaling=scaling).fit(with_value(1e300))


def test_values_beyond_float32_are_refused_after_training_too(fitted: Autoencoder) -> None:
    with pytest.raises(InvalidInputError, match=r"sample 3, feature 1 .*too large|too large.* sample 3, feature 1"):
        fitted.transform(with_value(1e300))


def test_another_width_is_refused(fitted: Autoencoder) -> None:
    for use in (fitted.transform, fitted.reconstruct, fitted.errors, fitted.score):
        with pytest.raises(SampleShapeError, match="X has 3 features, but Autoencoder is expecting 5"):
            use(np.zeros((4, 3)))


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (np.zeros((4, 3)), "validation: .*3 features.*expecting 5"),
        (with_value(np.nan), "validation contains NaN: feature"),
        (np.zeros((0, 5)), r"validation: .*0 sample\(s\)"),
        (np.zeros((3, 3, 3)), r"validation has samples of shape \(3, 3\)"),
    ],
)
def test_held_out_samples_are_checked_under_their_own_name(
    make: Make, table: np.ndarray, validation: np.ndarray, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=f"(?s){message}"):
        make().fit(table, validation=validation)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros((3, 3)), "codes must have 2 units each.*got 3"),
        (np.full((3, 2), np.nan), "codes contains NaN"),
        (np.full((3, 2), 1e300), "codes contains infinity"),
        (np.zeros(2), "codes: Expected 2D array"),
        ([["a", "b"]], "codes: could not convert"),
        (np.zeros((0, 2)), r"codes: .*0 sample\(s\)"),
    ],
)
def test_unusable_codes_are_refused(fitted: Autoencoder, codes: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        fitted.inverse_transform(codes)


@pytest.mark.parametrize("use", ["transform", "reconstruct", "inverse_transform", "errors", "score"])
def test_nothing_works_before_fit(make: Make, table: np.ndarray, use: str) -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(make(), use)(table)


def test_nothing_works_after_a_fit_that_failed(make: Make, table: np.ndarray, fitted: Autoencoder) -> None:
    fresh, again = make(loss="binary_cross_entropy", scaling="none"), make().fit(table)
    again.set_params(loss="binary_cross_entropy", scaling="none")
    for model in (fresh, again):
        with pytest.raises(InvalidInputError, match=r"binary_cross_entropy.*\[0, 1\].*X reaches from.*minmax"):
            model.fit(table)
        with pytest.raises(NotFittedError):
            model.transform(table)
    assert fitted.transform(table).shape == (60, 2)


def test_held_out_samples_beyond_the_unit_interval_are_said(make: Make) -> None:
    model = make(loss="binary_cross_entropy", scaling="none")
    with pytest.warns(DiagnosisWarning, match=r"validation has 1 of .* beyond the range of training, in 'x\d' \(1\)"):
        model.fit(with_value(0.5), validation=with_value(7.0))


def test_one_row_alone_is_right_to_the_bit(fitted: Autoencoder, table: np.ndarray) -> None:
    for use in (fitted.transform, fitted.reconstruct, fitted.errors):
        together = use(table)
        for i in (0, 17, 59):
            np.testing.assert_array_equal(use(table[i : i + 1]), together[i : i + 1])


def test_numbers_in_other_clothes_are_taken(make: Make, table: np.ndarray) -> None:
    expected = make().fit(table).transform(table)
    frame = pd.DataFrame(table)
    frame.columns = list("abcde")
    for same in (table.astype(object), frame.astype("Float64"), np.ma.masked_array(table, mask=False), frame):
        np.testing.assert_array_equal(make().fit(same).transform(same), expected)


def test_constant_features_are_rebuilt(make: Make, table: np.ndarray) -> None:
    samples = table.copy()
    samples[:, 3] = 1234.5
    model = make(epochs=150, learning_rate=0.02).fit(samples)
    assert np.isfinite(model.reconstruct(samples)).all()
    np.testing.assert_allclose(model.reconstruct(samples)[:, 3], 1234.5, atol=0.5)


@pytest.mark.parametrize("scaling", ["auto", "standard", "minmax", "global_minmax"])
def test_samples_that_are_all_equal_are_rebuilt(make: Make, scaling: str) -> None:
    samples = np.full((60, 5), 7.0)
    model = make(scaling=scaling).fit(samples)
    np.testing.assert_allclose(model.reconstruct(samples), 7, atol=0.1)
    assert np.isfinite(model.score(samples))


@pytest.mark.parametrize(("rows", "features", "code_size"), [(60, 5, 9), (60, 1, 1), (3, 5, 2), (2, 1, 4)], ids=str)
def test_odd_sizes_work(make: Make, rows: int, features: int, code_size: int) -> None:
    samples = np.random.default_rng(0).random((rows, features))
    model = make(code_size=code_size, epochs=1).fit(samples)
    assert model.transform(samples).shape == (rows, code_size)
    assert model.reconstruct(samples).shape == samples.shape


def test_duplicate_rows_get_the_same_code(make: Make, table: np.ndarray) -> None:
    samples = np.repeat(table[:30], 2, axis=0)
    codes = make().fit(samples).transform(samples)
    np.testing.assert_array_equal(codes[::2], codes[1::2])


# ---------------------------------------------------------------------- samples of many axes


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 6, 4, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def on_images(make: Make, images: np.ndarray) -> Autoencoder:
    return make().fit(images)


def test_images_keep_their_shape(on_images: Autoencoder, images: np.ndarray) -> None:
    codes = on_images.transform(images)
    assert codes.shape == (40, 2)
    assert on_images.sample_shape_ == (6, 4, 3)
    assert on_images.n_features_in_ == 72
    assert on_images.scaling_ == "global_minmax"
    assert on_images.reconstruct(images).shape == images.shape
    np.testing.assert_array_equal(on_images.inverse_transform(codes), on_images.reconstruct(images))
    assert on_images.errors(images).shape == (40,)


def test_flat_rows_of_the_same_images_are_the_same(on_images: Autoencoder, images: np.ndarray) -> None:
    flat = images.reshape(40, -1)
    np.testing.assert_array_equal(on_images.transform(flat), on_images.transform(images))
    assert on_images.reconstruct(flat).shape == images.shape


def test_images_of_another_shape_are_refused_even_with_as_many_pixels(
    on_images: Autoencoder, images: np.ndarray
) -> None:
    for other in (images.transpose(0, 2, 1, 3), images[:, :3], images.reshape(40, 8, 9)):
        with pytest.raises(SampleShapeError, match=r"X has samples of shape \(.*fitted on \(6, 4, 3\)"):
            on_images.transform(other)


def test_images_without_channels_and_of_one_pixel(make: Make) -> None:
    for shape in ((40, 28, 28), (40, 1, 1), (40, 2, 2, 2, 2)):
        samples = np.random.default_rng(0).random(shape)
        assert make(epochs=1).fit(samples).reconstruct(samples[:3]).shape == (3, *shape[1:])
