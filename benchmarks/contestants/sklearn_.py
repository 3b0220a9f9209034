"""scikit-learn's `MLPRegressor` as an autoencoder.

It knows no cross-entropy for fractions: it minimises the squared error of a linear reconstruction, so its final loss
is held against a fit of ours with that loss.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
from problems import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Problem, Weights
from protocol import Contestant, Fit, serve
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from threadpoolctl import threadpool_info

warnings.simplefilter("ignore", ConvergenceWarning)


def create_model(problem: Problem, weights: Weights, train: np.ndarray) -> MLPRegressor:
    """Return a model that is about to start from the given weights."""
    model = MLPRegressor(
        hidden_layer_sizes=problem.widths[1:-1],
        activation="relu",
        solver="adam",
        alpha=0.0,
        batch_size=problem.batch_size,
        learning_rate_init=LEARNING_RATE,
        beta_1=BETA_1,
        beta_2=BETA_2,
        epsilon=EPSILON,
    )
    # One step makes the layers; then come the weights that all start from, and an optimiser without a past.
    first = train[: problem.batch_size]
    model.partial_fit(first, first)
    model.coefs_ = [kernel.copy() for kernel, _ in weights]
    model.intercepts_ = [bias.copy() for _, bias in weights]
    del model._optimizer
    return model


class ScikitLearn(Contestant):
    packages = ("scikit-learn", "numpy")
    squared = True

    def threads(self) -> int:
        return max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1)

    def fit(self, problem: Problem, weights: Weights, train: np.ndarray, held_out: np.ndarray | None) -> Fit:
        start = time.perf_counter()
        model = create_model(problem, weights, train)
        stamps = []
        for _ in range(problem.epochs):
            model.partial_fit(train, train)
            if held_out is not None:
                np.mean(np.square(model.predict(held_out) - held_out))
            stamps.append(time.perf_counter() - start)
        seconds = time.perf_counter() - start
        return Fit(seconds, stamps, list(zip(model.coefs_, model.intercepts_, strict=True)))

    def prepare_transform(self, problem: Problem, weights: Weights, rows: np.ndarray):
        model = create_model(problem, weights, rows)

        def encode_and_score():
            # It has no method for the code, so this is what its users write.
            codes = rows
            for kernel, bias in list(zip(model.coefs_, model.intercepts_, strict=True))[: problem.encoder_layers]:
                codes = np.maximum(codes @ kernel + bias, 0)
            return codes, np.mean(np.square(rows - model.predict(rows)), axis=1)

        return encode_and_score


if __name__ == "__main__":
    serve(ScikitLearn())
