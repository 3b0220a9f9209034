"""Activations as ONNX nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autoencode.exceptions import InvalidInputError
from autoencode.export.graph import Graph
from autoencode.export.step_nodes import add_step_activation
from autoencode.networks import OUTPUT_ACTIVATIONS, StepActivation
from autoencode.networks.by_column import ColumnActivation

__all__ = ["ACTIVATION_NODES", "add_activation"]

AddNodes = Callable[[Graph, str, str], str]


def _one_node(operator: str, **attributes: Any) -> AddNodes:
    def add(graph: Graph, values: str, name: str) -> str:
        return graph.add(operator, values, name=name, **attributes)

    return add


def _add_identity(graph: Graph, values: str, name: str) -> str:
    del graph, name
    return values


def _add_divisor(graph: Graph, values: str, name: str) -> str:
    """Add 1 + exp(-x), the reciprocal of the sigmoid.

    ONNX Runtime's Sigmoid is 1e-7 off, however small its value is; a large factor or a logarithm would show that.
    """
    exponential = graph.add("Exp", graph.add("Neg", values, name=f"{name}.negative"), name=f"{name}.exponential")
    return graph.add("Add", exponential, graph.add_number(1.0, f"{name}.one", np.float32), name=f"{name}.divisor")


def _add_silu(graph: Graph, values: str, name: str) -> str:
    return graph.add("Div", values, _add_divisor(graph, values, name), name=name)


def _add_mish(graph: Graph, values: str, name: str) -> str:
    softplus = graph.add("Softplus", values, name=f"{name}.softplus")
    return graph.add("Mul", values, graph.add("Tanh", softplus, name=f"{name}.tanh"), name=name)


def _add_gelu(graph: Graph, values: str, name: str) -> str:
    r"""Add :math:`\frac x2 (1 + \tanh(\sqrt{2/\pi} (x + 0.044715 x^3)))`, the form that `jax.nn.gelu` takes unasked.

    The operator Gelu, which could say so in one node, came with opset 20.
    """

    def number(value: float, meaning: str) -> str:
        return graph.add_number(value, f"{name}.{meaning}", np.float32)

    square = graph.add("Mul", values, values, name=f"{name}.square")
    cube = graph.add("Mul", square, values, name=f"{name}.cube")
    bend = graph.add("Mul", cube, number(0.044715, "bend"), name=f"{name}.bent")
    inner = graph.add("Add", values, bend, name=f"{name}.inner")
    angle = graph.add("Mul", inner, number(math.sqrt(2 / math.pi), "slope"), name=f"{name}.angle")
    tanh = graph.add("Tanh", angle, name=f"{name}.tanh")
    gate = graph.add("Add", tanh, number(1.0, "one"), name=f"{name}.gate")
    half = graph.add("Mul", values, number(0.5, "half"), name=f"{name}.halved")
    return graph.add("Mul", half, gate, name=name)


def _add_by_column(graph: Graph, activation: ColumnActivation, values: str, name: str) -> str:
    """Add nothing for numbers, a sigmoid for flags and a softmax for each category; neighbours of a kind share one."""
    parts, groups = [], list(activation.groups)
    while groups:
        first = groups.pop(0)
        stop = first.stop
        while groups and groups[0].kind == first.kind != "category":
            stop = groups.pop(0).stop
        part = graph.add_columns(values, first.start, stop, f"{name}.{first.kind}")
        if first.kind == "flag":
            part = graph.add("Reciprocal", _add_divisor(graph, part, f"{name}.flag"), name=f"{name}.flag.share")
        elif first.kind == "category":
            part = graph.add("Softmax", part, axis=1, name=f"{name}.category.shares")
        parts.append(part)
    return graph.add("Concat", *parts, axis=1, name=name)


ACTIVATION_NODES: dict[str, AddNodes] = {
    "identity": _add_identity,
    "relu": _one_node("Relu"),
    "leaky_relu": _one_node("LeakyRelu", alpha=0.01),
    "elu": _one_node("Elu", alpha=1.0),
    "selu": _one_node("Selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "gelu": _add_gelu,
    "silu": _add_silu,
    "mish": _add_mish,
    "tanh": _one_node("Tanh"),
    "sigmoid": _one_node("Sigmoid"),
    "softplus": _one_node("Softplus"),
    "softsign": _one_node("Softsign"),
    "softmax": _one_node("Softmax", axis=1),
}
"""The nodes of every activation that has a name: ``(graph, name of the values, name of the result) → its name``."""


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
    for known, function in OUTPUT_ACTIVATIONS.items():
        if activation == known or activation is function:
            return ACTIVATION_NODES[known](graph, values, name)
    if isinstance(activation, ColumnActivation):
        return _add_by_column(graph, activation, values, name)
    if isinstance(activation, StepActivation):
        return add_step_activation(graph, activation, values, name)
    called = getattr(activation, "__name__", repr(activation))
    raise InvalidInputError(
        f"the activation {called} of {name} is a function of your own, which ONNX has no node for; to export the "
        f"model, train it with one of {', '.join(OUTPUT_ACTIVATIONS)}."
    )
