"""Losses of the difference between a sample and its reconstruction, of which one formula is all that is to be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from autoencode.parts.losses.loss import Loss, average

if TYPE_CHECKING:
    from jaxtyping import Array

DifferenceFormula = Callable[[Any, Any], Any]
"""``(differences, numpy or jax.numpy) → error of each feature``."""


@dataclass(frozen=True)
class OfDifferences:
    """An error that is a formula of sample minus reconstruction, and so has the units of the features; in NumPy."""

    formula: DifferenceFormula

    def __call__(
        self, samples: Float[np.ndarray, "samples features"], reconstructions: Float[np.ndarray, "samples features"]
    ) -> Float[np.ndarray, "samples features"]:
        """Return the error of each feature, unreduced, in float64."""
        return self.formula(np.subtract(samples, reconstructions, dtype=np.float64), np)


@dataclass(frozen=True)
class MeanOfDifferences:
    """The same formula as a loss: a mean over the features; in JAX."""

    formula: DifferenceFormula

    def __call__(
        self, reconstruction: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]
    ) -> Float[Array, "*batch"]:
        """Return one number a sample, in units of the formula of scaled features; smaller is better."""
        import jax.numpy as jnp

        return average(self.formula(sample - reconstruction, jnp))


def difference_loss(name: str, formula: DifferenceFormula, unit: str, description: str) -> Loss:
    """Return the loss of a formula of differences.

    Parameters
    ----------
    name
        Its full name.
    formula
        ``(differences, numpy or jax.numpy) → error of each feature``, 0 where the difference is; a function of a
        module, so that what holds it can be pickled.
    unit
        Of the mean, in words: what it says of "units of the features" is "standard deviations" for columns.
    description
        One sentence.
    """
    return Loss(
        name, MeanOfDifferences(formula), "identity", error=OfDifferences(formula), unit=unit, description=description
    )
