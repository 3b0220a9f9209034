from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.training.order import BLOCK_ROWS, batch_order, draw_order

seeds = st.integers(0, 2**64 - 1)
epochs = st.integers(0, 10_000)


@settings(max_examples=50, deadline=None)
@given(seed=seeds, epoch=epochs, rows=st.integers(0, 300), block_rows=st.integers(1, 300))
def test_every_row_exactly_once(seed: int, epoch: int, rows: int, block_rows: int) -> None:
    order = draw_order(seed, epoch, rows, block_rows=block_rows)
    np.testing.assert_array_equal(np.sort(order), np.arange(rows))


@settings(max_examples=50, deadline=None)
@given(seed=seeds, epoch=epochs, rows=st.integers(1, 300), block_rows=st.integers(1, 100))
def test_blocks_are_visited_whole_one_after_another(seed: int, epoch: int, rows: int, block_rows: int) -> None:
    blocks = draw_order(seed, epoch, rows, block_rows=block_rows) // block_rows
    changes = 1 + np.count_nonzero(np.diff(blocks))
    assert changes == len(np.unique(blocks)) == -(-rows // block_rows)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, epoch=epochs)
def test_depends_on_seed_and_epoch_alone(seed: int, epoch: int) -> None:
    order = draw_order(seed, epoch, 64)
    np.random.default_rng(0).random()
    draw_order(seed, epoch + 1, 64)
    np.testing.assert_array_equal(draw_order(seed, epoch, 64), order)
    assert not np.array_equal(draw_order(seed, epoch + 1, 64), order)
    assert not np.array_equal(draw_order((seed + 1) % 2**64, epoch, 64), order)


def test_seed_and_epoch_are_not_interchangeable() -> None:
    assert not np.array_equal(draw_order(1, 2, 64), draw_order(2, 1, 64))


def test_order_is_this_one_on_every_machine() -> None:
    assert draw_order(0, 0, 8).tolist() == FIRST_ORDER
    assert draw_order(7, 3, 8, block_rows=3).tolist() == BLOCK_ORDER


# Kept so that a model trained today can be trained again tomorrow.
FIRST_ORDER = [5, 0, 6, 1, 7, 2, 4, 3]
BLOCK_ORDER = [1, 0, 2, 5, 4, 3, 7, 6]


def test_every_position_is_equally_likely() -> None:
    positions = np.array([draw_order(0, epoch, 6) for epoch in range(3000)])
    counts = np.array([np.bincount(column, minlength=6) for column in positions.T])
    # 500 expected in each of the 36 cells, standard deviation 20.
    assert np.abs(counts - 500).max() < 100


def test_one_block_is_a_full_permutation() -> None:
    assert BLOCK_ROWS >= 60_000, "MNIST is one block"
    order = draw_order(0, 0, 1000)
    assert np.abs(np.diff(order)).mean() > 250  # of neighbours in a random order: a third of the rows


@settings(max_examples=50, deadline=None)
@given(rows=st.integers(1, 200), batch_size=st.integers(1, 250))
def test_batches_hold_every_row_once_at_weight_1(rows: int, batch_size: int) -> None:
    order = np.random.default_rng(rows).permutation(rows)
    batches = batch_order(order, batch_size)
    assert batches.rows.shape == batches.weights.shape == (-(-rows // batch_size), batch_size)
    assert batches.weights.sum() == rows
    assert set(np.unique(batches.weights)) <= {0.0, 1.0}
    np.testing.assert_array_equal(batches.rows[batches.weights == 1], order)
    assert (batches.weights[:-1] == 1).all(), "only the last batch is padded"
    assert (batches.weights.sum(axis=1) > 0).all(), "no batch is empty"
    assert batches.rows.dtype == np.int32
    assert batches.weights.dtype == np.float32


@pytest.mark.parametrize(("rows", "batch_size", "padded"), [(6, 3, 0), (7, 3, 2), (2, 3, 1)])
def test_padding(rows: int, batch_size: int, padded: int) -> None:
    batches = batch_order(np.arange(rows), batch_size)
    assert np.count_nonzero(batches.weights == 0) == padded
    assert not batches.rows[batches.weights == 0].any()


def test_weights_go_with_their_samples() -> None:
    order = draw_order(0, 0, 7)
    weights = np.arange(1, 8, dtype=np.float32)
    batches = batch_order(order, 3, weights)
    assert batches.weights.shape == (3, 3)
    np.testing.assert_array_equal(batches.weights.ravel()[:7], weights[order])
    assert not batches.weights.ravel()[7:].any()
