"""Checks of the arrays that come in, and the blocks of rows in which they are worked through."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Float, Float64, Shaped

from autoencode.exceptions import InvalidInputError, InvalidRowError

BLOCK_NUMBERS = 2**17
"""How many numbers a block of rows holds: as float64 one MiB, so that its temporaries stay in the cache."""


def block_slices(rows: int, columns: int, block_numbers: int = BLOCK_NUMBERS) -> Iterator[slice]:
    """Yield the slices of rows that cover an array, each of about ``block_numbers`` numbers."""
    step = max(1, block_numbers // max(1, columns))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def even_blocks(blocks: Iterable[np.ndarray], rows: int) -> Iterator[np.ndarray]:
    """Yield the rows of blocks of any length as blocks of so many, of which the last may be shorter.

    Sums over these do not depend on how the rows were cut before.

    Examples
    --------
    >>> [block.tolist() for block in even_blocks([np.arange(3), np.arange(3, 5)], 2)]
    [[0, 1], [2, 3], [4]]
    """
    parts, held = [], 0
    for block in blocks:
        start = 0
        while start < len(block):
            part = block[start : start + rows - held]
            parts.append(part)
            held, start = held + len(part), start + len(part)
            if held == rows:
                yield parts[0] if len(parts) == 1 else np.concatenate(parts)
                parts, held = [], 0
    if parts:
        yield np.concatenate(parts)


def check_matrix(array: Shaped[np.ndarray, "*axes"], name: str) -> Float[np.ndarray, "rows columns"]:
    """Return a finite two-dimensional array of floats, at least one row and column; a float array is not copied."""
    floats = _as_floats(array, name)
    if floats.ndim != 2:
        raise InvalidInputError(
            f"{name} must have two axes (samples, features); it has shape {floats.shape}. "
            "Flatten each sample with array.reshape(len(array), -1)."
        )
    if floats.shape[0] == 0 or floats.shape[1] == 0:
        raise InvalidInputError(f"{name} must not be empty; it has shape {floats.shape}. Pass at least one sample.")
    for rows in block_slices(*floats.shape):
        finite = np.isfinite(floats[rows])
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise InvalidRowError(
                f"{name} must be finite; row \0, column {column} is {floats[rows][row, column]}. "
                "Remove or fill such samples first.",
                int(rows.start + row),
            )
    return floats


def check_pair(
    samples: Shaped[np.ndarray, "*axes"], reconstructions: Shaped[np.ndarray, "*axes"]
) -> tuple[Float[np.ndarray, "samples features"], Float[np.ndarray, "samples features"]]:
    """Return samples and reconstructions, both checked and of one shape."""
    checked, rebuilt = check_matrix(samples, "samples"), check_matrix(reconstructions, "reconstructions")
    if checked.shape != rebuilt.shape:
        raise InvalidInputError(
            f"reconstructions must have the shape of samples, {checked.shape}; they have shape {rebuilt.shape}. "
            "Pass the reconstructions of these very samples, in their order."
        )
    return checked, rebuilt


def check_vector(array: Shaped[np.ndarray, "*axes"], name: str) -> Float[np.ndarray, " rows"]:
    """Return a one-dimensional float64 array without NaN, at least one element; infinities are left."""
    vector = _as_floats(array, name).astype(np.float64, copy=False)
    if vector.ndim != 1 or vector.size == 0:
        raise InvalidInputError(
            f"{name} must have one axis and at least one number; it has shape {vector.shape}. Pass one number a sample."
        )
    missing = np.isnan(vector)
    if missing.any():
        raise InvalidInputError(
            f"{name} must not hold NaN; {np.count_nonzero(missing)} of {vector.size} are, the first at index "
            f"{int(np.argmax(missing))}. Look for non-finite reconstructions."
        )
    return vector


def check_rate(rate: float, name: str) -> float:
    """Return a share of samples, as a float between 0 and 1, both excluded."""
    if not isinstance(rate, float | np.floating) or not 0 < rate < 1:
        raise InvalidInputError(f"{name} must be a number between 0 and 1, both excluded; got {rate!r:.40}. Try 0.05.")
    return float(rate)


def _as_floats(array: Shaped[np.ndarray, "*axes"], name: str) -> Float[np.ndarray, "*axes"]:
    values = np.asarray(array)
    if values.dtype.kind in "biu":
        return values.astype(np.float64)
    if values.dtype.kind != "f":
        raise InvalidInputError(
            f"{name} must hold real numbers; its type is {values.dtype}. Convert it with array.astype('float32')."
        )
    return values


def feature_means(
    matrix: Float[np.ndarray, "rows columns"], weights: Float64[np.ndarray, " rows"] | None = None
) -> Float[np.ndarray, " columns"]:
    """Return the mean of each column, summed in float64 block by block; without weights all rows count the same."""
    total = np.zeros(matrix.shape[1])
    for rows in block_slices(*matrix.shape):
        total += matrix[rows].sum(axis=0, dtype=np.float64) if weights is None else weights[rows] @ matrix[rows]
    return total / (len(matrix) if weights is None else weights.sum())


def covariance(matrix: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "columns columns"]:
    """Return the covariance of the columns (divided by the number of rows) in float64, block by block."""
    means = feature_means(matrix)
    total = np.zeros((matrix.shape[1], matrix.shape[1]))
    for rows in block_slices(*matrix.shape, block_numbers=8 * BLOCK_NUMBERS):
        centred = matrix[rows] - means
        total += centred.T @ centred
    return total / len(matrix)


def mean_of(values: Float[np.ndarray, " values"]) -> float:
    """Return the mean of finite numbers, rounded once: neither their order nor their size matters."""
    exponent = math.frexp(float(np.abs(values).max()))[1]
    return math.ldexp(math.fsum(np.ldexp(values, -exponent)) / len(values), exponent)
