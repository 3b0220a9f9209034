"""Samples with normal noise."""

from __future__ import annotations

from dataclasses import dataclass

import jax
from jaxtyping import Array, Float, PRNGKeyArray

from autoencode.parts.corruptions.corruption import Corruption, require
from autoencode.parts.corruptions.space import SampleSpace
from autoencode.parts.text import is_number


@dataclass(frozen=True)
class GaussianNoise(Corruption):
    r"""Adds normal noise to every feature, :math:`\tilde x_j = x_j + \sigma \varepsilon_j`.

    Attributes
    ----------
    deviation
        :math:`\sigma \ge 0`, in units of the scaled features. A larger one hides more of the sample.

    Notes
    -----
    Nothing is clipped: a network that saw clipped noise would learn where it was clipped.

    References
    ----------
    P. Vincent et al., "Stacked denoising autoencoders", 2010, section 3.3.

    Examples
    --------
    >>> GaussianNoise(deviation=0.1)
    GaussianNoise(deviation=0.1)
    """

    deviation: float | int = 0.3

    def __post_init__(self) -> None:
        require(is_number(self.deviation, 0.0, 1e6), "deviation", "a number from 0 to 1e6", self.deviation)

    def __call__(
        self, sample: Float[Array, " features"], key: PRNGKeyArray, space: SampleSpace
    ) -> Float[Array, " features"]:
        """Return the noisy sample."""
        del space
        return sample + self.deviation * jax.random.normal(key, sample.shape, sample.dtype)
