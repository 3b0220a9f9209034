"""Maps of a column's numbers to scores and back as ONNX nodes, in float64."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from autoencode.export.graph import Graph
from autoencode.tables.number_map import NumberMap, QuantileMap


def add_scores(graph: Graph, number_map: NumberMap, numbers: str, name: str) -> str:
    """Add what maps numbers, float64 of shape (batch,), to scores; return their name."""
    if isinstance(number_map, QuantileMap):
        return _add_interpolation(graph, numbers, number_map.knots, number_map.scores, name)
    centred = graph.add("Sub", numbers, graph.add_number(number_map.offset, f"{name}.offset"), name=f"{name}.centred")
    return graph.add("Div", centred, graph.add_number(number_map.scale, f"{name}.scale"), name=f"{name}.score")


def add_numbers(graph: Graph, number_map: NumberMap, scores: str, name: str) -> str:
    """Add what maps scores, float64 of shape (batch,), back to numbers; return their name."""
    if isinstance(number_map, QuantileMap):
        return _add_interpolation(graph, scores, number_map.scores, number_map.knots, name)
    spread = graph.add("Mul", scores, graph.add_number(number_map.scale, f"{name}.scale"), name=f"{name}.spread")
    return graph.add("Add", spread, graph.add_number(number_map.offset, f"{name}.offset"), name=f"{name}.number")


def _add_interpolation(
    graph: Graph, places: str, knots: Float64[np.ndarray, " knots"], values: Float64[np.ndarray, " knots"], name: str
) -> str:
    r"""Add :math:`v_0 + \sum_k s_k \min(\max(x - x_k, 0), w_k)`, with the slope and the width of each piece.

    The pieces before the first and after the last knot have the mean slope and no end.
    """
    slopes, widths = np.diff(values) / np.diff(knots), np.diff(knots)
    mean_slope = (values[-1] - values[0]) / (knots[-1] - knots[0])

    def constant(array: Float64[np.ndarray, ...], meaning: str) -> str:
        return graph.add_constant(array, f"{name}.{meaning}")

    zero = graph.add_number(0.0, f"{name}.zero")
    last = graph.add_constant(np.array([1], np.int64), f"{name}.last_axis")
    column = graph.add("Unsqueeze", places, last, name=f"{name}.column")
    reach = graph.add(
        "Max", graph.add("Sub", column, constant(knots[:-1], "knots"), name=f"{name}.past"), zero, name=name
    )
    pieces = graph.add("Min", reach, constant(widths, "widths"), name=f"{name}.pieces")
    # By a matrix of one column, as runtimes before 1.32 multiply no rows at all by a vector.
    summed = graph.add("MatMul", pieces, constant(slopes[:, None], "slopes"), name=f"{name}.summed")
    risen = graph.add("Squeeze", summed, last, name=f"{name}.risen")
    before = graph.add("Sub", places, constant(knots[0], "first_knot"), name=f"{name}.from_first")
    after = graph.add("Sub", places, constant(knots[-1], "last_knot"), name=f"{name}.from_last")
    beyond = graph.add(
        "Add",
        graph.add("Min", before, zero, name=f"{name}.before"),
        graph.add("Max", after, zero, name=f"{name}.after"),
        name=f"{name}.beyond",
    )
    outside = graph.add("Mul", beyond, constant(mean_slope, "mean_slope"), name=f"{name}.outside")
    inside = graph.add("Add", risen, constant(values[0], "first_value"), name=f"{name}.inside")
    return graph.add("Add", inside, outside, name=f"{name}.value")
