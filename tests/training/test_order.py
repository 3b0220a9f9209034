from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.training.order import WindowSize, batch_order, choose_window, draw_order, draw_windows

seeds = st.integers(0, 2**64 - 1)
epochs = st.integers(0, 10_000)
windows = st.builds(WindowSize, st.integers(1, 100), st.integers(1, 40))


@settings(max_examples=50, deadline=None)
@given(seed=seeds, epoch=epochs, rows=st.integers(0, 300), window=windows)
def test_every_row_exactly_once(seed: int, epoch: int, rows: int, window: WindowSize) -> None:
    order = draw_order(seed, epoch, rows, window)
    np.testing.assert_array_equal(np.sort(order), np.arange(rows))


@settings(max_examples=50, deadline=None)
@given(seed=seeds, epoch=epochs, rows=st.integers(1, 300), window=windows)
def test_a_reader_of_blocks_meets_rows_in_the_order_of_an_array(
    seed: int, epoch: int, rows: int, window: WindowSize
) -> None:
    met, seen = [], []
    for blocks, places in draw_windows(seed, epoch, rows, window):
        assert len(blocks) <= window.blocks
        seen += blocks.tolist()
        read = np.concatenate([np.arange(rows)[block * window.block_rows :][: window.block_rows] for block in blocks])
        np.testing.assert_array_equal(np.sort(places), np.arange(len(read)))
        met.append(read[places])
    assert sorted(seen) == list(range(-(-rows // window.block_rows)))
    assert np.ptp([len(part) for part in met]) <= 2 * window.block_rows, "no window is much smaller than the others"
    np.testing.assert_array_equal(np.concatenate(met), draw_order(seed, epoch, rows, window))


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
    assert draw_order(7, 3, 8, WindowSize(block_rows=3, blocks=1)).tolist() == BLOCK_ORDER
    assert draw_order(7, 3, 8, WindowSize(block_rows=1, blocks=3)).tolist() == WINDOW_ORDER


# Kept so that a model trained today can be trained again tomorrow.
FIRST_ORDER = [5, 0, 6, 1, 7, 2, 4, 3]
BLOCK_ORDER = [5, 4, 3, 0, 1, 2, 6, 7]
WINDOW_ORDER = [1, 5, 4, 7, 0, 6, 2, 3]


def test_every_position_is_equally_likely() -> None:
    positions = np.array([draw_order(0, epoch, 6) for epoch in range(3000)])
    counts = np.array([np.bincount(column, minlength=6) for column in positions.T])
    # 500 expected in each of the 36 cells, standard deviation 20.
    assert np.abs(counts - 500).max() < 100


@settings(max_examples=20, deadline=None)
@given(seed=seeds, epoch=epochs, rows=st.integers(0, 300), blocks=st.integers(1, 40))
def test_one_window_is_one_permutation_however_it_is_cut(seed: int, epoch: int, rows: int, blocks: int) -> None:
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, epoch], dtype=np.uint64)))
    order = draw_order(seed, epoch, rows, WindowSize(-(-max(rows, 1) // blocks), blocks))
    np.testing.assert_array_equal(order, generator.permutation(rows))


def test_a_block_has_eight_mebibytes_at_most() -> None:
    assert choose_window(512) == choose_window(1) == (4096, 32)
    assert choose_window(513).block_rows == 4088
    assert choose_window(784).block_rows * 32 >= 60_000, "MNIST is one window"
    assert choose_window(10**8).block_rows == 1


def test_every_batch_of_sorted_rows_is_of_all_kinds() -> None:
    kinds = draw_order(0, 0, 40_000, WindowSize(block_rows=100, blocks=32)) // 10_000
    shares = np.array([np.bincount(batch, minlength=4) for batch in kinds.reshape(-1, 400)]) / 400
    assert shares.max() < 0.4  # a quarter on average


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
