"""Codes as features of a classifier, beside PCA with as many components, in scikit-learn's pipeline."""

from __future__ import annotations

import argparse
import warnings

from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import autoencode as ae


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--code-size", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=50)
    options = parser.parse_args()

    digits = ae.data.load("digits")
    reducers = {
        "autoencoder": ae.Autoencoder(options.code_size, epochs=options.epochs, random_state=0),
        "PCA": PCA(options.code_size, random_state=0),
    }
    for name, reducer in reducers.items():
        pipeline = make_pipeline(reducer, LogisticRegression(max_iter=5000))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ae.DiagnosisWarning)  # few epochs may not beat PCA
            pipeline.fit(digits.train, digits.train_labels)
        print(f"{name:11s} share of right labels {pipeline.score(digits.test, digits.test_labels):.3f}")


if __name__ == "__main__":
    main()
