"""Columns that cannot be used, or only just: a right answer, or one line that says what to do."""

from __future__ import annotations

import datetime
import time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from autoencode.exceptions import InvalidInputError, SampleShapeError
from autoencode.tables import TableEncoder

ROW = [1.0, 2.0, 4.0]


def fit(column: Any, **arguments: Any) -> TableEncoder:
    return TableEncoder(**arguments).fit(pa.table({"row": ROW, "c": column}))


def rebuild(table: Any, **arguments: Any) -> Any:
    encoder = TableEncoder(**arguments).fit(table)
    return encoder.inverse_transform(encoder.transform(table))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([1.0, np.inf, 2.0], "column 'c' is inf in row 1"),
        ([-np.inf] * 3, "column 'c' is -inf in row 0"),
        ([1, 2**60, 3], r"column 'c' holds whole numbers beyond 2\*\*53.*drop it, or make it text"),
        (pa.array([1, 2**63 + 5, 3], pa.uint64()), "column 'c' holds whole numbers beyond"),
        ([[1], [2], [3]], "column 'c' holds list"),
        ([{"x": 1}] * 3, "column 'c' holds struct"),
        ([b"a", b"b", b"c"], "column 'c' holds binary"),
        (pa.array([100, 200, 300], pa.decimal128(5, 2)).cast(pa.decimal128(5, -2)), "column 'c' holds decimal"),
        ([1e308, -1e308, 0.0], "column 'c' reaches from -1e"),
        ([1e-310, 2e-310, 0.0], "column 'c' reaches from 0"),
        (pa.array([0, 1, 10**12], pa.timestamp("s")), "column 'c' lies outside of years 1 to 9999 in row 2"),
    ],
)
def test_columns_that_are_refused_by_name(column: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        fit(column)
    assert "\n" not in str(caught.value)
    dropped = TableEncoder(drop=["c"]).fit(pa.table({"row": ROW, "c": column}))
    assert [(c.name, c.kind) for c in dropped.columns_] == [("row", "numeric"), ("c", "left out")]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame([[1, 2], [2, 3]], columns=["a", "a"]), "more than one column called 'a'"),
        (pa.Table.from_arrays([pa.array(ROW)] * 2, names=["a", "a"]), "more than one column called 'a'"),
        (pd.DataFrame([[1, 2], [2, 3]], columns=[1, "1"]), "more than one column called '1'"),
        (pd.DataFrame([[1, 2], [2, 3]], columns=[1.5, 2]), "text or whole numbers, got 1.5"),
        (pd.DataFrame({"a": ROW, "c": [1, "x", 2.5]}), "column 'c' holds values of several types"),
        (pd.DataFrame({"a": ROW, "c": [1j, 2, 3]}), "column 'c' holds values of several types, or of one"),
        (pd.DataFrame({"a": ROW, "c": pd.cut(ROW, 2)}), "column 'c' holds extension<pandas.interval"),
        (pd.DataFrame({"a": ROW, "c": pd.period_range("2020", periods=3)}), "column 'c' holds extension<pandas.period"),
        (pl.DataFrame({"a": ROW, "c": [[1]] * 3}), "column 'c' holds large_list"),
        (pl.DataFrame({"a": ROW}).lazy(), "lazy table; collect it first"),
        (pd.DataFrame({"a": [1]}), "1 sample"),
        (pd.DataFrame({"a": []}), "0 sample"),
        (pd.DataFrame(), "table without columns"),
        (pa.table({"a": [1, 1], "b": [None, None]}), "no column to learn from .'a': constant, always 1; 'b': left out"),
        ("x", "Expected 2D array"),
        (None, "Expected 2D array"),
        (np.zeros(3), "Expected 2D array, got 1D"),
        (np.zeros((2, 2, 2)), "Expected 2D array, got 3D"),
        (np.ma.masked_array([[1, 2], [3, 4]]), "masked array"),
        ([[1], [1, 2]], "X must be a table or a two-dimensional array"),
    ],
)
def test_tables_that_are_refused(table: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        TableEncoder().fit(table)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"numeric_scaling": "quantil"}, "numeric_scaling must be .* did you mean 'quantile'"),
        ({"max_categories": 0}, "max_categories must be a whole number ≥ 1, got 0"),
        ({"min_frequency": 1.0}, "min_frequency must be a number in"),
        ({"drop": "row"}, "drop must be a list of column names, got 'row'"),
        ({"drop": ["rov"]}, "drop: X has no column 'rov'; did you mean 'row'"),
    ],
)
def test_arguments_that_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        fit(ROW, **arguments)


def test_columns_without_anything_to_learn_come_back_as_what_they_can() -> None:
    table = pd.DataFrame(
        {
            "row": ROW,
            "five": [5] * 3,
            "text": ["x"] * 3,
            "big": [2**60] * 3,
            "day": [datetime.date(2020, 1, 1)] * 3,
            "instant": pd.to_datetime(["2020-01-01 01:02:03.000000004"] * 3).tz_localize("Asia/Tokyo"),
            "price": [Decimal("1.10")] * 3,
            "level": pd.Categorical(["q"] * 3, categories=["q", "r"]),
            "nothing": [None] * 3,
            "nan": [np.nan] * 3,
        }
    )
    encoder = TableEncoder().fit(table)
    assert [c.kind for c in encoder.columns_] == ["numeric"] + ["constant"] * 7 + ["left out"] * 2
    assert encoder.describe()[1:3] == [("five", "constant", 0, "always 5"), ("text", "constant", 0, "always x")]
    notes = [note for _, _, _, note in encoder.describe()]
    assert notes[3:8] == [
        f"always {2**60}",
        "always 2020-01-01",
        "always 2020-01-01 01:02:03.000000004+0900",
        "always 1.10",
        "always q",
    ]
    assert encoder.describe()[-1] == ("nan", "left out", 0, "every cell is missing")
    features = encoder.transform(table[["row"]])  # the others need not be there
    pd.testing.assert_frame_equal(encoder.inverse_transform(features), table, rtol=1e-6)


def test_notes_are_one_short_line() -> None:
    table = pa.table({"n": ROW, "a": ["x\ny"] * 3, "b": ["long " * 1000] * 3, "c": ["\x1b[31m", "", "z"]})
    notes = [note for _, _, _, note in TableEncoder().fit(table).describe()]
    assert notes[1] == r"always 'x\ny'"
    assert notes[2] == "always " + "long " * 8 + "…"
    assert notes[3] == r"3 categories: '', '\x1b[31m', z"


def test_dropped_columns_come_back_as_missing() -> None:
    table = pd.DataFrame({"row": ROW, "n": [1, 2, 3], "b": [True, False, True], "s": ["x", "y", "x"]})
    back = rebuild(table, drop=["n", "b", "s"])
    assert list(back.columns) == list(table.columns)
    assert back[["n", "b", "s"]].isna().all(axis=None)
    assert rebuild(pl.from_pandas(table), drop=["n", "b"]).schema == pl.from_pandas(table).schema
    np.testing.assert_allclose(rebuild(np.array([[1, 2], [2, 5]]), drop=["x0"]), [[np.nan, 2], [np.nan, 5]])


def test_names_that_are_empty_or_numbers_are_names() -> None:
    table = pa.table({"": ROW, "b": ROW})
    assert rebuild(table).column_names == ["", "b"]
    assert list(rebuild(pd.DataFrame([[1, 2], [2, 5]])).columns) == [0, 1]


def test_features_of_like_names_are_told_apart() -> None:
    table = pa.table({"a": [1, None, 2], "a is missing": ROW, "a=x": ROW})
    assert list(TableEncoder().fit(table).get_feature_names_out()) == ["a", "a is missing", "a is missing (2)", "a=x"]


def test_a_hundred_thousand_categories_take_little_time_and_room() -> None:
    rows = 300_000
    generator = np.random.default_rng(0)
    table = pa.table(
        {
            "n": generator.normal(size=rows),
            "name": [f"v{row % 100_000}" for row in range(rows)],
            "word": np.char.add("z", generator.zipf(1.3, rows).astype(str)),
        }
    )
    start = time.perf_counter()
    encoder = TableEncoder().fit(table)
    assert encoder.transform(table).shape == (rows, 1 + 33)
    assert time.perf_counter() - start < 10
    assert [c.kind for c in encoder.columns_] == ["numeric", "left out", "category"]
    assert encoder.describe()[1].note == "of 100,000 different values, the frequent ones cover only 0 % of the rows"
    assert encoder.describe()[2].note.startswith("32 categories: z1, z2, z3, z4, z5, z6, …; 2")


# ---------------------------------------------------------------------- other tables than that of training

TRAINED = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "b": [True, False, True],
        "c": ["x", "y", "x"],
        "d": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
    }
)


@pytest.mark.parametrize(
    ("column", "cells", "words"),
    [
        ("n", ["1", "many", "3"], "column 'n' holds 'many' in row 1, but held numbers in training"),
        ("n", [True] * 3, "column 'n' holds booleans, but held numbers"),
        ("b", [1, 0, 7], "column 'b' holds 7 in row 2, but held booleans"),
        ("d", [1, 2, 3], "column 'd' holds numbers, but held dates"),
        (
            "d",
            pd.to_datetime(["2020"] * 3).tz_localize("UTC"),
            "column 'd' holds dates with a time zone, but held dates",
        ),
        ("n", [1, None, 3], r"column 'n' is missing in 1 row \(first in row 1\), but had no missing cells in training"),
        ("b", [None] * 3, r"column 'b' is missing in 3 rows \(first in row 0\)"),
        ("d", [pd.NaT] * 3, "column 'd' is missing in 3 rows"),
        ("n", [1, 1e300, 2], r"column 'n' is 1e\+300 in row 1, too far from its values in training"),
        ("n", [1, 2, -np.inf], "column 'n' is -inf in row 2"),
    ],
)
def test_changed_columns_are_refused(column: str, cells: Any, words: str) -> None:
    encoder = TableEncoder().fit(TRAINED)
    with pytest.raises(InvalidInputError, match=words) as caught:
        encoder.transform(TRAINED.assign(**{column: cells}))
    assert "\n" not in str(caught.value)


def test_columns_that_are_not_there_are_named() -> None:
    encoder = TableEncoder().fit(TRAINED)
    with pytest.raises(SampleShapeError, match="X lacks columns that training had: 'n' and 'c'; give them"):
        encoder.transform(TRAINED[["b", "d"]])
    with pytest.raises(SampleShapeError, match="training had: 'n', 'b', 'c' and 'd'"):
        encoder.transform(pd.DataFrame({"x": [1]}))
    wide = TableEncoder().fit(pd.DataFrame({f"c{place}": [0, 1] for place in range(8)}))
    with pytest.raises(SampleShapeError, match="'c0', 'c1', 'c2', 'c3', 'c4' and 3 more; give them"):
        wide.transform(TRAINED)


def test_values_that_training_did_not_have_are_read_as_other() -> None:
    encoder = TableEncoder().fit(TRAINED)
    features = encoder.transform(TRAINED.assign(c=["new", None, "y"]))
    assert encoder.inverse_transform(features)["c"].tolist() == ["other", "other", "y"]
    same = encoder.transform(TRAINED.assign(n=[1.0, 2.0, 3.0], c=TRAINED["c"].astype("category")))
    np.testing.assert_array_equal(same, encoder.transform(TRAINED))
    day = encoder.transform(TRAINED.assign(d=[datetime.date(2021, 1, 1)] * 3))
    np.testing.assert_array_equal(day[:, -1], encoder.transform(TRAINED)[[1, 1, 1], -1])


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (np.zeros((2, 5)), r"X must have the shape \(samples, 6\), got \(2, 5\)"),
        (np.zeros(6), r"got \(6,\)"),
        (np.full((1, 6), np.nan), "X must hold finite numbers"),
        (np.full((1, 6), "a"), "X must hold finite numbers"),
    ],
)
def test_features_that_are_no_table(features: np.ndarray, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        TableEncoder().fit(TRAINED).inverse_transform(features)
