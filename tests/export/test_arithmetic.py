"""Arithmetic as nodes gives what NumPy gives."""

from __future__ import annotations

import numpy as np
import onnxruntime
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autoencode.export.arithmetic import Arithmetic
from autoencode.export.graph import Graph

NUMBERS = st.floats(-1e6, 1e6).map(lambda number: round(number, 9))  # of widths that have a slope
KNOTS = st.lists(st.sampled_from([-1e6, -2.5, -1e-7, 0.0, 1e-7, 0.3, 1.0, 7.0, 1e6]) | NUMBERS, min_size=1, max_size=40)


def evaluate(graph: Graph, name: str, dtype: type, values: np.ndarray) -> np.ndarray:
    """Return what a graph of the input "x" gives under a name."""
    graph.add_output(name, "y", dtype, (values.shape[1],), "")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph.to_bytes("", {}), options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["y"], {"x": values})[0])


def begin(columns: int) -> tuple[Graph, Arithmetic]:
    graph = Graph("test")
    graph.add_input("x", np.float64, (columns,), "")
    return graph, Arithmetic(graph)


@settings(max_examples=60, deadline=None)
@given(columns=st.lists(KNOTS, min_size=1, max_size=4), values=st.lists(NUMBERS, min_size=1, max_size=9))
def test_what_is_below_is_counted_by_halving(columns: list[list[float]], values: list[float]) -> None:
    known = [np.sort(column) for column in columns]
    points = np.array([*values, *columns[0]])[:, None].repeat(len(known), 1)
    for equal, side in ((True, "right"), (False, "left")):
        graph, add = begin(len(known))
        found = evaluate(graph, add.count_below("x", known, equal=equal), np.int64, points)
        wanted = [np.searchsorted(column, points[:, place], side=side) for place, column in enumerate(known)]
        np.testing.assert_array_equal(found, np.transpose(wanted))


@settings(max_examples=60, deadline=None)
@example(columns=[[0.0, 5e-324]], values=[1.0])
@given(columns=st.lists(KNOTS, min_size=1, max_size=4), values=st.lists(NUMBERS, min_size=1, max_size=9))
def test_knots_are_interpolated_as_numpy_does(columns: list[list[float]], values: list[float]) -> None:
    rng = np.random.default_rng(0)
    maps = [(np.sort(column), rng.normal(size=len(column))) for column in columns]
    points = np.array([*values, *columns[0]])[:, None].repeat(len(maps), 1)
    graph, add = begin(len(maps))
    found = evaluate(graph, add.interpolate("x", maps), np.float64, points)
    wanted = [np.interp(points[:, place], *pair) for place, pair in enumerate(maps)]
    np.testing.assert_allclose(found, np.transpose(wanted), rtol=1e-12, atol=1e-12)


def test_what_is_divided_by_nothing_is_something_else() -> None:
    graph, add = begin(2)
    found = evaluate(graph, add.divide(6.0, "x", -1.0), np.float64, np.array([[0.0, 3.0]]))
    assert found.tolist() == [[-1.0, 2.0]]
