"""The dictionary of a fitted encoder: strict JSON, and never trusted."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from autoencode.exceptions import AutoencodeError, ModelFileError
from autoencode.tables import TableEncoder

TABLE = pd.DataFrame(
    {
        "n": [1, 2, 5],
        "f": [1.5, None, 2],
        "b": pd.array([True, None, False], "boolean"),
        "c": pd.Categorical(["x", "y", None]),
        "s": ["p", "q", "p"],
        "t": pd.to_datetime(["2020-01-01", "2021-01-01", None]).tz_localize("Europe/Berlin"),
        "d": [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2), None],
        "u": pd.to_timedelta([1, 2, 3], "s"),
        "k": [5] * 3,
        "e": [None] * 3,
        "m": [Decimal("1.5"), Decimal("2.5"), Decimal("3.5")],
    }
)
ENCODERS = {scaling: TableEncoder(numeric_scaling=scaling).fit(TABLE) for scaling in ("standard", "quantile")}
DELETED = object()
JUNK: list[Any] = [
    *(None, True, -1, 0, 2, 2**63, 10**400, 1e308, 1e-308, -1e308, float("nan"), float("inf")),
    *("", "x", "int64", "null", "string", "date32[day]", "timestamp[ns]", "timestamp[ns, tz=../../etc/passwd]"),
    *("decimal128(99, 2)", "decimal256(76, 70)", "S99999999999", "category", "object", "Enum", "[pyarrow]"),
    *("uint8", "numeric", "datetime", "constant", "left out", "polars", "numpy", "quantile", "\ud800"),
    *([], [1], [1, 2], ["a", "a"], [None], [[]], {}, {"a": 1}, DELETED),
]


def find_places(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and index of nested dictionaries and lists."""
    keys = content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield (*place, key)
        yield from find_places(content[key], (*place, key))


def spoil(content: Any, place: tuple[Any, ...], junk: Any) -> Any:
    """A copy with one place changed or deleted."""
    spoilt = target = copy.deepcopy(content)
    for key in place[:-1]:
        target = target[key]
    if junk is DELETED:
        del target[place[-1]]
    else:
        target[place[-1]] = junk
    return spoilt


@pytest.mark.parametrize("scaling", sorted(ENCODERS))
def test_a_spoilt_dictionary_is_refused_or_works(scaling: str) -> None:
    encoder = ENCODERS[scaling]
    stored = encoder.to_dict()
    places = list(find_places(stored))
    assert len(places) > 100
    refused = used = 0
    for number, place in enumerate(places):
        for junk in JUNK[number % 3 :: 3]:
            try:
                restored = TableEncoder.from_dict(spoil(stored, place, junk))
            except ModelFileError as error:
                refused += "\n" not in str(error)
                continue
            width = restored.groups_[-1].stop
            for use in (
                lambda: restored.transform(TABLE),  # noqa: B023 - called at once
                lambda: restored.inverse_transform(np.zeros((2, width))),  # noqa: B023
                lambda: restored.inverse_transform(np.full((2, width), 1e9)),  # noqa: B023
                restored.describe,
            ):
                try:
                    use()
                    used += 1
                except AutoencodeError:
                    pass
            json.dumps(restored.to_dict(), allow_nan=False)
    assert refused > 800
    assert used > 500


@pytest.mark.parametrize("content", [None, [], "x", 1, {}])
def test_what_is_no_dictionary_of_ours_is_refused(content: Any) -> None:
    with pytest.raises(ModelFileError, match="the table encoder has no 'drop'"):
        TableEncoder.from_dict(content)


@pytest.mark.parametrize(
    ("place", "junk", "words"),
    [
        (("library",), "modin", "the library 'modin'"),
        (("numeric_scaling",), "log", "the table encoder's numeric_scaling must be"),
        (("columns",), [], "no column with features"),
        (("columns", 1, "label"), "n", "two columns of one name"),
        (("columns", 0, "kind"), "datetime", "no 'origin' where there must be one"),
        (("columns", 0, "type"), "string", "column 'n' is numeric, but of the type 'string'"),
        (("columns", 0, "map", "scale"), 0, "'scale' must be a finite number ≥ 1e-300, got '0.0'"),
        (("columns", 4, "values"), ["p", "p"], "column 's' has a category twice"),
        (("columns", 4, "values"), [1], "values that are not of the type"),
        (("columns", 5, "type"), "timestamp[ns, tz=Mars/Base]", "the time zone 'Mars/Base'"),
        (("columns", 0, "format", "dtype"), "S999999999", "a column of type int64 that would be 'S999999999'"),
    ],
)
def test_what_is_said_of_a_spoilt_dictionary(place: tuple[Any, ...], junk: Any, words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        TableEncoder.from_dict(spoil(ENCODERS["standard"].to_dict(), place, junk))
