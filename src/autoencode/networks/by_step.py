"""The activation that makes a sequence of a decoder's output."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

__all__ = ["StepActivation"]


@dataclass(frozen=True)
class StepActivation:
    """Identity for the features of each step, and a sigmoid of its existing; the features of a missing step are 0.

    Two of equal fields are equal, so that they share a compiled program.

    Attributes
    ----------
    steps, step_features
        Steps of a sample, and features of one step; after them comes the logit of the step's existing.
    varying
        Whether sequences end before the last step. Else every step exists, whatever its logit, which was not trained.

    Examples
    --------
    >>> rebuild = StepActivation(2, 1, varying=True)
    >>> [round(value) for value in rebuild(jnp.array([3.0, 9.0, 7.0, -9.0])).tolist()]
    [3, 1, 0, 0]
    """

    steps: int
    step_features: int
    varying: bool

    def __call__(self, values: Float[Array, "*batch features"]) -> Float[Array, "*batch features"]:
        """Return the reconstruction of linear outputs, step by step along the last axis."""
        steps = values.reshape(*values.shape[:-1], self.steps, self.step_features + 1)
        features, logit = steps[..., :-1], steps[..., -1:]
        if self.varying:
            exists = jax.nn.sigmoid(logit)
            features = jnp.where(exists >= 0.5, features, 0)
        else:
            exists = jnp.ones_like(logit)
        return jnp.concatenate([features, exists], axis=-1).reshape(values.shape)
