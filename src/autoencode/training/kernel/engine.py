"""Dense networks trained by the kernel, where it can; elsewhere XLA does the same work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Float32, Float64, Int32

from autoencode.interruption import check
from autoencode.parts.bottlenecks import Gaussian
from autoencode.parts.losses import LOSSES, Loss
from autoencode.parts.networks import Affine, DenseNetwork
from autoencode.training.bottlenecked import BottleneckedNetwork
from autoencode.training.epoch import EpochLosses, EpochPlan, conclude_epoch
from autoencode.training.kernel.call import KERNEL_LOSSES, Call, expect, has_library, pack_layers
from autoencode.training.kernel.dense_layers import DenseLayers
from autoencode.training.kernel.panels import count_numbers, unpack_layer
from autoencode.training.objective import Objective
from autoencode.training.optimizer import Adam, UpdateRule
from autoencode.training.order import EpochOrder
from autoencode.training.snapshot import UNCUT, Cutting, EpochPart
from autoencode.training.state import TrainState

MOST_SLOTS = 8
"""Sums of losses that the kernel keeps for each network."""

BLOCK_ROWS = 128
"""Rows that the kernel takes at once where nothing is trained; parts of held-out samples are whole blocks."""

CALL_WORK = 2e10
"""Operations of a call at most, or else it is one step: a good second on one slow processor, a tenth of it on two fast
ones."""


def find_layers(networks: Any, *, restarts: bool = True) -> DenseLayers | None:
    """Return the layers of K networks where they are dense ones, plain or with a code that is a part of the encoder's.

    Parameters
    ----------
    networks
        K networks on a leading axis, of any kind.
    restarts
        Whether there is that axis; else they are one network.
    """
    code_size = None
    if type(networks) is BottleneckedNetwork and type(networks.bottleneck) is Gaussian:
        networks, code_size = networks.network, networks.code_size
    if type(networks) is not DenseNetwork or networks.engine == "xla":
        return None
    if not all(type(layer) is Affine for layer in (*networks.encoder, *networks.decoder)):
        return None

    def lift(array: Any) -> np.ndarray:
        return np.asarray(array) if restarts else np.asarray(array)[None]

    encoder, decoder = (
        tuple((lift(layer.kernel), lift(layer.bias)) for layer in half) for half in (networks.encoder, networks.decoder)
    )
    return DenseLayers(
        encoder,
        decoder,
        networks.activation,
        networks.code_activation,
        networks.output_activation,
        encoder[-1][1].shape[-1] if code_size is None else code_size,
    )


def find_training_obstacle(networks: Any, objective: Objective, rule: UpdateRule) -> str:
    """Return why the kernel cannot train networks, in words: it does so by Adam unclipped, with a loss by name only."""
    loss = objective.loss
    if loss.name not in KERNEL_LOSSES or LOSSES[loss.name] is not loss:
        return f"the kernel does not know the loss {loss.name}, only {', '.join(KERNEL_LOSSES)}"
    if not objective.is_loss_alone:
        return "the kernel knows no corruption and no terms beside the loss"
    if not isinstance(rule.optimizer, Adam) or rule.clip_norm is not None:
        return "the kernel knows the optimizer adam alone, without clip_norm"
    layers = find_layers(networks)
    if layers is None or type(networks) is not DenseNetwork:
        return "the kernel knows dense networks with a plain code alone"
    if obstacle := layers.find_obstacle(to_train=True):
        return obstacle
    if networks.encoder[0].kernel.shape[-2] != networks.decoder[-1].kernel.shape[-1]:
        return "the kernel wants a reconstruction as wide as the samples"
    return ""


def can_train(networks: Any, objective: Objective, rule: UpdateRule) -> bool:
    """Return whether the kernel trains networks: as it applies them, and if it knows all that the training asks for."""
    return not find_training_obstacle(networks, objective, rule) and has_library()


def _advance(count: Int32[np.ndarray, " restarts"], steps: int) -> Int32[np.ndarray, " restarts"]:
    """Return the number of updates after so many more; like optax's it stays at the largest that it can be."""
    return np.minimum(count.astype(np.int64) + steps, np.iinfo(np.int32).max).astype(np.int32)


def _unpack(numbers: Float32[np.ndarray, "restarts numbers"], shapes: Sequence[tuple[int, int]]) -> list[np.ndarray]:
    parts = np.split(numbers, np.cumsum([count_numbers(*shape) for shape in shapes])[:-1], axis=1)
    arrays = [array for part, shape in zip(parts, shapes, strict=True) for array in unpack_layer(part, *shape)]
    for array in arrays:
        array.flags.writeable = False  # as JAX's are: who looks at a state cannot change the training
    return arrays


def _pair(leaves: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return kernel and bias of each layer from the leaves of a network, which are in that order."""
    return list(zip(leaves[::2], leaves[1::2], strict=True))


def _cut(first: int, units: int, work: int, between: Callable[[int], object]) -> Iterator[slice]:
    """Yield the parts of units of work, a call each; between two of them it is told how far it is, and a signal is
    answered."""
    size = max(1, int(CALL_WORK // work))
    for begin in range(first, units, size):
        if begin > first:
            between(begin)
            check()
        yield slice(begin, min(units, begin + size))


def train_epoch(
    state: TrainState,
    samples: Float32[np.ndarray, "samples features"],
    plan: EpochPlan,
    held_out: Float32[np.ndarray, "held_out features"] | None,
    loss: Loss,
    rule: UpdateRule,
    cutting: Cutting = UNCUT,
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
    layers, pairs = find_layers(state.networks), _pair(leaves)
    assert layers is not None, "can_train was asked first"
    call = Call(pairs, layers.activations, batch=order.rows.shape[1], loss=loss.name)
    settings, optimizer = call.plan, rule.optimizer
    assert isinstance(optimizer, Adam), "can_train was asked first"
    settings.learning_rate, settings.decay = optimizer.learning_rate, rule.decay
    settings.beta_1, settings.beta_2, settings.epsilon = optimizer.beta_1, optimizer.beta_2, optimizer.epsilon
    parameters, mean = pack_layers(pairs), pack_layers(_pair(moments[: len(leaves)]))
    square = pack_layers(_pair(moments[len(leaves) :]))
    begin, steps = cutting.begin, len(order.rows)
    updates = int(np.asarray(count)[0]) - begin.step
    total = np.zeros((call.restarts, MOST_SLOTS)) if begin.sums is None else np.array(begin.sums[0])
    # One step size a step and restart.
    shares = np.ascontiguousarray(np.outer(rate_shares, np.asarray(state.rate_shares)), np.float32)
    rows, trained = call.take(samples), (parameters, mean, square, total)
    _check_epoch(call, rows, order, shares)
    call.expect_networks(parameters=parameters, mean=mean, square=square)
    expect("losses", total, np.float64, call.restarts, MOST_SLOTS)

    def take(step: int) -> tuple[TrainState, EpochPart]:
        moments = [*_unpack(mean, call.shapes), *_unpack(square, call.shapes)]
        counted = _advance(np.asarray(count), step - begin.step)
        return TrainState(
            networks=jax.tree.unflatten(structure, _unpack(parameters, call.shapes)),
            optimizer_state=jax.tree.unflatten(optimizer_structure, [counted, *moments]),
            best_networks=state.best_networks,
            best_loss=np.asarray(state.best_loss),
            stale_epochs=np.asarray(state.stale_epochs),
            rate_shares=np.asarray(state.rate_shares),
        ), EpochPart(step, 0, (total.copy(),))

    def tell(step: int) -> None:
        cutting.at_cut(lambda: take(step))

    for part in _cut(begin.step, steps, call.count_work(order.rows.shape[1]), tell):
        batches = (rows, order.rows[part], order.weights[part], shares[part])
        call.run("autoencode_train", *batches, part.stop - part.start, updates + part.start, *trained)
    validation_loss = None
    if held_out is not None:
        validation_loss = _evaluate(call, held_out, parameters, lambda _: tell(steps))
    losses = EpochLosses((total.sum(axis=1) / order.weights.sum()).astype(np.float32), validation_loss)
    return conclude_epoch(take(steps)[0], losses.monitored, rule, where=np.where), losses


def _check_epoch(call: Call, rows: np.ndarray, order: EpochOrder, shares: np.ndarray) -> None:
    """Hold what an epoch reads against what the library takes, and the numbers of rows against the rows there are."""
    steps, batch = len(order.rows), call.plan.batch
    expect("samples", rows, np.float32, len(rows), call.shapes[0][0])
    expect("order.rows", order.rows, np.int32, steps, batch)
    expect("order.weights", order.weights, np.float32, steps, batch)
    expect("rate shares", shares, np.float32, steps, call.restarts)
    if not 0 <= order.rows.min() <= order.rows.max() < len(rows):
        raise AssertionError(f"order.rows names rows that are not among the {len(rows)} there are")


def _evaluate(
    call: Call, held_out: np.ndarray, parameters: np.ndarray, between: Callable[[int], object]
) -> Float32[np.ndarray, " restarts"]:
    total: Float64[np.ndarray, " restarts"] = np.zeros(call.restarts)
    rows = call.take(held_out)
    call.expect_networks(parameters=parameters)
    for part in _cut(0, -(-len(rows) // BLOCK_ROWS), call.count_work(BLOCK_ROWS), between):
        block = rows[part.start * BLOCK_ROWS : part.stop * BLOCK_ROWS]
        call.run("autoencode_evaluate", block, len(block), parameters, total)
    return (total / len(held_out)).astype(np.float32)
