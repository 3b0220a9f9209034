"""Bottlenecks as ONNX nodes: from what an encoder gives to the code, without chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autoencode.bottlenecks import FiniteScalar, Gaussian, Plain, TopK, VectorQuantized
from autoencode.exceptions import InvalidInputError
from autoencode.export.graph import Graph

__all__ = ["BOTTLENECK_NODES", "add_bottleneck"]


def _add_plain(graph: Graph, bottleneck: Plain, encoded: str, code_size: int) -> str:
    del graph, bottleneck, code_size
    return encoded


def _add_mean(graph: Graph, bottleneck: Gaussian, encoded: str, code_size: int) -> str:
    del bottleneck
    return graph.add_columns(encoded, 0, code_size, "code.mean")


def _add_top_k(graph: Graph, bottleneck: TopK, encoded: str, code_size: int) -> str:
    """Add what keeps the k largest: of equal numbers the first, as ONNX says and `jax.lax.top_k` does."""
    count = graph.add_constant(np.array([bottleneck.k], np.int64), "code.k")
    values, places = graph.add_top(encoded, count, "code.top")
    zero = graph.add_constant(np.zeros((1, code_size), np.float32), "code.zero")
    zeros = graph.add("Mul", encoded, zero, name="code.zeros")
    return graph.add("ScatterElements", zeros, places, values, axis=1, name="code.kept")


def _add_nearest_entries(graph: Graph, bottleneck: VectorQuantized, encoded: str, code_size: int) -> str:
    assert bottleneck.codebook is not None, "a fitted network has its codebook"
    entries = np.asarray(bottleneck.codebook.entries)
    book = graph.add_constant(entries, "codebook.entries")
    groups = graph.add_constant(np.array([-1, bottleneck.numbers], np.int64), "code.groups")
    vectors = graph.add("Reshape", encoded, groups, name="code.vectors")
    twice = graph.add_constant(2 * entries.T, "codebook.twice")
    squares = graph.add_constant(np.sum(np.square(entries), axis=1), "codebook.squares")
    products = graph.add("MatMul", vectors, twice, name="code.products")
    distances = graph.add("Sub", squares, products, name="code.distances")
    nearest = graph.add("ArgMin", distances, axis=1, keepdims=0, name="code.nearest")
    rows = graph.add_constant(np.array([-1, code_size], np.int64), "code.rows")
    return graph.add("Reshape", graph.add("Gather", book, nearest, axis=0, name="code.entries"), rows, name="code")


def _add_levels(graph: Graph, bottleneck: FiniteScalar, encoded: str, code_size: int) -> str:
    del code_size
    steps = bottleneck.levels - 1
    half = graph.add_number(steps / 2, "code.half", np.float32)
    one = graph.add_number(1, "code.one", np.float32)
    shifted = graph.add("Add", graph.add("Tanh", encoded, name="code.bounded"), one, name="code.shifted")
    level = graph.add("Round", graph.add("Mul", shifted, half, name="code.scaled"), name="code.level")
    step = graph.add_number(2 / steps, "code.step", np.float32)
    return graph.add("Sub", graph.add("Mul", level, step, name="code.spread"), one, name="code")


BOTTLENECK_NODES: dict[type, Callable[[Graph, Any, str, int], str]] = {
    Plain: _add_plain,
    Gaussian: _add_mean,
    TopK: _add_top_k,
    VectorQuantized: _add_nearest_entries,
    FiniteScalar: _add_levels,
}
"""Every bottleneck that can be exported: ``(graph, bottleneck, what the encoder gives, code size) → the code``."""


def add_bottleneck(graph: Graph, bottleneck: Any, encoded: str, code_size: int) -> str:
    """Add a bottleneck's nodes.

    Parameters
    ----------
    graph
        The graph that grows.
    bottleneck
        The fitted bottleneck.
    encoded
        The name of what the encoder gives, float32, shape (batch, numbers).
    code_size
        Numbers of a code.

    Returns
    -------
    str
        The name of the code, float32, shape (batch, code).

    Raises
    ------
    InvalidInputError
        If it is a bottleneck of the user's own.
    """
    if type(bottleneck) not in BOTTLENECK_NODES:
        raise InvalidInputError(
            f"a {type(bottleneck).__name__} has no ONNX form; only "
            f"{', '.join(kind.__name__ for kind in BOTTLENECK_NODES)} have."
        )
    return BOTTLENECK_NODES[type(bottleneck)](graph, bottleneck, encoded, code_size)
