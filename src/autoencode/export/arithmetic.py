"""Arithmetic in float64 as ONNX nodes: formulas in which arrays and numbers are constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float64

from autoencode.export.graph import Graph

Operand: TypeAlias = str | float | np.generic | np.ndarray

Knots = Sequence[tuple[Float64[np.ndarray, " knots"], Float64[np.ndarray, " knots"]]]


class Arithmetic:
    """What adds nodes to a graph, named after what they do; called with an operator and what it takes.

    Parameters
    ----------
    graph
        The graph that grows.
    """

    def __init__(self, graph: Graph):
        self.graph = graph

    def __call__(self, operator: str, *values: Operand, name: str = "", **attributes: Any) -> str:
        """Add a node; of what it takes, texts are names, and whatever else is a constant, float64 where it is a number.

        Parameters
        ----------
        operator
            The ONNX operator.
        values
            What it takes.
        name
            What it is called; "" is the operator.
        attributes
            The operator's.
        """
        name = name or operator.lower()
        named = [
            value if isinstance(value, str) else self.graph.add_constant(np.asarray(value), f"{name}.constant")
            for value in values
        ]
        return self.graph.add(operator, *named, name=name, **attributes)

    def double(self, value: str) -> str:
        """Add a cast to float64."""
        return self.graph.add_cast(value, np.float64, "double")

    def add_up(self, values: str, axis: int, name: str = "") -> str:
        """Add the sum along an axis."""
        return self("ReduceSum", values, np.array([axis]), keepdims=0, name=name)

    def square(self, values: str) -> str:
        """Add the squares."""
        return self("Mul", values, values, name="square")

    def widen(self, values: str, axis: int) -> str:
        """Add an axis of length 1."""
        return self("Unsqueeze", values, np.array([axis]))

    def take(self, array: Operand, places: Operand) -> str:
        """Add what takes the rows at some places out of an array."""
        return self("Gather", array, places, axis=0)

    def sort(self, values: str, count: int) -> tuple[str, str]:
        """Add what sorts the least of each row: their values, ascending, and their places."""
        return self.graph.add_top(values, self.graph.add_constant(np.array([count]), "count"), "sorted", largest=0)

    def spread(self, values: str, places: str) -> str:
        """Add what undoes a sorting of rows: each value goes to its place."""
        return self("ScatterElements", values, places, values, axis=1, name="spread")

    def divide(self, values: Operand, divisor: str, otherwise: float = 0.0) -> str:
        """Add a quotient, or something else where the divisor is 0."""
        quotient = self("Div", values, divisor)
        return self("Where", self("Greater", divisor, 0.0), quotient, otherwise, name="quotient")

    def count_below(self, values: str, columns: Sequence[np.ndarray], *, equal: bool, chosen: str | None = None) -> str:
        """Add what counts, column by column, the sorted numbers that are below values, by halving.

        Parameters
        ----------
        values
            The name of a matrix, float64, shape (batch, columns).
        columns
            Of each column the numbers, ascending.
        equal
            Whether those that are equal count too.
        chosen
            The name of which of the columns each value is held against, int64, in the values' shape; None: its own.

        Returns
        -------
        str
            The name of the counts, int64, shape (batch, columns).
        """
        known = np.concatenate([[*column, np.inf] for column in columns])
        sizes = np.array([len(column) for column in columns], np.int64)
        before: Operand = np.cumsum(sizes + 1) - sizes - 2
        most: Operand = sizes + 1
        if chosen is not None:
            before, most = self.take(before, chosen), self.take(most, chosen)
        count = self.graph.add_cast(self("Mul", values, 0.0, name="nothing"), np.int64, "count")
        step = 1 << int(sizes.max(initial=1)).bit_length() - 1
        while step:
            more = self("Min", self("Add", count, np.int64(step)), most, name="more")
            last = self("Gather", known, self("Add", more, before), axis=0, name="last")
            is_below = self("LessOrEqual" if equal else "Less", last, values, name="is_below")
            count = self("Where", is_below, more, count, name="count")
            step //= 2
        return count

    def interpolate(self, values: str, columns: Knots) -> str:
        """Add what interpolates between knots, column by column, as `numpy.interp` does.

        Parameters
        ----------
        values
            The name of a matrix, float64, shape (batch, columns).
        columns
            Of each column the knots, ascending, and the values there.
        """
        knots = [known for known, _ in columns]
        starts = np.cumsum([0, *map(len, knots[:-1])])
        piece = self("Max", self.count_below(values, knots, equal=True), np.int64(1), name="piece")
        place = self("Add", piece, starts - 1, name="place")
        past = self("Sub", values, self("Gather", np.concatenate(knots), place, axis=0), name="past")
        past = self("Max", past, 0.0, name="past")  # before the first knot all is as there
        slopes = np.concatenate([_find_slopes(*pair) for pair in columns])
        risen = self("Mul", past, self("Gather", slopes, place, axis=0), name="risen")
        return self("Add", risen, self("Gather", np.concatenate([at for _, at in columns]), place, axis=0))


def _find_slopes(
    knots: Float64[np.ndarray, " knots"], values: Float64[np.ndarray, " knots"]
) -> Float64[np.ndarray, " knots"]:
    """Return the slope after each knot: 0 after the last, and between two so near that float64 has none."""
    widths = np.diff(knots)
    with np.errstate(over="ignore"):
        slopes = np.divide(np.diff(values), widths, out=np.zeros(len(widths)), where=widths > 0)
    return np.append(np.where(np.isfinite(slopes), slopes, 0.0), 0.0)
