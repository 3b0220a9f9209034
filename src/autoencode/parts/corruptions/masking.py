"""Samples of which parts are missing."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from autoencode.exceptions import InvalidInputError
from autoencode.parts.corruptions.corruption import Corruption, require
from autoencode.parts.corruptions.space import SampleSpace
from autoencode.parts.text import is_number

IMAGE_AXES = 2


@dataclass(frozen=True)
class Masking(Corruption):
    """Sets features to 0, one by one or in patches; the others stay.

    Attributes
    ----------
    share
        How likely each feature or patch is masked, 0 … 1. A larger one hides more of the sample.
    patch
        0 masks single features. p masks squares of p × p pixels of images (height, width[, channels]), all channels
        together, and runs of p features of flat samples. A tuple has a length for each axis, 0 for a whole one:
        ``(8, 0)`` masks eight steps of a sequence (time, features). Larger patches are harder to fill in.

    Notes
    -----
    0 is meant in scaled units: the mean under "standard" scaling, the least value under "minmax". Each patch is masked
    on its own, so that the share differs from sample to sample; He et al. mask the same number of patches in each.

    References
    ----------
    P. Vincent et al., "Stacked denoising autoencoders", 2010, section 3.3. K. He et al., "Masked autoencoders are
    scalable vision learners", 2022 (patches).

    Examples
    --------
    >>> Masking(share=0.75, patch=4)
    Masking(share=0.75, patch=4)
    """

    share: float | int = 0.5
    patch: int | tuple[int, ...] = 0

    def __post_init__(self) -> None:
        require(is_number(self.share, 0.0, 1.0), "share", "a number from 0 to 1", self.share)
        lengths = self.patch if isinstance(self.patch, tuple) else (self.patch,)
        whole = all(isinstance(length, int) and not isinstance(length, bool) and length >= 0 for length in lengths)
        require(whole and bool(lengths), "patch", "a whole number ≥ 0 or a tuple of them", self.patch)

    def check(self, space: SampleSpace) -> None:
        """Check that the patches fit samples.

        Raises
        ------
        InvalidInputError
            If they are longer than an axis, or have more axes.
        """
        self._lengths(space.shape)

    def __call__(
        self, sample: Float[Array, " features"], key: PRNGKeyArray, space: SampleSpace
    ) -> Float[Array, " features"]:
        """Return the masked sample."""
        lengths = self._lengths(space.shape)
        patches = [-(-axis // length) for axis, length in zip(space.shape, lengths, strict=True)]
        masked = jax.random.bernoulli(key, float(self.share), patches)
        for place, length in enumerate(lengths):
            masked = jnp.repeat(masked, length, axis=place)
        masked = masked[tuple(slice(axis) for axis in space.shape)]  # the last patches may stick out
        return jnp.where(masked.reshape(-1), 0, sample)

    def _lengths(self, shape: tuple[int, ...]) -> list[int]:
        """Return how long a patch is along each axis of a sample."""
        if isinstance(self.patch, tuple):
            told = self.patch
        else:
            told = (self.patch,) * min(len(shape), IMAGE_AXES) if self.patch else (1,) * len(shape)
        if len(told) > len(shape) or any(length > axis for length, axis in zip(told, shape, strict=False)):
            raise InvalidInputError(
                f"corruption: patch={self.patch!r} does not fit samples of shape {shape}; take a smaller one."
            )
        told += (0,) * (len(shape) - len(told))
        return [length or axis for length, axis in zip(told, shape, strict=True)]
