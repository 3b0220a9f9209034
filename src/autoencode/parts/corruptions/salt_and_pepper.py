"""Samples of which some features are driven to the ends."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from autoencode.parts.corruptions.corruption import Corruption, require
from autoencode.parts.corruptions.space import SampleSpace
from autoencode.parts.text import is_number


@dataclass(frozen=True)
class SaltAndPepper(Corruption):
    """Sets features to the least or the largest value of training, either as often; the others stay.

    Attributes
    ----------
    share
        How likely each feature is changed, 0 … 1. A larger one hides more of the sample.

    References
    ----------
    P. Vincent et al., "Stacked denoising autoencoders", 2010, section 3.3.

    Examples
    --------
    >>> SaltAndPepper(share=0.1)
    SaltAndPepper(share=0.1)
    """

    share: float | int = 0.2

    def __post_init__(self) -> None:
        require(is_number(self.share, 0.0, 1.0), "share", "a number from 0 to 1", self.share)

    def __call__(
        self, sample: Float[Array, " features"], key: PRNGKeyArray, space: SampleSpace
    ) -> Float[Array, " features"]:
        """Return the sample with salt and pepper."""
        chance = jax.random.uniform(key, sample.shape)
        grains = jnp.where(chance < self.share / 2, space.low, space.high).astype(sample.dtype)
        return jnp.where(chance < self.share, grains, sample)
