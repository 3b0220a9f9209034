from __future__ import annotations

import numpy as np
import pytest
from sklearn import datasets

from autoencode import data
from autoencode.data import digits


def test_the_digits_are_those_of_scikit_learn() -> None:
    found = data.load("digits", offline=True)
    assert found.train.shape == (1437, 64)
    assert found.test.shape == (360, 64)
    assert found.train.dtype == found.test.dtype == np.float32
    assert (found.train.min(), found.train.max()) == (0, 1)
    assert found.sample_shape == (8, 8)
    assert found.train_labels is not None
    assert found.test_labels is not None
    known = datasets.load_digits()
    rows = np.column_stack(
        [np.concatenate([found.train, found.test]) * 16, np.append(found.train_labels, found.test_labels)]
    )
    expected = np.column_stack([known.data, known.target])
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])


def test_each_class_is_held_out_in_its_share() -> None:
    found = data.load("digits")
    assert found.train_labels is not None
    assert found.test_labels is not None
    assert np.bincount(found.test_labels).tolist() == pytest.approx(np.bincount(found.train_labels) / 4, abs=1)


def test_the_split_does_not_depend_on_the_seed() -> None:
    np.testing.assert_array_equal(data.load("digits").train, data.load("digits", random_state=3).train)


def test_verify_notices_other_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [report.ok for report in data.verify("digits")] == [True]
    monkeypatch.setattr(digits, "_read", lambda: (np.zeros((3, 64)), np.zeros(3, np.int64)))
    (report,) = data.verify("digits")
    assert not report.ok
    assert report.bytes == 3 * 65
    assert "other digits" in str(report.problem)
