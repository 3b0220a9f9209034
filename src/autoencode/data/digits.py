"""`digits`: the 1,797 handwritten digits of 8 × 8 that scikit-learn carries with it."""

from __future__ import annotations

import numpy as np

from autoencode.data.dataset import Dataset, FileReport, check_content

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
    from sklearn.model_selection import train_test_split

    counts, labels = _read()
    parts = train_test_split((counts / 16).astype(np.float32), labels, test_size=0.2, random_state=42, stratify=labels)
    train, test, train_labels, test_labels = (np.asarray(part) for part in parts)
    return Dataset(
        name="digits",
        train=train,
        test=test,
        sample_shape=(8, 8),
        train_labels=train_labels,
        test_labels=test_labels,
        source="scikit-learn, sklearn.datasets.load_digits",
    )


def verify_digits() -> tuple[FileReport, ...]:
    """Compare the digits of the scikit-learn installed with those known; one report."""
    counts, labels = _read()
    content = counts.astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()
    return check_content("digits", content, _MD5, "scikit-learn now carries other digits")


def _read() -> tuple[np.ndarray, np.ndarray]:
    from sklearn import datasets

    bunch = datasets.load_digits()
    return bunch.data, bunch.target.astype(np.int64)  # type: ignore[attr-defined]
