"""What was given as rows of numbers, as a matrix of floating point numbers, or refused in the words of the field."""

from __future__ import annotations

import warnings
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float

from autoencode.evaluation.arrays import block_slices
from autoencode.exceptions import InvalidInputError
from autoencode.stored_arrays import map_rows

ADVICE = (
    "Reshape your data either using array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) if "
    "it contains a single sample."
)


def read_matrix(
    values: Any, *, least: int = 1, finite: bool = True, dtypes: tuple[type, ...] = (np.float64, np.float32)
) -> Float[np.ndarray, "samples features"]:
    """Return rows of numbers as a contiguous array of two axes; one that is so already is not copied.

    Parameters
    ----------
    values
        An array, a data frame in its own library, or nested sequences.
    least
        How many samples there must be.
    finite
        Whether what is missing or infinite is refused.
    dtypes
        The types that are left as they are; any other becomes the first of them.

    Raises
    ------
    InvalidInputError
        If it has other axes, too few samples, no features, or something else than (finite) real numbers.
    TypeError
        If it is sparse, a NumPy matrix, or holds objects that are no numbers.

    Notes
    -----
    What is accepted, which type it becomes and the words of a refusal are those of scikit-learn's ``check_array``,
    which this stands for where scikit-learn shall not be imported.
    """
    if hasattr(values, "toarray") and not hasattr(values, "__array__"):
        raise TypeError(
            f"Sparse data was passed for X, but dense data is required, got {type(values).__name__}. Use '.toarray()' "
            "to convert to a dense numpy array."
        )
    if isinstance(values, np.matrix):
        raise TypeError("np.matrix is not supported. Please convert to a numpy array with np.asarray.")
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            array = _convert(values, dtypes)
        except np.exceptions.ComplexWarning as error:
            raise InvalidInputError("Complex data not supported; give real numbers.") from error
    if array.ndim != 2:
        found = {0: "scalar array", 1: "1D array"}.get(array.ndim, f"array with dim {array.ndim}")
        raise InvalidInputError(f"Expected 2D array, got {found} instead. {ADVICE}")
    if finite and not _is_finite(array):
        raise InvalidInputError("Input X contains NaN or infinity.")
    for axis, (count, needed) in enumerate(zip(array.shape, (least, 1), strict=True)):
        if count < needed:
            what = ("sample(s)", "feature(s)")[axis]
            raise InvalidInputError(
                f"Found array with {count} {what} (shape={array.shape}) while a minimum of {needed} is required."
            )
    return array


def _is_finite(array: Float[np.ndarray, "samples features"]) -> bool:
    """Return whether no number is missing or infinite."""
    if array.dtype == np.float32:  # squares add up to a finite sum only then: one pass, three times as fast
        numbers = array.reshape(-1)
        with np.errstate(all="ignore"):
            squares = np.dot(numbers, numbers)
        if np.isfinite(squares):
            return True
    return all(np.isfinite(array[rows]).all() for rows in block_slices(*array.shape))


def _convert(values: Any, dtypes: tuple[type, ...]) -> np.ndarray:
    own = _find_dtype(values)
    dtype = own if own is not None and own in dtypes else np.dtype(dtypes[0])
    if hasattr(values, "iloc") and not _is_plain(values):  # pandas, with types of its own, which know missing cells
        values = values.astype(dtype)
    shape = getattr(values, "shape", ())
    if len(shape) == 2 and hasattr(values, "slice"):  # of pyarrow: NumPy would take all columns at once
        make: Any = lambda rows: np.asarray(values.slice(rows.start, rows.stop - rows.start), dtype=dtype)  # noqa: E731
        return np.asarray(map_rows(make, shape[0], shape[1:], dtype), order="C")
    return np.asarray(np.asarray(values, dtype=dtype), order="C")


def _find_dtype(values: Any) -> np.dtype | None:
    """Return the NumPy type of an array or of a data frame as a whole, where there is one."""
    if hasattr(values, "iloc") and hasattr(values, "dtypes") and getattr(values, "ndim", 0) == 2:
        return np.result_type(*values.dtypes) if _is_plain(values) else None
    if isinstance(frame := nw.from_native(values, eager_only=True, pass_through=True), nw.DataFrame):
        return np.dtype(np.float32) if set(frame.schema.values()) == {nw.Float32} else None
    dtype = getattr(values, "dtype", None)
    return dtype if isinstance(dtype, np.dtype) else None


def _is_plain(frame: Any) -> bool:
    kinds = frame.dtypes if getattr(frame, "ndim", 0) == 2 else [frame.dtype]
    return all(isinstance(kind, np.dtype) for kind in kinds)
