"""Dense networks trained and applied by the kernel, where it can; elsewhere XLA does the same work."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float32, Float64, Int32

from autoencode.interruption import check
from autoencode.losses import LOSSES, Loss
from autoencode.networks import Affine, DenseNetwork
from autoencode.training.devices import find_platform
from autoencode.training.epoch import EpochLosses, EpochPlan, conclude_epoch
from autoencode.training.kernel.library import Plan, load_library, warn_of_absence
from autoencode.training.kernel.panels import count_numbers, pack_layer, unpack_layer
from autoencode.training.objective import Objective
from autoencode.training.optimizer import Adam, UpdateRule
from autoencode.training.state import TrainState

__all__ = [
    "KERNEL_ACTIVATIONS",
    "can_map",
    "can_train",
    "find_training_obstacle",
    "list_activations",
    "map_layers",
    "train_epoch",
]

KERNEL_ACTIVATIONS = ("identity", "relu", "leaky_relu", "sigmoid", "tanh", "silu")
"""Activations that the kernel knows, in the order of the enumeration in ``lanes.h``."""

KERNEL_LOSSES = ("squared_error", "binary_cross_entropy")

CGROUP = Path("/sys/fs/cgroup")

MOST_SLOTS = 8
"""Sums of losses that the kernel keeps for each network."""

BLOCK_ROWS = 128
"""Rows that the kernel takes at once where nothing is trained; parts of held-out samples are whole blocks."""

CALL_WORK = 2e10
"""Operations of a call at most, or else it is one step: a good second on one slow processor, a tenth of it on two fast
ones."""

LEAST_WORK = 3e6
"""Operations of a step below which one thread alone is faster: two take about a microsecond to meet."""

Layers = Sequence[tuple[Any, Any]]


def list_activations(network: DenseNetwork) -> list[Any]:
    """Return the activation of each layer, in order."""
    hidden_in, hidden_out = len(network.encoder) - 1, len(network.decoder) - 1
    return [
        *[network.activation] * hidden_in,
        network.code_activation,
        *[network.activation] * hidden_out,
        network.output_activation,
    ]


def _is_whole(layers: Sequence[Any]) -> bool:
    """Return whether layers are affine, in float32, and each takes what the one before it gives."""
    if not all(type(layer) is Affine and layer.kernel.dtype == layer.bias.dtype == np.float32 for layer in layers):
        return False
    shapes = [(layer.kernel.shape, layer.bias.shape) for layer in layers]
    return all(bias == (*kernel[:-2], kernel[-1]) for kernel, bias in shapes) and all(
        (*one[:-2], one[-1]) == other[:-1] for (one, _), (other, _) in pairwise(shapes)
    )


def find_obstacle(network: Any) -> str:
    """Return why the kernel cannot apply a network, in words; nothing where it can, if there is a library."""
    if type(network) is not DenseNetwork:
        return "the kernel knows dense networks with a plain code alone"
    for name in list_activations(network):
        if not (isinstance(name, str) and name in KERNEL_ACTIVATIONS):
            label = name if isinstance(name, str) else getattr(name, "__name__", type(name).__name__)
            return f"the kernel does not know the activation {label}, only {', '.join(KERNEL_ACTIVATIONS)}"
    if not _is_whole([*network.encoder, *network.decoder]):
        return "the kernel wants layers in float32, each of which takes what the one before it gives"
    if (platform := find_platform()) != "cpu":
        return f"the kernel is for CPUs, and JAX works on {platform}"
    return ""


def find_training_obstacle(networks: Any, objective: Objective, rule: UpdateRule) -> str:
    """Return why the kernel cannot train networks, in words: it does so by Adam unclipped, with a loss by name only."""
    loss = objective.loss
    if loss.name not in KERNEL_LOSSES or LOSSES[loss.name] is not loss:
        return f"the kernel does not know the loss {loss.name}, only {', '.join(KERNEL_LOSSES)}"
    if not objective.is_loss_alone:
        return "the kernel knows no corruption and no terms beside the loss"
    if not isinstance(rule.optimizer, Adam) or rule.clip_norm is not None:
        return "the kernel knows the optimizer adam alone, without clip_norm"
    if obstacle := find_obstacle(networks):
        return obstacle
    if networks.encoder[0].kernel.shape[-2] != networks.decoder[-1].kernel.shape[-1]:
        return "the kernel wants a reconstruction as wide as the samples"
    return ""


def _has_library() -> bool:
    if load_library() is None:
        warn_of_absence()
        return False
    return True


def can_map(network: Any) -> bool:
    """Return whether the kernel applies a network: it knows it, there is a library, and the network asks for it."""
    return getattr(network, "engine", None) != "xla" and not find_obstacle(network) and _has_library()


def can_train(networks: Any, objective: Objective, rule: UpdateRule) -> bool:
    """Return whether the kernel trains networks: as it applies them, and if it knows all that the training asks for."""
    is_allowed = getattr(networks, "engine", None) != "xla"
    return is_allowed and not find_training_obstacle(networks, objective, rule) and _has_library()


@cache
def _read_quota() -> float:
    """Return how many processors this process's container has; threads beyond them would wait for one another."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((CGROUP / name).read_text() for name in names).split()
            if int(quota) > 0:
                return int(quota) / int(period)
        except (OSError, ValueError):  # no container, or one without a limit: "max" is no number
            continue
    return math.inf


def _count_processors() -> int:
    """Return how many processors this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.floor(min(count, _read_quota())))


class _Call:
    """One call of the library: the plan, and the arrays that it points to, which must outlive the call."""

    def __init__(self, layers: Layers, activations: Sequence[str], *, batch: int, loss: str = KERNEL_LOSSES[0]):
        kernels = [kernel for kernel, _ in layers]
        self.shapes = [kernel.shape[1:] for kernel in kernels]
        self.restarts = len(kernels[0])
        self.widths = np.array([self.shapes[0][0], *(outputs for _, outputs in self.shapes)], np.int32)
        self.activations = np.array([KERNEL_ACTIVATIONS.index(name) for name in activations], np.int32)
        pointer = ctypes.POINTER(ctypes.c_int32)
        self.plan = Plan(
            layers=len(layers),
            restarts=self.restarts,
            batch=min(batch, 2**31 - 1),
            threads=self._count_threads(batch),
            loss=KERNEL_LOSSES.index(loss),
            widths=self.widths.ctypes.data_as(pointer),
            activations=self.activations.ctypes.data_as(pointer),
        )

    def count_work(self, rows: int) -> int:
        """Return how many operations rows take that are trained on; no fewer than rows that are only evaluated."""
        work = 6 * sum(math.prod(shape) for shape in self.shapes) + 60 * int(self.widths.sum())
        return work * rows * self.restarts

    def _count_threads(self, rows: int) -> int:
        """Return how many threads the work of so many rows is worth: all the process may use, or one."""
        return _count_processors() if self.count_work(rows) > LEAST_WORK else 1

    def take(self, rows: Float32[np.ndarray, "rows inputs"]) -> Float32[np.ndarray, "rows inputs"]:
        """Return rows as the library reads them, one after the other; rows that are already so are not copied."""
        if rows.ndim != 2 or rows.shape[1] != self.widths[0]:
            raise ValueError(f"the network takes rows of {self.widths[0]} numbers, got an array of shape {rows.shape}")
        return np.require(rows, np.float32, ["C", "ALIGNED"])

    def run(self, name: str, *arguments: Any) -> None:
        """Call a function of the library, which refuses arrays of another type than it reads."""
        library = load_library()
        assert library is not None, "can_map was asked first"
        if getattr(library, name)(ctypes.byref(self.plan), *arguments):
            raise MemoryError(
                "the network's activations and gradients do not fit into memory; use a smaller batch_size"
            )


def _advance(count: Int32[np.ndarray, " restarts"], steps: int) -> Int32[np.ndarray, " restarts"]:
    """Return the number of updates after so many more; like optax's it stays at the largest that it can be."""
    return np.minimum(count.astype(np.int64) + steps, np.iinfo(np.int32).max).astype(np.int32)


def _pack(layers: Layers) -> Float32[np.ndarray, "restarts numbers"]:
    return np.concatenate([pack_layer(np.asarray(kernel), np.asarray(bias)) for kernel, bias in layers], axis=1)


def _unpack(numbers: Float32[np.ndarray, "restarts numbers"], shapes: Sequence[tuple[int, int]]) -> list[np.ndarray]:
    parts = np.split(numbers, np.cumsum([count_numbers(*shape) for shape in shapes])[:-1], axis=1)
    arrays = [array for part, shape in zip(parts, shapes, strict=True) for array in unpack_layer(part, *shape)]
    for array in arrays:
        array.flags.writeable = False  # as JAX's are: who looks at a state cannot change the training
    return arrays


def _pair(leaves: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return kernel and bias of each layer from the leaves of a network, which are in that order."""
    return list(zip(leaves[::2], leaves[1::2], strict=True))


def _cut(units: int, work: int) -> Iterator[slice]:
    """Yield the parts of so many units of work, a call each; between two of them a signal is answered."""
    size = max(1, int(CALL_WORK // work))
    for first in range(0, units, size):
        if first:
            check()
        yield slice(first, min(units, first + size))


def train_epoch(
    state: TrainState,
    samples: Float32[np.ndarray, "samples features"],
    plan: EpochPlan,
    held_out: Float32[np.ndarray, "held_out features"] | None,
    loss: Loss,
    rule: UpdateRule,
) -> tuple[TrainState, EpochLosses]:
    """Train every restart on all batches of an epoch; see `autoencode.training.epoch.run_epoch`, which XLA compiles.

    Raises
    ------
    MemoryError
        If the kernel's workspace cannot be had.
    KeyboardInterrupt, Terminated, HungUp
        Between two calls, where a signal came.

    Notes
    -----
    The result does not depend on the number of threads or calls. It differs from XLA's in the last bits.
    """
    order, rate_shares, _, _ = plan
    leaves, structure = jax.tree.flatten(state.networks)
    (count, *moments), optimizer_structure = jax.tree.flatten(state.optimizer_state)
    call = _Call(_pair(leaves), list_activations(state.networks), batch=order.rows.shape[1], loss=loss.name)
    settings, optimizer = call.plan, rule.optimizer
    assert isinstance(optimizer, Adam), "can_train was asked first"
    settings.learning_rate, settings.decay = optimizer.learning_rate, rule.decay
    settings.beta_1, settings.beta_2, settings.epsilon = optimizer.beta_1, optimizer.beta_2, optimizer.epsilon
    parameters, mean = _pack(_pair(leaves)), _pack(_pair(moments[: len(leaves)]))
    square = _pack(_pair(moments[len(leaves) :]))
    steps, updates = len(order.rows), int(np.asarray(count)[0])
    total = np.zeros((call.restarts, MOST_SLOTS))
    # One step size a step and restart.
    shares = np.ascontiguousarray(np.outer(rate_shares, np.asarray(state.rate_shares)), np.float32)
    rows, trained = call.take(samples), (parameters, mean, square, total)
    for part in _cut(steps, call.count_work(order.rows.shape[1])):
        batches = (rows, order.rows[part], order.weights[part], shares[part])
        call.run("autoencode_train", *batches, part.stop - part.start, updates + part.start, *trained)
    moments = [*_unpack(mean, call.shapes), *_unpack(square, call.shapes)]
    validation_loss = None if held_out is None else _evaluate(call, held_out, parameters)
    losses = EpochLosses((total.sum(axis=1) / order.weights.sum()).astype(np.float32), validation_loss)
    state = TrainState(
        networks=jax.tree.unflatten(structure, _unpack(parameters, call.shapes)),
        optimizer_state=jax.tree.unflatten(optimizer_structure, [_advance(np.asarray(count), steps), *moments]),
        best_networks=state.best_networks,
        best_loss=np.asarray(state.best_loss),
        stale_epochs=np.asarray(state.stale_epochs),
        rate_shares=np.asarray(state.rate_shares),
    )
    return conclude_epoch(state, losses.monitored, rule, where=np.where), losses


def _evaluate(call: _Call, held_out: np.ndarray, parameters: np.ndarray) -> Float32[np.ndarray, " restarts"]:
    total: Float64[np.ndarray, " restarts"] = np.zeros(call.restarts)
    rows = call.take(held_out)
    for part in _cut(-(-len(rows) // BLOCK_ROWS), call.count_work(BLOCK_ROWS)):
        block = rows[part.start * BLOCK_ROWS : part.stop * BLOCK_ROWS]
        call.run("autoencode_evaluate", block, len(block), parameters, total)
    return (total / len(held_out)).astype(np.float32)


def map_layers(
    layers: Sequence[Affine],
    activations: Sequence[str],
    rows: Float32[np.ndarray, "rows inputs"],
    wanted: Sequence[int],
) -> list[Float32[np.ndarray, "restarts rows units"]]:
    """Return what some layers of K networks give for each row.

    Parameters
    ----------
    layers
        Consecutive layers, their arrays with K networks on a leading axis.
    activations
        Of each layer.
    rows
        What the first of them takes.
    wanted
        Numbers of layers, from 0; the last layer's is what it gives before its activation, one more what it gives.

    Returns
    -------
    list of arrays
        In the order of `wanted`. A row has the same bits alone and among others.
    """
    pairs = [(layer.kernel, layer.bias) for layer in layers]
    call = _Call(pairs, activations, batch=len(rows))
    units = [*call.widths[1:].tolist(), int(call.widths[-1])]
    outputs = {place: np.empty((call.restarts, len(rows), units[place]), np.float32) for place in wanted}
    pointers = np.array([outputs[i].ctypes.data if i in outputs else 0 for i in range(len(units))], np.uintp)
    call.run("autoencode_trace", call.take(rows), len(rows), _pack(pairs), pointers)
    return [outputs[place] for place in wanted]
