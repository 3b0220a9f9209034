"""Codes of few large numbers."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from autoencode.parts.objectives.coded_batch import CodedBatch
from autoencode.parts.objectives.term import Term


@dataclass(frozen=True)
class L1(Term):
    r"""The sum of a code's absolute values, :math:`\lambda \sum_j |z_j|`.

    Attributes
    ----------
    weight
        :math:`\lambda \ge 0`. A larger one makes more units of a sample's code (almost) zero.

    Notes
    -----
    A decoder with large weights would make it small without any zero; a little `weight_decay` keeps them in bounds.

    References
    ----------
    B. A. Olshausen and D. J. Field, "Emergence of simple-cell receptive field properties by learning a sparse code for
    natural images", 1996 (one of its three costs). A. Ng, "Sparse autoencoder", CS294A lecture notes, 2011.

    Examples
    --------
    >>> L1(weight=0.5)
    L1(weight=0.5)
    """

    weight: float | int = 0.01

    def __call__(self, batch: CodedBatch) -> Float[Array, " batch"]:
        """Return the term of each sample."""
        return self.weight * jnp.sum(jnp.abs(batch.codes), axis=1)
