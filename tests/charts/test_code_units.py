"""How the units of a code and the entries of a codebook are used."""

from __future__ import annotations

import numpy as np
import pytest

from autoencode.charts import (
    compute_code_units,
    compute_codebook_use,
)
from autoencode.evaluation import CodeStatistics

RNG = np.random.default_rng(0)


def make_statistics(units: int, entries: int = 0) -> CodeStatistics:
    codes = RNG.normal(size=(50, units)) * np.linspace(1, 3, units)
    codes[:, 0] = 0
    drawn = RNG.integers(0, max(1, entries // 2), size=(50, 3)) if entries else None
    return CodeStatistics.of(codes, drawn, entries)


def test_units_are_sorted_by_how_much_they_vary():
    statistics = make_statistics(6)
    picture = compute_code_units(statistics)
    assert picture.units[-1] == 0
    assert (np.diff(picture.deviations) <= 0).all()
    np.testing.assert_array_equal(picture.deviations, statistics.deviation[picture.units])
    np.testing.assert_array_equal(picture.active_shares, statistics.active_share[picture.units])
    assert "6 units, 1 never active" in picture.note


def test_entries_are_sorted_by_how_often_they_are_used():
    statistics = make_statistics(3, entries=16)
    picture = compute_codebook_use(statistics)
    assert (np.diff(picture.shares) <= 0).all()
    assert picture.shares.sum() == pytest.approx(1)
    assert (picture.shares > 0).sum() == statistics.entries_used <= 8
    assert f"{statistics.entries_used} of 16 entries are used" in picture.note
