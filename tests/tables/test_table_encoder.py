"""Tables to features and back: the laws, in every library."""

from __future__ import annotations

import datetime
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

import autoencode as ae
from autoencode.exceptions import AutoencodeError, InvalidInputError
from autoencode.tables import TableEncoder

LIBRARIES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": lambda table: table.to_pandas(),
    "pandas, nullable": lambda table: table.to_pandas(types_mapper=NULLABLE.get),
    "pandas, Arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "pyarrow": lambda table: table,
}
NULLABLE = {
    pa.int16(): pd.Int16Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(),
}
scalings = st.sampled_from(["standard", "quantile"])
every_unseen = st.sampled_from(["refuse", "encode"])
every_library = pytest.mark.parametrize("library", sorted(LIBRARIES))

SECOND = datetime.timedelta(seconds=1)
CELLS: list[tuple[pa.DataType, st.SearchStrategy]] = [
    (pa.int16(), st.integers(-1000, 1000)),
    (pa.int64(), st.integers(-(10**6), 10**6)),
    (pa.float64(), st.floats(-1e6, 1e6).map(lambda number: number if abs(number) > 1e-200 else 0.0)),
    (pa.float32(), st.floats(-1e6, 1e6, width=32)),
    (pa.bool_(), st.booleans()),
    (pa.string(), st.sampled_from(["a", "b", "True", "12", "", "other", "missing", "ü=x"])),
    (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["low", "high", "other"])),
    (pa.date32(), st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))),
    (pa.timestamp("us"), st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2030, 1, 1))),
    (pa.timestamp("ns", "Europe/Berlin"), st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2030, 1, 1))),
    (pa.duration("s"), st.integers(-(10**5), 10**5).map(lambda seconds: seconds * SECOND)),
    (pa.decimal128(9, 2), st.decimals(-1000, 1000, places=2)),
]


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Tables of every kind of column, with and without missing cells, of which the first column varies."""
    rows = draw(st.integers(2, 12))
    columns = {"row": pa.array(range(rows))}
    for place, (kind, cells) in enumerate(draw(st.lists(st.sampled_from(CELLS), max_size=6))):
        values = draw(
            st.lists(st.one_of(st.none(), cells) if draw(st.booleans()) else cells, min_size=rows, max_size=rows)
        )
        columns[f"c{place}"] = pa.array(values, kind)
    return pa.table(columns)


def read_cells(table: Any) -> dict[str, tuple[str, list[Any]]]:
    """What its library calls the type of each column of a table, and its cells; missing is None."""
    import narwhals as nw

    columns = {}
    for series in nw.from_native(table, eager_only=True).iter_columns():
        native = series.to_native()
        cells = [None if pd.isna(cell) else cell for cell in series.to_list()]
        columns[series.name] = str(native.type if isinstance(table, pa.Table) else native.dtype), cells
    return columns


def assert_same(back: Any, table: Any) -> None:
    """Compare two tables: numbers within float32 precision of their spread, all else exactly."""
    assert type(back) is type(table)
    expected, found = read_cells(table), read_cells(back)
    assert list(found) == list(expected)
    for name, (kind, cells) in expected.items():
        assert found[name][0] == kind, name
        assert [cell is None for cell in found[name][1]] == [cell is None for cell in cells], name
        pairs = [(a, b) for a, b in zip(found[name][1], cells, strict=True) if b is not None]
        if pairs and isinstance(pairs[0][1], bool | str):
            assert all(a == b for a, b in pairs), name
        elif pairs:
            present = [b for _, b in pairs]
            spread = max(present) - min(present)
            assert all(abs(a - b) <= abs(spread) / 10**6 for a, b in pairs), name


@every_library
@settings(max_examples=25, deadline=None)
@given(table=tables(), scaling=scalings, unseen=every_unseen)
def test_the_inverse_gives_the_table_back(library: str, table: pa.Table, scaling: str, unseen: str) -> None:
    native = LIBRARIES[library](table)
    encoder = TableEncoder(numeric_scaling=scaling, unseen=unseen)
    features = encoder.fit_transform(native)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert_same(encoder.inverse_transform(features), native)


@settings(max_examples=25, deadline=None)
@given(table=tables(), seed=st.integers(0, 1000))
def test_rows_do_not_know_of_each_other(table: pa.Table, seed: int) -> None:
    encoder = TableEncoder().fit(table)
    rows = np.random.default_rng(seed).permutation(table.num_rows)[: 1 + seed % table.num_rows]
    np.testing.assert_array_equal(encoder.transform(table.take(rows)), encoder.transform(table)[rows])
    assert encoder.transform(table.slice(0, 0)).shape == (0, encoder.groups_[-1].stop)
    assert encoder.inverse_transform(encoder.transform(table.slice(0, 0))).schema.equals(table.schema)


@settings(max_examples=25, deadline=None)
@given(table=tables(), seed=st.integers(0, 1000))
def test_columns_are_found_by_name(table: pa.Table, seed: int) -> None:
    encoder = TableEncoder().fit(table)
    order = np.random.default_rng(seed).permutation(table.num_columns).tolist()
    shuffled = table.select(order).append_column("more", pa.array([[1]] * table.num_rows))
    np.testing.assert_array_equal(encoder.transform(shuffled), encoder.transform(table))


@settings(max_examples=25, deadline=None)
@given(table=tables(), scaling=scalings, unseen=every_unseen)
def test_as_json_and_back_it_gives_the_same_bits(table: pa.Table, scaling: str, unseen: str) -> None:
    encoder = TableEncoder(numeric_scaling=scaling, unseen=unseen).fit(table)
    text = json.dumps(encoder.to_dict(), allow_nan=False)
    restored = TableEncoder.from_dict(json.loads(text))
    assert json.dumps(restored.to_dict()) == text
    features = encoder.transform(table)
    np.testing.assert_array_equal(restored.transform(table), features)
    assert restored.inverse_transform(features).equals(encoder.inverse_transform(features))
    assert restored.get_params() == encoder.get_params()
    assert restored.groups_ == encoder.groups_
    assert restored.describe() == encoder.describe()
    assert list(restored.feature_names_in_) == list(encoder.feature_names_in_)


@settings(max_examples=25, deadline=None)
@given(table=tables(), unseen=every_unseen)
def test_groups_cover_the_features_and_mean_what_they_say(table: pa.Table, unseen: str) -> None:
    encoder = TableEncoder(unseen=unseen).fit(table)
    features = encoder.transform(table)
    assert [group.start for group in encoder.groups_] == [0, *(group.stop for group in encoder.groups_[:-1])]
    assert encoder.groups_[-1].stop == features.shape[1] == len(set(encoder.get_feature_names_out()))
    assert [c.features for c in encoder.describe()] == [sum(width for _, width in c.groups) for c in encoder.columns_]
    for group in encoder.groups_:
        block = features[:, group.start : group.stop]
        if group.kind == "category":
            assert (block.sum(axis=1) == 1).all()
        if group.kind != "numeric":
            assert set(block.ravel()) <= {0, 1}


@settings(max_examples=25, deadline=None)
@given(table=tables(), seed=st.integers(0, 1000))
def test_any_finite_features_are_a_table(table: pa.Table, seed: int) -> None:
    encoder = TableEncoder().fit(table)
    wild = np.random.default_rng(seed).normal(scale=10.0 ** (seed % 30), size=(3, encoder.groups_[-1].stop))
    back = encoder.inverse_transform(wild)
    assert back.schema.equals(table.schema)
    again = encoder.inverse_transform(encoder.transform(back)) if seed % 30 < 3 else back
    assert again.num_rows == 3


def test_libraries_can_be_mixed() -> None:
    table = pa.table({"n": [1, 2, None], "c": ["x", "y", "x"], "b": [True, False, None]})
    encoder = TableEncoder().fit(table)
    features = encoder.transform(table)
    for native in (table.to_pandas(), pl.from_arrow(table)):
        np.testing.assert_array_equal(encoder.transform(native), features)
    assert encoder.inverse_transform(features, library="polars").equals(pl.from_arrow(table))
    assert encoder.inverse_transform(features, library="pandas").equals(table.to_pandas())
    from_pandas = TableEncoder().fit(table.to_pandas())
    assert from_pandas.inverse_transform(features, library="pyarrow").column_names == ["n", "c", "b"]
    with pytest.raises(InvalidInputError, match=r"library must be one of .* got 'panda'"):
        encoder.inverse_transform(features, library="panda")


# ---------------------------------------------------------------------- what training did not have


@settings(max_examples=25, deadline=None)
@given(table=tables(), scaling=scalings)
def test_what_is_encoded_beside_leaves_the_rest_as_it_is(table: pa.Table, scaling: str) -> None:
    refusing, encoding = (
        TableEncoder(numeric_scaling=scaling, unseen=word).fit(table) for word in ("refuse", "encode")
    )
    rest, features = refusing.transform(table), encoding.transform(table)
    names, more = list(refusing.get_feature_names_out()), list(encoding.get_feature_names_out())
    np.testing.assert_array_equal(features[:, [more.index(name) for name in names]], rest)
    for name in set(more) - set(names):
        column = features[:, more.index(name)]
        assert len(set(column)) == 1, "it is new, so training says nothing of it"
    for column in encoding.columns_:
        width = {"left out": 0, "category": len(getattr(column, "values", ())) + 2}.get(column.kind, 2)
        assert column.kind != "constant"
        assert len(column.feature_names) == sum(width for _, width in column.groups) == width


SEEN = pa.table(
    {
        "whole": [1, 2, 4],
        "number": [0.5, 1.5, 4.0],
        "flag": [True, False, True],
        "text": ["x", "y", "x"],
        "places": pa.array([126, 127, 126], pa.int8()).dictionary_encode(),
        "day": pa.array([0, 1, 5], pa.int32()).cast(pa.date32()),
        "moment": pa.array([0, 90, 5], pa.timestamp("s", "Europe/Berlin")),
        "lasts": pa.array([0, 90, 5], pa.duration("s")),
        "year": [2009] * 3,
        "always": [True] * 3,
        "tool": ["laser"] * 3,
        "key": [2**60] * 3,
        "since": pa.array([3600] * 3, pa.timestamp("s")),
        "nothing": [None] * 3,
    }
)
FAR = {
    "whole": 2**62,
    "number": np.inf,
    "flag": False,
    "text": "z",
    "places": 1.5,
    "day": 2**31 - 1,
    "moment": 2**62,
    "lasts": -(2**62),
    "year": 2010,
    "always": False,
    "tool": "saw",
    "key": 3,
    "since": 0,
    "nothing": "now",
}


def make_row(values: dict[str, Any]) -> pa.Table:
    """One row of cells, dates and times as counts; without a value they are missing."""
    columns = {}
    for name in SEEN.column_names:
        kind = SEEN.schema.field(name).type
        if pa.types.is_temporal(kind):
            counts = pa.int32() if kind.bit_width == 32 else pa.int64()
            columns[name] = pa.array([values.get(name)], counts).cast(kind)
        else:
            columns[name] = pa.array([values.get(name)])
    return pa.table(columns)


@pytest.mark.parametrize("scaling", ["standard", "quantile"])
def test_what_training_did_not_have_is_seen(scaling: str) -> None:
    encoder = TableEncoder(numeric_scaling=scaling, unseen="encode").fit(SEEN)
    names = list(encoder.get_feature_names_out())
    far = dict(zip(names, encoder.transform(make_row(FAR))[0].tolist(), strict=True))
    assert all(np.isfinite(value) and abs(value) <= 1e6 for value in far.values())
    assert far["whole"] == far["number"] == 1e6 == -far["lasts"]
    assert min(far["day"], far["moment"]) > 1e3, "the year 9999"
    assert (far["year"], far["always"], far["since"]) == (1, 0, -3600)
    assert [far[f"{name}=other"] for name in ("text", "places", "tool", "key")] == [1] * 4
    missing = dict(zip(names, encoder.transform(make_row({}))[0].tolist(), strict=True))
    flags = [name for name in names if name.endswith(" is missing")]
    assert len(flags) == SEEN.num_columns - 1
    assert all(missing[name] == 1 and far[name] == 0 for name in flags)
    assert encoder.inverse_transform(encoder.transform(make_row({}))).to_pylist()[0] == dict.fromkeys(SEEN.column_names)
    assert_same(encoder.inverse_transform(encoder.transform(SEEN)), SEEN)
    notes = {row.column: (row.read_as, row.note) for row in encoder.describe()}
    assert notes["year"] == ("whole number", "mean 2009, scale 1")
    assert notes["tool"] == ("category", "1 category: laser; missing, in 0 rows, is one more")
    assert notes["nothing"] == ("left out", "every cell is missing")


@pytest.mark.parametrize("name", ["whole", "number", "flag", "day"])
def test_by_default_what_training_did_not_have_is_refused(name: str) -> None:
    encoder = TableEncoder().fit(SEEN)
    with pytest.raises(InvalidInputError, match=f"column '{name}' is missing in 1 row"):
        encoder.transform(make_row({**FAR, "whole": 1, "number": 1.0, "day": 1, "places": 126, name: None}))


def test_what_a_file_of_before_says_is_refused() -> None:
    stored = TableEncoder().fit(SEEN).to_dict()
    assert stored.pop("unseen") == "refuse"
    restored = TableEncoder.from_dict(stored)
    assert restored.unseen == "refuse"
    np.testing.assert_array_equal(restored.transform(SEEN), TableEncoder().fit_transform(SEEN))
    for word in ("refuse it", 1):
        with pytest.raises(AutoencodeError, match="unseen"):
            TableEncoder.from_dict({**stored, "unseen": word})
    with pytest.raises(InvalidInputError, match="unseen must be 'refuse' or 'encode', got None"):
        TableEncoder(unseen=None).fit(SEEN)


# ---------------------------------------------------------------------- scikit-learn


@parametrize_with_checks([TableEncoder()])
def test_scikit_learns_checks_pass_and_none_skips(estimator: TableEncoder, check: Callable) -> None:
    try:
        check(estimator)
    except SkipTest as skip:
        pytest.fail(f"the check skipped itself: {skip}")


def test_no_check_is_left_out_or_expected_to_fail() -> None:
    checks = list(estimator_checks_generator(TableEncoder(), mark="xfail"))
    assert len(checks) >= 40
    assert not [check for check in checks if not isinstance(check, tuple)], "pytest.param here means a mark"


def test_clone_pickle_and_not_fitted() -> None:
    table = pd.DataFrame({"n": [1.0, 2.0, 4.0], "c": ["x", "y", "x"]})
    encoder = TableEncoder(max_categories=5, drop=["z"]).set_params(drop=()).fit(table)
    assert clone(encoder).get_params() == encoder.get_params()
    with pytest.raises(NotFittedError):
        clone(encoder).transform(table)
    again = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(again.transform(table), encoder.transform(table))


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_set_output(library: str) -> None:
    table = pd.DataFrame({"n": [1.0, None, 4.0], "c": ["x", "y", "x"]}, index=[7, 8, 9])
    encoder = TableEncoder().set_output(transform=library)
    features = encoder.fit_transform(table)
    assert list(features.columns) == list(encoder.get_feature_names_out())
    assert list(features.columns) == ["n", "n is missing", "c=x", "c=y", "c=other"]
    if library == "pandas":
        assert list(features.index) == [7, 8, 9]


def test_an_array_is_a_table_without_names() -> None:
    array = np.array([[1.0, 5.0], [2.0, np.nan], [4.0, 7.0]])
    encoder = TableEncoder().fit(array)
    assert list(encoder.get_feature_names_out()) == ["x0", "x1", "x1 is missing"]
    assert not hasattr(encoder, "feature_names_in_")
    np.testing.assert_allclose(encoder.inverse_transform(encoder.transform(array)), array, rtol=1e-6)
    mixed = np.array([[1, "a"], [2, None], [3, "b"]], dtype=object)
    encoder.fit(mixed)
    assert encoder.inverse_transform(encoder.transform(mixed)).tolist() == mixed.tolist()


# ---------------------------------------------------------------------- real tables

PLACE = os.environ.get("AUTOENCODE_DATA")
real_data = pytest.mark.skipif(PLACE is None, reason="AUTOENCODE_DATA, the folder of real data, is not set")
REAL = {"titanic": (891, 42), "penguins": (344, 20), "mpg": (398, 12), "diamonds": (53940, 30)}


@real_data
@pytest.mark.parametrize("reader", [pd.read_csv, pl.read_csv, csv.read_csv])
@pytest.mark.parametrize("name", sorted(REAL))
def test_real_tables_come_back(name: str, reader: Callable) -> None:
    table = reader(Path(PLACE or "") / "tables" / f"{name}.csv")
    encoder = ae.TableEncoder()
    features = encoder.fit_transform(table)
    assert features.shape == REAL[name]
    back = encoder.inverse_transform(features)
    left_out = [column.name for column in encoder.columns_ if column.kind == "left out"]
    assert left_out == (["name"] if name == "mpg" else [])
    assert read_cells(back[left_out] if reader is pd.read_csv else back.select(left_out)) == {
        column: (kind, [None] * len(cells))
        for column, (kind, cells) in read_cells(
            table[left_out] if reader is pd.read_csv else table.select(left_out)
        ).items()
    }
    kept = [column.name for column in encoder.columns_ if column.kind != "left out"]
    assert_same(*(t[kept] if reader is pd.read_csv else t.select(kept) for t in (back, table)))


@real_data
def test_what_is_said_of_a_real_table() -> None:
    encoder = ae.TableEncoder().fit(csv.read_csv(Path(PLACE or "") / "tables" / "mpg.csv"))
    assert [tuple(row) for row in encoder.describe()][-3:] == [
        ("model_year", "whole number", 1, "mean 76.01, standard deviation 3.693"),
        ("origin", "category", 4, "3 categories: usa, japan, europe"),
        ("name", "left out", 0, "305 different values in 398 rows say which row it is, not of what kind"),
    ]
