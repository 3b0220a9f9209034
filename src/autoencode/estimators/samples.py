"""What a user hands over as samples or codes, checked and made flat."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_array, validate_data

from autoencode.exceptions import InvalidInputError, SampleShapeError

__all__ = ["check_codes", "read_samples", "shape_samples", "split_samples"]


def read_samples(model: Any, X: Any, *, reset: bool, name: str = "X") -> tuple[np.ndarray, tuple[int, ...]]:
    """Check samples as scikit-learn does and make them flat.

    Parameters
    ----------
    model
        The estimator; with `reset`, its `n_features_in_` and `feature_names_in_` are set.
    X
        An array or data frame of finite numbers, shape (n, features) or (n, …).
    reset
        Whether these are samples of training.
    name
        The argument that they came as, for messages.

    Returns
    -------
    samples, sample_shape
        A float32 or float64 array of shape (n, features), and the shape of one sample as it came.

    Raises
    ------
    SampleShapeError
        If samples do not have the features, or the shape, of those of training.
    InvalidInputError
        If they are not finite numbers, or too few.
    """
    _refuse_unusable(X, name)
    sample_shape = _many_axes(X)
    if sample_shape:
        if not reset:
            _check_sample_shape(sample_shape, model, name)
        X = np.asarray(X)
        X = X.reshape(len(X), math.prod(sample_shape))
    try:
        samples = validate_data(
            model,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            order="C",
            ensure_min_samples=2 if reset else 1,
        )
    except ValueError as error:
        kind = SampleShapeError if "features" in str(error) and "expecting" in str(error) else InvalidInputError
        raise kind(str(error) if name == "X" else f"{name}: {error}") from error
    samples = np.asarray(samples)
    return samples, sample_shape or (samples.shape[1],)


def _refuse_unusable(X: Any, name: str) -> None:
    """Refuse what NumPy would turn into numbers without a word, and wrongly."""
    if isinstance(X, np.ma.MaskedArray) and np.ma.getmaskarray(X).any():
        raise InvalidInputError(f"{name} has masked values; fill them first, as with {name}.filled(0).")
    is_frame = hasattr(X, "columns") and hasattr(X, "dtypes")
    dtypes = list(getattr(X, "dtypes", ())) if is_frame else [getattr(X, "dtype", None)]
    if any(getattr(dtype, "kind", "") in ("M", "m") for dtype in dtypes):
        raise InvalidInputError(f"{name} holds dates or durations; turn them into numbers first, such as days.")
    if is_frame and not dtypes:
        raise InvalidInputError(f"{name} is a data frame without columns; at least 1 feature is required.")


def _check_sample_shape(sample_shape: tuple[int, ...], model: Any, name: str) -> None:
    expected = getattr(model, "sample_shape_", (model.n_features_in_,))
    same_size = math.prod(sample_shape) == model.n_features_in_
    if not same_size or (len(expected) > 1 and sample_shape != expected):
        raise SampleShapeError(f"{name} has samples of shape {sample_shape}, but the model was fitted on {expected}.")


def _many_axes(X: Any) -> tuple[int, ...]:
    """Return the shape of one sample where it has more than one axis, else an empty tuple."""
    if isinstance(X, list | tuple):
        try:
            X = np.asarray(X)
        except ValueError:  # ragged; scikit-learn's check says so
            return ()
    return tuple(X.shape[1:]) if getattr(X, "ndim", 0) > 2 else ()


def check_codes(codes: Any, code_size: int) -> np.ndarray:
    """Check codes that are to be decoded.

    Parameters
    ----------
    codes
        An array of finite numbers, shape (n, code_size).
    code_size
        The fitted model's.

    Returns
    -------
    array
        The codes as float32.

    Raises
    ------
    SampleShapeError
        If a code has another number of units.
    InvalidInputError
        If they are not finite numbers.
    """
    try:
        with np.errstate(over="ignore"):  # it is refused as infinite
            array = check_array(codes, dtype="float32", input_name="codes")
    except ValueError as error:
        raise InvalidInputError(f"codes: {error}") from error
    if array.shape[1] != code_size:
        raise SampleShapeError(f"codes must have {code_size} units each, as the model's do; got {array.shape[1]}.")
    return array


def shape_samples(samples: np.ndarray, sample_shape: tuple[int, ...]) -> np.ndarray:
    """Return flat samples in the shape of those of training."""
    return samples if len(sample_shape) < 2 else samples.reshape(len(samples), *sample_shape)


def split_samples(samples: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split samples into those to train on and the share that is held out, by the seed alone.

    Raises
    ------
    InvalidInputError
        If one of the two parts would be empty.
    """
    try:
        train_part, held_out = train_test_split(samples, test_size=fraction, random_state=seed)
    except ValueError as error:
        raise InvalidInputError(f"validation_fraction={fraction}: {error}") from error
    return np.asarray(train_part), np.asarray(held_out)
