"""What a training takes of memory, from sizes alone: nothing is allocated, and nothing heavy is imported.

The factors were measured on trainings of every kind of network, see ``benchmarks/robustness/estimates.py``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from autoencode.parts.recipes import DEFAULT, find_recipe
from autoencode.sizes import choose_batch_size, derive_sizes, is_large_picture

MEBIBYTE = 2**20
PROGRAM_BYTES, COMPILER_BYTES = 330 * MEBIBYTE, 280 * MEBIBYTE
"""Python with its libraries, and a program that XLA compiles."""

NUMBER = 4
MOST = 10**15
LANES = 16
KERNEL_COPIES, KERNEL_PANELS = 7.75, 3.75
"""Copies of the weights while the kernel trains: as arrays (the first ones, those of the epoch before and after, each
with Adam's moments), and in panels (with moments and gradient)."""

COMPILED_COPIES = 9.7
"""Copies of the weights while a compiled program trains."""

KEPT_COPIES = 5.0
"""Copies of the weights between the last epoch and the end of a training."""

SLOT_ROWS, MOST_SLOTS = 128, 8
"""Rows of a batch that share a gradient in the kernel, and how many gradients there are at most."""

STEP_COPIES, APPLY_COPIES = 2.0, 0.5
"""What a step of training, and a plain application, hold of the numbers that a network computes of its samples."""

CHUNK_ROWS, CHUNK_NUMBERS, HELD_OUT_ROWS = 256, 2**22, 1_000
MEASURED_ROWS, MEASURED_NUMBERS, LEAST_MEASURED = 10_000, 2**21, 500
PCA_NUMBERS, PCA_BLOCK_NUMBERS = 2**27, 2**22


@dataclass(frozen=True)
class Task:
    """The sizes of a training.

    Attributes
    ----------
    count, features, shape
        Samples, numbers of a flat one, and its shape.
    kept_bytes, reading_bytes
        What the samples take once they are read, and while they are.
    number_bytes
        Bytes of a number that is read: 4 for float32, else 8.
    held_out
        How many of the samples, or beside them, are held out.
    is_scaled
        Whether features may be scaled; images in [0, 1] are not.
    """

    count: int
    features: int
    shape: tuple[int, ...]
    kept_bytes: int
    reading_bytes: int
    number_bytes: int = 4
    held_out: int = 0
    is_scaled: bool = True


@dataclass(frozen=True)
class Footprint:
    """The memory of a training at its height, in bytes.

    Attributes
    ----------
    program
        Python, its libraries and what was compiled.
    samples
        As they are read, prepared, scaled and measured.
    weights
        With their gradients, moments and copies.
    activations
        What the networks compute of the samples of one step.
    """

    program: int
    samples: int
    weights: int = 0
    activations: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.program + self.samples + self.weights + self.activations


@dataclass(frozen=True)
class _Network:
    """The numbers of one network: weights, the same in panels, and what it computes of one sample."""

    weights: int
    panels: int
    computed: int
    units: int


def estimate_footprint(task: Task, options: Mapping[str, Any]) -> Footprint:
    """Return what a training takes at the height of its memory.

    Parameters
    ----------
    task
        The sizes of the samples.
    options
        Keywords of `Autoencoder`, checked or not.

    Examples
    --------
    >>> task = Task(1_437, 64, (8, 8), kept_bytes=367_872, reading_bytes=367_872)
    >>> estimate_footprint(task, {}).total // 2**20
    334
    """
    recipe = find_recipe(options.get("recipe"))
    name = _pick(options, "network", recipe.network)
    if name == "dense" and recipe is DEFAULT and is_large_picture(task.shape, options.get("kind", "auto")):
        name = _pick(options, "network", "convolutional")
    bottleneck = _pick(options, "bottleneck", recipe.bottleneck)
    code_size, hidden = _choose_sizes(task, options, name, recipe.hidden_layers)
    encoded = code_size * (2 if str(bottleneck).startswith("gaussian") else 1)
    network = _MAKERS.get(name, _make_dense)(task, hidden, code_size, encoded)
    # What the kernel does not know, XLA compiles.
    is_compiled = name in _MAKERS or bool(_pick(options, "terms", recipe.terms)) or bottleneck != "plain"
    program = PROGRAM_BYTES + is_compiled * COMPILER_BYTES
    reading = Footprint(program, task.reading_bytes)
    preparing = Footprint(program, task.kept_bytes + _prepare(task))
    training = _train(task, options, network, program, is_compiled=is_compiled)
    concluding = _conclude(task, options, network, program, code_size)
    return max(reading, preparing, training, concluding, key=lambda footprint: footprint.total)


def _pick(options: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    value = options.get(name, "auto")
    return otherwise if isinstance(value, str) and value == "auto" else value


def _cap(count: Any) -> Any:
    """Return a whole number that a float can hold after some products; a word is left as it is."""
    return count if isinstance(count, str) else min(int(count), MOST)


def _choose_sizes(task: Task, options: Mapping[str, Any], name: str, layers: int) -> tuple[int, tuple[int, ...]]:
    hidden = _pick(options, "hidden", {"dense": "auto", "lstm": (64,), "gru": (64,)}.get(name, (16, 32)))
    asked = hidden if isinstance(hidden, str) else tuple(map(_cap, hidden))
    return derive_sizes(max(1, task.features), _cap(options.get("code_size", "auto")), asked, layers=layers)


def _count_samples_bytes(task: Task) -> int:
    """Return what is held of the samples while a training runs: as they were read, and scaled."""
    shares_array = not task.is_scaled and task.number_bytes == NUMBER and not task.held_out
    return task.kept_bytes + (0 if shares_array else NUMBER * task.count * task.features)


def _prepare(task: Task) -> int:
    """Return what the split and the scaling take for a moment, beside what was read."""
    numbers = task.count * task.features
    split = task.number_bytes * numbers * (2 if task.number_bytes > NUMBER else 1)
    return split + (4 * NUMBER * numbers if task.is_scaled else 0)


# ---------------------------------------------------------------------- networks


def _count_panels(inputs: int, outputs: int) -> int:
    """Return how many numbers the kernel's matrix of a layer has, those that fill it up included."""
    width = LANES if outputs <= LANES else 2 * LANES
    return -(-(inputs + 1) // LANES) * LANES * -(-outputs // width) * width


def _make_dense(task: Task, hidden: Sequence[int], code_size: int, encoded: int) -> _Network:
    pairs = [*pairwise((task.features, *hidden, encoded)), *pairwise((code_size, *reversed(hidden), task.features))]
    units = sum(outputs for _, outputs in pairs)
    return _Network(
        sum((inputs + 1) * outputs for inputs, outputs in pairs),
        sum(_count_panels(inputs, outputs) for inputs, outputs in pairs),
        task.features + 2 * units,
        units + task.features,
    )


def _make_convolutional(
    task: Task, channels: Sequence[int], code_size: int, encoded: int, *, residual: bool = False
) -> _Network:
    rows, columns, *depth = (*task.shape, 1, 1)[:3]
    weights, computed, inputs = 0, task.features, depth[0]
    for outputs in channels:
        rows, columns = -(-rows // 2), -(-columns // 2)
        # Nine neighbours of each place on the way in, 4 × 4 places around it on the way back.
        computed += rows * columns * (9 * inputs + outputs + (16 + 4) * inputs + residual * 32 * outputs)
        weights += 2 * 9 * inputs * outputs + residual * 4 * 9 * outputs**2
        inputs = outputs
    middle = rows * columns * inputs
    weights += middle * (encoded + code_size + 1)
    return _Network(weights, weights, computed, sum(channels) * 2 + 2 * task.features)


def _make_recurrent(task: Task, hidden: Sequence[int], code_size: int, encoded: int) -> _Network:
    steps, step_features = (*task.shape, 1)[:2]
    gates = 4
    pairs = [*pairwise((step_features, *hidden)), *pairwise((code_size, *reversed(hidden)))]
    weights = sum(gates * outputs * (inputs + outputs + 1) for inputs, outputs in pairs)
    weights += hidden[-1] * encoded + 2 * code_size * sum(hidden) + hidden[0] * step_features
    computed = steps * sum(2 * gates * outputs for _, outputs in pairs)
    return _Network(weights, weights, computed + 2 * task.features, sum(hidden) + 2 * task.features)


_MAKERS = {
    "convolutional": _make_convolutional,
    "residual": partial(_make_convolutional, residual=True),
    "lstm": _make_recurrent,
    "gru": _make_recurrent,
}


# ---------------------------------------------------------------------- phases


def _train(task: Task, options: Mapping[str, Any], network: _Network, program: int, *, is_compiled: bool) -> Footprint:
    """Return what the epochs take."""
    restarts = _cap(options.get("restarts", 1))
    keeps_best = options.get("patience") is not None
    batch = max(1, min(choose_batch_size(task.count, options.get("batch_size", "auto")), task.count))
    if is_compiled:
        held_out = min(task.held_out, HELD_OUT_ROWS, max(1, CHUNK_NUMBERS // task.features))
        computed = restarts * network.computed * max(STEP_COPIES * batch, APPLY_COPIES * held_out)
        weights = COMPILED_COPIES * network.weights
    else:
        slots = 1 + min((batch - 1) // SLOT_ROWS, MOST_SLOTS - 1)
        threads = min(os.cpu_count() or 1, slots * restarts)
        computed = threads * -(-batch // slots) * network.computed
        weights = KERNEL_COPIES * network.weights + (KERNEL_PANELS + slots - 1) * network.panels
    return Footprint(
        program,
        _count_samples_bytes(task),
        int(NUMBER * restarts * (weights + keeps_best * network.weights)),
        int(NUMBER * computed),
    )


def _conclude(task: Task, options: Mapping[str, Any], network: _Network, program: int, code_size: int) -> Footprint:
    """Return what the baselines, the diagnosis and the measured errors take after the last epoch."""
    restarts, features = _cap(options.get("restarts", 1)), task.features
    measured = min(task.count, MEASURED_ROWS, max(LEAST_MEASURED, MEASURED_NUMBERS // features))
    traces = NUMBER * restarts * min(measured, task.held_out or measured) * network.units
    compared = 6 * NUMBER * min(task.held_out or task.count, MEASURED_ROWS) * features
    chunk = min(CHUNK_ROWS, max(1, CHUNK_NUMBERS // features))
    rows = min(task.count, max(2, PCA_NUMBERS // features))
    if rows >= features:
        pca = 8 * (4 * features**2 + min(rows * features, PCA_BLOCK_NUMBERS))
    else:
        pca = 8 * (rows * features + 3 * features * min(code_size, rows) + 3 * rows**2)
    return Footprint(
        program,
        _count_samples_bytes(task) + max(compared, pca),
        int(NUMBER * restarts * (KEPT_COPIES * network.weights + network.panels)),
        traces + int(NUMBER * APPLY_COPIES * chunk * network.computed),
    )
