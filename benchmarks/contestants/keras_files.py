"""Keras on TensorFlow, fed by `tf.data` from an `.npy` file: ``python keras_files.py FILE COLUMNS EPOCHS BATCH``."""

from __future__ import annotations

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"], os.environ["TF_CPP_MIN_LOG_LEVEL"] = "tensorflow", "3"

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

SHUFFLED = 10_000
"""Rows of the buffer that `tf.data` shuffles: Keras leaves it to the user, and a larger one takes more time."""


class EpochSeconds(keras.callbacks.Callback):
    """How long each epoch took."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds, self.start = [], 0.0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        del epoch, logs
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        del epoch, logs
        self.seconds.append(time.perf_counter() - self.start)


def read_rows(path: str, columns: int, batch: int) -> tf.data.Dataset:
    """Return batches of a file's rows, each its own target."""
    with open(path, "rb") as file:
        header = 10 + int.from_bytes(file.read(10)[8:], "little")
    rows = tf.data.FixedLengthRecordDataset(path, 4 * columns, header_bytes=header)
    batches = rows.shuffle(SHUFFLED, seed=0).batch(batch, drop_remainder=False)

    def decode(records: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        numbers = tf.reshape(tf.io.decode_raw(records, tf.float32), (-1, columns))
        return numbers, numbers

    return batches.map(decode, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def main(path: str, columns: int, epochs: int, batch: int) -> None:
    """Train 1000-64-8-64-1000 or the like, and print the seconds of each epoch."""
    layers = [keras.layers.Dense(units, activation=name) for units, name in ((64, "relu"), (8, None), (64, "relu"))]
    model = keras.Sequential([keras.Input((columns,)), *layers, keras.layers.Dense(columns)])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    stamps = EpochSeconds()
    history = model.fit(read_rows(path, columns, batch), epochs=epochs, verbose=0, callbacks=[stamps])
    print(json.dumps({"seconds": stamps.seconds, "loss": history.history["loss"][-1]}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
