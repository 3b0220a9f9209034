"""One call of the kernel's library: what it is told of a network, and the arrays that it reads and writes. No JAX."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from autoencode.training.kernel.library import Plan, load_library, warn_of_absence
from autoencode.training.kernel.panels import count_numbers, pack_layer

KERNEL_ACTIVATIONS = ("identity", "relu", "leaky_relu", "sigmoid", "tanh", "silu")
"""Activations that the kernel knows, in the order of the enumeration in ``lanes.h``."""

KERNEL_LOSSES = ("squared_error", "binary_cross_entropy")

KERNEL_MEASURES = ("squared_error", "absolute_error")
"""Errors of rows that the kernel knows, in the order of the enumeration in ``errors.h``."""

CGROUP = Path("/sys/fs/cgroup")

LEAST_WORK = 3e6
"""Operations of a step below which one thread alone is faster: two take about a microsecond to meet."""

Layers = Sequence[tuple[Any, Any]]


def has_library() -> bool:
    """Return whether the library can be had; where it should be and cannot, it is said once."""
    if load_library() is None:
        warn_of_absence()
        return False
    return True


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


class Call:
    """One call of the library: the plan, and the arrays that it points to, which must outlive the call."""

    def __init__(self, layers: Layers, activations: Sequence[str], *, batch: int, loss: str = KERNEL_LOSSES[0]):
        kernels = [kernel for kernel, _ in layers]
        self.shapes = [kernel.shape[1:] for kernel in kernels]
        self.restarts = len(kernels[0])
        self.widths = np.array([self.shapes[0][0], *(outputs for _, outputs in self.shapes)], np.int32)
        self.activations = np.array([KERNEL_ACTIVATIONS.index(name) for name in activations], np.int32)
        self.numbers = sum(count_numbers(*sizes) for sizes in pairwise(self.widths.tolist()))
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

    def expect_networks(self, **arrays: np.ndarray) -> None:
        """Hold arrays of a number a parameter against what the library takes."""
        for name, array in arrays.items():
            expect(name, array, np.float32, self.restarts, self.numbers)

    def run(self, name: str, *arguments: Any) -> None:
        """Call a function of the library."""
        library = load_library()
        assert library is not None, "can_map was asked first"
        if getattr(library, name)(ctypes.byref(self.plan), *arguments):
            raise MemoryError(
                "the network's activations and gradients do not fit into memory; use a smaller batch_size"
            )


def expect(name: str, array: np.ndarray, dtype: type, *shape: int) -> None:
    """Hold an array against what the library reads or writes of it, as C takes the address for it.

    Raises
    ------
    AssertionError
        If it is of another type or shape, or does not lie in memory as one; also where Python runs without assertions.
    """
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        got = f"{array.dtype} of shape {array.shape}{'' if array.flags.c_contiguous else ', not in the order of C'}"
        raise AssertionError(f"the kernel takes {name} as {np.dtype(dtype)} of shape {shape}, got {got}")


def pack_layers(layers: Layers) -> Float32[np.ndarray, "restarts numbers"]:
    """Return the kernels and biases of layers as the library has them, one after the other."""
    return np.concatenate([pack_layer(np.asarray(kernel), np.asarray(bias)) for kernel, bias in layers], axis=1)


def map_layers(
    layers: Layers,
    activations: Sequence[str],
    rows: Float32[np.ndarray, "rows inputs"],
    wanted: Sequence[int],
) -> list[Float32[np.ndarray, "restarts rows units"]]:
    """Return what some layers of K networks give for each row.

    Parameters
    ----------
    layers
        Kernel and bias of consecutive layers, with K networks on a leading axis.
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
    call = Call(layers, activations, batch=len(rows))
    units = [*call.widths[1:].tolist(), int(call.widths[-1])]
    outputs = {place: np.empty((call.restarts, len(rows), units[place]), np.float32) for place in wanted}
    for place, output in outputs.items():
        expect(f"output {place}", output, np.float32, call.restarts, len(rows), units[place])
    pointers = np.array([outputs[i].ctypes.data if i in outputs else 0 for i in range(len(units))], np.uintp)
    parameters = pack_layers(layers)
    call.expect_networks(parameters=parameters)
    call.run("autoencode_trace", call.take(rows), len(rows), parameters, pointers)
    return [outputs[place] for place in wanted]


def measure_rows(
    layers: Layers, activations: Sequence[str], rows: Float32[np.ndarray, "rows inputs"], measure: str
) -> Float64[np.ndarray, "restarts rows"]:
    """Return how far the reconstruction of each row by each of K networks is from it, a mean over its features.

    Parameters
    ----------
    layers, activations, rows
        As for `map_layers`; the last layer gives as many numbers as the first takes.
    measure
        One of `KERNEL_MEASURES`.

    Returns
    -------
    array
        What `autoencode.evaluation.errors` gives of the same reconstructions, to the bit, but that features below 1e-38
        count as 0; not finite where a reconstruction is not.
    """
    call = Call(layers, activations, batch=len(rows))
    if call.widths[-1] != call.widths[0]:
        raise ValueError(f"the network rebuilds {call.widths[-1]} numbers of {call.widths[0]}")
    errors = np.empty((call.restarts, len(rows)))
    expect("errors", errors, np.float64, call.restarts, len(rows))
    parameters = pack_layers(layers)
    call.expect_networks(parameters=parameters)
    call.run("autoencode_measure", call.take(rows), len(rows), parameters, KERNEL_MEASURES.index(measure), errors)
    return errors
