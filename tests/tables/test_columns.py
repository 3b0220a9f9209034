"""Each kind of column by itself: what its features are, and what comes back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from autoencode import stored_tables
from autoencode.tables import TableEncoder, column_choice


def encode(cells: Any, **arguments: Any) -> tuple[TableEncoder, np.ndarray]:
    """The features of one column, beside one that varies."""
    table = pa.table({"row": range(len(cells)), "c": cells})
    encoder = TableEncoder(**arguments).fit(table)
    return encoder, encoder.transform(table)[:, 1:]


def rebuild(encoder: TableEncoder, features: Any) -> list[Any]:
    features = np.asarray(features, np.float32)
    return encoder.inverse_transform(np.insert(features, 0, 0, axis=1))["c"].to_pylist()


def test_numbers() -> None:
    encoder, features = encode([10.0, 20.0, None, 30.0])
    np.testing.assert_allclose(features, [[-1.2247449, 0], [0, 0], [0, 1], [1.2247449, 0]], rtol=1e-6)
    assert rebuild(encoder, [[2, 0.49], [2, 0.5]]) == [pytest.approx(36.3299), None]
    assert encoder.describe()[1] == ("c", "number", 2, "mean 20, standard deviation 8.165; missing in 1 row")
    np.testing.assert_allclose(encoder.columns_[1].decode_numbers(features), [10, 20, np.nan, 30], rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [(pa.int8(), -128, 127), (pa.uint8(), 0, 255), (pa.int64(), -(2**53), 2**53), (pa.uint64(), 0, 2**53)],
)
def test_whole_numbers_are_rounded_and_kept_within_their_type(kind: pa.DataType, low: int, high: int) -> None:
    encoder, _ = encode(pa.array([1, 2, 6], kind))
    assert rebuild(encoder, [[0], [0.1], [1e30], [-1e30]]) == [3, 3, high, low]


def test_decimals_keep_their_places_and_single_precision_its_range() -> None:
    encoder, _ = encode(pa.array([Decimal("1.25"), Decimal("2.50")], pa.decimal128(5, 2)))
    assert rebuild(encoder, [[0], [1e30], [-1e30]]) == [Decimal("1.88"), Decimal("999.99"), Decimal("-999.99")]
    encoder, _ = encode(pa.array([1.0, 2.0], pa.float32()))
    assert np.isfinite(rebuild(encoder, [[3e38]])).all()


def test_booleans() -> None:
    encoder, features = encode([True, None, True, False])
    assert features.tolist() == [[1, 0], [1, 1], [1, 0], [0, 0]]
    assert rebuild(encoder, [[0.49, 0], [0.5, 0.2], [1, 0.9]]) == [False, True, None]
    assert encoder.describe()[1] == ("c", "true or false", 2, "true in 2 rows; missing in 1 row")


def test_categories() -> None:
    encoder, features = encode(["x", "y", None, "x"])
    assert encoder.columns_[1].values == ("x", "y")
    assert features.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert rebuild(encoder, [[0.4, 0.5, 0.1, 0], [0, 0.1, 0.2, 0.1], [0, 0, 0, 1]]) == ["y", "other", None]
    assert encoder.describe()[1] == ("c", "category", 4, "2 categories: x, y; missing, in 1 row, is one more")


def test_rare_categories_are_other() -> None:
    cells = ["a"] * 50 + ["b"] * 45 + ["c", "d", "e", "other", "other"]
    encoder, features = encode(cells, min_frequency=0.02)
    assert list(encoder.get_feature_names_out()) == ["row", "c=a", "c=b", "c=other"]
    assert features[-5:].tolist() == [[0, 0, 1]] * 5
    assert rebuild(encoder, features)[-5:] == ["other"] * 5
    assert encoder.describe()[1].note == "2 categories: a, b; 3 rare, in 3 rows, read as 'other'"
    few, _ = encode(cells, max_categories=1)
    assert list(few.get_feature_names_out()) == ["row", "c=a", "c=other"]


def test_a_column_that_is_mostly_called_other_is_kept() -> None:
    encoder, features = encode(["other"] * 95 + ["a"] * 5)
    assert rebuild(encoder, features) == ["other"] * 95 + ["a"] * 5


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([f"id{row}" for row in range(50)], "50 different values in 50 rows say which row it is, not of what kind"),
        ([f"v{row % 400}" for row in range(2000)], "of 400 different values, the frequent ones cover only 8 % of"),
    ],
)
def test_text_that_only_names_rows_is_left_out(cells: list[str], reason: str) -> None:
    encoder, features = encode(cells)
    assert features.shape[1] == 0
    assert encoder.columns_[1].kind == "left out"
    assert encoder.describe()[1].note.startswith(reason)


@pytest.mark.parametrize(("values", "is_kept"), [(99, True), (100, True), (101, False)])
def test_text_of_too_many_values_is_left_out_however_many_rows_there_are(
    values: int, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column_choice, "MOST_VALUES", 100)
    monkeypatch.setattr(stored_tables, "COUNTED_ROWS", 64)
    cells = [f"v{row % values}" for row in range(1000)] + ["often"] * 3000 + [None]
    for text in (cells, cells[::-1]):
        encoder, _ = encode([cell for cell in text if cell != "v0"])  # "often" takes its place
        assert (encoder.columns_[1].kind == "category") is is_kept
    numbers, _ = encode(list(range(1000)))
    assert numbers.columns_[1].kind == "numeric"
    if not is_kept:
        words = "more than 100 different values say which row it is, not of what kind"
        assert encoder.describe()[1].note == words


def test_text_that_looks_like_something_else_stays_text() -> None:
    for values in (["True", "False"], ["yes", "no"], ["1", "2"], ["2020-01-01", "2020-01-02"], ["", " "]):
        encoder, features = encode(values * 3)
        assert encoder.columns_[1].kind == "category"
        assert rebuild(encoder, features) == values * 3


def test_categorical_types_are_kept_with_their_levels() -> None:
    levels = pd.CategoricalDtype(["z", "y", "x"], ordered=True)
    table = pd.DataFrame(
        {
            "row": range(4),
            "level": pd.Series(["x", "y", None, "x"], dtype=levels),
            "number": pd.Categorical([3, 1, 3, 1]),
            "half": pd.Categorical([0.5, None, 1.5, 0.5]),
        }
    )
    encoder = TableEncoder().fit(table)
    pd.testing.assert_frame_equal(encoder.inverse_transform(encoder.transform(table)), table)
    table = pd.DataFrame({"text": pd.Categorical(["a", "a", "a", "b"]), "number": pd.Categorical([1, 1, 1, 2])})
    back = encoder.set_params(min_frequency=0.3).fit(table).inverse_transform(encoder.transform(table))
    assert back["text"].tolist() == ["a", "a", "a", "other"]
    assert back["text"].dtype == pd.CategoricalDtype(["a", "b", "other"])
    assert back["number"].tolist()[:3] == [1, 1, 1]
    assert back["number"].isna().tolist()[3]
    frame = pl.DataFrame(
        {
            "row": range(3),
            "enum": pl.Series(["a", "b", None], dtype=pl.Enum(["c", "b", "a"])),
            "category": pl.Series(["other", "b", "a"], dtype=pl.Categorical),
            "constant": pl.Series(["q"] * 3, dtype=pl.Categorical),
        }
    )
    assert (again := TableEncoder().fit(frame)).inverse_transform(again.transform(frame)).equals(frame)


def test_missing_is_nan_or_null_as_it_was() -> None:
    frame = pl.DataFrame({"nan": [1.0, float("nan"), 2.0], "null": [1.0, None, 2.0], "both": [1.0, None, float("nan")]})
    encoder = TableEncoder().fit(frame)
    back = encoder.inverse_transform(encoder.transform(frame))
    assert back["nan"].is_nan().to_list() == [False, True, False]
    assert back["null"].to_list()[1] is None
    assert back["both"].null_count() == 2


@pytest.mark.parametrize(
    ("cells", "read_as", "note", "unit"),
    [
        (
            [date(2020, 2, 28), date(2020, 3, 1), None],
            "date",
            "around 2020-02-29, to the day; missing in 1 row",
            "days",
        ),
        ([datetime(2020, 1, 1), datetime(2020, 1, 3), None], "date", "around 2020-01-02, to the day", "days"),
        (
            [datetime(2020, 1, 1, 12), datetime(2020, 1, 3, 12)],
            "date and time",
            "around 2020-01-02, to the hour",
            "seconds",
        ),
        ([datetime(2020, 1, 1, 0, 0, 0, 7), datetime(2020, 1, 1)], "date and time", "to the microsecond", "seconds"),
        (
            [timedelta(minutes=1), timedelta(minutes=5)],
            "duration",
            "mean 180, standard deviation 120 (seconds)",
            "seconds",
        ),
        ([time(12, 30), time(23, 59, 59)], "time of day", "to the second", "seconds"),
    ],
)
def test_dates_and_times(cells: list[Any], read_as: str, note: str, unit: str) -> None:
    encoder, features = encode(cells)
    assert rebuild(encoder, features) == cells
    assert encoder.describe()[1].read_as == read_as
    assert note in encoder.describe()[1].note
    assert encoder.columns_[1].unit == unit


def test_dates_are_rounded_to_their_resolution_and_kept_within_the_calendar() -> None:
    encoder, _ = encode([date(2020, 1, 1), date(2020, 1, 11)])
    assert rebuild(encoder, [[0.01], [1e30], [-1e30]]) == [date(2020, 1, 6), date(9999, 12, 31), date(1, 1, 1)]
    encoder, _ = encode(pa.array([time(1), time(2)], pa.time32("s")))
    assert rebuild(encoder, [[-1e9], [1e9]]) == [time(0), time(23)]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_zones_are_kept_through_the_change_of_the_clocks(unit: str) -> None:
    hours = pd.date_range("2024-10-26 22:00", periods=8, freq="h", tz="UTC").tz_convert("Europe/Berlin").as_unit(unit)
    table = pd.DataFrame({"row": range(8), "c": hours})
    encoder = TableEncoder().fit(table)
    pd.testing.assert_series_equal(encoder.inverse_transform(encoder.transform(table))["c"], table["c"])
    assert encoder.describe()[1].note == "around 2024-10-27, to the hour, time zone Europe/Berlin"


def test_nanoseconds_far_from_1970_are_kept() -> None:
    cells = pa.array([1_700_000_000_000_000_000 + offset for offset in (0, 1, 250, 999)], pa.timestamp("ns"))
    table = pa.table({"c": cells})
    encoder = TableEncoder().fit(table)
    assert encoder.inverse_transform(encoder.transform(table))["c"].cast(pa.int64()).equals(table["c"].cast(pa.int64()))
