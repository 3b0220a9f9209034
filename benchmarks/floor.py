"""The floor: the least time in which this machine could do a job, from what the job must compute and move.

A job's floor is the larger of two times: that of its arithmetic (matrix products, then exponentials, both on the same
units), and that of its memory traffic, which can run beside it. Every rate is the best that any library here reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from problems import DETECTOR, Convolutions, Problem

__all__ = ["Rates", "Work", "convolutions_work", "detector_work", "epoch_work", "transform_work"]

FLOAT = 4
"""Bytes of a float32."""

LAST_LEVEL_CACHE = 2**25
"""Bytes; a working set that is smaller is counted as being in cache."""


@dataclass(frozen=True)
class Rates:
    """What the machine reaches.

    Attributes
    ----------
    matrix_flops
        float32 operations a second in matrix products; a multiplication and an addition are two.
    exps
        float32 exponentials a second.
    cache_bytes, memory_bytes
        Bytes a second, read plus written, in cache and in memory.
    """

    matrix_flops: float
    exps: float
    cache_bytes: float
    memory_bytes: float

    @classmethod
    def best_of(cls, measured: Iterable[dict[str, Any]]) -> Rates:
        """Return the best of each rate over several libraries."""
        measured = list(measured)
        return cls(*(max(rates[name] for rates in measured) for name in cls.__dataclass_fields__))


@dataclass(frozen=True)
class Work:
    """What a job must compute and move.

    Attributes
    ----------
    flops
        Of matrix products.
    exps
        Exponentials.
    cache_bytes, memory_bytes
        Read plus written.
    """

    flops: float = 0
    exps: float = 0
    cache_bytes: float = 0
    memory_bytes: float = 0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.flops + other.flops,
            self.exps + other.exps,
            self.cache_bytes + other.cache_bytes,
            self.memory_bytes + other.memory_bytes,
        )

    def __mul__(self, times: float) -> Work:
        return Work(self.flops * times, self.exps * times, self.cache_bytes * times, self.memory_bytes * times)

    def seconds(self, rates: Rates) -> float:
        """Return the floor in seconds."""
        arithmetic = self.flops / rates.matrix_flops + self.exps / rates.exps
        traffic = self.cache_bytes / rates.cache_bytes + self.memory_bytes / rates.memory_bytes
        return max(arithmetic, traffic)


def multiplications(problem: Problem) -> int:
    """Return Σ inputs·outputs over the layers: the multiplications of one sample's forward pass."""
    return sum(inputs * outputs for inputs, outputs in problem.layers)


def parameter_count(problem: Problem) -> int:
    """Return how many weights and biases the network has."""
    return sum((inputs + 1) * outputs for inputs, outputs in problem.layers)


def training_flops(problem: Problem) -> int:
    """Return the operations of matrix products per training sample.

    Forward, gradient of the weights and gradient of the inputs are 2·Σ inputs·outputs each; the gradient of the first
    layer's inputs is not needed.
    """
    first_inputs, first_outputs = problem.layers[0]
    return 6 * multiplications(problem) - 2 * first_inputs * first_outputs


def place_bytes(count: float, working_set: float) -> Work:
    """Return traffic as cached where its working set fits the last-level cache, else as that of memory."""
    return Work(cache_bytes=count) if working_set < LAST_LEVEL_CACHE else Work(memory_bytes=count)


def adam_work(problem: Problem) -> Work:
    """Return the traffic of one update.

    The backward pass writes the gradient; Adam reads parameter, gradient and two moments, and writes parameter and
    moments: eight numbers a parameter.
    """
    parameters = parameter_count(problem)
    return place_bytes(8 * FLOAT * parameters, 4 * FLOAT * parameters)


def read_work(rows: int, features: int) -> Work:
    """Return the traffic of reading samples once."""
    count = FLOAT * rows * features
    return place_bytes(count, count)


def epoch_work(problem: Problem, *, sigmoid: bool = True, restarts: int = 1) -> Work:
    """Return what one epoch must do: every batch read, trained on and followed by an update; then the held-out rows.

    Parameters
    ----------
    problem
        Network and samples.
    sigmoid
        Whether there is a cross-entropy of a sigmoid, whose value and gradient share one exponential an element.
    restarts
        How many networks train at once; they share the reading of each batch.
    """
    steps = -(-problem.samples // problem.batch_size)
    exps = (problem.samples + problem.held_out) * problem.features if sigmoid else 0
    flops = problem.samples * training_flops(problem) + problem.held_out * 2 * multiplications(problem)
    each = Work(flops, exps) + adam_work(problem) * steps
    read = read_work(problem.samples, problem.features) + read_work(problem.held_out, problem.features)
    return each * restarts + read


def transform_work(problem: Problem, rows: int) -> Work:
    """Return what encoding and scoring must do: one pass, one sigmoid an element, codes and one score a row written."""
    forward = Work(2 * rows * multiplications(problem), rows * problem.features)
    written = place_bytes(FLOAT * rows * (problem.code_size + 1), FLOAT * rows * (problem.code_size + 1))
    return forward + read_work(rows, problem.features) + written


def convolutions_work(problem: Convolutions) -> Work:
    """Return what one step of a convolutional network must do: the products, and one exponential a number.

    A convolution of doubled images is counted as the 4 × 4 products of what each small place gives.
    """
    from autoencode.parts.networks import ConvolutionalBlueprint

    blueprint = ConvolutionalBlueprint((28, 28), problem.code_size, problem.channels, problem.residual)
    first = 9 * problem.channels[0] * 14 * 14  # the gradient of its inputs is not needed
    return Work(problem.batch_size * (6 * blueprint.multiplications - 2 * first), problem.batch_size * 784)


def detector_work(shapes: Iterable[tuple[int, int]]) -> Work:
    """Return what fitting and scoring tables of these shapes must do."""
    total = Work()
    for samples, features in shapes:
        problem = DETECTOR.problem("", samples, features)
        scoring = Work(2 * samples * multiplications(problem))
        total += epoch_work(problem, sigmoid=False) * DETECTOR.epochs + scoring
    return total
