from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from autoencode import data
from autoencode.data import uniform_table
from autoencode.exceptions import InvalidInputError


def test_the_table_is_the_one_described() -> None:
    found = data.load("uniform-table")
    assert found.train.shape == (90_000, 30)
    assert found.test.shape == (10_000, 30)
    assert found.train.dtype == found.test.dtype == np.float32
    assert found.sample_shape == (30,)
    assert found.feature_names is found.train_labels is found.test_labels is None
    train, test = train_test_split(np.random.default_rng(0).random((100_000, 30)), test_size=0.1, random_state=42)
    np.testing.assert_array_equal(found.train, train.astype(np.float32))
    np.testing.assert_array_equal(found.test, test.astype(np.float32))
    # The mean sample is off by the variance of a uniform number, 1/12.
    assert np.square(found.test - found.train.mean(axis=0)).mean() == pytest.approx(1 / 12, abs=5e-4)


def test_the_seed_draws_another_table_and_nothing_else_does() -> None:
    first, again, other = (data.load("uniform-table", random_state=seed).test for seed in (4, np.int32(4), 5))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("seed", [-1, 1.0, True, None, "0"])
def test_a_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(InvalidInputError, match="random_state: expected a whole number"):
        data.load("uniform-table", random_state=seed)  # type: ignore[arg-type]


def test_verify_notices_other_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [report.ok for report in data.verify("uniform-table")] == [True]
    monkeypatch.setattr(uniform_table, "_draw", lambda seed: np.zeros((2, 30)))
    (report,) = data.verify("uniform-table")
    assert not report.ok
    assert "other numbers" in str(report.problem)
