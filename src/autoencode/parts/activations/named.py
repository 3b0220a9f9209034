"""The activations that have names, each with all of its forms; their names are those of `registry.ACTIVATIONS`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autoencode.parts.activations.activation import Activation, AddNodes

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
"""The constants of selu: G. Klambauer et al., "Self-normalizing neural networks", 2017, eq. 2."""


def one_node(operator: str, **attributes: Any) -> AddNodes:
    """Return what adds one node of an operator."""

    def add(graph: Any, values: str, name: str) -> str:
        return graph.add(operator, values, name=name, **attributes)

    return add


def keep(values: Any) -> Any:
    """Return what is given, in NumPy and in JAX."""
    return values


def compute_sigmoid(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-x)), without an exponential of a large number."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def compute_softmax(x: np.ndarray) -> np.ndarray:
    """Return the softmax along the last axis."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def add_divisor(graph: Any, values: str, name: str) -> str:
    """Add 1 + exp(-x), the reciprocal of the sigmoid.

    ONNX Runtime's Sigmoid is 1e-7 off, however small its value is; a large factor or a logarithm would show that.
    """
    exponential = graph.add("Exp", graph.add("Neg", values, name=f"{name}.negative"), name=f"{name}.exponential")
    return graph.add("Add", exponential, graph.add_number(1.0, f"{name}.one", np.float32), name=f"{name}.divisor")


def _add_silu(graph: Any, values: str, name: str) -> str:
    return graph.add("Div", values, add_divisor(graph, values, name), name=name)


def _add_mish(graph: Any, values: str, name: str) -> str:
    softplus = graph.add("Softplus", values, name=f"{name}.softplus")
    return graph.add("Mul", values, graph.add("Tanh", softplus, name=f"{name}.tanh"), name=name)


def _add_gelu(graph: Any, values: str, name: str) -> str:
    """Add the nodes one by one: the operator Gelu, which could say all in one node, came with opset 20."""

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


identity = Activation(keep, f"{__name__}:keep", lambda _graph, values, _name: values, "x")
relu = Activation(lambda x: np.maximum(x, 0), "jax.nn:relu", one_node("Relu"), "max(x, 0)")
leaky_relu = Activation(
    lambda x: np.where(x >= 0, x, 0.01 * x),
    "jax.nn:leaky_relu",
    one_node("LeakyRelu", alpha=0.01),
    "x >= 0 ? x : 0.01 * x",
)
elu = Activation(
    lambda x: np.where(x > 0, x, np.expm1(x)), "jax.nn:elu", one_node("Elu", alpha=1.0), "x > 0 ? x : expm1(x)"
)
selu = Activation(
    lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(x)),
    "jax.nn:selu",
    one_node("Selu", alpha=ALPHA, gamma=SCALE),
    f"{SCALE} * (x > 0 ? x : {ALPHA} * expm1(x))",
)
gelu = Activation(
    # The form that JAX's function takes unasked.
    lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "jax.nn:gelu",
    _add_gelu,
    "0.5 * x * (1 + Math.tanh(sqrt(2 / PI) * (x + 0.044715 * x ** 3)))",
)
silu = Activation(lambda x: x * compute_sigmoid(x), "jax.nn:silu", _add_silu, "x * sigmoid(x)")
mish = Activation(lambda x: x * np.tanh(np.logaddexp(x, 0)), "jax.nn:mish", _add_mish, "x * Math.tanh(softplus(x))")
tanh = Activation(np.tanh, "jax.numpy:tanh", one_node("Tanh"), "Math.tanh(x)")
sigmoid = Activation(compute_sigmoid, "jax.nn:sigmoid", one_node("Sigmoid"), "1 / (1 + exp(-x))")
softplus = Activation(
    lambda x: np.logaddexp(x, 0), "jax.nn:softplus", one_node("Softplus"), "max(x, 0) + log1p(exp(-abs(x)))"
)
softsign = Activation(lambda x: x / (1 + np.abs(x)), "jax.nn:soft_sign", one_node("Softsign"), "x / (1 + abs(x))")
softmax = Activation(compute_softmax, "jax.nn:softmax", one_node("Softmax", axis=1))
