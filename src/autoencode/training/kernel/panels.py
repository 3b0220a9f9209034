"""A layer's kernel and bias as the library has them: one matrix, stored in panels of columns."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float32

LANES = 16


def _shape(inputs: int, outputs: int) -> tuple[int, int, int]:
    """Return how many rows, panels and columns of a panel a layer's matrix has; see ``panels.h`` and ``dense.c``."""
    width = LANES if outputs <= LANES else 2 * LANES
    return -(-(inputs + 1) // LANES) * LANES, -(-outputs // width), width


def count_numbers(inputs: int, outputs: int) -> int:
    """Return how many numbers a layer's matrix has, those that fill it up included."""
    return math.prod(_shape(inputs, outputs))


def pack_layer(
    kernel: Float32[np.ndarray, "restarts inputs outputs"], bias: Float32[np.ndarray, "restarts outputs"]
) -> Float32[np.ndarray, "restarts numbers"]:
    """Return a layer's matrix in panels: a row an input, then the bias, then zeros.

    Examples
    --------
    >>> pack_layer(np.ones((1, 2, 3), np.float32), np.zeros((1, 3), np.float32)).shape
    (1, 256)
    """
    restarts, inputs, outputs = kernel.shape
    rows, panels, width = _shape(inputs, outputs)
    matrix = np.zeros((restarts, rows, panels * width), np.float32)
    matrix[:, :inputs, :outputs] = kernel
    matrix[:, inputs, :outputs] = bias
    return matrix.reshape(restarts, rows, panels, width).transpose(0, 2, 1, 3).reshape(restarts, -1)


def unpack_layer(
    numbers: Float32[np.ndarray, "restarts numbers"], inputs: int, outputs: int
) -> tuple[Float32[np.ndarray, "restarts inputs outputs"], Float32[np.ndarray, "restarts outputs"]]:
    """Return the kernel and the bias that `pack_layer` was given."""
    rows, panels, width = _shape(inputs, outputs)
    matrix = numbers.reshape(-1, panels, rows, width).transpose(0, 2, 1, 3).reshape(-1, rows, panels * width)
    return matrix[:, :inputs, :outputs].copy(), matrix[:, inputs, :outputs].copy()
