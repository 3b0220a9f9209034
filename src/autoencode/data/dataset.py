"""`Dataset`: samples to train on and samples held out, with what is known about them; and what their check found."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64

from autoencode.exceptions import InvalidInputError


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples to train on and samples held out, scaled to [0, 1].

    Parameters
    ----------
    name : str
        What the set is called.
    train, test : array of float32, shape (samples, features)
        The samples, flat, each number in [0, 1]. There is at least one to train on.
    train_labels, test_labels : array of int64, shape (samples,), or None
        The class of each sample, where the set has classes. They are never trained on.
    sample_shape : tuple of int
        The shape of one sample before it was made flat, such as ``(28, 28)``.
    feature_names : tuple of str or None
        The name of each feature, where the features have names.
    source : str
        A sentence or a path that says where the samples came from.

    Raises
    ------
    InvalidInputError
        If the parts do not fit each other, or a number lies outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> Dataset("halves", np.full((4, 2), 0.5, np.float32), np.full((1, 2), 0.5, np.float32), (2,))
    Dataset('halves', train 4 × 2, test 1 × 2, sample_shape=(2,), no labels)
    """

    name: str
    train: Float32[np.ndarray, "train_samples features"]
    test: Float32[np.ndarray, "test_samples features"]
    sample_shape: tuple[int, ...]
    train_labels: Int64[np.ndarray, " train_samples"] | None = None
    test_labels: Int64[np.ndarray, " test_samples"] | None = None
    feature_names: tuple[str, ...] | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Check that the parts fit each other."""
        for part, samples in (("train", self.train), ("test", self.test)):
            _check_samples(f"{self.name}: {part}", samples)
        if len(self.train) == 0:
            raise InvalidInputError(f"{self.name}: train has no samples; expected at least one")
        features = self.train.shape[1]
        if self.test.shape[1] != features:
            raise InvalidInputError(f"{self.name}: train has {features} features but test has {self.test.shape[1]}")
        if math.prod(self.sample_shape) != features:
            raise InvalidInputError(
                f"{self.name}: sample_shape {self.sample_shape} holds {math.prod(self.sample_shape)} numbers, "
                f"but each sample has {features} features"
            )
        if self.feature_names is not None and len(self.feature_names) != features:
            raise InvalidInputError(f"{self.name}: {len(self.feature_names)} feature_names for {features} features")
        _check_labels(f"{self.name}: train_labels", self.train_labels, len(self.train))
        _check_labels(f"{self.name}: test_labels", self.test_labels, len(self.test))

    def __repr__(self) -> str:
        """Show sizes, never the arrays."""
        train, test = (f"{samples.shape[0]} × {samples.shape[1]}" for samples in (self.train, self.test))
        labels = "no labels" if self.train_labels is None else f"{len(np.unique(self.train_labels))} classes"
        return f"Dataset({self.name!r}, train {train}, test {test}, sample_shape={self.sample_shape}, {labels})"


def _check_samples(argument: str, samples: np.ndarray) -> None:
    if samples.ndim != 2 or samples.dtype != np.float32:
        raise InvalidInputError(
            f"{argument}: expected float32 of shape (samples, features), got {samples.dtype} of shape {samples.shape}"
        )
    # Written so that NaN, which compares false with everything, is refused too.
    if samples.size and not (samples.min() >= 0 and samples.max() <= 1):
        raise InvalidInputError(
            f"{argument}: expected numbers in [0, 1], got {samples.min()} to {samples.max()}; scale them first"
        )


def _check_labels(argument: str, labels: np.ndarray | None, count: int) -> None:
    if labels is not None and (labels.dtype != np.int64 or labels.shape != (count,)):
        raise InvalidInputError(
            f"{argument}: expected int64 of shape ({count},), got {labels.dtype} of shape {labels.shape}"
        )


@dataclass(frozen=True)
class FileReport:
    """What a check of one file found.

    Parameters
    ----------
    name : str
        The file, or for a set that is made on the spot the part of it.
    path : Path or None
        Where it is; None where it is missing, or no file of ours.
    bytes : int
        Its size as stored; 0 where it is missing.
    expected_md5, found_md5 : str, str or None
        MD5 of the uncompressed content; `found_md5` is None where there is no content to be had.
    ok : bool
        True where both agree.
    problem : str or None
        What is wrong, in words.
    """

    name: str
    path: Path | None
    bytes: int
    expected_md5: str
    found_md5: str | None
    ok: bool
    problem: str | None = None


def check_content(name: str, content: bytes, md5: str, otherwise: str) -> tuple[FileReport]:
    """Compare content that is no file with its MD5; `otherwise` says what another one means."""
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    problem = None if found == md5 else f"expected MD5 {md5}, found {found}: {otherwise}"
    return (FileReport(name, None, len(content), md5, found, problem is None, problem),)
