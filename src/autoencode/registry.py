"""Every part by name, and where it is: data that imports nothing, so that help and completion are quick."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["ACTIVATIONS", "load"]

ACTIVATIONS: dict[str, str] = {
    name: f"autoencode.activations.named:{name}"
    for name in (
        *("identity", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish"),
        *("tanh", "sigmoid", "softplus", "softsign", "softmax"),
    )
}
"""Every activation; softmax is of a reconstruction alone."""


def load(place: str) -> Any:
    """Return what stands at a place, ``module:name``.

    Examples
    --------
    >>> load("math:floor")(2.5)
    2
    """
    module, name = place.split(":")
    return getattr(import_module(module), name)
