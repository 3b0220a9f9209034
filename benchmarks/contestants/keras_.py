"""Keras 3 on TensorFlow or on JAX, as the blog uses it: `compile`, `fit`, `predict`."""

from __future__ import annotations

import os
import sys
import time

BACKEND = sys.argv[1]
os.environ["KERAS_BACKEND"] = BACKEND

import keras  # noqa: E402
import numpy as np  # noqa: E402
from problems import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Problem, Weights  # noqa: E402
from protocol import Contestant, Fit, serve  # noqa: E402


class EpochStamps(keras.callbacks.Callback):
    """The time at the end of each epoch, its validation included."""

    def __init__(self, start: float):
        super().__init__()
        self.start, self.stamps = start, []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        del epoch, logs
        self.stamps.append(time.perf_counter() - self.start)


def build_layers(problem: Problem) -> list[keras.layers.Layer]:
    widths = problem.widths[1:]
    last = len(widths) - 1
    return [keras.layers.Dense(units, activation="sigmoid" if i == last else "relu") for i, units in enumerate(widths)]


class Keras(Contestant):
    packages = ("keras", "tensorflow-cpu" if BACKEND == "tensorflow" else "jax", "numpy")

    def threads(self) -> int:
        if BACKEND == "tensorflow":
            import tensorflow

            # 0 means that TensorFlow chooses: one for each core.
            return tensorflow.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def fit(self, problem: Problem, weights: Weights, train: np.ndarray, held_out: np.ndarray | None) -> Fit:
        start = time.perf_counter()
        model = keras.Sequential([keras.Input((problem.features,)), *build_layers(problem)])
        model.set_weights([array for layer in weights for array in layer])
        optimizer = keras.optimizers.Adam(LEARNING_RATE, BETA_1, BETA_2, EPSILON)
        model.compile(optimizer=optimizer, loss="binary_crossentropy")
        stamps = EpochStamps(start)
        model.fit(
            train,
            train,
            epochs=problem.epochs,
            batch_size=problem.batch_size,
            shuffle=True,
            validation_data=None if held_out is None else (held_out, held_out),
            callbacks=[stamps],
            verbose=0,
        )
        seconds = time.perf_counter() - start
        arrays = model.get_weights()
        return Fit(seconds, stamps.stamps, list(zip(arrays[::2], arrays[1::2], strict=True)))

    def prepare_transform(self, problem: Problem, weights: Weights, rows: np.ndarray):
        inputs = values = keras.Input((problem.features,))
        outputs = []
        for layer in build_layers(problem):
            values = layer(values)
            outputs.append(values)
        # One model with both outputs, so that a row passes the encoder once.
        model = keras.Model(inputs, [outputs[problem.encoder_layers - 1], outputs[-1]])
        model.set_weights([array for layer in weights for array in layer])

        def encode_and_score():
            codes, reconstructions = model.predict(rows, batch_size=8192, verbose=0)
            return codes, np.mean(np.square(rows - reconstructions), axis=1)

        return encode_and_score


if __name__ == "__main__":
    serve(Keras())
