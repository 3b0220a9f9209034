"""What an activation is, in each of its forms, and how it is found by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autoencode.registry import OUTPUT_ACTIVATIONS, load

AddNodes = Callable[[Any, str, str], str]


@dataclass(frozen=True)
class Activation:
    """An activation that has a name.

    Parameters
    ----------
    numpy
        From an array to one of the same shape and type, along the last axis.
    place
        Where JAX's function is, ``module:name``; it is imported when it is first asked for.
    add_nodes
        Adds its ONNX nodes: ``(graph, name of the values, name of the result) → what the result is called``.
    script
        The formula in x as the script of a page computes it; None where that cannot.
    """

    numpy: Callable[[np.ndarray], np.ndarray]
    place: str
    add_nodes: AddNodes
    script: str | None = None

    def evaluate(self, values: np.ndarray) -> np.ndarray:
        """Return the activation of an array in NumPy, of the same type; within 1e-6 of JAX's for float32."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # as JAX, which says nothing of it
            return self.numpy(values)

    @cached_property
    def jax(self) -> Callable:
        """The function for JAX, always the same object."""
        return load(self.place)


def name_activation(activation: Any) -> str | None:
    """Return the name of an activation that was given by it or as JAX's function; None where it has none."""
    if isinstance(activation, str):
        return activation if activation in OUTPUT_ACTIVATIONS else None
    return next((name for name in OUTPUT_ACTIVATIONS.ours if OUTPUT_ACTIVATIONS[name].jax is activation), None)


def find_forms(activation: Any) -> Any:
    """Return an activation with all of its forms: it has `evaluate` for NumPy, and `add_nodes` for ONNX.

    Parameters
    ----------
    activation
        A name, JAX's function that one stands for, or what has the forms itself, as that of a table's columns.

    Returns
    -------
    object or None
        None for a function of the user's own, which has only the form that JAX takes.

    Examples
    --------
    >>> find_forms("relu").evaluate(np.array([-1.0, 2.0], np.float32))
    array([0., 2.], dtype=float32)
    """
    if hasattr(activation, "add_nodes"):
        return activation
    name = name_activation(activation)
    return None if name is None else OUTPUT_ACTIVATIONS[name]
