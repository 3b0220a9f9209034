"""The sizes that "auto" stands for: of layers and batches, by the number of features and samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["choose_batch_size", "derive_sizes", "is_auto"]

LEAST_HIDDEN, MOST_HIDDEN = 16, 1_024
"""Within these the units of a hidden layer are chosen; of a large image more would be weights by the billion."""

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
