"""Statistics of codes against plain NumPy in float64, and codes drawn from what a model keeps of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.evaluation import CodeStatistics, CodeSummary
from autoencode.evaluation.code_statistics import MOST_ROWS
from autoencode.exceptions import InvalidInputError

RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(300, 4)) @ RNG.normal(size=(4, 4)) + 1
CODE_ARRAYS = arrays(
    np.float32, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=st.floats(-50, 50, width=32)
)


@settings(max_examples=40, deadline=None)
@given(CODE_ARRAYS)
def test_statistics_are_those_of_numpy(codes: np.ndarray) -> None:
    found = CodeStatistics.of(codes)
    wide = codes.astype(np.float64)
    for name, expected in (
        ("mean", wide.mean(axis=0)),
        ("deviation", wide.std(axis=0)),
        ("least", wide.min(axis=0)),
        ("most", wide.max(axis=0)),
        ("zero_share", (wide == 0).mean(axis=0)),
        ("active_share", (abs(wide) > 0.02 * np.sqrt((wide**2).mean(axis=0)).max()).mean(axis=0)),
    ):
        np.testing.assert_allclose(getattr(found, name), expected, rtol=1e-9, atol=1e-9)
    assert found.samples == len(codes)
    assert found.active_units == pytest.approx(found.active_share.sum())
    assert -1 <= found.largest_correlation <= 1


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_samples_changes_nothing(order: list[int]) -> None:
    codes = CODES[:8]
    first, second = CodeSummary.of(codes), CodeSummary.of(codes[order])
    np.testing.assert_allclose(first.to_rows(), second.to_rows(), rtol=1e-9, atol=1e-12)
    assert first.statistics.correlated_units == second.statistics.correlated_units


def test_the_largest_correlation_is_that_of_numpy() -> None:
    found = CodeStatistics.of(CODES)
    matrix = np.corrcoef(CODES.T)
    np.fill_diagonal(matrix, 0)
    assert found.largest_correlation == pytest.approx(matrix.flat[np.abs(matrix).argmax()])
    assert found.correlated_units is not None
    assert matrix[found.correlated_units] == pytest.approx(found.largest_correlation)


@pytest.mark.parametrize("codes", [CODES[:, :1], CODES[:1], np.zeros((5, 3))], ids=["one-unit", "one-sample", "zeros"])
def test_codes_without_two_units_that_vary_have_no_correlation(codes: np.ndarray) -> None:
    found = CodeStatistics.of(codes)
    assert (found.largest_correlation, found.correlated_units) == (0.0, None)
    assert "correlation" not in str(found)


@pytest.mark.parametrize("size", [1e-30, 1e30], ids=["tiny", "huge"])
def test_the_size_of_codes_does_not_change_how_they_are_used(size: float) -> None:
    found, scaled = CodeStatistics.of(CODES), CodeStatistics.of(CODES * size)
    assert scaled.effective_code_size == pytest.approx(found.effective_code_size)
    assert scaled.largest_correlation == pytest.approx(found.largest_correlation)
    np.testing.assert_array_equal(scaled.active_share, found.active_share)


def test_entries_are_counted() -> None:
    entries = np.array([[0, 2], [2, 2], [2, 0]])
    found = CodeStatistics.of(np.zeros((3, 2)), entries, entry_count=4)
    assert found.entry_counts is not None
    assert found.entry_counts.tolist() == [2, 0, 4, 0]
    assert found.entries_used == 2
    assert found.perplexity == pytest.approx(np.exp(-(1 / 3 * np.log(1 / 3) + 2 / 3 * np.log(2 / 3))))
    assert "entries used 2 of 4" in str(found)
    even = CodeStatistics.of(np.zeros((3, 2)), np.arange(6).reshape(3, 2), entry_count=6)
    assert even.perplexity == pytest.approx(6)
    assert CodeStatistics.of(CODES).perplexity is None


def test_an_entry_beyond_the_last_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="entries must lie between 0 and 1"):
        CodeStatistics.of(np.zeros((1, 1)), np.array([[2]]), entry_count=2)


def test_a_long_code_prints_the_units_that_vary_most() -> None:
    codes = RNG.normal(size=(50, 100)) * np.linspace(1, 2, 100)
    text = str(CodeStatistics.of(codes))
    assert "and 68 units more, which vary less" in text
    assert len(text.splitlines()) == MOST_ROWS + 6
    html = CodeStatistics.of(codes)._repr_html_()
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "code of 100 units, 50 samples" in html


# ---------------------------------------------------------------------- the summary


def test_drawn_codes_have_the_mean_and_the_covariance() -> None:
    summary = CodeSummary.of(CODES)
    drawn = summary.draw(20_000, np.random.default_rng(1))
    assert drawn.dtype == np.float32
    scale = CODES.std(axis=0).max()
    np.testing.assert_allclose(drawn.mean(axis=0), CODES.mean(axis=0), atol=0.05 * scale)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(CODES.T), atol=0.1 * scale**2)
    exact = summary.directions.T.astype(np.float64) @ summary.directions
    np.testing.assert_allclose(exact, np.cov(CODES.T, bias=True), atol=1e-5 * scale**2)


def test_codes_that_lie_on_a_line_are_drawn_on_it() -> None:
    line = np.outer(RNG.normal(size=200), [1.0, -2.0, 0.0]) + np.array([0, 0, 5])
    drawn = CodeSummary.of(line).draw(100, np.random.default_rng(0)).astype(np.float64)
    np.testing.assert_allclose(drawn[:, 1], -2 * drawn[:, 0], atol=1e-4)
    np.testing.assert_array_equal(drawn[:, 2], 5)


def test_no_unit_leaves_the_range_that_it_had() -> None:
    codes = np.maximum(CODES, 0)
    drawn = CodeSummary.of(codes).draw(5000, np.random.default_rng(0))
    assert (drawn >= 0).all()
    assert (drawn <= codes.max(axis=0).astype(np.float32)).all()


@pytest.mark.parametrize("units", [520, 2100])
def test_a_long_code_keeps_its_longest_directions(units: int) -> None:
    codes = RNG.normal(size=(60, 3)) @ RNG.normal(size=(3, units)) + RNG.normal(size=(60, units)) * 0.1
    summary = CodeSummary.of(codes)
    assert summary.directions.shape[0] <= 512
    drawn = summary.draw(2000, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.std(axis=0), codes.std(axis=0), rtol=0.35)


@pytest.mark.parametrize("entries", [None, np.array([[0], [1]] * 150)], ids=["plain", "quantised"])
def test_a_summary_is_restored_from_its_parts(entries: np.ndarray | None) -> None:
    summary = CodeSummary.of(CODES, entries, 3)
    content = json.loads(json.dumps(summary.to_dict()))
    again = CodeSummary.restore(content, summary.to_rows(), summary.directions)
    assert str(again.statistics) == str(summary.statistics)
    assert again.to_dict() == summary.to_dict()
    np.testing.assert_array_equal(again.to_rows(), summary.to_rows())
    drawn, expected = (one.draw(5, np.random.default_rng(0)) for one in (again, summary))
    np.testing.assert_array_equal(drawn, expected)
