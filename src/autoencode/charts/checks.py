"""Checks of what a figure is computed from: every complaint names the argument and says what to do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Shaped

from autoencode.exceptions import InvalidInputError

_LARGEST = 1e150


def check_numbers(name: str, values: object) -> Float[np.ndarray, "*axes"]:
    """Return ``values`` as a new float64 array that is not empty.

    Parameters
    ----------
    name
        What the caller called the argument; it opens the error message.
    values
        Anything that NumPy can turn into real numbers.

    Returns
    -------
    A copy, in float64, of the same shape; it may hold NaN or infinities.

    Raises
    ------
    InvalidInputError
        If ``values`` holds no numbers, or something else than real numbers.

    Examples
    --------
    >>> check_numbers("losses", [1, 2])
    array([1., 2.])
    """
    try:
        given = np.asarray(values)
        if given.dtype.kind == "c":
            raise TypeError("complex numbers have no order")
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{name}: expected real numbers, got {type(values).__name__} ({error})") from error
    if array.size == 0:
        raise InvalidInputError(f"{name}: expected at least one number, got an array of shape {array.shape}")
    return array


def check_finite(name: str, values: object) -> Float[np.ndarray, "*axes"]:
    """Return ``values`` as a new float64 array that is neither empty nor holds NaN or infinity.

    Parameters
    ----------
    name
        What the caller called the argument; it opens the error message.
    values
        Anything that NumPy can turn into real numbers.

    Returns
    -------
    A copy, in float64, of the same shape.

    Raises
    ------
    InvalidInputError
        If ``values`` is empty, is not numeric, or holds NaN or an infinity.

    Examples
    --------
    >>> check_finite("errors", np.float32(2.5))
    array(2.5)
    """
    array = check_numbers(name, values)
    wrong = int(np.sum(~np.isfinite(array)))
    if wrong:
        raise InvalidInputError(
            f"{name}: expected finite numbers, got {wrong} of {array.size} that are NaN or infinite; leave them out"
        )
    return array


def check_number(name: str, value: object) -> float:
    """Return ``value`` as one finite float.

    Parameters
    ----------
    name
        What the caller called the argument; it opens the error message.
    value
        One number.

    Returns
    -------
    The number.

    Raises
    ------
    InvalidInputError
        If ``value`` is no single finite number.

    Examples
    --------
    >>> check_number("value", np.float32(0.5))
    0.5
    """
    array = check_finite(name, value)
    if array.ndim:
        raise InvalidInputError(f"{name}: expected one number, got an array of shape {array.shape}")
    return float(array)


def check_vector(name: str, values: object) -> Float[np.ndarray, " samples"]:
    """Return ``values`` as a finite float64 vector.

    Parameters
    ----------
    name
        What the caller called the argument; it opens the error message.
    values
        One number a sample (or a restart).

    Returns
    -------
    A copy, in float64, with one axis.

    Raises
    ------
    InvalidInputError
        If ``values`` has another number of axes, is empty, or is not finite.

    Examples
    --------
    >>> check_vector("errors", [0.25, 0.5])
    array([0.25, 0.5 ])
    """
    array = check_finite(name, values)
    if array.ndim != 1:
        raise InvalidInputError(f"{name}: expected one axis, got an array of shape {array.shape}; pass one number each")
    return array


def check_bounded(name: str, values: object) -> Float[np.ndarray, "*axes"]:
    """Return ``values`` as a float64 array of numbers that can be drawn: of larger ones, lengths would be infinite.

    Parameters
    ----------
    name
        What the caller called the argument; it opens the error message.
    values
        Numbers of which none is larger than 1e150, whatever its sign.

    Returns
    -------
    A copy, in float64, of the same shape.

    Raises
    ------
    InvalidInputError
        If ``values`` is empty, not finite, or too large.

    Examples
    --------
    >>> check_bounded("scores", [0, 1])
    array([0., 1.])
    """
    array = check_finite(name, values)
    if np.abs(array).max() > _LARGEST:
        raise InvalidInputError(
            f"{name}: expected numbers up to {_LARGEST:g}, got {np.abs(array).max():g}; look for a model that diverged"
        )
    return array


def check_count(name: str, things: Sequence[object] | Shaped[np.ndarray, "*axes"], expected: int, of: str) -> None:
    """Raise unless there is one of ``things`` for each of ``of``.

    Parameters
    ----------
    name
        What the caller called the argument; it opens the error message.
    things
        Anything with a length.
    expected
        How many there must be.
    of
        What they are matched with, for the message.

    Raises
    ------
    InvalidInputError
        If the length is not ``expected``.

    Examples
    --------
    >>> check_count("captions", ["a", "b"], 2, "samples")
    """
    if len(things) != expected:
        raise InvalidInputError(f"{name}: expected {expected}, one for each of the {of}, got {len(things)}")
