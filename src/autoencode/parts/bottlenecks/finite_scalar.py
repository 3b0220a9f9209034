"""Codes whose numbers can take few values."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from autoencode.parts.bottlenecks.bottleneck import Bottleneck, require


class FiniteScalar(Bottleneck):
    r"""Bounds each number of a code and rounds it to one of a few levels; gradients pass the rounding unchanged.

    Levels lie evenly from -1 to 1, :math:`z_j = 2 \operatorname{round}((\tanh e_j + 1)(L - 1) / 2) / (L - 1) - 1`.

    Attributes
    ----------
    levels
        Values that a number can take, ≥ 2. A code of n numbers then holds n·log₂(levels) bits.

    Notes
    -----
    The paper has a formula of its own for even numbers of levels, in which 0 is a level; here levels are always
    symmetric around 0.

    References
    ----------
    F. Mentzer et al., "Finite scalar quantization: VQ-VAE made simple", 2023, section 3.1.

    Examples
    --------
    >>> FiniteScalar(levels=3).code(jnp.array([-4.0, 0.2, 4.0])).tolist()
    [-1.0, 0.0, 1.0]
    """

    levels: int = eqx.field(static=True, default=8)

    def __check_init__(self) -> None:
        require(isinstance(self.levels, int) and self.levels >= 2, "levels", "a whole number ≥ 2", self.levels)

    @property
    def entries(self) -> int:
        """How many values a number of the code can take."""
        return self.levels

    def code(self, encoded: Float[Array, " encoded"]) -> Float[Array, " code"]:
        """Return the rounded code; its gradient is that of the bounded one."""
        bounded = jnp.tanh(encoded)
        return bounded + jax.lax.stop_gradient(self.project(bounded) - bounded)

    def project(self, code: Float[Array, " code"]) -> Float[Array, " code"]:
        """Return the nearest levels."""
        steps = self.levels - 1
        return jnp.round((jnp.clip(code, -1, 1) + 1) / 2 * steps) * np.float32(2 / steps) - 1

    def entries_of(self, code: Float[Array, " code"]) -> Int[Array, " code"]:
        """Return the number of each level, from 0."""
        return jnp.round((jnp.clip(code, -1, 1) + 1) / 2 * (self.levels - 1)).astype(jnp.int32)

    def add_nodes(self, graph: Any, encoded: str, code_size: int) -> str:
        """Add what rounds to the levels; see `Bottleneck.add_nodes`."""
        del code_size
        steps = self.levels - 1
        half = graph.add_number(steps / 2, "code.half", np.float32)
        one = graph.add_number(1, "code.one", np.float32)
        shifted = graph.add("Add", graph.add("Tanh", encoded, name="code.bounded"), one, name="code.shifted")
        level = graph.add("Round", graph.add("Mul", shifted, half, name="code.scaled"), name="code.level")
        step = graph.add_number(2 / steps, "code.step", np.float32)
        return graph.add("Sub", graph.add("Mul", level, step, name="code.spread"), one, name="code")
