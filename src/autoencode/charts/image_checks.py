"""Checks of what pictures are made of: shapes, numbers, captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from autoencode.charts.checks import check_count, check_finite, check_number
from autoencode.exceptions import InvalidInputError


def check_image_shape(sample_shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of an image.

    Raises
    ------
    InvalidInputError
        If it is neither (height, width) nor (height, width, 1 or 3).
    """
    shape = tuple(int(size) for size in sample_shape)
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))
    if not is_image or min(shape) < 1:
        raise InvalidInputError(
            f"sample_shape: expected (height, width) or (height, width, 3), got {shape}; only images can be shown"
        )
    return shape


def check_images(name: str, values: object, sample_shape: tuple[int, ...]) -> Float[np.ndarray, "samples ..."]:
    """Return images in their shape, flat or not as they came.

    Raises
    ------
    InvalidInputError
        If they are no finite numbers, or do not have the shape.
    """
    array = check_finite(name, values)
    if array.ndim < 2 or int(np.prod(array.shape[1:])) != int(np.prod(sample_shape)):
        raise InvalidInputError(
            f"{name}: expected samples of shape {sample_shape}, flat or not, got an array of shape {array.shape}"
        )
    return array.reshape(len(array), *sample_shape)


def check_value_range(value_range: Sequence[float]) -> tuple[float, float]:
    """Return which values are black and white.

    Raises
    ------
    InvalidInputError
        If the first is not below the second.
    """
    low, high = (check_number("value_range", end) for end in value_range)
    if not low < high:
        raise InvalidInputError(f"value_range: expected (black, white) with black below white, got {value_range}")
    return low, high


def check_captions(captions: Sequence[str | Sequence[str]], count: int, of: str) -> tuple[tuple[str, ...], ...]:
    """Return the lines of each caption, as many of each; none where there are no captions.

    Raises
    ------
    InvalidInputError
        If there are some, but not one for each of `of`.
    """
    if len(captions) == 0:
        return ((),) * count
    check_count("captions", captions, count, of)
    lines = [(caption,) if isinstance(caption, str) else tuple(map(str, caption)) for caption in captions]
    most = max(map(len, lines))
    return tuple(line + ("",) * (most - len(line)) for line in lines)
