"""Cells of a later table are read as the column of training was, whatever they look like."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.tables import TableEncoder

DAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(days=day) for day in range(6)]
TIMES = [datetime.datetime(2024, 1, 1, hour) for hour in range(6)]
TRAINED: dict[str, pa.Array] = {
    "grade": pa.array(["1", "2", "3", "A", "1", "2"]),
    "answer": pa.array(["True", "False", "maybe", "True", "False", "True"]),
    "when": pa.array(["2024-01-01", "unknown", "2024-01-02", "2024-01-01", "unknown", "unknown"]),
    "flag": pa.array([True, False, True, True, False, None]),
    "whole": pa.array([1, 2, 3, 4, 5, None]),
    "number": pa.array([0.5, 2.5, -3.0, 1e3, 7.0, None]),
    "money": pa.array([Decimal("1.50"), *[Decimal("2.25")] * 4, None]),
    "level": pa.array([10, 20, 30, 10, 20, 30]).dictionary_encode(),
    "day": pa.array(DAYS),
    "time": pa.array(TIMES, pa.timestamp("us")),
    "zoned": pa.array(TIMES, pa.timestamp("s", "UTC")),
}

READINGS: list[tuple[str, Any, list[Any]]] = [
    ("grade", pa.array([1, 3, 2]), ["1", "3", "2"]),
    ("grade", pa.array([1.0, 2.0, 3.0]), ["1", "2", "3"]),
    ("grade", pa.array([1.0, 2.5, np.nan]), ["1", "2.5", None]),
    ("grade", pa.array([1, None, 3], pa.int8()), ["1", None, "3"]),
    ("grade", pa.array([1.0, 2.0, 3.0], pa.float32()), ["1", "2", "3"]),
    ("grade", pa.array([1, 2, 3], pa.float16()), ["1", "2", "3"]),
    ("grade", pa.array([Decimal("1.00"), Decimal("2.00"), None]), ["1", "2", None]),
    ("grade", pa.array([1, 2, 1]).dictionary_encode(), ["1", "2", "1"]),
    ("grade", pa.nulls(3), [None, None, None]),
    ("answer", pa.array([True, False, None]), ["True", "False", None]),
    ("when", pa.array([DAYS[0], None, DAYS[1]]), ["2024-01-01", None, "2024-01-02"]),
    ("when", pa.array([TIMES[0]] * 3, pa.timestamp("us")), ["2024-01-01"] * 3),
    ("flag", pa.array([1, 0, None]), [True, False, None]),
    ("flag", pa.array([1.0, 0.0, np.nan]), [True, False, None]),
    ("flag", pa.array(["true", " FALSE", ""]), [True, False, None]),
    ("flag", pa.array(["1", "0", None]), [True, False, None]),
    ("whole", pa.array(["1", " 2", "+3"]), [1, 2, 3]),
    ("whole", pa.array(["1", "", None], pa.large_string()), [1, None, None]),
    ("number", pa.array(["1", "2.5", "-1e2"]), [1.0, 2.5, -100.0]),
    ("number", pa.array(["nan", " ", ".5"]), [None, None, 0.5]),
    ("money", pa.array(["1.5", "2.25", "1"]), [Decimal("1.50"), Decimal("2.25"), Decimal("1.00")]),
    ("level", pa.array(["10", "30", "20"]), [10, 30, 20]),
    ("day", pa.array(["2024-01-01", "2024-01-03", " 2024-01-05"]), [DAYS[0], DAYS[2], DAYS[4]]),
    ("time", pa.array(["2024-01-01", "2024-01-01 03:00", "2024-01-01T02:00:00"]), [TIMES[0], TIMES[3], TIMES[2]]),
]


@pytest.fixture(scope="module")
def encoder() -> TableEncoder:
    """No test may change it."""
    return TableEncoder().fit(pa.table(TRAINED))


def replace(column: str, cells: pa.Array) -> pa.Table:
    return pa.table({name: array.slice(0, 3) for name, array in TRAINED.items()} | {column: cells})


@pytest.mark.parametrize(("column", "cells", "wanted"), READINGS)
def test_the_type_of_training_decides(encoder: TableEncoder, column: str, cells: Any, wanted: list[Any]) -> None:
    kind = TRAINED[column].type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    expected = encoder.transform(replace(column, pa.array(wanted, kind)))
    np.testing.assert_array_equal(encoder.transform(replace(column, cells)), expected)
    assert encoder.transform(replace(column, cells)[1:2]).tolist() == expected[1:2].tolist()


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_data_frames_of_every_library(library: Any) -> None:
    table = {"grade": ["1", "2", "3", "A"] * 5, "flag": [True, False, False, False] * 5, "size": [0.5, 1, 2, 3] * 5}
    encoder = TableEncoder().fit(library(table))
    expected = encoder.transform(library({name: cells[:3] for name, cells in table.items()}))
    later = {"grade": [1, 2, 3], "flag": ["true", "false", "0"], "size": ["0.5", "1", "2"]}
    np.testing.assert_array_equal(encoder.transform(library(later)), expected)
    later = {"grade": [1.0, 2.0, 3.0], "flag": [1, 0, 0], "size": [0.5, 1, 2]}
    np.testing.assert_array_equal(encoder.transform(library(later)), expected)


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("whole", ["1", "many", "?"], "column 'whole' holds 'many' in row 1, but held numbers in training"),
        ("whole", ["0x10", "1", "1"], "column 'whole' holds '0x10' in row 0, but held numbers"),
        ("number", ["1", "2", "1,5"], "column 'number' holds '1,5' in row 2, but held numbers"),
        ("number", ["1", "2", "z" * 200], "column 'number' holds 'zz.*z… in row 2"),
        ("number", [True] * 3, "column 'number' holds booleans, but held numbers"),
        ("flag", ["true", "no", "true"], "column 'flag' holds 'no' in row 1, but held booleans"),
        ("flag", [0, 1, 2], "column 'flag' holds 2 in row 2, but held booleans"),
        ("flag", DAYS[:3], "column 'flag' holds dates, but held booleans"),
        ("day", ["2024-01-01", "01.02.2024", "?"], "column 'day' holds '01.02.2024' in row 1, but held dates"),
        ("day", ["2024-01-01", "2024-01-01", "2024-02-30"], "column 'day' holds '2024-02-30' in row 2"),
        ("day", [1, 2, 3], "column 'day' holds numbers, but held dates"),
        ("zoned", ["2024-01-01T01:00:00Z", "2024-01-01T01:00:00", None], "in row 1, but held dates with a time zone"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_row(
    encoder: TableEncoder, column: str, cells: list[Any], said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said) as caught:
        encoder.transform(replace(column, pa.array(cells)))
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)
