"""What every contestant is given: the networks, the data, the first weights, and one ruler for the final loss.

NumPy only, because each contestant imports it in an environment of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

__all__ = [
    "CONVOLUTIONS",
    "DETECTOR",
    "PROBLEMS",
    "Convolutions",
    "Detector",
    "Problem",
    "Weights",
    "final_loss",
    "load_weights",
    "save_weights",
]

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
"""Adam's constants, Keras's own."""

LOSS_ROWS = 10_000
"""The final loss is taken over the first rows of the training samples, this many."""

Weights = list[tuple[np.ndarray, np.ndarray]]
"""Kernel (inputs, outputs) and bias of each layer, from the sample on."""


@dataclass(frozen=True)
class Problem:
    """One network on one set of samples; ReLU in each layer, sigmoid at the end, binary cross-entropy, Adam.

    Attributes
    ----------
    name, data
        The job's name; the name of the arrays that the driver lays out.
    samples, features, held_out
        Training rows, columns, and rows that are evaluated after each epoch (0 is none).
    hidden, code_size, batch_size
        The network 784-32-784 has ``hidden=()`` and ``code_size=32``; the decoder mirrors ``hidden``.
    epochs
        Of one run at steady state; the first one is not counted.
    fit_epochs
        Of one run from raw arrays to fitted model, compiling included.
    tolerance
        By how much final losses may differ, relative. The first weights are the same for all, the order of the
        samples is each framework's own; this is a few times what another order alone changes.
    squared_tolerance
        The same for a contestant that knows squared error only: it can fall to nothing, where the cross-entropy of
        fractions cannot, so an equal difference between reconstructions is a larger share of it.
    seed
        Of the first weights, and of our own order of the samples.
    """

    name: str
    data: str
    samples: int
    features: int
    code_size: int
    batch_size: int
    hidden: tuple[int, ...] = ()
    held_out: int = 0
    epochs: int = 4
    fit_epochs: int = 10
    tolerance: float = 0.01
    squared_tolerance: float = 0.1
    seed: int = 0

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each layer, the sample's features first."""
        return (self.features, *self.hidden, self.code_size, *reversed(self.hidden), self.features)

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer."""
        return list(pairwise(self.widths))

    @property
    def encoder_layers(self) -> int:
        """How many of the layers lie between the sample and its code."""
        return len(self.hidden) + 1


@dataclass(frozen=True)
class Detector:
    """The network and the epochs of PyOD's `AutoEncoder`, on each of several tables of at most `max_rows` rows."""

    hidden: tuple[int, ...] = (64,)
    code_size: int = 32
    batch_size: int = 32
    epochs: int = 10
    max_rows: int = 10_000
    tolerance: float = 0.05

    def whole_batches(self, table: np.ndarray) -> np.ndarray:
        """Return the rows that fill whole batches: PyOD drops the rest, and all shall make the same updates."""
        return table[: len(table) // self.batch_size * self.batch_size]

    def problem(self, name: str, samples: int, features: int) -> Problem:
        """Return what one table of that shape is as a problem."""
        return Problem(name, name, samples, features, self.code_size, self.batch_size, self.hidden)


DETECTOR = Detector()


@dataclass(frozen=True)
class Convolutions:
    """A convolutional network on MNIST; ReLU in each hidden layer, sigmoid at the end, cross-entropy, Adam.

    Two convolutions of every second place and an affine map to the code; an affine map and two convolutions of doubled
    images back. All start from the same weights and see the same batches: only rounding parts their losses.
    """

    residual: bool
    rows: int = 1_920
    batch_size: int = 128
    channels: tuple[int, ...] = (16, 32)
    code_size: int = 32
    epochs: int = 4
    tolerance: float = 0.002


CONVOLUTIONS = {"conv": Convolutions(residual=False), "conv-residual": Convolutions(residual=True)}
"""The convolutional networks by job."""

# Seeds from which both directions of the code live in every order of the samples that was tried; from most others at
# least one dies early, in some orders and not in others, and the loss says nothing about how well a framework trains.
ALIVE_VANILLA, ALIVE_DEEP = 39, 37

PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem("mnist", "mnist", 60_000, 784, 32, 256, held_out=10_000, fit_epochs=50),
        Problem(
            "table-vanilla", "table", 90_000, 30, 2, 100, tolerance=0.002, squared_tolerance=0.01, seed=ALIVE_VANILLA
        ),
        Problem(
            "table-deep", "table", 90_000, 30, 2, 100, (2,), tolerance=0.002, squared_tolerance=0.01, seed=ALIVE_DEEP
        ),
        Problem("deep", "mnist", 60_000, 784, 32, 256, (128, 64), tolerance=0.03),
        Problem("wide", "mnist", 60_000, 784, 32, 1024, (1024, 256), epochs=2, tolerance=0.05),
        Problem("digits", "digits", 1_437, 64, 16, 64, tolerance=0.02),
    )
}


def load_weights(folder: Path, name: str) -> Weights:
    """Return the first weights of a problem, as the driver laid them out."""
    with np.load(folder / f"weights-{name}.npz") as arrays:
        layers = len(arrays.files) // 2
        return [(arrays[f"kernel_{i}"], arrays[f"bias_{i}"]) for i in range(layers)]


def save_weights(folder: Path, name: str, weights: Weights) -> None:
    """Lay out the first weights of a problem for every contestant."""
    arrays = {f"kernel_{i}": kernel for i, (kernel, _) in enumerate(weights)}
    arrays |= {f"bias_{i}": bias for i, (_, bias) in enumerate(weights)}
    np.savez(folder / f"weights-{name}.npz", **arrays)


def final_loss(weights: Weights, samples: np.ndarray, *, squared: bool = False) -> float:
    """Return the mean loss per feature that a fitted network has, computed alike for every contestant.

    Parameters
    ----------
    weights
        Of the fitted network.
    samples
        Training samples; the first 10,000 are used.
    squared
        Squared error of a linear reconstruction, else binary cross-entropy of a sigmoid one.
    """
    sample = values = samples[:LOSS_ROWS]
    for kernel, bias in weights[:-1]:
        values = np.maximum(values @ np.asarray(kernel) + np.asarray(bias), 0)
    kernel, bias = weights[-1]
    last = (values @ np.asarray(kernel) + np.asarray(bias)).astype(np.float64)
    if squared:
        return float(np.mean(np.square(last - sample)))
    return float(np.mean(np.maximum(last, 0) - last * sample + np.log1p(np.exp(-np.abs(last)))))
