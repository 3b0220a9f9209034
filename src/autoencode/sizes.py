"""What "auto" stands for by sizes alone: layers, batches, the network and the pixels of pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

LEAST_HIDDEN, MOST_HIDDEN = 16, 1_024
"""Within these the units of a hidden layer are chosen; of a large image more would be weights by the billion."""

MOST_CHANNELS = 16
"""Of more numbers a step is no reading of some sensors."""

MOST_DENSE = 32 * 32
"""Pictures of more numbers have a convolutional network: a dense one would have a weight for each and learn little."""

SMALL_PICTURE, FEWEST_PIXELS, MOST_PIXELS = 32 * 32, 16 * 16, 64 * 64
"""Pictures of more pixels are photographs; within the others are the pixels that these are brought to."""

SMALLEST_BATCH, LARGEST_BATCH, BATCHES = 16, 256, 64


def is_auto(value: Any) -> bool:
    """Return whether a value is the word "auto"; an array or a function is not compared."""
    return isinstance(value, str) and value == "auto"


def choose_batch_size(count: int, asked: Any) -> int:
    """Return how many samples a batch has; "auto" is a power of two near samples / 64, within 16 … 256.

    Examples
    --------
    >>> choose_batch_size(1_437, "auto"), choose_batch_size(10**6, "auto"), choose_batch_size(10, 5)
    (16, 256, 5)
    """
    if not is_auto(asked):
        return int(asked)
    return 2 ** int(math.log2(min(LARGEST_BATCH, max(SMALLEST_BATCH, count / BATCHES))))


def derive_sizes(
    features: int, code_size: int | str, hidden: Sequence[int] | str, *, layers: int = 1
) -> tuple[int, tuple[int, ...]]:
    """Return the code size and the hidden layers of a dense network for so many features.

    "auto" becomes ⌈√features⌉, and as many layers as are asked for, in steps of one ratio from features to code size,
    each within 16 … 1,024.

    Examples
    --------
    >>> derive_sizes(784, "auto", "auto"), derive_sizes(120_000, 32, "auto"), derive_sizes(784, 32, "auto", layers=2)
    ((28, (148,)), (32, (1024,)), (32, (270, 93)))
    """
    code = math.ceil(math.sqrt(features)) if is_auto(code_size) else int(code_size)
    if not is_auto(hidden):
        return code, tuple(int(units) for units in hidden)
    # In logarithms, as a whole number may be longer than a float can be.
    outer, inner = math.log(features), math.log(code)
    units = (outer + (inner - outer) * layer / (layers + 1) for layer in range(1, layers + 1))
    return code, tuple(min(MOST_HIDDEN, max(LEAST_HIDDEN, round(math.exp(min(one, 700))))) for one in units)


def is_sequence(shape: Sequence[int]) -> bool:
    """Return whether samples of a shape are sequences, (steps, channels), where nobody says what they are.

    Examples
    --------
    >>> [is_sequence(shape) for shape in [(60, 8), (8, 8), (28, 28), (100, 100, 3), (40,)]]
    [True, False, False, False, False]
    """
    return len(shape) == 2 and shape[1] <= MOST_CHANNELS and 2 * shape[1] < shape[0]


def is_picture(shape: Sequence[int], kind: str | None = "auto") -> bool:
    """Return whether samples of a shape, or of a kind that is told, are pictures."""
    return kind == "picture" or (kind == "auto" and len(shape) > 1 and not is_sequence(shape))


def is_large_picture(shape: Sequence[int], kind: str | None = "auto") -> bool:
    """Return whether samples are pictures of too many numbers for a dense network.

    Examples
    --------
    >>> [is_large_picture(shape) for shape in [(28, 28), (32, 32), (32, 32, 3), (200, 16), (2_000,), (40, 40, 40, 3)]]
    [False, False, True, False, False, False]
    """
    return is_picture(shape, kind) and len(shape) in (2, 3) and math.prod(shape) > MOST_DENSE


def choose_pixels(count: int, size: tuple[int, int]) -> tuple[int, int]:
    """Return how many pixels photographs are brought to, where nobody says it: (height, width).

    They have about as many pixels as there are photographs, within 16 × 16 and 64 × 64, and keep their proportions:
    of few photographs, what is odd is found better with fewer pixels, be it large or small. Pictures of up to
    32 × 32 pixels stay as they are.

    Examples
    --------
    >>> choose_pixels(144, (100, 100)), choose_pixels(2_500, (480, 640)), choose_pixels(10, (28, 28))
    ((16, 16), (43, 58), (28, 28))
    """
    pixels = min(MOST_PIXELS, max(FEWEST_PIXELS, count))
    share = math.sqrt(pixels / math.prod(size))
    if share >= 1 or math.prod(size) <= SMALL_PICTURE:
        return size
    return max(1, round(share * size[0])), max(1, round(share * size[1]))
