"""Codes that hardly change when the sample does."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from autoencode.parts.objectives.coded_batch import CodedBatch
from autoencode.parts.objectives.term import Term


@dataclass(frozen=True)
class Contractive(Term):
    r"""The squared Frobenius norm of the code's Jacobian at each sample.

    .. math:: \lambda \left\| \frac{\partial z}{\partial x} \right\|_F^2

    It is exact where the network offers ``squared_jacobian``, as a dense one without hidden layers does. Elsewhere it
    is estimated without bias, :math:`\|J\|_F^2 = \mathrm{E}_v \|J^\top v\|^2`, from one random vector of ±1 for each
    sample, at the cost of one more pass back through the encoder.

    Attributes
    ----------
    weight
        :math:`\lambda \ge 0`. A larger one makes the code less sensitive to changes of the sample.

    References
    ----------
    S. Rifai et al., "Contractive auto-encoders: explicit invariance during feature extraction", 2011. M. F.
    Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines", 1990.

    Examples
    --------
    >>> Contractive(weight=1e-3)
    Contractive(weight=0.001)
    """

    weight: float | int = 0.1

    def __call__(self, batch: CodedBatch) -> Float[Array, " batch"]:
        """Return the term of each sample."""
        norms = None
        if hasattr(batch.network, "squared_jacobian"):
            norms = jax.vmap(batch.network.squared_jacobian)(batch.samples)
        return self.weight * (estimate_squared_jacobians(batch) if norms is None else norms)


def estimate_squared_jacobians(batch: CodedBatch) -> Float[Array, " batch"]:
    """Return an unbiased estimate of the squared Frobenius norm of the code's Jacobian at each sample."""
    # A code depends on its own sample alone, so one pass back serves the whole batch.
    codes, pull_back = jax.vjp(jax.vmap(batch.network.encode), batch.samples)
    (changes,) = pull_back(jax.vmap(lambda key: jax.random.rademacher(key, codes.shape[1:], codes.dtype))(batch.keys))
    return jnp.sum(jnp.square(changes), axis=1)
