"""What a term is told of a batch in training."""

from __future__ import annotations

from typing import Any, NamedTuple

from jaxtyping import Array, Float, Key


class CodedBatch(NamedTuple):
    """A batch and its codes.

    Attributes
    ----------
    samples
        What was encoded: scaled features, after a corruption.
    codes
        The code of each.
    weights
        How much each sample counts, by default 1; 0 for a row that only fills the batch.
    keys
        A key of randomness for each sample.
    network
        Its ``encode(sample)`` gives the code of one sample, without chance; ``squared_jacobian(sample)``, where it has
        that, the squared Frobenius norm of the code's Jacobian, or None.
    """

    samples: Float[Array, "batch features"]
    codes: Float[Array, "batch code"]
    weights: Float[Array, " batch"]
    keys: Key[Array, " batch"]
    network: Any
