"""The steps of flat sequences as ONNX nodes: taken apart, put together, and their activation."""

from __future__ import annotations

import numpy as np

from autoencode.export.graph import Graph
from autoencode.networks import StepActivation

__all__ = ["add_step_activation", "add_steps", "join_steps"]


def add_steps(graph: Graph, flat: str, steps: int, step_features: int, name: str) -> tuple[str, str]:
    """Add what takes flat sequences apart.

    Returns
    -------
    features, exists
        Names of the features of each step, shape (batch, steps, features), and of what comes after them, shape
        (batch, steps, 1).
    """
    # 0 keeps the length of the batch, of an empty one too.
    shape = graph.add_constant(np.array([0, steps, step_features + 1], np.int64), f"{name}.shape")
    by_step = graph.add("Reshape", flat, shape, name=f"{name}.steps")
    places, last = graph.add_constant(np.arange(step_features), f"{name}.places"), np.array([step_features])
    features = graph.add("Gather", by_step, places, axis=2, name=f"{name}.features")
    return features, graph.add(
        "Gather", by_step, graph.add_constant(last, f"{name}.last"), axis=2, name=f"{name}.exists"
    )


def join_steps(graph: Graph, features: str, exists: str, name: str) -> str:
    """Add what makes flat sequences of features and of what says whether each step exists; see `add_steps`."""
    return graph.add("Flatten", graph.add("Concat", features, exists, axis=2, name=f"{name}.steps"), axis=1, name=name)


def add_step_activation(graph: Graph, activation: StepActivation, values: str, name: str) -> str:
    """Add a sigmoid for what says whether a step exists, and 0 for the features of steps that do not."""
    features, logit = add_steps(graph, values, activation.steps, activation.step_features, name)
    if activation.varying:
        exists = graph.add("Sigmoid", logit, name=f"{name}.share")
        half, zero = (graph.add_number(number, f"{name}.number", np.float32) for number in (0.5, 0.0))
        there = graph.add("GreaterOrEqual", exists, half, name=f"{name}.there")
        features = graph.add("Where", there, features, zero, name=f"{name}.kept")
    else:
        shape = graph.add("Shape", logit, name=f"{name}.size")
        exists = graph.add("Expand", graph.add_number(1.0, f"{name}.one", np.float32), shape, name=f"{name}.all")
    return join_steps(graph, features, exists, name)
