"""The blog post "Fun with Autoencoders" on a table of noise: two networks, compared as they should be."""

from __future__ import annotations

import argparse
import warnings

import autoencode as ae


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=90_000, help="rows to train on")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--restarts", type=int, default=8)
    options = parser.parse_args()

    table = ae.data.load("uniform-table")
    post = {
        "activation": "relu",
        "code_activation": "relu",
        "loss": "binary_cross_entropy",
        "batch_size": 100,
        "epochs": options.epochs,
        "restarts": options.restarts,
        "random_state": 0,
    }
    models = {"vanilla": ae.Autoencoder(2, hidden=(), **post), "deep": ae.Autoencoder(2, hidden=(2,), **post)}
    for model in models.values():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ae.DiagnosisWarning)  # the comparison says more
            model.fit(table.train[: options.samples], validation=table.test)
    print(ae.compare(models, table.test))


if __name__ == "__main__":
    main()
