"""What a loss is, in each of its forms, and how it is found by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Float32

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.registry import LOSSES

if TYPE_CHECKING:
    from jaxtyping import Array

SUM_TOLERANCE = 1e-3
"""How far from 1 the features of a distribution may add up, through rounding of many small ones."""

LossFunction = Callable[..., Any]

Formula = Callable[[Float[np.ndarray, "samples features"], Float[np.ndarray, "samples features"]], Any]
"""From samples and reconstructions to the error of each feature, unreduced, in float64."""


def average(values: Float[Array, "*batch features"]) -> Float[Array, "*batch"]:
    """Return the mean over the last axis, as a product with a constant vector; in JAX.

    On CPU, XLA adds up a minor axis one number after the other, and a matrix product many at once.
    """
    import jax.numpy as jnp

    features = values.shape[-1]
    return values @ jnp.full((features,), 1 / features, values.dtype)


@dataclass(frozen=True)
class Loss:
    """A reconstruction loss, the activation of the decoder's output that belongs to it, and its measure.

    Attributes
    ----------
    name
        Its full name.
    function
        ``(output before its activation, sample) → loss of each sample``, a mean over its features; in JAX.
    output_activation
        The activation that turns the decoder's output into the reconstruction: its name, or the function.
    needs_unit_interval
        Whether features must lie in [0, 1].
    fused
        Whether `function` takes the output before its activation; else it takes the reconstruction.
    needs_distribution
        Whether the features of a sample must add up to 1.
    parts
        What the loss is a mean over, where that is not the features.
    error
        The error of each feature from samples and reconstructions, in NumPy; None where there is no such measure.
    stretched_error
        The same of samples whose features were in [0, 1] in training and may have left it since, where it differs.
    unit, description
        What one unit of the mean error is, and one sentence for people.
    """

    name: str
    function: LossFunction
    output_activation: str | Callable
    needs_unit_interval: bool = False
    fused: bool = False
    needs_distribution: bool = False
    parts: int | None = None
    error: Formula | None = None
    stretched_error: Formula | None = None
    unit: str = ""
    description: str = ""

    def check_features(
        self, features: Float32[np.ndarray, "samples features"], *, argument: str = "X", scaling: str = "none"
    ) -> None:
        """Check that the loss can be computed of features.

        Parameters
        ----------
        features
            Scaled features, finite.
        argument, scaling
            What they came as, and how they were scaled, for the message.

        Raises
        ------
        InvalidInputError
            If they leave [0, 1], or a sample does not add up to 1, where the loss needs that.
        """
        low, high = features.min(), features.max()
        if self.needs_unit_interval and not (low >= 0 and high <= 1):
            raise InvalidInputError(
                f"loss={self.name!r} needs features in [0, 1], but {argument} reaches from {low:.4g} to {high:.4g} "
                f"after scaling={scaling!r}; use scaling='minmax' or loss='squared_error'."
            )
        if not self.needs_distribution:
            return
        sums = features.sum(axis=1, dtype=np.float64)
        if low < 0 or np.abs(sums - 1).max() > SUM_TOLERANCE:
            raise InvalidInputError(
                f"loss={self.name!r} needs samples whose features are ≥ 0 and add up to 1, but in {argument} they "
                f"reach down to {low:.4g} and add up to between {sums.min():.4g} and {sums.max():.4g} after "
                f"scaling={scaling!r}; divide each sample by its sum, or use loss='squared_error'."
            )


def find_loss(loss: str | LossFunction) -> Loss:
    """Return the loss that a name or a function stands for.

    Parameters
    ----------
    loss
        A key of `LOSSES`, or a function ``(reconstruction, sample) → scalar`` in JAX, of one sample each.

    Returns
    -------
    Loss
        The loss, with the output activation that belongs to it.

    Raises
    ------
    InvalidInputError
        If the name is not known; the nearest known name is suggested.

    Examples
    --------
    >>> find_loss("squared_error").output_activation
    'identity'
    """
    if callable(loss):
        return Loss(getattr(loss, "__name__", "custom"), loss, "identity")
    if loss in LOSSES:
        return LOSSES[loss]
    nearest = end_with_nearest(loss, LOSSES)
    raise InvalidInputError(f"loss must be one of {', '.join(LOSSES)} or a function, got {loss!r}{nearest}")
