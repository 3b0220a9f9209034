"""Activations as ONNX nodes."""

from __future__ import annotations

from typing import Any

from autoencode.exceptions import InvalidInputError
from autoencode.export.graph import Graph
from autoencode.parts.activations import find_forms
from autoencode.registry import OUTPUT_ACTIVATIONS


def add_activation(graph: Graph, activation: Any, values: str, name: str) -> str:
    """Add an activation's nodes.

    Parameters
    ----------
    graph
        The graph that grows.
    activation
        A name of `networks.OUTPUT_ACTIVATIONS`, the function that one stands for, or the activation of a table's
        features or of a sequence's.
    values
        The name of what it is applied to.
    name
        What the result shall be called.

    Returns
    -------
    str
        What the result is called.

    Raises
    ------
    InvalidInputError
        If it is a function of the user's own, which ONNX has no node for.
    """
    forms = find_forms(activation)
    if forms is None:
        called = getattr(activation, "__name__", repr(activation))
        raise InvalidInputError(
            f"the activation {called} of {name} is a function of your own, which ONNX has no node for; to export the "
            f"model, train it with one of {', '.join(OUTPUT_ACTIVATIONS)}."
        )
    return forms.add_nodes(graph, values, name)
