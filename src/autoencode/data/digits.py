"""`digits`: the 1,797 handwritten digits of 8 × 8 that scikit-learn carries with it."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from autoencode.data.dataset import Dataset, FileReport, check_content
from autoencode.data.split import split_rows

_MD5 = "7696c07daa6d85010f8268703ab8b067"


def load_digits() -> Dataset:
    """Load scikit-learn's digits, one in five held out, each class in its share.

    Returns
    -------
    Dataset
        1,437 samples to train on and 360 held out, each of 64 features: counts of 0 to 16, divided by 16.

    References
    ----------
    Alpaydin and Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository.

    Examples
    --------
    >>> load_digits()
    Dataset('digits', train 1437 × 64, test 360 × 64, sample_shape=(8, 8), 10 classes)
    """
    counts, labels = _read()
    samples, (train, test) = (counts / 16).astype(np.float32), split_rows(len(labels), 0.2, 42, labels)
    return Dataset(
        name="digits",
        train=samples[train],
        test=samples[test],
        sample_shape=(8, 8),
        train_labels=labels[train],
        test_labels=labels[test],
        source="scikit-learn, sklearn.datasets.load_digits",
    )


def verify_digits() -> tuple[FileReport, ...]:
    """Compare the digits of the scikit-learn installed with those known; one report."""
    counts, labels = _read()
    content = counts.astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()
    return check_content("digits", content, _MD5, "scikit-learn now carries other digits")


def _read() -> tuple[np.ndarray, np.ndarray]:
    """Return counts and labels from scikit-learn's file, or where that is not found, as it reads it itself."""
    package = find_spec("sklearn")  # importing it takes longer than most verbs of the shell
    for folder in (package and package.submodule_search_locations) or ():
        with suppress(OSError, ValueError):
            table = np.loadtxt(Path(folder) / "datasets" / "data" / "digits.csv.gz", delimiter=",")
            return table[:, :-1], table[:, -1].astype(np.int64)
    from sklearn import datasets

    bunch = datasets.load_digits()
    return bunch.data, bunch.target.astype(np.int64)  # type: ignore[attr-defined]
