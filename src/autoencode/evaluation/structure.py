"""What the arrays inside a network show: live units, directions that reach the reconstruction, use of the code."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from autoencode.evaluation.arrays import block_slices, check_matrix, check_pair, covariance, feature_means
from autoencode.exceptions import InvalidInputError
from autoencode.types import SampleMatrix

CONSTANT_SHARE = 1e-5
"""A unit whose range is a smaller share of its largest size counts as constant; float32 rounding reaches 1e-6."""

ROUNDING_SHARE = 1e-12
"""A variance that is a smaller share of the squared size of the numbers is their float32 rounding."""

LARGEST_COVARIANCE = 2000
"""Above so many features the Gram matrix of as many rows stands in for the covariance."""


def live_units(activations: Float[np.ndarray, "samples units"], *, relu: bool) -> Bool[np.ndarray, " units"]:
    """Return which units of a layer are alive.

    A ReLU unit is alive if it is positive on some sample. Any other is alive if it is not constant: its range over
    the samples exceeds 1e-5 of its largest absolute value.

    Parameters
    ----------
    activations
        The layer's values after its activation.
    relu
        Whether that activation is ReLU.

    Returns
    -------
    array of shape (units,), bool
        True where the unit is alive.

    Raises
    ------
    InvalidInputError
        If the activations are not a finite array with two axes, or are empty.

    Notes
    -----
    A ReLU unit that is positive and constant can still be trained, so it counts as alive, but it carries nothing, and
    a direction of the code can be lost in any layer. Counting live units alone therefore mispredicts the loss; count
    the directions that reach the reconstruction, with `live_directions`.

    Examples
    --------
    >>> live_units(np.array([[0.0, 1.0], [0.0, 0.0]]), relu=True)
    array([False,  True])
    >>> live_units(np.array([[-1.0, 1.0], [-1.0, 0.0]]), relu=False)
    array([False,  True])
    """
    activations = check_matrix(activations, "activations")
    if relu:
        return np.any(activations > 0, axis=0)
    least = activations.min(axis=0).astype(np.float64)
    most = activations.max(axis=0).astype(np.float64)
    return most - least > CONSTANT_SHARE * np.maximum(np.abs(least), np.abs(most))


def direction_variances(outputs: Float[np.ndarray, "samples features"]) -> Float[np.ndarray, " directions"]:
    r"""Return the variances of an array along its principal directions.

    The eigenvalues of :math:`\frac{1}{n} \sum_i (z_i - \bar{z})(z_i - \bar{z})^\top`.

    Parameters
    ----------
    outputs
        The decoder's values before its activation, or codes.

    Returns
    -------
    array of shape (directions,), float64
        Descending, not negative, in squared units of ``outputs``; one a feature.

    Raises
    ------
    InvalidInputError
        If ``outputs`` is not a finite array with two axes, or is empty.

    Notes
    -----
    Above 2,000 features the covariance would be too large; the eigenvalues are then those of the Gram matrix of the
    first 2,000 rows, which are the same but for the rows left out, and there are as many as such rows.

    Examples
    --------
    >>> direction_variances(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    array([1., 0.])
    """
    outputs = check_matrix(outputs, "outputs")
    if outputs.shape[1] <= LARGEST_COVARIANCE:
        matrix = covariance(outputs)
    else:
        rows = outputs[:LARGEST_COVARIANCE].astype(np.float64)
        rows -= rows.mean(axis=0)
        matrix = rows @ rows.T / len(rows)
    return np.maximum(np.linalg.eigvalsh(matrix)[::-1], 0.0)


def mean_feature_variance(samples: SampleMatrix) -> float:
    r"""Return the variance of a feature, averaged over features.

    .. math:: \frac{1}{n d} \sum_{ij} (x_{ij} - \bar{x}_j)^2

    Parameters
    ----------
    samples
        The samples, scaled as the network sees them.

    Returns
    -------
    float
        Not negative, in squared units of the features. It is also the mean squared error of the mean sample.

    Raises
    ------
    InvalidInputError
        If the samples are not a finite array with two axes, or are empty.

    Examples
    --------
    >>> mean_feature_variance(np.array([[0.0, 1.0], [2.0, 1.0]]))
    0.5
    """
    samples = check_matrix(samples, "samples")
    mean = feature_means(samples)
    total = sum(float(np.square(samples[rows] - mean).sum()) for rows in block_slices(*samples.shape))
    return total / samples.size


def live_directions(
    outputs: Float[np.ndarray, "samples features"], feature_variance: float, *, share: float = 0.25
) -> int:
    r"""Return how many directions of the code reach the reconstruction.

    The number of `direction_variances` above ``share`` × ``feature_variance``.

    Parameters
    ----------
    outputs
        The decoder's values before its activation, for some hundreds of samples or more.
    feature_variance
        The variance of one feature of the scaled data on average, as of `mean_feature_variance`.
    share
        Which share of that variance a direction must have, more than 0; a larger one counts fewer directions.

    Returns
    -------
    int
        Between 0 and the code size, for a decoder that is affine; 0 for a constant reconstruction.

    Raises
    ------
    InvalidInputError
        If an argument cannot be used.

    Notes
    -----
    The threshold refers to the data and not to the variance of ``outputs`` itself: a dead network gives only
    constants, whose rounding noise would look like full directions when held against itself. For the uniform table,
    whose features have variance 1/12, the default is 0.021. A hidden layer with a bend, such as a decoder with ReLU,
    can spread one direction of the code over more than one here.

    Examples
    --------
    >>> codes = np.random.default_rng(0).standard_normal((500, 2))
    >>> live_directions(codes @ np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), feature_variance=1 / 12)
    2
    >>> live_directions(np.full((500, 3), 0.7), feature_variance=1 / 12)
    0
    """
    if not (np.isfinite(feature_variance) and feature_variance >= 0):
        raise InvalidInputError(f"feature_variance must be a number of at least 0; got {feature_variance}.")
    if not (np.isfinite(share) and share > 0):
        raise InvalidInputError(f"share must be a number greater than 0; got {share}. Try 0.25.")
    outputs = check_matrix(outputs, "outputs")
    variances = direction_variances(outputs)
    # Where the data are constant the first threshold is 0, and rounding must not pass it.
    threshold = max(share * feature_variance, ROUNDING_SHARE * float(np.abs(outputs).max()) ** 2)
    return int(np.count_nonzero(variances > threshold))


def effective_code_size(codes: Float[np.ndarray, "samples code"]) -> float:
    r"""Return how many units of equal variance would use the code as much: the participation ratio.

    .. math:: \frac{(\sum_k \lambda_k)^2}{\sum_k \lambda_k^2}

    with the variances :math:`\lambda_k` of the codes along their principal directions.

    Parameters
    ----------
    codes
        What the encoder gives.

    Returns
    -------
    float
        Between 1 and the code size; 0.0 where all codes are equal. Neither rotating nor scaling the codes changes it.

    Raises
    ------
    InvalidInputError
        If the codes are not a finite array with two axes, or are empty.

    References
    ----------
    P. Gao et al., "A theory of multineuronal dimensionality, dynamics and measurement", 2017.

    Examples
    --------
    >>> effective_code_size(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))
    2.0
    >>> effective_code_size(np.full((4, 2), 0.3))
    0.0
    """
    codes = check_matrix(codes, "codes")
    size = float(np.abs(codes).max())
    if size == 0:
        return 0.0
    # Divided by their size first, so that squares of very small or large codes stay in range.
    variances = direction_variances(np.divide(codes, size, dtype=np.float64))
    if variances.sum() <= ROUNDING_SHARE:
        return 0.0
    return float(variances.sum() ** 2 / np.square(variances).sum())


def r_squared(
    samples: SampleMatrix, reconstructions: SampleMatrix, mean_sample: Float[np.ndarray, " features"]
) -> float:
    r"""Return the share of the squared distance to the mean sample that the reconstructions explain.

    .. math:: R^2 = 1 - \frac{\sum_{ij} (x_{ij} - \hat{x}_{ij})^2}{\sum_{ij} (x_{ij} - \bar{x}_j)^2}

    Parameters
    ----------
    samples
        The samples :math:`x`.
    reconstructions
        Their reconstructions :math:`\hat{x}`, of the same shape and in the same units.
    mean_sample
        The mean :math:`\bar{x}` of the samples of training.

    Returns
    -------
    float
        A score: 1 is perfect, 0 as good as the mean sample, negative worse. Where every sample equals the mean
        sample, 1.0 if the reconstructions do too, else 0.0.

    Raises
    ------
    InvalidInputError
        If the arrays differ in shape, are empty, or hold a number that is not finite.

    Notes
    -----
    All features are pooled. scikit-learn's ``r2_score`` averages one such ratio a feature by default, so that a
    feature that hardly varies counts as much as any other; ``multioutput="variance_weighted"`` pools as here.

    Examples
    --------
    >>> samples = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> r_squared(samples, samples, samples.mean(axis=0)), r_squared(samples, np.full((2, 2), 0.5), np.full(2, 0.5))
    (1.0, 0.0)
    """
    sums = SquareSums(mean_sample)
    sums.add(samples, reconstructions)
    return sums.tell()


class SquareSums:
    """What `r_squared` is told from, added up over samples that come block by block.

    Parameters
    ----------
    mean_sample
        As of `r_squared`.
    """

    def __init__(self, mean_sample: Float[np.ndarray, " features"]):
        self._mean = check_matrix(np.atleast_2d(mean_sample), "mean_sample")
        self._residual, self._total = 0.0, 0.0

    def add(self, samples: SampleMatrix, reconstructions: SampleMatrix) -> None:
        """Count samples and their reconstructions; blocks begin at multiples of those of `block_slices`."""
        samples, reconstructions = check_pair(samples, reconstructions)
        if self._mean.shape != (1, samples.shape[1]):
            raise InvalidInputError(
                f"mean_sample must have one number a feature, {samples.shape[1]}; it has {self._mean.shape[1]}."
            )
        for rows in block_slices(*samples.shape):
            difference = np.subtract(samples[rows], reconstructions[rows], dtype=np.float64)
            self._residual += float(np.square(difference).sum())
            self._total += float(np.square(np.subtract(samples[rows], self._mean, dtype=np.float64)).sum())

    def tell(self) -> float:
        """Return R² of all that was counted."""
        if self._total == 0:
            return 1.0 if self._residual == 0 else 0.0
        return 1.0 - self._residual / self._total
