"""A corruption of the steps of a sequence that exist."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from autoencode.parts.corruptions.corruption import Corruption
from autoencode.parts.corruptions.space import SampleSpace


@dataclass(frozen=True)
class StepCorruption(Corruption):
    """Another corruption, of the features of all steps that exist; where a sequence ends stays as it is.

    Attributes
    ----------
    corruption
        What is done to the features; it is told of samples of shape (steps, features).
    step_features
        Features of one step; of a flat sample, after them comes what says whether the step exists, 1 or 0.
    """

    corruption: Corruption
    step_features: int

    def check(self, space: SampleSpace) -> None:
        """Check that sequences can be corrupted so; see `Corruption.check`."""
        self.corruption.check(space)

    def __call__(
        self, sample: Float[Array, " features"], key: PRNGKeyArray, space: SampleSpace
    ) -> Float[Array, " features"]:
        """Return the corrupted sequence."""
        steps = sample.reshape(-1, self.step_features + 1)
        features, exists = steps[:, :-1], steps[:, -1:]
        corrupted = self.corruption(features.reshape(-1), key, space).reshape(features.shape)
        return jnp.concatenate([jnp.where(exists > 0.5, corrupted, 0), exists], axis=1).reshape(-1)
