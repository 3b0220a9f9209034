"""Restarts of one architecture with ReLU in the code, and without: how many directions survive, and at what loss."""

from __future__ import annotations

import argparse
import warnings

import autoencode as ae


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--code-size", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--restarts", type=int, default=8)
    options = parser.parse_args()

    digits = ae.data.load("digits")
    for code_activation in ("relu", "identity"):
        model = ae.Autoencoder(
            options.code_size,
            code_activation=code_activation,
            epochs=options.epochs,
            restarts=options.restarts,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ae.DiagnosisWarning)  # printed below
            model.fit(digits.train, validation=digits.test)
        print(f"code_activation={code_activation!r}")
        for number, restart in enumerate(model.restarts_):
            kept = "  kept" if number == model.best_restart_ else ""
            print(f"  {restart.monitored_loss:.4f}  {restart.live_directions} live directions{kept}")
        for finding in model.diagnosis_:
            print(f"  {finding.text}")


if __name__ == "__main__":
    main()
