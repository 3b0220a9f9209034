"""Columns by rank: which are, what a rank is worth, what lies between known values and beyond them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autoencode.evaluation import make_column_ranks
from autoencode.evaluation.rank_map import MOST_KNOTS, RAMP, SAME

random = np.random.default_rng(0)
MONEY = random.lognormal(sigma=1.5, size=(3000, 1))


def test_columns_of_heavy_tails_are_ranked_and_columns_of_few_values_have_rarities() -> None:
    normal, few, constant = random.normal(size=3000), random.integers(0, 5, 3000), np.ones(3000)
    rare = (random.random(3000) < 0.01).astype(float)
    ranks = make_column_ranks(np.stack([normal, MONEY[:, 0], few, constant, rare], axis=1))
    assert ranks.columns.tolist() == [1, 2, 4], "a column of two values is never ranked"


@given(sigma=st.floats(1, 3), count=st.sampled_from([50, 300, 5000]))
@settings(max_examples=20, deadline=None)
def test_a_rank_is_the_quantile_of_its_share_in_unit_deviation(sigma: float, count: int) -> None:
    column = np.random.default_rng(count).lognormal(sigma=sigma, size=count)
    ranks = make_column_ranks(column[:, None])
    if len(ranks.columns) == 0:
        return
    shares = (stats.rankdata(column) - 0.5) / count
    expected = stats.t.ppf(shares, 3)
    expected = (expected - expected.mean()) / expected.std()
    found = ranks.apply(column[:, None])[:, 0]
    assert len(ranks.knots[0]) <= MOST_KNOTS + 2
    np.testing.assert_allclose(found, expected, atol=0.02 if count <= MOST_KNOTS else 0.15)


def test_whatever_stretches_a_column_leaves_its_ranks() -> None:
    ranks, stretched = make_column_ranks(MONEY), make_column_ranks(1e3 * MONEY**1.2)
    np.testing.assert_allclose(ranks.apply(MONEY), stretched.apply(1e3 * MONEY**1.2), atol=0.05)


def test_it_rises_everywhere_and_is_clipped_beyond() -> None:
    ranks = make_column_ranks(MONEY)
    values = np.concatenate([[-1e9, -1], np.sort(MONEY[:, 0]), [MONEY.max() + RAMP, 1e9]])
    found = ranks.apply(values[:, None])[:, 0]
    assert (np.diff(found) >= 0).all()
    assert found[0] == found[1]
    assert found[-1] == found[-2]
    assert found[-1] > found[-3] - 1e-12


def test_float32_moves_no_rank() -> None:
    ranks, values = make_column_ranks(MONEY), np.random.default_rng(1).lognormal(sigma=1.5, size=(2000, 1))
    np.testing.assert_allclose(ranks.apply(values.astype(np.float32)), ranks.apply(values), atol=1e-4)


def test_a_rare_value_is_rarer_and_a_new_one_rarest() -> None:
    column = np.repeat([0.0, 1.0, 5.0], [700, 290, 10])[:, None]
    ranks = make_column_ranks(column)
    assert ranks.columns.tolist()[-1] == 0
    frequent, usual, rare, near, between, beyond = ranks.apply(
        np.array([[0.0], [1.0], [5.0], [5 + SAME / 2], [3.0], [9.0]])
    )[:, -1]
    assert frequent < usual < rare < between == beyond
    assert near == pytest.approx(rare)
    shares = np.array([0.7, 0.29, 0.01])
    rarities = -np.log(shares + 0.5 / 1000)
    deviation = np.sqrt(np.average((rarities - np.average(rarities, weights=shares)) ** 2, weights=shares))
    np.testing.assert_allclose([frequent, usual, rare], 0.5 * rarities / deviation, rtol=1e-9)


def test_values_that_nearly_touch_stay_apart() -> None:
    column = np.repeat([0.0, 1e-6, 1.0], [50, 30, 20])[:, None]
    found = make_column_ranks(column).apply(np.array([[0.0], [1e-6], [1.0]]))[:, -1]
    assert found[0] < found[1] < found[2]


def test_ranks_and_rarities_are_by_weight() -> None:
    rows = np.repeat([[0.0, 0.0], [1.0, 1.0], [9.0, 50.0]], [300, 80, 20], axis=0)
    plain, even = make_column_ranks(rows), make_column_ranks(rows, np.full(400, 3.0))
    heavy = make_column_ranks(rows, np.where(rows[:, 0] == 9, 15.0, 1.0))
    for ours, theirs in zip(plain.values, even.values, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    rarity = [float(np.ptp(found.apply(rows[[0, -1]])[:, -1])) for found in (plain, heavy)]
    assert rarity[0] > 1
    assert rarity[1] < 0.1, "then as much of it is 9 as 0"
