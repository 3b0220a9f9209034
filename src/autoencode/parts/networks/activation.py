"""Activation functions for JAX by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter

from jaxtyping import Array, Float

from autoencode import registry
from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.registry import Kind

Activation = Callable[[Float[Array, "..."]], Float[Array, "..."]]

ACTIVATIONS: Mapping[str, Activation] = Kind("activation", registry.ACTIVATIONS.ours, attrgetter("jax"))
"""Every activation that an estimator takes by name. All act element by element."""

OUTPUT_ACTIVATIONS: Mapping[str, Activation] = Kind("activation", registry.OUTPUT_ACTIVATIONS.ours, attrgetter("jax"))
"""Every activation of the reconstruction; softmax makes one distribution of all features of a sample."""


def find_activation(activation: str | Activation, known: Mapping[str, Activation] = OUTPUT_ACTIVATIONS) -> Activation:
    """Return the function that a name stands for; a function is returned as it is.

    Parameters
    ----------
    activation
        A key of `known`, or any function that maps an array to one of the same shape.
    known
        The activations that there are; `ACTIVATIONS` are those that suit every layer.

    Returns
    -------
    callable
        The function, acting along the last axis.

    Raises
    ------
    InvalidInputError
        If the name is not known; the nearest known name is suggested.

    Examples
    --------
    >>> find_activation("relu")(-1.0).item()
    0.0
    """
    if callable(activation):
        return activation
    if activation in known:
        return known[activation]
    nearest = end_with_nearest(activation, known)
    raise InvalidInputError(f"activation must be one of {', '.join(known)} or a function, got {activation!r}{nearest}")
