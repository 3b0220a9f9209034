"""What a user hands over as samples or codes, checked and made flat."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from autoencode.exceptions import InvalidInputError, SampleShapeError

__all__ = ["check_codes", "read_samples", "shape_samples"]


def read_samples(model: Any, X: Any, *, reset: bool) -> tuple[np.ndarray, tuple[int, ...]]:
    """Check samples as scikit-learn does and make them flat.

    Parameters
    ----------
    model
        The estimator; with `reset`, its `n_features_in_` and `feature_names_in_` are set.
    X
        An array or data frame of finite numbers, shape (n, features) or (n, …).
    reset
        Whether these are samples of training.

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
    sample_shape = _many_axes(X)
    if sample_shape:
        if not reset and math.prod(sample_shape) != model.n_features_in_:
            raise SampleShapeError(
                f"X has samples of shape {sample_shape}, but the model was fitted on {model.sample_shape_}."
            )
        X = np.asarray(X).reshape(-1, math.prod(sample_shape))
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
        raise kind(str(error)) from error
    return samples, sample_shape or (samples.shape[1],)


def _many_axes(X: Any) -> tuple[int, ...]:
    """Return the shape of one sample where it has more than one axis, else an empty tuple."""
    if isinstance(X, list | tuple):
        try:
            X = np.asarray(X)
        except ValueError:  # ragged; scikit-learn's check says so
            return ()
    return tuple(X.shape[1:]) if getattr(X, "ndim", 0) > 2 and X.shape[0] else ()


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
        array = check_array(codes, dtype=np.float32, input_name="codes")
    except ValueError as error:
        raise InvalidInputError(str(error)) from error
    if array.shape[1] != code_size:
        raise SampleShapeError(f"codes must have {code_size} units each, as the model's do; got {array.shape[1]}.")
    return array


def shape_samples(samples: np.ndarray, sample_shape: tuple[int, ...]) -> np.ndarray:
    """Return flat samples in the shape of those of training."""
    return samples if len(sample_shape) < 2 else samples.reshape(len(samples), *sample_shape)
