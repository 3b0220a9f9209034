"""The order in which an epoch visits the samples, drawn on the host."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int32, Int64

BLOCK_ROWS = 131_072
"""Rows of one block. A sample is shuffled within its block and the blocks among themselves, so that data read from
files block by block is visited in the same order as an array in memory."""


class EpochOrder(NamedTuple):
    """The rows of every batch of an epoch, the last batch padded with row 0 at weight 0."""

    rows: Int32[np.ndarray, "steps batch"]
    weights: Float32[np.ndarray, "steps batch"]


def draw_order(seed: int, epoch: int, rows: int, *, block_rows: int = BLOCK_ROWS) -> Int64[np.ndarray, " rows"]:
    """Draw a permutation of the rows that depends on the seed and the epoch alone.

    Parameters
    ----------
    seed
        The training's seed, 0 ≤ seed < 2**32.
    epoch
        The epoch's number, from 0.
    rows
        Number of rows.
    block_rows
        Rows of one block; up to this many, the order is a full permutation.

    Returns
    -------
    array
        Every row number once, shape (rows,).

    Notes
    -----
    Philox is a counter-based generator: any epoch's order can be drawn without the ones before it, so a resumed
    training sees the same batches. NumPy draws it in O(n), where `jax.random.permutation` sorts.

    References
    ----------
    J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.

    Examples
    --------
    >>> sorted(draw_order(0, 3, 5).tolist())
    [0, 1, 2, 3, 4]
    """
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64)))
    starts = np.arange(0, rows, block_rows)
    parts = [
        start + generator.permutation(min(block_rows, rows - start))
        for start in starts[generator.permutation(len(starts))]
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def batch_order(
    order: Int64[np.ndarray, " rows"], batch_size: int, weights: Float32[np.ndarray, " samples"] | None = None
) -> EpochOrder:
    """Cut an order into batches of one size; what is missing from the last one is padded at weight 0.

    Parameters
    ----------
    order
        Row numbers in the order of their visit.
    batch_size
        Rows of a batch.
    weights
        How much each sample counts, > 0, with mean 1; None: all the same.

    Returns
    -------
    EpochOrder
        Rows and weights, shape (steps, batch). Without weights of samples every sample counts once.

    Examples
    --------
    >>> batch_order(np.array([2, 0, 1]), 2).weights.tolist()
    [[1.0, 1.0], [1.0, 0.0]]
    """
    steps = -(-len(order) // batch_size)
    rows = np.zeros(steps * batch_size, np.int32)
    counted = np.zeros(steps * batch_size, np.float32)
    rows[: len(order)] = order
    counted[: len(order)] = 1 if weights is None else weights[order]
    return EpochOrder(rows.reshape(steps, batch_size), counted.reshape(steps, batch_size))
