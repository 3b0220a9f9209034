"""Weights of rows: what is learnt of a table is what is learnt of repeated rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from autoencode.tables import SCALINGS, fit_scaling, fit_step_scaling
from autoencode.tables.encoding_choices import EncodingChoices
from autoencode.tables.number_map import NUMERIC_SCALINGS, fit_number_map
from autoencode.tables.scaling import find_deviations
from autoencode.tables.table_columns import TableColumns

RANDOM = np.random.default_rng(0)
COUNTS = RANDOM.integers(1, 6, 120)
WEIGHTS = COUNTS / 8


def make_table() -> pd.DataFrame:
    number = RANDOM.normal(3, 2, 120)
    table = pd.DataFrame(
        {
            "number": number,
            "whole": RANDOM.integers(0, 9, 120),
            "gaps": np.where(RANDOM.random(120) < 0.2, np.nan, number**2),
            "flag": number > 3,
            "word": RANDOM.choice(["a", "b", "c", "d", "e"], 120, p=[0.4, 0.3, 0.2, 0.05, 0.05]),
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(RANDOM.integers(0, 400, 120), unit="D"),
            "rest": pd.to_timedelta(RANDOM.integers(1, 90, 120), unit="min"),
        }
    )
    table.loc[::7, "word"] = None
    table.loc[::9, "day"] = pd.NaT
    return table


@pytest.mark.parametrize("scaling", NUMERIC_SCALINGS)
@pytest.mark.parametrize("unseen", ["refuse", "encode"])
def test_columns_are_those_of_repeated_rows(scaling: str, unseen: str) -> None:
    table, choices = make_table(), EncodingChoices(scaling, max_categories=3, min_frequency=0.1, unseen=unseen)
    weighted = TableColumns.fit(table, choices, weights=WEIGHTS)
    repeated = TableColumns.fit(table.loc[np.repeat(np.arange(120), COUNTS)], choices)
    np.testing.assert_allclose(weighted.encode(table), repeated.encode(table), rtol=1e-6, atol=1e-6)
    by_row = TableColumns.fit(table, choices)
    assert not np.allclose(weighted.encode(table), by_row.encode(table), atol=1e-3), "weights count"
    numeric = [column for column in weighted.columns if column.kind == "numeric"]
    assert {column.missing for column in numeric} == {column.missing for column in by_row.columns[:3]}, "in rows"


def test_categories_are_named_by_weight() -> None:
    words = np.repeat(["often", "seldom", "heavy"], [60, 30, 30])
    weights = np.repeat([1.0, 0.1, 9.0], [60, 30, 30])
    choices = EncodingChoices(min_frequency=0.05)
    (column,) = TableColumns.fit(pd.DataFrame({"word": words}), choices, weights=weights).columns
    assert (column.values, column.rare, column.rare_rows) == (("heavy", "often"), 1, 30)
    (column,) = TableColumns.fit(pd.DataFrame({"word": words}), choices).columns
    assert column.values == ("often", "heavy", "seldom")


def test_what_frequent_categories_cover_is_told_by_weight() -> None:
    words = [*"ab" * 5, *(f"word {place // 2}" for place in range(90))]
    heavy = np.where(np.arange(100) < 10, 40.0, 1.0)
    choices = EncodingChoices(min_frequency=0.03)
    (column,) = TableColumns.fit(pd.DataFrame({"w": words, "x": range(100)}), choices, weights=heavy).columns[:1]
    assert (column.kind, column.values) == ("category", ("a", "b"))
    (column,) = TableColumns.fit(pd.DataFrame({"w": words, "x": range(100)}), choices).columns[:1]
    assert column.describe() == ("left out", "of 47 different values, the frequent ones cover only 10 % of the rows")


def test_what_stands_for_a_missing_truth_is_the_heavier() -> None:
    table = pd.DataFrame({"flag": pd.array([True, False, False, None], "boolean")})
    weights = np.array([3.0, 1.0, 1.0, 9.0])
    (column,) = TableColumns.fit(table, EncodingChoices(), weights=weights).columns
    assert (column.usual, column.true, column.missing) == (True, 1, 1)
    assert not TableColumns.fit(table, EncodingChoices()).columns[0].usual


@pytest.mark.parametrize("kind", SCALINGS)
@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1.0), (np.float64, 1.0), (np.float64, 1e60)])
def test_a_scaling_is_that_of_repeated_samples(kind: str, dtype: Any, size: float) -> None:
    samples = (RANDOM.normal(size=(120, 3)) * [1, 1e-3, 0] + [1, 50, 7]).astype(dtype) * dtype(size)
    weighted, repeated = fit_scaling(samples, kind, WEIGHTS), fit_scaling(np.repeat(samples, COUNTS, axis=0), kind)
    np.testing.assert_allclose(weighted.offset, repeated.offset, rtol=1e-9)
    np.testing.assert_allclose(weighted.scale, repeated.scale, rtol=1e-6)
    deviations = find_deviations(samples, WEIGHTS)
    np.testing.assert_allclose(deviations, find_deviations(np.repeat(samples, COUNTS, axis=0)), rtol=1e-6)


def test_every_step_of_a_sequence_has_its_weight() -> None:
    steps = RANDOM.normal(size=(120, 4, 3))
    steps[..., -1] = np.arange(4) < RANDOM.integers(1, 5, 120)[:, None]
    flat = steps.reshape(120, -1)
    weighted = fit_step_scaling(flat, "standard", 2, WEIGHTS)
    repeated = fit_step_scaling(np.repeat(flat, COUNTS, axis=0), "standard", 2)
    np.testing.assert_allclose(weighted.offset, repeated.offset, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(weighted.scale, repeated.scale, rtol=1e-9)


@pytest.mark.parametrize("distinct", [40, 1000])
def test_quantiles_are_those_of_repeated_numbers(distinct: int) -> None:
    """Few numbers are all knots; of many, those whose shares are evenly spaced."""
    numbers = RANDOM.choice(RANDOM.lognormal(sigma=2, size=distinct), 2 * distinct)
    counts = RANDOM.integers(1, 6, 2 * distinct)
    weighted = fit_number_map("c", numbers, "quantile", counts / 8)
    repeated = fit_number_map("c", np.repeat(numbers, counts), "quantile")
    np.testing.assert_allclose(weighted.apply(numbers), repeated.apply(numbers), atol=1e-6)
    np.testing.assert_allclose(weighted.deviation, repeated.deviation, rtol=1e-9)
