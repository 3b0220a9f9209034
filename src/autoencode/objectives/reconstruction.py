r"""Reconstruction losses: what training minimises, one number a sample, unreduced over the batch.

Each takes the decoder's output *before* its activation, so that a loss and the activation it belongs to can be one
fused pass, and returns the mean over the sample's features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest

__all__ = ["LOSSES", "Loss", "binary_cross_entropy", "find_loss", "squared_error"]

LossFunction = Callable[[Float[Array, " features"], Float[Array, " features"]], Float[Array, ""]]


def _mean_over_features(values: Float[Array, "*batch features"]) -> Float[Array, "*batch"]:
    """Return the mean over the last axis, as a product with a constant vector.

    On CPU, XLA adds up a minor axis one number after the other, and a matrix product many at once.
    """
    features = values.shape[-1]
    return values @ jnp.full((features,), 1 / features, values.dtype)


def _log_one_plus(exponential: Float[Array, ...]) -> Float[Array, ...]:
    r"""Return :math:`\log(1 + e)` for 0 ≤ e ≤ 1, within 2e-7.

    The series of :math:`2 \operatorname{artanh}(e / (2 + e))`, whose argument is at most 1/3. It takes a third of the
    time of `jax.numpy.log1p`, which is not vectorised on CPU and was a third of a small network's step.
    """
    ratio = exponential / (2 + exponential)
    square = jnp.square(ratio)
    series = jnp.full_like(square, 1 / 13)
    for power in (11, 9, 7, 5, 3, 1):
        series = series * square + 1 / power
    return 2 * ratio * series


@jax.custom_vjp
def binary_cross_entropy(logits: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]):
    r"""Cross-entropy between features in [0, 1] and the sigmoid of logits, mean over the features.

    .. math:: \frac1d \sum_j \max(z_j, 0) - x_j z_j + \log(1 + e^{-|z_j|})

    It is never infinite, needs no clipping, and its gradient :math:`(\sigma(z) - x) / d` shares the one exponential.

    Parameters
    ----------
    logits
        The decoder's output before its sigmoid, any finite value.
    sample
        The sample's features, in [0, 1].

    Returns
    -------
    array
        One number a sample, in nats per feature, ≥ 0; smaller is better.

    Notes
    -----
    Keras clips probabilities to [1e-7, 1 - 1e-7] when it is given a sigmoid layer; this does not, and agrees with it
    to about 1e-7 unless a logit exceeds 16.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(binary_cross_entropy(jnp.zeros(3), jnp.array([0.0, 0.5, 1.0])))  # ln 2
    0.6931471824645996
    """
    return _binary_cross_entropy_forward(logits, sample)[0]


def _binary_cross_entropy_forward(logits, sample):
    exponential = jnp.exp(-jnp.abs(logits))
    loss = _mean_over_features(jnp.maximum(logits, 0) - logits * sample + _log_one_plus(exponential))
    probability = jnp.where(logits >= 0, 1, exponential) / (1 + exponential)
    return loss, (probability - sample, logits)


def _binary_cross_entropy_backward(residuals, upstream):
    gradient, logits = residuals
    share = upstream[..., None] / gradient.shape[-1]
    return gradient * share, -logits * share


binary_cross_entropy.defvjp(_binary_cross_entropy_forward, _binary_cross_entropy_backward)


def squared_error(reconstruction: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]):
    r"""Squared error, mean over the features, :math:`\frac1d \sum_j (x_j - \hat x_j)^2`.

    Parameters
    ----------
    reconstruction
        The decoder's output.
    sample
        The sample's features.

    Returns
    -------
    array
        One number a sample, in squared units of the (scaled) features, ≥ 0; smaller is better.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(squared_error(jnp.zeros(2), jnp.array([1.0, 2.0])))
    2.5
    """
    return _mean_over_features(jnp.square(sample - reconstruction))


@dataclass(frozen=True)
class Loss:
    """A reconstruction loss and the activation of the decoder's output that belongs to it.

    Attributes
    ----------
    name
        Its full name.
    function
        ``(output before its activation, sample) → loss of each sample``.
    output_activation
        The activation that turns the decoder's output into the reconstruction: its name, or the function.
    needs_unit_interval
        Whether features must lie in [0, 1].
    fused
        Whether `function` takes the output before its activation; else it takes the reconstruction.
    """

    name: str
    function: LossFunction
    output_activation: str | Callable
    needs_unit_interval: bool = False
    fused: bool = False


LOSSES: dict[str, Loss] = {
    "squared_error": Loss("squared_error", squared_error, "identity"),
    "binary_cross_entropy": Loss(
        "binary_cross_entropy", binary_cross_entropy, "sigmoid", needs_unit_interval=True, fused=True
    ),
}
"""Every loss that an estimator takes by name."""


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
