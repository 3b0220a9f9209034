"""Codes with few numbers that are not zero."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from autoencode.parts.bottlenecks.bottleneck import Bottleneck, require


class TopK(Bottleneck):
    r"""Keeps the k largest numbers of a code, and makes all others zero.

    .. math:: z_j = e_j \text{ if } e_j \text{ is among the } k \text{ largest of } e \text{, else } 0

    Of equal numbers the first are kept, so that there are never more than k.

    Attributes
    ----------
    k
        How many numbers are kept, ≥ 1. A larger k loses less, and explains less.

    References
    ----------
    A. Makhzani and B. Frey, "k-sparse autoencoders", 2014, algorithm 1.

    Examples
    --------
    >>> TopK(k=2).code(jnp.array([3.0, -1.0, 5.0, 2.0])).tolist()
    [3.0, 0.0, 5.0, 0.0]
    """

    k: int = eqx.field(static=True, default=4)

    def __check_init__(self) -> None:
        require(isinstance(self.k, int) and self.k >= 1, "k", "a whole number ≥ 1", self.k)

    def fit_code_size(self, code_size: int) -> int:
        """Return the code size, which is at least k."""
        return max(code_size, self.k)

    def code(self, encoded: Float[Array, " encoded"]) -> Float[Array, " code"]:
        """Return the code with all but its k largest numbers made zero."""
        _, places = jax.lax.top_k(encoded, self.k)
        return jnp.zeros_like(encoded).at[places].set(encoded[places])

    def project(self, code: Float[Array, " code"]) -> Float[Array, " code"]:
        """Return the code with all but its k numbers that are farthest from zero made zero."""
        _, places = jax.lax.top_k(jnp.abs(code), self.k)
        return jnp.zeros_like(code).at[places].set(code[places])

    def add_nodes(self, graph: Any, encoded: str, code_size: int) -> str:
        """Add what keeps the k largest: of equal numbers the first, as ONNX says and `jax.lax.top_k` does."""
        count = graph.add_constant(np.array([self.k], np.int64), "code.k")
        values, places = graph.add_top(encoded, count, "code.top")
        zero = graph.add_constant(np.zeros((1, code_size), np.float32), "code.zero")
        zeros = graph.add("Mul", encoded, zero, name="code.zeros")
        return graph.add("ScatterElements", zeros, places, values, axis=1, name="code.kept")
