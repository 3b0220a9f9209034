"""Each kind of column: its nodes give the features and the cells that the column itself gives."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.export.graph import Graph
from autoencode.export.number_nodes import add_numbers, add_scores
from autoencode.export.table_nodes import COLUMN_NODES, Port, name_ports
from autoencode.tables.column_choice import choose_column
from autoencode.tables.encoding_choices import EncodingChoices
from autoencode.tables.number_map import QuantileMap, StandardMap

RNG = np.random.default_rng(0)
NOT_A_TIME = np.iinfo(np.int64).min


def make_session(graph: Graph) -> onnxruntime.InferenceSession:
    content = graph.to_bytes("test", {})
    onnx.checker.check_model(content, full_check=True)
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def dates(kind: pa.DataType, *, missing: bool = False) -> pa.Array:
    """Return times that end where the unit does, before and after 1970."""
    stored = pa.int32() if kind.bit_width == 32 else pa.int64()
    days = not pa.types.is_timestamp(kind) and not pa.types.is_duration(kind) and not pa.types.is_time(kind)
    reach = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}.get(getattr(kind, "unit", ""), 1)
    if days:
        ticks = RNG.integers(-20_000, 20_000, 50) * (1 if pa.types.is_date32(kind) else 86_400_000)
    elif pa.types.is_time(kind):
        ticks = RNG.integers(0, 86_400 * reach, 50)
    else:
        ticks = RNG.integers(-(10**9) * reach, 10**9 * reach, 50)
    mask = np.arange(50) % 7 == 0 if missing else None
    return pa.array(ticks, pa.int64(), mask=mask).cast(stored).cast(kind)


def numbers(kind: pa.DataType, *, missing: bool = False) -> pa.Array:
    values = RNG.integers(0, 100, 50) if pa.types.is_integer(kind) else RNG.normal(1e3, 5, 50).astype(np.float16)
    return pa.array(values, mask=np.arange(50) % 5 == 0 if missing else None).cast(kind)


TEXTS = ["a", "b", "größe", "", " ", "other", "=1+1", "日本", "x\ny", "a" * 500]
CELLS: dict[str, Any] = {
    **{f"{kind}": numbers(kind) for kind in (pa.int8(), pa.int64(), pa.uint64(), pa.float32(), pa.float64())},
    **{f"{kind}?": numbers(kind, missing=True) for kind in (pa.int16(), pa.float16(), pa.float32(), pa.float64())},
    "large": pa.array(2.0**40 + RNG.integers(0, 1000, 50)),
    "decimal": pa.array([Decimal(n) / 100 for n in range(50)], pa.decimal128(7, 2)),
    "bool": pa.array(RNG.integers(0, 2, 50).astype(bool)),
    "bool?": pa.array(RNG.integers(0, 2, 50).astype(bool), mask=np.arange(50) % 4 == 0),
    "text": pa.array([TEXTS[n % len(TEXTS)] for n in range(50)]),
    "text?": pa.array([None if n % 6 == 0 else TEXTS[n % 3] for n in range(50)], pa.large_string()),
    "number categories": pa.array([n % 3 for n in range(50)]),
    "number categories?": pa.array([None if n % 6 == 0 else n % 3 / 2 for n in range(50)]),
    "date32": dates(pa.date32()),
    "date32?": dates(pa.date32(), missing=True),
    "date64": dates(pa.date64()),
    **{f"timestamp {unit}": dates(pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")},
    "timestamp tz?": dates(pa.timestamp("us", "Europe/Berlin"), missing=True),
    "duration?": dates(pa.duration("ms"), missing=True),
    "time": dates(pa.time64("us")),
}


@pytest.mark.parametrize("scaling", ["standard", "quantile"])
@pytest.mark.parametrize("name", CELLS)
def test_nodes_give_what_the_column_gives(name: str, scaling: str) -> None:
    cells = pa.chunked_array([CELLS[name]])
    column = choose_column(name, cells, "categories" in name, EncodingChoices(scaling, 32, 0.01))
    nodes = COLUMN_NODES[column.kind](column, Port("in", "out"))
    features = column.encode(cells)

    graph = Graph("features")
    graph.add_output(nodes.add_features(graph), "features", np.float32, features.shape[1:], "features")
    feed = nodes.feed(cells)
    assert feed.shape == (50,)
    (theirs,) = make_session(graph).run(None, {"in": feed})
    np.testing.assert_allclose(theirs, features, rtol=1e-6, atol=1e-6)
    assert make_session(graph).run(None, {"in": feed[:0]})[0].shape == (0, features.shape[1])

    graph = Graph("cells")
    graph.add_input("scaled", np.float32, features.shape[1:], "features")
    nodes.add_cells(graph, "scaled")
    session = make_session(graph)
    (theirs,) = session.run(None, {"scaled": features})
    assert theirs.dtype == nodes.dtype
    assert nodes.subtract(theirs, features).max() <= 1e-6
    rebuilt = nodes.feed(pa.chunked_array([column.decode(features)]))
    if nodes.dtype == object:
        assert theirs.tolist() == rebuilt.tolist()
    else:  # of times what float64 can tell apart; of decimals all digits
        precision = 1e-6 if nodes.dtype.kind == "f" else 1e-12
        digits = 0.005 if name == "decimal" else 0
        np.testing.assert_allclose(theirs.astype(float), rebuilt.astype(float), rtol=precision, atol=digits)

    # Whatever the network may give: cells far out, flags and categories near the point at which they change.
    draw = np.random.default_rng(0)  # not that of the module, which every test moves on
    strange = np.concatenate([features + draw.normal(0, s, features.shape) for s in (0.3, 3, 1e4)]).astype(np.float32)
    (theirs,) = session.run(None, {"scaled": strange})
    assert nodes.subtract(theirs, strange).max() <= 1e-5 * np.abs(strange).max()


@pytest.mark.parametrize("name", [name for name in CELLS if not name.endswith("?")])
def test_nodes_encode_what_training_did_not_have(name: str) -> None:
    cells = pa.chunked_array([CELLS[name]])
    column = choose_column(name, cells, "categories" in name, EncodingChoices("standard", 32, 0.01, "encode"))
    nodes = COLUMN_NODES[column.kind](column, Port("in", "out"))
    feed = np.concatenate([nodes.feed(cells), nodes.feed(pa.chunked_array([pa.nulls(1, CELLS[name].type)]))])
    ours = column.encode(pa.chunked_array([pa.concat_arrays([CELLS[name], pa.nulls(1, CELLS[name].type)])]))
    if feed.dtype.kind == "f" and "bool" not in name:
        far = np.array([np.inf, -np.inf], feed.dtype)
        feed, ours = np.append(feed, far), np.concatenate([ours, column.encode(pa.chunked_array([far]))])
    if name.startswith(("date64", "timestamp")):  # of other units Arrow has none that far out
        far = [2**62, -(2**62)]
        feed = np.append(feed, far)
        ours = np.concatenate([ours, column.encode(pa.chunked_array([pa.array(far).cast(CELLS[name].type)]))])
    graph = Graph("features")
    graph.add_output(nodes.add_features(graph), "features", np.float32, ours.shape[1:], "features")
    (theirs,) = make_session(graph).run(None, {"in": feed})
    np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-6)

    graph = Graph("cells")
    graph.add_input("scaled", np.float32, ours.shape[1:], "features")
    nodes.add_cells(graph, "scaled")
    (theirs,) = make_session(graph).run(None, {"scaled": ours})
    assert nodes.subtract(theirs, ours).max() <= 1e-6 * np.abs(ours).max()
    assert theirs.dtype == nodes.dtype


@pytest.mark.parametrize("name", ["int64", "bool", "double?", "text?", "timestamp tz?"])
def test_wrong_cells_are_seen(name: str) -> None:
    cells = pa.chunked_array([CELLS[name]])
    column = choose_column(name, cells, False, EncodingChoices("standard", 32, 0.01))
    nodes = COLUMN_NODES[column.kind](column, Port("in", "out"))
    theirs = nodes.feed(cells)
    features = column.encode(cells)
    assert nodes.subtract(theirs, features).max() <= 1e-6
    wrong = np.roll(theirs, 1)
    assert nodes.subtract(wrong, features).max() > 0.1
    if "?" in name:
        nothing = {"double?": np.nan, "text?": "", "timestamp tz?": NOT_A_TIME}[name]
        present = np.array([cell is not None for cell in CELLS[name].to_pylist()])
        wrong = theirs.copy()
        wrong[present] = nothing
        assert nodes.subtract(wrong, features)[present].min() >= 0.5


def test_a_category_that_training_did_not_have_is_other() -> None:
    column = choose_column("c", pa.chunked_array([["a", "b", "a"]]), False, EncodingChoices("standard", 32, 0.01))
    nodes = COLUMN_NODES["category"](column, Port("in", "out"))
    graph = Graph("features")
    graph.add_output(nodes.add_features(graph), "features", np.float32, (3,), "features")
    (features,) = make_session(graph).run(None, {"in": np.array(["b", "zebra", ""], object)})
    assert features.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_missing_has_a_text_that_is_no_category() -> None:
    cells = pa.chunked_array([["", "(missing)", "", "(missing)", None]])
    nodes = COLUMN_NODES["category"](
        choose_column("c", cells, False, EncodingChoices("standard", 32, 0.01)), Port("in", "out")
    )
    assert nodes.missing == "((missing))"
    assert nodes.feed(cells).tolist() == ["", "(missing)", "", "(missing)", "((missing))"]


finite = st.floats(-1e6, 1e6)


@settings(max_examples=30, deadline=None)
@given(st.lists(finite, min_size=2, max_size=20, unique=True), st.lists(finite, min_size=1, max_size=20))
def test_interpolation_is_that_of_the_map(knots: list[float], places: list[float]) -> None:
    ascending = np.unique(np.round(knots, 3))
    if len(ascending) < 2:
        return
    for number_map in (
        QuantileMap(ascending, np.sort(np.random.default_rng(0).normal(size=len(ascending))), 1.0),
        StandardMap(float(ascending[0]), float(ascending[1] - ascending[0])),
    ):
        for add, own in ((add_scores, number_map.apply), (add_numbers, number_map.invert)):
            graph = Graph("map")
            graph.add_input("places", np.float64, (), "places")
            graph.add_output(add(graph, number_map, "places", "map"), "values", np.float64, (), "values")
            (theirs,) = make_session(graph).run(None, {"places": np.array(places)})
            ours = own(np.array(places))
            assert np.abs(theirs - ours).max() <= 1e-9 * max(1, np.abs(ours).max(), np.abs(ascending).max())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=30))
def test_ports_are_valid_and_unique(columns: list[str]) -> None:
    ports = name_ports([*columns, "code", "errors", "age", "reconstruction_age", "age"])
    names = [name for port in ports for name in port]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.isascii() and len(name) < 90 for name in names)
    assert not {"code", "errors"} & set(names)


def test_plain_names_stay() -> None:
    assert name_ports(["age", "sex_2"]) == [Port("age", "reconstruction_age"), Port("sex_2", "reconstruction_sex_2")]


def test_dates_are_what_numpy_stores() -> None:
    day = pa.chunked_array([[datetime.date(1970, 1, 2), datetime.date(1969, 12, 31), None]])
    nodes = COLUMN_NODES["datetime"](
        choose_column("d", day, False, EncodingChoices("standard", 32, 0.01)), Port("in", "out")
    )
    assert nodes.feed(day).tolist() == [1, -1, NOT_A_TIME]
    assert np.array(["1970-01-02", "1969-12-31", "NaT"], "M8[D]").astype(np.int64).tolist() == [1, -1, NOT_A_TIME]
