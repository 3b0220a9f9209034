"""Codes that are distributed as a standard normal."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from autoencode.parts.objectives.coded_batch import CodedBatch
from autoencode.parts.objectives.term import Term, require_number


@dataclass(frozen=True)
class MMD(Term):
    r"""The squared maximum mean discrepancy between a batch's codes and as many draws of a standard normal.

    .. math::
        \lambda \left( \frac{\sum_{i \ne l} k(z_i, z_l) + k(p_i, p_l)}{n (n - 1)}
        - \frac{2}{n^2} \sum_{i, l} k(z_i, p_l) \right), \qquad k(z, p) = \frac{C}{C + \|z - p\|^2}, \quad C = 2 d s^2

    with d numbers in a code. The estimate has no bias, and so may be negative; that of a batch of one sample is 0.

    Attributes
    ----------
    weight
        :math:`\lambda \ge 0`. A larger one makes the codes of all samples together more like a normal.
    scale
        s, the distance that counts, in units of the normal's deviation, 0.001 … 1,000.

    References
    ----------
    I. Tolstikhin et al., "Wasserstein auto-encoders", 2018, algorithm 2 (λ = 10, and this kernel). A. Gretton et al.,
    "A kernel two-sample test", 2012, eq. 3.

    Examples
    --------
    >>> MMD(scale=0.5)
    MMD(weight=10.0, scale=0.5)
    """

    weight: float | int = 10.0
    scale: float | int = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "scale", 1e-3, 1e3)

    @property
    def has_normal_prior(self) -> bool:
        """Whether it trains codes towards a standard normal distribution."""
        return self.weight > 0

    def __call__(self, batch: CodedBatch) -> Float[Array, " batch"]:
        """Return the term of the batch, for each sample."""
        codes, weights = batch.codes, batch.weights
        draws = jax.vmap(lambda key: jax.random.normal(key, codes.shape[1:], codes.dtype))(batch.keys)
        pairs = weights[:, None] * weights
        others = pairs * (1 - jnp.eye(len(codes), dtype=codes.dtype))
        within = jnp.sum(others * (self._kernel(codes, codes) + self._kernel(draws, draws)))
        between = jnp.sum(pairs * self._kernel(codes, draws))
        by_others, by_pairs = (jnp.where(total > 0, total, 1) for total in (jnp.sum(others), jnp.sum(pairs)))
        discrepancy = within / by_others - 2 * between / by_pairs
        return jnp.full_like(weights, self.weight) * jnp.where(jnp.sum(others) > 0, discrepancy, 0)

    def _kernel(
        self, ones: Float[Array, "batch code"], others: Float[Array, "batch code"]
    ) -> Float[Array, "batch batch"]:
        """Return the inverse multiquadratic kernel of each pair."""
        products = jnp.matmul(ones, others.T, precision=jax.lax.Precision.HIGHEST)
        squares = jnp.sum(ones**2, axis=1)[:, None] + jnp.sum(others**2, axis=1)
        width = 2 * ones.shape[1] * self.scale**2
        return width / (width + jnp.maximum(squares - 2 * products, 0))
