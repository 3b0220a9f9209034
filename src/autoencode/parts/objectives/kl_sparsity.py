"""Units that are seldom on."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from autoencode.parts.objectives.coded_batch import CodedBatch
from autoencode.parts.objectives.term import Term, require_number

CLIP_EPSILON = 1e-6
"""How near a unit's mean may come to 0 or 1 before its logarithm is taken."""


@dataclass(frozen=True)
class KLSparsity(Term):
    r"""The divergence of each unit's mean over the batch from a small share, for codes in (0, 1).

    .. math::
        \beta \sum_j \rho \ln \frac{\rho}{\hat\rho_j} + (1 - \rho) \ln \frac{1 - \rho}{1 - \hat\rho_j}, \qquad
        \hat\rho_j = \frac1n \sum_i z_{ij}

    Attributes
    ----------
    weight
        :math:`\beta \ge 0`. A larger one brings the means nearer to the share.
    sparsity
        :math:`\rho`, the share of samples for which a unit shall be on, 0.001 … 0.999.

    Notes
    -----
    It belongs to ``code_activation="sigmoid"``. Means are clipped to [1e-6, 1 - 1e-6]: beyond, there is no gradient.
    The mean is that of one batch, where Ng takes it over all samples; small batches make it noisy.

    References
    ----------
    H. Lee, C. Ekanadham and A. Ng, "Sparse deep belief net model for visual area V2", 2008 (a squared distance
    in place of the divergence). A. Ng, "Sparse autoencoder", CS294A lecture notes, 2011, section 3.

    Examples
    --------
    >>> KLSparsity(sparsity=0.1)
    KLSparsity(weight=3.0, sparsity=0.1)
    """

    weight: float | int = 3.0
    sparsity: float | int = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "sparsity", 0.001, 0.999)

    def __call__(self, batch: CodedBatch) -> Float[Array, " batch"]:
        """Return the term of the batch, for each sample."""
        total = jnp.sum(batch.weights)
        mean = batch.weights @ batch.codes / jnp.where(total > 0, total, 1)
        mean = jnp.clip(mean, CLIP_EPSILON, 1 - CLIP_EPSILON)
        on, off = self.sparsity, 1 - self.sparsity
        divergence = jnp.sum(on * jnp.log(on / mean) + off * jnp.log(off / (1 - mean)))
        return jnp.full_like(batch.weights, self.weight) * divergence
