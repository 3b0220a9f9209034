"""What every model is held against: the mean sample, and PCA with the same code size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int64

from autoencode.evaluation.arrays import block_slices, check_matrix, feature_means
from autoencode.exceptions import InvalidInputError, SampleShapeError
from autoencode.stored_arrays import pick_rows
from autoencode.types import SampleMatrix

Weights = Float64[np.ndarray, " samples"]

PCA_NUMBERS = 2**27
"""How many numbers of training data PCA sees at most: as float64 one GiB."""

COVARIANCE_NUMBERS = 2**22
"""Numbers of one block of the covariance: large enough for matrix products at full speed."""

DENSE_EIGENVECTORS = 1_000
"""Up to this size all eigenvectors of a matrix are computed; above it only those that are wanted, which is quicker."""


@dataclass(frozen=True, eq=False)
class MeanSample:
    r"""The baseline that rebuilds every sample as the mean of the samples of training.

    .. math:: \hat{x} = \bar{x}

    Attributes
    ----------
    mean
        The mean sample.

    Examples
    --------
    >>> MeanSample.fit(np.array([[0.0, 1.0], [1.0, 1.0]])).reconstruct(np.zeros((1, 2)))
    array([[0.5, 1. ]])
    """

    mean: Float[np.ndarray, " features"]

    name = "mean sample"
    note = ""

    @classmethod
    def fit(cls, train: SampleMatrix, weights: Weights | None = None) -> MeanSample:
        """Return the mean of the samples of training, summed in float64.

        Parameters
        ----------
        train
            The samples of training.
        weights
            How much each counts, > 0; None: all the same.

        Raises
        ------
        InvalidInputError
            If ``train`` is not a finite array with two axes.
        """
        return cls(feature_means(check_matrix(train, "train"), weights))

    def reconstruct(self, samples: SampleMatrix) -> SampleMatrix:
        """Return the mean sample once for each sample, in their type.

        Raises
        ------
        SampleShapeError
            If the number of features is not that of training.

        Examples
        --------
        >>> MeanSample(np.array([0.5])).reconstruct(np.zeros((2, 1))).tolist()
        [[0.5], [0.5]]
        """
        samples = _check_features(samples, len(self.mean))
        return np.broadcast_to(self.mean.astype(samples.dtype), samples.shape).copy()


@dataclass(frozen=True, eq=False)
class PCABaseline:
    r"""The baseline that rebuilds a sample from its principal components.

    .. math:: \hat{x} = \bar{x} + V V^\top (x - \bar{x})

    Among all linear maps through a code of this size it has the least mean squared error on the training samples.

    Attributes
    ----------
    mean
        The mean of the training samples.
    components
        Orthonormal rows, by falling variance.
    note
        What a reader must know beyond the name; may be empty.

    Notes
    -----
    No randomised solver is used, so it has no seed. Above 2²⁷ numbers of training data (one GiB as float64) evenly
    spaced samples are used, and the note says so.

    Examples
    --------
    >>> line = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    >>> pca = PCABaseline.fit(line, code_size=1)
    >>> pca.name, pca.reconstruct(line).round(6).tolist()
    ('PCA with 1 component', [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    """

    mean: Float[np.ndarray, " features"]
    components: Float[np.ndarray, "code features"]
    note: str = ""

    @classmethod
    def fit(cls, train: SampleMatrix, code_size: int, weights: Weights | None = None) -> PCABaseline:
        """Return the first principal components of the samples of training.

        Parameters
        ----------
        train
            The samples of training.
        code_size
            Number of components, at least 1. Where it is too large, the largest possible number is used.
        weights
            How much each sample counts in the mean and the covariance, > 0; None: all the same.

        Raises
        ------
        InvalidInputError
            If ``train`` is not a finite array with two axes, or ``code_size`` is less than 1.
        """
        train = check_matrix(train, "train")
        if code_size < 1:
            raise InvalidInputError(f"code_size must be at least 1; got {code_size}.")
        notes = []
        places = _spread_places(train)
        rows = train[places] if isinstance(places, slice) else pick_rows(train, places)
        # n centred samples span at most n - 1 directions.
        used = max(1, min(code_size, train.shape[1], len(rows) - 1))
        if used < code_size:
            notes.append(f"code size {code_size} is too large for PCA here; the largest possible, {used}, is used")
        if len(rows) < len(train):
            notes.append(f"fitted on {len(rows):,} evenly spaced of {len(train):,} training samples")
        mean = feature_means(train, weights)
        weights = None if weights is None else weights[places]
        return cls(mean, _fit_components(rows, mean, used, weights), "; ".join(notes))

    @property
    def code_size(self) -> int:
        """The number of components."""
        return len(self.components)

    @property
    def name(self) -> str:
        """``"PCA"`` with its number of components."""
        return f"PCA with {self.code_size} component{'s' if self.code_size > 1 else ''}"

    def reconstruct(self, samples: SampleMatrix) -> SampleMatrix:
        """Return the samples rebuilt from their principal components, in their type.

        Raises
        ------
        SampleShapeError
            If the number of features is not that of training.

        Examples
        --------
        >>> PCABaseline.fit(np.array([[0.0, 0.0], [1.0, 1.0]]), 1).reconstruct(np.array([[1.0, 0.0]])).round(6)
        array([[0.5, 0.5]])
        """
        samples = _check_features(samples, len(self.mean))
        rebuilt = np.empty_like(samples)
        for rows in block_slices(*samples.shape):
            rebuilt[rows] = self.mean + ((samples[rows] - self.mean) @ self.components.T) @ self.components
        return rebuilt


def _check_features(samples: SampleMatrix, features: int) -> SampleMatrix:
    samples = check_matrix(samples, "samples")
    if samples.shape[1] != features:
        raise SampleShapeError(
            f"samples must have {features} features, as in training; they have {samples.shape[1]}. "
            "Pass samples of the same kind."
        )
    return samples


def _spread_places(train: SampleMatrix) -> slice | Int64[np.ndarray, " spread"]:
    most = max(2, PCA_NUMBERS // train.shape[1])
    return slice(None) if len(train) <= most else np.linspace(0, len(train) - 1, most).astype(np.int64)


def _fit_components(
    rows: SampleMatrix, mean: Float[np.ndarray, " features"], code_size: int, weights: Weights | None
) -> Float[np.ndarray, "code features"]:
    roots = None if weights is None else np.sqrt(weights / weights.mean())[:, None]
    count, features = rows.shape
    size = float(max((rows.max(axis=0) - mean).max(), (mean - rows.min(axis=0)).max()))
    if size <= 1e-12 * float(np.abs(mean).max()):
        return np.eye(code_size, features)  # Samples that are all equal have no components; any will do.
    if count >= features:
        return np.ascontiguousarray(_top_eigenvectors(_covariance(rows, mean, size, roots), code_size).T)
    centred = np.subtract(rows, mean, dtype=np.float64) / size
    if roots is not None:
        centred *= roots
    spanned = centred.T @ _top_eigenvectors(centred @ centred.T, code_size)
    return np.ascontiguousarray(np.linalg.qr(spanned)[0].T)


def _top_eigenvectors(matrix: Float[np.ndarray, "size size"], count: int) -> Float[np.ndarray, "size count"]:
    """Return the eigenvectors of the largest eigenvalues of a symmetric matrix, the largest first."""
    if len(matrix) <= DENSE_EIGENVECTORS or count > len(matrix) // 4:
        return np.linalg.eigh(matrix)[1][:, : -count - 1 : -1]
    from scipy.sparse.linalg import eigsh

    # Started from a fixed vector, so that the same data give the same bits.
    _, vectors = eigsh(matrix, k=count, v0=np.random.default_rng(0).standard_normal(len(matrix)))
    return vectors[:, ::-1]


def _covariance(
    rows: SampleMatrix,
    mean: Float[np.ndarray, " features"],
    size: float,
    roots: Float64[np.ndarray, "samples 1"] | None,
) -> Float[np.ndarray, "features features"]:
    """Return the covariance of samples over their size: products in their own precision, blocks summed in float64.

    Each sample is multiplied by the root of its weight, where it has one; weights have mean 1.

    scikit-learn's covariance solver subtracts the mean only afterwards, which loses digits where the mean is far
    larger than the spread, and it takes several times as long on float32 samples.
    """
    near_mean, inverse_size = mean.astype(rows.dtype), rows.dtype.type(1 / size)
    total = np.zeros((rows.shape[1],) * 2)
    for block in block_slices(*rows.shape, block_numbers=COVARIANCE_NUMBERS):
        centred = (rows[block] - near_mean) * inverse_size
        if roots is not None:
            centred *= roots[block]
        total += centred.T @ centred
    # What the mean lost when it was rounded to the samples' precision.
    rest = (mean - near_mean) / size
    return total / len(rows) - np.outer(rest, rest)


def fit_baselines(
    train: SampleMatrix, code_size: int, weights: Weights | None = None
) -> tuple[MeanSample, PCABaseline]:
    """Return the baselines, fitted.

    Parameters
    ----------
    train
        The samples of training, never those on which errors are measured.
    code_size
        The code size of the model that is held against them.
    weights
        How much each sample counts, > 0; None: all the same.

    Returns
    -------
    tuple
        The mean sample and PCA, each with ``name``, ``note`` and ``reconstruct``.

    Raises
    ------
    InvalidInputError
        If an argument cannot be used.

    Examples
    --------
    >>> train = np.random.default_rng(0).random((100, 30))
    >>> [baseline.name for baseline in fit_baselines(train, code_size=2)]
    ['mean sample', 'PCA with 2 components']
    """
    return MeanSample.fit(train, weights), PCABaseline.fit(train, code_size, weights)
