"""The cross-entropy of features in [0, 1], reconstructions being probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from autoencode.exceptions import InvalidInputError
from autoencode.parts.losses.loss import Loss
from autoencode.types import SampleMatrix

CLIP_EPSILON = 1e-7
"""How near a probability may come to 0 or 1 before its logarithm is taken; Keras uses the same number."""


def loss(logits: Any, sample: Any) -> Any:
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
    >>> float(loss(jnp.zeros(3), jnp.array([0.0, 0.5, 1.0])))  # ln 2
    0.6931471824645996
    """
    from autoencode.parts.losses.logits import binary_cross_entropy

    return binary_cross_entropy(logits, sample)


def entropy(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
    r"""Return the cross-entropy of each feature, reconstructions being probabilities, unreduced.

    .. math:: e = -x \ln p - (1 - x) \ln (1 - p), \quad p = \min(\max(\hat{x}, \epsilon), 1 - \epsilon)

    Parameters
    ----------
    samples
        The samples :math:`x`, each number in [0, 1].
    reconstructions
        Their reconstructions :math:`\hat{x}` after the decoder's activation. They are clipped to
        [1e-7, 1 - 1e-7] first, so a number outside of [0, 1] counts as the nearest probability.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in nats. Its least value, at :math:`p = x`, is the entropy of :math:`x` and not 0.

    Raises
    ------
    InvalidInputError
        If a sample leaves [0, 1].

    Notes
    -----
    Keras clips to the same bounds, which caps the error of one feature at 16.1 nats. A loss computed from the
    decoder's output before its activation is not clipped; the two differ only there.

    Examples
    --------
    >>> entropy(np.array([[1.0, 0.5]]), np.array([[1.0, 0.5]])).round(4)
    array([[0.    , 0.6931]])
    """
    low, high = samples.min(), samples.max()
    if low < 0 or high > 1:
        raise InvalidInputError(
            f"samples must lie in [0, 1] for binary_cross_entropy; they reach from {low:g} to {high:g}. "
            "Scale them to [0, 1], or use measure='squared_error'."
        )
    return stretched_entropy(samples, reconstructions)


def stretched_entropy(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
    r"""Return the binary cross-entropy of each feature, of samples that may leave [0, 1] too.

    .. math:: e = -c \ln p - (1 - c) \ln (1 - p) - |x - c| \ln \epsilon, \quad c = \min(\max(x, 0), 1)

    A feature costs what the nearest end costs and, for each unit of [0, 1] beyond it, as much as one that is rebuilt as
    the wrong end, 16.1 nats: the farther, the more.

    Parameters
    ----------
    samples
        The samples :math:`x`; in training their features were in [0, 1].
    reconstructions
        Their reconstructions, as for `entropy`.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in nats; in [0, 1] what `entropy` gives.

    Examples
    --------
    >>> stretched_entropy(np.array([[1.0, 3.0]]), np.array([[1.0, 1.0]])).round(1)
    array([[ 0. , 32.2]])
    """
    truth = samples.astype(np.float64)
    inside = np.clip(truth, 0, 1)
    probability = np.clip(reconstructions.astype(np.float64), CLIP_EPSILON, 1 - CLIP_EPSILON)
    within = -inside * np.log(probability) - (1 - inside) * np.log1p(-probability)
    return within - np.abs(truth - inside) * np.log(CLIP_EPSILON)


LOSS = Loss(
    "binary_cross_entropy",
    loss,
    "sigmoid",
    needs_unit_interval=True,
    fused=True,
    error=entropy,
    stretched_error=stretched_entropy,
    unit="nats per feature",
    description="The mean cross-entropy of features in [0, 1] under reconstructed probabilities.",
)
