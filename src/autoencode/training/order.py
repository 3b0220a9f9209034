"""The order in which an epoch visits the samples, drawn on the host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int, Int32, Int64

MOST_BLOCK_ROWS, MOST_BLOCK_BYTES = 4_096, 2**23
"""Rows of a block at most, and bytes of its float32 features: few enough to be read from a file at once."""

WINDOW_BLOCKS = 32
"""Blocks of a window at most: as many places of the data are mixed, so that sorted data trains like shuffled data."""


class WindowSize(NamedTuple):
    """How far rows are mixed: a setting of a training, by which a file is read in the order of an array."""

    block_rows: int = MOST_BLOCK_ROWS
    blocks: int = WINDOW_BLOCKS


class OrderWindow(NamedTuple):
    """What is visited before the next blocks are read.

    Attributes
    ----------
    blocks
        Numbers of the blocks, ascending.
    places
        The order of their rows: places among the rows of these blocks, laid one after another.
    """

    blocks: Int64[np.ndarray, " blocks"]
    places: Int64[np.ndarray, " rows"]


class EpochOrder(NamedTuple):
    """The rows of every batch of an epoch, the last batch padded with row 0 at weight 0."""

    rows: Int32[np.ndarray, "steps batch"]
    weights: Float32[np.ndarray, "steps batch"]


def choose_window(features: int) -> WindowSize:
    """Return the window of samples of so many features: the more, the fewer rows are a block.

    Examples
    --------
    >>> choose_window(30), choose_window(12_288)
    (WindowSize(block_rows=4096, blocks=32), WindowSize(block_rows=170, blocks=32))
    """
    return WindowSize(min(MOST_BLOCK_ROWS, max(1, MOST_BLOCK_BYTES // (4 * max(1, features)))))


def draw_windows(seed: int, epoch: int, rows: int, window: WindowSize | None = None) -> Iterator[OrderWindow]:
    """Draw which blocks of the rows are visited together, and in which order their rows, one window after another.

    Parameters
    ----------
    seed
        The training's seed, 0 ≤ seed < 2**64.
    epoch
        The epoch's number, from 0.
    rows
        Number of rows. Block *b* is the rows from b · `block_rows` on; the last may be shorter.
    window
        Its size; None is that of narrow samples.

    Yields
    ------
    OrderWindow
        Every block in one window. The rows are cut into as many equal stretches as a window has blocks, and each gives
        every window one block, drawn without replacement; where they are no multiple, some windows have one less.
        So each window has of all parts of sorted rows, in their proportion.

    Notes
    -----
    Philox is a counter-based generator: any epoch's order can be drawn without the ones before it, so a resumed
    training sees the same batches. NumPy draws it in O(n), where `jax.random.permutation` sorts.

    References
    ----------
    J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.

    Examples
    --------
    >>> [window.blocks.tolist() for window in draw_windows(0, 3, 10, WindowSize(block_rows=2, blocks=2))]
    [[0], [1, 4], [2, 3]]
    """
    block_rows, most = window or WindowSize()
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64)))
    count = -(-rows // block_rows)
    for blocks in _deal_blocks(generator, count, most):
        short = block_rows * count - rows if count - 1 in blocks else 0
        yield OrderWindow(blocks, generator.permutation(len(blocks) * block_rows - short))


def _deal_blocks(generator: np.random.Generator, count: int, most: int) -> list[Int64[np.ndarray, " blocks"]]:
    """Return the blocks of each window, ascending; of one window nothing is drawn."""
    windows = -(-count // most)
    if windows < 2:
        return [np.arange(count)]
    stretches = np.array_split(np.arange(count), -(-count // windows))
    none = -1
    dealt = np.full((len(stretches), windows), none)
    # Fewer than there are windows, so that none goes without twice.
    without = iter(generator.permutation(windows))
    for stretch, row in zip(stretches, dealt, strict=True):
        takers = np.arange(windows)
        if len(stretch) < windows:
            takers = np.delete(takers, next(without))
        row[takers] = generator.permutation(stretch)
    return [column[column != none] for column in dealt.T]


def draw_order(seed: int, epoch: int, rows: int, window: WindowSize | None = None) -> Int[np.ndarray, " rows"]:
    """Draw a permutation of the rows that depends on the seed and the epoch alone: that of `draw_windows`.

    Parameters
    ----------
    seed, epoch, rows, window
        As for `draw_windows`. Rows of one window have a full permutation.

    Returns
    -------
    array
        Every row number once, shape (rows,).

    Examples
    --------
    >>> sorted(draw_order(0, 3, 5).tolist())
    [0, 1, 2, 3, 4]
    """
    block_rows = (window or WindowSize()).block_rows
    order, start = np.empty(rows, np.int32 if rows < 2**31 else np.int64), 0
    for blocks, places in draw_windows(seed, epoch, rows, window):
        order[start : start + len(places)] = blocks[places // block_rows] * block_rows + places % block_rows
        start += len(places)
    return order


def batch_order(
    order: Int[np.ndarray, " rows"], batch_size: int, weights: Float32[np.ndarray, " samples"] | None = None
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
