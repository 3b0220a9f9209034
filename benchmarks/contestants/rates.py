"""How fast this machine can multiply, exponentiate and copy, through one library; best of many tries."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["best_rates"]

MATRIX_SIDES = (512, 1024, 2048)
EXP_SIZES = (2**16, 2**18, 2**20)
"""Few enough elements to stay in cache: the rate is that of the arithmetic."""
CACHED_BYTES = (2**18, 2**20, 2**21)
MEMORY_BYTES = 2**28
SECONDS_PER_TRY = 0.4


def best_seconds(call: Callable[[], Any]) -> float:
    """Return the least seconds that a call took, over enough calls to fill a fixed time."""
    call()
    best, end = float("inf"), time.perf_counter() + SECONDS_PER_TRY
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def best_rates(
    convert: Callable[[np.ndarray], Any],
    *,
    multiply: Callable[[Any, Any], Any],
    exponentiate: Callable[[Any, Any], Any],
    copy: Callable[[Any, Any], Any],
) -> dict[str, float]:
    """Measure one library.

    Parameters
    ----------
    convert
        Makes the library's own array of a NumPy array.
    multiply
        ``(a, b)``: the product of two matrices, finished on return.
    exponentiate, copy
        ``(values, out)``: may write into `out`; finished on return.

    Returns
    -------
    dict
        float32 operations a second in matrix products (a multiplication and an addition are two), exponentials a
        second, and bytes a second, read plus written, in cache and in memory.
    """
    generator = np.random.default_rng(0)

    def array(*shape: int) -> Any:
        return convert(generator.random(shape, dtype=np.float32))

    matrix, exponential, cached = 0.0, 0.0, 0.0
    for side in MATRIX_SIDES:
        a, b = array(side, side), array(side, side)
        matrix = max(matrix, 2 * side**3 / best_seconds(lambda a=a, b=b: multiply(a, b)))
    for size in EXP_SIZES:
        values, out = array(size), array(size)
        exponential = max(exponential, size / best_seconds(lambda v=values, o=out: exponentiate(v, o)))
    for size in CACHED_BYTES:
        values, out = array(size // 4), array(size // 4)
        cached = max(cached, 2 * size / best_seconds(lambda v=values, o=out: copy(v, o)))
    values, out = array(MEMORY_BYTES // 4), array(MEMORY_BYTES // 4)
    memory = 2 * MEMORY_BYTES / best_seconds(lambda: copy(values, out))
    return {
        "matrix_flops": matrix,
        "exps": exponential,
        "cache_bytes": max(cached, memory),
        "memory_bytes": memory,
    }
