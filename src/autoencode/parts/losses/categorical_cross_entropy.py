"""The cross-entropy of samples that are one distribution over their features."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from autoencode.exceptions import InvalidInputError
from autoencode.parts.losses.binary_cross_entropy import CLIP_EPSILON
from autoencode.parts.losses.loss import SUM_TOLERANCE, Loss, average
from autoencode.types import SampleMatrix


def loss(logits: Any, sample: Any) -> Any:
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
    >>> round(float(loss(jnp.zeros(4), jnp.array([0.0, 1.0, 0.0, 0.0]))), 4)  # ln 4 / 4
    0.3466
    """
    import jax

    return -average(sample * jax.nn.log_softmax(logits))


def entropy(samples: SampleMatrix, reconstructions: SampleMatrix) -> Float[np.ndarray, "samples features"]:
    r"""Return what each feature adds to the cross-entropy of a sample that is one distribution over its features.

    .. math:: e_j = -x_j \ln \frac{p_j}{\sum_k p_k}, \quad p = \min(\max(\hat{x}, \epsilon), 1)

    Parameters
    ----------
    samples
        The samples :math:`x`, each ≥ 0 and with a sum of 1: a choice among features, or counts divided by their sum.
    reconstructions
        Their reconstructions :math:`\hat{x}`. They are clipped to [1e-7, 1] and divided by their sum first: PCA's may
        be negative.

    Returns
    -------
    array of shape (samples, features), float64
        Not negative, in nats. The sum over a sample's features is its cross-entropy, least, at :math:`p = x`, where it
        is the entropy of :math:`x`; `errors` gives the mean over features, as of every measure.

    Raises
    ------
    InvalidInputError
        If a sample is negative or does not add up to 1.

    Examples
    --------
    >>> entropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])).round(4)
    array([[0.    , 0.6931]])
    """
    truth = samples.astype(np.float64)
    low, sums = truth.min(), truth.sum(axis=1)
    if low < 0 or np.abs(sums - 1).max() > SUM_TOLERANCE:
        raise InvalidInputError(
            "samples must be ≥ 0 and each add up to 1 for categorical_cross_entropy; they reach down to "
            f"{low:g}, and add up to between {sums.min():g} and {sums.max():g}. Divide each by its sum, or use "
            "measure='squared_error'."
        )
    probability = np.clip(reconstructions.astype(np.float64), CLIP_EPSILON, 1)
    return truth * (np.log(probability.sum(axis=1, keepdims=True)) - np.log(probability))


LOSS = Loss(
    "categorical_cross_entropy",
    loss,
    "softmax",
    fused=True,
    needs_distribution=True,
    error=entropy,
    unit="nats per feature",
    description="The mean over features of the cross-entropy of samples that are distributions over their features.",
)
