from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from autoencode.data import Dataset
from autoencode.exceptions import InvalidInputError


def make(**changes: Any) -> Dataset:
    parts: dict[str, Any] = {
        "name": "halves",
        "train": np.full((4, 6), 0.5, np.float32),
        "test": np.full((2, 6), 0.5, np.float32),
        "sample_shape": (2, 3),
        "train_labels": np.array([0, 1, 1, 0]),
        "test_labels": np.array([0, 1]),
    }
    return Dataset(**(parts | changes))


def test_repr_shows_sizes_only() -> None:
    assert repr(make()) == "Dataset('halves', train 4 × 6, test 2 × 6, sample_shape=(2, 3), 2 classes)"
    big = make(train=np.zeros((1000, 6), np.float32), train_labels=None)
    assert repr(big) == "Dataset('halves', train 1000 × 6, test 2 × 6, sample_shape=(2, 3), no labels)"


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        make().name = "other"  # type: ignore[misc]


def test_nothing_need_be_held_out() -> None:
    assert len(make(test=np.empty((0, 6), np.float32), test_labels=None).test) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": np.full((4, 6), 1.5, np.float32)}, r"train: expected numbers in \[0, 1\], got 1.5 to 1.5"),
        ({"test": np.full((2, 6), -0.1, np.float32)}, "test: expected numbers in"),
        ({"train": np.full((4, 6), np.nan, np.float32)}, "train: expected numbers in"),
        ({"train": np.empty((0, 6), np.float32), "train_labels": None}, "train has no samples"),
        ({"test": np.full((2, 5), 0.5, np.float32)}, "train has 6 features but test has 5"),
        ({"sample_shape": (3, 3)}, "holds 9 numbers"),
        ({"feature_names": ("a", "b")}, "2 feature_names for 6 features"),
        ({"train_labels": np.array([0, 1])}, r"train_labels: expected int64 of shape \(4,\)"),
        ({"test_labels": np.array([0, 1], np.int32)}, "test_labels: expected int64"),
        ({"train": np.full((4, 6), 0.5)}, "train: expected float32"),
        ({"test": np.full((2, 2, 3), 0.5, np.float32)}, "test: expected float32 of shape"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        make(**changes)
