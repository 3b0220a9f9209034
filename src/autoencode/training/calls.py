"""An epoch cut into calls of about a second at most, between which a training can be interrupted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jax.extend.core import Jaxpr, jaxprs_in_params

from autoencode.training.objective import Objective, sum_losses

CALL_SECONDS = 1.0
"""What a call may take, by the seconds of a plain processor below; two fast ones need a tenth of them."""

PRODUCT_SECONDS, NUMBER_SECONDS, OPERATION_SECONDS = 2e-10, 1e-9, 1e-6
"""What a product that goes into a number of a matrix product or convolution, a number that is computed in any other
way, and an operation on arrays whatever their size take on a plain processor. They are no measurement, so that the same
settings are cut alike everywhere; a fast machine is through with a call in a tenth of the time."""

GRADIENT_SHARE = 3
"""A step's cost, in costs of its loss: twice more for the gradient."""


class CallSizes(NamedTuple):
    """Of how many steps, and of how many chunks of held-out samples, one call is at most."""

    steps: int
    chunks: int


WHOLE = CallSizes(2**31 - 1, 2**31 - 1)
"""An epoch in one call."""


class Call(NamedTuple):
    """What a call of an epoch does: steps from `first` up to `stop`, chunks from `first_chunk` up to `stop_chunk`."""

    first: int
    stop: int
    first_chunk: int
    stop_chunk: int


def cut_epoch(steps: int, chunks: int, sizes: CallSizes) -> Iterator[Call]:
    """Yield the calls of an epoch, in order; the last steps and the first chunks share one.

    Parameters
    ----------
    steps
        Of the epoch.
    chunks
        Of held-out samples, evaluated after the last step.
    sizes
        Of a call at most.

    Examples
    --------
    >>> [tuple(call) for call in cut_epoch(5, 3, CallSizes(steps=2, chunks=2))]
    [(0, 2, 0, 0), (2, 4, 0, 0), (4, 5, 0, 2), (5, 5, 2, 3)]
    """
    last = max(0, steps - 1) // sizes.steps * sizes.steps
    for first in range(0, last, sizes.steps):
        yield Call(first, first + sizes.steps, 0, 0)
    yield Call(last, steps, 0, min(chunks, sizes.chunks))
    for first in range(sizes.chunks, chunks, sizes.chunks):
        yield Call(steps, steps, first, min(chunks, first + sizes.chunks))


def find_call_sizes(networks: Any, objective: Objective, batch_shape: tuple[int, int], chunk_rows: int) -> CallSizes:
    """Return the sizes of the calls of a compiled epoch. They follow from the settings alone.

    Parameters
    ----------
    networks
        K networks on a leading axis.
    objective
        What is minimised.
    batch_shape
        Samples of a batch, and features of a sample.
    chunk_rows
        Samples of a chunk that is held out.
    """
    arrays, static = eqx.partition(networks, eqx.is_array)
    restarts = jax.tree.leaves(arrays)[0].shape[0]
    one = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), arrays)

    def cost(arrays: Any, samples: Any, weights: Any) -> Any:
        network = eqx.combine(arrays, static)
        return sum_losses(network, objective, samples, weights, jax.random.key(0), jax.numpy.float32(0))[0]

    batch = jax.ShapeDtypeStruct(batch_shape, np.float32)
    traced = jax.make_jaxpr(cost)(one, batch, jax.ShapeDtypeStruct(batch_shape[:1], np.float32))
    seconds, operations = _estimate(traced.jaxpr)
    step = GRADIENT_SHARE * (restarts * seconds + operations)
    chunk = restarts * seconds * chunk_rows / batch_shape[0] + operations
    return CallSizes(*(max(1, int(CALL_SECONDS / one)) for one in (step, chunk)))


def _estimate(jaxpr: Jaxpr) -> tuple[float, float]:
    """Return the seconds that the numbers of a program take, and those that its operations take besides."""
    numbers = operations = 0.0
    for equation in jaxpr.eqns:
        inner = [_estimate(part) for part in jaxprs_in_params(equation.params)]
        times = equation.params["length"] if equation.primitive.name == "scan" else 1
        if inner:
            numbers += times * sum(part for part, _ in inner)
            operations += times * sum(part for _, part in inner)
        else:
            size = sum(math.prod(getattr(one.aval, "shape", ())) for one in equation.outvars)
            numbers += size * (_count_products(equation) * PRODUCT_SECONDS or NUMBER_SECONDS)
            operations += OPERATION_SECONDS
    return numbers, operations


def _count_products(equation: Any) -> int:
    """Return how many products go into one number that an operation gives; 0 where it is no product of arrays."""
    if equation.primitive.name == "dot_general":
        (contracted, _), _ = equation.params["dimension_numbers"]
        return math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
    if equation.primitive.name == "conv_general_dilated":
        kernel = equation.invars[1].aval.shape
        return math.prod(kernel) // kernel[equation.params["dimension_numbers"].rhs_spec[0]]
    return 0
