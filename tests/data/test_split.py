"""Rows are split as scikit-learn splits them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from autoencode.data.split import split_rows
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
