r"""Reconstruction losses: what training minimises, one number a sample, unreduced over the batch.

Each takes the decoder's output *before* its activation, so that a loss and the activation it belongs to can be one
fused pass, and returns the mean over the sample's features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest

__all__ = [
    "LOSSES",
    "Loss",
    "absolute_error",
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "find_loss",
    "huber",
    "squared_error",
]

SUM_TOLERANCE = 1e-3
"""How far from 1 the features of a distribution may add up, through rounding of many small ones."""

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

    It is never infinite, clips no probability, and its gradient :math:`(\sigma(z) - x) / d` shares the one exponential.

    Parameters
    ----------
    logits
        The decoder's output before its sigmoid, any finite value.
    sample
        The sample's features, in [0, 1]; one that leaves it, as held-out ones may, counts as the nearer end.

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
    sample, exponential = jnp.clip(sample, 0, 1), jnp.exp(-jnp.abs(logits))
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


def absolute_error(reconstruction: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]):
    r"""Absolute error, mean over the features, :math:`\frac1d \sum_j |x_j - \hat x_j|`.

    Features that are far off weigh less than in the squared error.

    Parameters
    ----------
    reconstruction
        The decoder's output.
    sample
        The sample's features.

    Returns
    -------
    array
        One number a sample, in units of the (scaled) features, ≥ 0; smaller is better.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(absolute_error(jnp.zeros(2), jnp.array([1.0, -2.0])))
    1.5
    """
    return _mean_over_features(jnp.abs(sample - reconstruction))


def huber(reconstruction: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]):
    r"""Huber's loss, mean over the features: squared where a feature is near, absolute where it is far off.

    .. math::
        \frac1d \sum_j h(x_j - \hat x_j), \qquad
        h(e) = \begin{cases} e^2 / 2 & |e| \le 1 \\ |e| - 1/2 & \text{else} \end{cases}

    Parameters
    ----------
    reconstruction
        The decoder's output.
    sample
        The sample's features, scaled so that 1 is far off.

    Returns
    -------
    array
        One number a sample, ≥ 0; smaller is better.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", 1964, with k = 1.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> float(huber(jnp.zeros(2), jnp.array([1.0, -3.0])))  # (1/2 + 5/2) / 2
    1.5
    """
    distance = jnp.abs(sample - reconstruction)
    near = jnp.minimum(distance, 1)
    return _mean_over_features(near * (distance - near / 2))


def categorical_cross_entropy(logits: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]):
    r"""Cross-entropy between a sample that is one distribution over its features and the softmax of logits.

    .. math:: -\frac1d \sum_j x_j \ln \frac{e^{z_j}}{\sum_k e^{z_k}}

    Parameters
    ----------
    logits
        The decoder's output before its softmax, any finite value.
    sample
        The sample's features, ≥ 0, with a sum of 1: a choice among d, or counts divided by their sum.

    Returns
    -------
    array
        One number a sample, in nats per feature, ≥ 0; smaller is better. d times it is the cross-entropy in nats.

    Notes
    -----
    Keras and PyTorch give the sum, d times as much; it is divided so that all losses are means over features.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> round(float(categorical_cross_entropy(jnp.zeros(4), jnp.array([0.0, 1.0, 0.0, 0.0]))), 4)  # ln 4 / 4
    0.3466
    """
    return -_mean_over_features(sample * jax.nn.log_softmax(logits))


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
    needs_distribution
        Whether the features of a sample must add up to 1.
    parts
        What the loss is a mean over, where that is not the features.
    """

    name: str
    function: LossFunction
    output_activation: str | Callable
    needs_unit_interval: bool = False
    fused: bool = False
    needs_distribution: bool = False
    parts: int | None = None

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


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss("squared_error", squared_error, "identity"),
        Loss("absolute_error", absolute_error, "identity"),
        Loss("huber", huber, "identity"),
        Loss("binary_cross_entropy", binary_cross_entropy, "sigmoid", needs_unit_interval=True, fused=True),
        Loss("categorical_cross_entropy", categorical_cross_entropy, "softmax", fused=True, needs_distribution=True),
    )
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
