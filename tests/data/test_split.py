"""Rows are split as scikit-learn splits them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from autoencode.data.split import hold_out_rows, split_rows
from autoencode.exceptions import InvalidInputError


@given(st.integers(3, 300), st.floats(0.05, 0.9), st.integers(0, 2**32 - 1))
def test_as_scikit_learn_splits(count: int, share: float, seed: int) -> None:
    if np.ceil(share * count) == count:
        return
    expected = train_test_split(np.arange(count), test_size=share, random_state=seed)
    for part, other in zip(split_rows(count, share, seed), expected, strict=True):
        np.testing.assert_array_equal(part, other)


@given(st.integers(1, 9), st.integers(60, 400), st.floats(0.2, 0.8), st.integers(0, 2**32 - 1))
def test_by_class_too(classes: int, count: int, share: float, seed: int) -> None:
    labels = np.append(np.repeat(np.arange(classes), 2), np.random.default_rng(seed).integers(classes, size=count))
    expected = train_test_split(np.arange(len(labels)), test_size=share, random_state=seed, stratify=labels)
    for part, other in zip(split_rows(len(labels), share, seed, labels), expected, strict=True):
        np.testing.assert_array_equal(part, other)


@pytest.mark.parametrize(("count", "share"), [(1, 0.5), (3, 0.9)])
def test_no_part_is_empty(count: int, share: float) -> None:
    with pytest.raises(InvalidInputError, match="leaves one of the two parts empty"):
        split_rows(count, share, 0)


@given(st.integers(3, 300), st.floats(0.05, 0.9), st.integers(0, 2**32 - 1))
def test_rows_of_one_group_are_split_and_held_out_in_their_order(count: int, share: float, seed: int) -> None:
    if np.ceil(share * count) == count:
        return
    trained, held_out = split_rows(count, share, seed)
    np.testing.assert_array_equal(hold_out_rows(count, share, seed)[0], trained)
    np.testing.assert_array_equal(hold_out_rows(count, share, seed)[1], np.sort(held_out))


@given(st.integers(101, 500), st.floats(0.01, 0.9), st.integers(0, 2**32 - 1))
def test_each_group_of_rows_holds_out_its_share_whatever_follows(count: int, share: float, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autoencode.data.split.GROUP_ROWS", 50)
        trained, held_out = hold_out_rows(count, share, seed)
        longer = hold_out_rows(count + 70, share, seed)[1]
    np.testing.assert_array_equal(np.sort(np.concatenate([trained, held_out])), np.arange(count))
    assert len(held_out) == np.ceil(share * count)
    assert (np.diff(held_out) > 0).all()
    assert (np.diff(trained) > 0).all()
    whole = count // 50
    np.testing.assert_array_equal(held_out[held_out < whole * 50], longer[longer < whole * 50])
    assert np.abs(np.bincount(held_out // 50, minlength=whole)[:whole] - share * 50).max() < 1
