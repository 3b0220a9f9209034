"""Activation functions by name."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest

__all__ = ["ACTIVATIONS", "Activation", "find_activation"]

Activation = Callable[[Float[Array, "..."]], Float[Array, "..."]]


def _identity(values: Float[Array, ...]) -> Float[Array, ...]:
    return values


ACTIVATIONS: dict[str, Activation] = {
    "identity": _identity,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "softsign": jax.nn.soft_sign,
}
"""Every activation that an estimator takes by name. All act element by element."""


def find_activation(activation: str | Activation) -> Activation:
    """Return the function that a name stands for; a function is returned as it is.

    Parameters
    ----------
    activation
        A key of `ACTIVATIONS`, or any function that maps an array to one of the same shape.

    Returns
    -------
    callable
        The function, acting element by element.

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
    if activation in ACTIVATIONS:
        return ACTIVATIONS[activation]
    nearest = end_with_nearest(activation, ACTIVATIONS)
    raise InvalidInputError(
        f"activation must be one of {', '.join(ACTIVATIONS)} or a function, got {activation!r}{nearest}"
    )
