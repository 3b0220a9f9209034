"""One epoch of K restarts as a few calls of one compiled program."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Float32, Int32, PyTree, UInt32

from autoencode.interruption import check
from autoencode.training.calls import Call, cut_epoch
from autoencode.training.objective import Objective, sum_losses
from autoencode.training.optimizer import UpdateRule
from autoencode.training.order import EpochOrder
from autoencode.training.schedule import PLATEAU_EPOCHS
from autoencode.training.snapshot import UNCUT, Cutting, EpochPart
from autoencode.training.state import TrainState, split_trained

GATHERED_AT_ONCE = 2**23
"""Up to so many numbers (32 MiB) an epoch's batches are gathered before its first step. A gather of a few short rows is
handed to several threads, which takes longer than the rows; for long rows it makes no difference."""

_traces = 0


class HeldOut(NamedTuple):
    """Held-out samples cut into chunks, the last one padded at weight 0."""

    samples: Float32[Array, "chunks rows features"]
    weights: Float32[Array, "chunks rows"]


class EpochPlan(NamedTuple):
    """What an epoch is told besides its samples.

    Attributes
    ----------
    order
        Rows and weights of each batch.
    rate_shares
        The share of the learning rate that each step takes.
    progress
        The share of the training that is over in the middle of each step.
    key
        Seed and number of the epoch, which with the step's number are all that chance depends on.
    """

    order: EpochOrder
    rate_shares: Float32[np.ndarray, " steps"]
    progress: Float32[np.ndarray, " steps"]
    key: UInt32[np.ndarray, 2]


class EpochLosses(NamedTuple):
    """What an epoch reports: one number a restart."""

    loss: Float[Array | np.ndarray, " restarts"]
    validation_loss: Float[Array | np.ndarray, " restarts"] | None

    @property
    def monitored(self) -> Float[Array | np.ndarray, " restarts"]:
        """The held-out loss where there is one, else the training loss."""
        return self.loss if self.validation_loss is None else self.validation_loss


def count_traces() -> int:
    """Return how often an epoch has been traced in this process; a whole `fit` adds at most one."""
    return _traces


def _evaluate(
    total: Float[Array, ""],
    network: Any,
    objective: Objective,
    held_out: HeldOut,
    span: Int32[Array | np.ndarray, " 2"],
) -> Float[Array, ""]:
    """Add what some chunks of held-out samples cost; chance, where there is some, is the same after every epoch."""
    keys = jax.random.split(jax.random.key(0), len(held_out.samples))

    def add_chunk(number: Array, total: Float[Array, ""]) -> Float[Array, ""]:
        samples, weights = held_out.samples[number], held_out.weights[number]
        cost, _ = sum_losses(network, objective, samples, weights, keys[number], jnp.float32(1))
        return total + cost

    return jax.lax.fori_loop(span[0], span[1], add_chunk, total)


def conclude_epoch(
    state: TrainState,
    monitored: Float[Array | np.ndarray, " restarts"],
    rule: UpdateRule,
    *,
    where: Callable = jnp.where,
) -> TrainState:
    """Return the state in which each restart whose monitored loss is its lowest so far has its networks kept.

    A restart that has had none for 5 epochs, or 10, 15, …, has its step size halved, where the rule says so.

    Parameters
    ----------
    state
        After an epoch.
    monitored
        The epoch's held-out loss of each restart, or its training loss.
    rule
        How the networks are updated.
    where
        `jax.numpy.where`, or NumPy's for arrays in host memory.
    """
    improved = monitored < state.best_loss

    def choose(new: Any, old: Any) -> Any:
        return where(improved.reshape(-1, *(1,) * (new.ndim - 1)), new, old)

    best_networks = state.best_networks
    if best_networks is not None:
        best_networks = jax.tree.map(choose, state.networks, best_networks)
    stale_epochs = where(improved, 0, state.stale_epochs + 1)
    rate_shares = state.rate_shares
    if rule.halves_on_plateau:
        stands_still = (stale_epochs > 0) & (stale_epochs % PLATEAU_EPOCHS == 0)
        rate_shares = where(stands_still, rate_shares / 2, rate_shares)
    return TrainState(
        networks=state.networks,
        optimizer_state=state.optimizer_state,
        best_networks=best_networks,
        best_loss=where(improved, monitored, state.best_loss),
        stale_epochs=stale_epochs,
        rate_shares=rate_shares,
    )


def _step(
    rule: UpdateRule, parameters: PyTree, optimizer_state: PyTree, gradients: PyTree, share: Float[Array, ""]
) -> tuple[PyTree, PyTree]:
    """Return the parameters and the optimiser's state after a step of a share of the full size."""
    if rule.clip_norm is not None:
        gradients, _ = optax.clip_by_global_norm(rule.clip_norm).update(gradients, optax.EmptyState())
    updates, optimizer_state = rule.optimizer.update(gradients, optimizer_state, parameters)
    if rule.decay:
        updates = jax.tree.map(lambda change, weight: change - rule.decay * weight, updates, parameters)
    updates = jax.tree.map(lambda change: share * change, updates)
    return optax.apply_updates(parameters, updates), optimizer_state


def _make_update(static: PyTree, objective: Objective, rule: UpdateRule) -> Callable[..., tuple[tuple, Array]]:
    """Return what updates a restart by a batch: ``(what changes, its share of the rate, batch) → (the same, loss)``."""

    def update(carry: tuple[PyTree, PyTree, PyTree], restart_share: Array, batch: tuple[Array, ...]):
        trained, statistics, optimizer_state = carry
        rows, weights, share, progress, key = batch

        def mean_loss(trained: PyTree) -> tuple[Float[Array, ""], tuple[Float[Array, ""], PyTree]]:
            network = eqx.combine(trained, statistics, static)
            total, updated = sum_losses(network, objective, rows, weights, key, progress)
            moved = eqx.filter(split_trained(updated)[1], eqx.is_array)
            # Over their number, not the sum of their weights: then a weight means the same in every batch.
            return total / jnp.sum(weights > 0), (total, moved)

        gradients, (total, statistics) = jax.grad(mean_loss, has_aux=True)(trained)
        trained, optimizer_state = _step(rule, trained, optimizer_state, gradients, share * restart_share)
        return (trained, statistics, optimizer_state), total

    return update


def run_epoch(
    state: TrainState,
    samples: Float32[Array, "samples features"],
    plan: EpochPlan,
    held_out: HeldOut | None,
    objective: Objective,
    rule: UpdateRule,
    cutting: Cutting = UNCUT,
) -> tuple[TrainState, EpochLosses]:
    """Train every restart on all batches of an epoch, then evaluate the held-out samples.

    Parameters
    ----------
    state
        K restarts.
    samples
        The training samples, on the device.
    plan
        Order, step sizes, progress and key of chance.
    held_out
        Held-out samples, or None.
    objective, rule
        What is minimised, and how. Static: another object compiles another program.
    cutting
        Of the calls of the compiled program. It is the same program for any size, and so are the bits, also where the
        epoch begins in its middle.

    Returns
    -------
    TrainState, EpochLosses
        The state after the epoch; the mean loss of the training samples, each as it was just before the update by its
        batch (as Keras reports it), and that of the held-out samples after the epoch.

    Raises
    ------
    KeyboardInterrupt, Terminated, HungUp
        Between two calls, where a signal came.
    """
    steps, restarts = len(plan.order.rows), len(state.best_loss)
    batches = _gather(samples, plan.order.rows) if samples.size <= GATHERED_AT_ONCE else None
    rows = _Rows(samples, batches, held_out)
    begin, reported = cutting.begin, None
    sums = EpochLosses(
        np.zeros((steps, restarts), np.float32), None if held_out is None else np.zeros(restarts, np.float32)
    )
    if begin.sums is not None:
        sums = EpochLosses(begin.sums[0], None if held_out is None else begin.sums[1])

    def take(call: Call) -> tuple[TrainState, EpochPart]:
        return state, EpochPart(call.first, call.first_chunk, tuple(np.asarray(sum) for sum in sums if sum is not None))

    for call in cut_epoch(steps, 0 if held_out is None else len(held_out.samples), cutting.sizes):
        if (call.first, call.first_chunk) < (begin.step, begin.chunk):
            continue
        if reported is not None:
            jax.block_until_ready(reported)
            cutting.at_cut(partial(take, call))
            check()
        state, sums, reported = _run_call(state, sums, rows, plan, np.array(call, np.int32), objective, rule)
    assert reported is not None, "an epoch has one call at least"
    return state, reported


class _Rows(NamedTuple):
    """The samples of an epoch: those of training, their batches where they are gathered at once, those held out."""

    samples: Float32[Array, "samples features"]
    batches: Float32[Array, "steps batch features"] | None
    held_out: HeldOut | None


@jax.jit
def _gather(
    samples: Float32[Array, "samples features"], rows: Int32[Array, "steps batch"]
) -> Float32[Array, "steps batch features"]:
    return samples[rows]


@eqx.filter_jit
def _run_call(
    state: TrainState,
    sums: EpochLosses,
    rows: _Rows,
    plan: EpochPlan,
    span: Int32[Array | np.ndarray, " 4"],
    objective: Objective,
    rule: UpdateRule,
) -> tuple[TrainState, EpochLosses, EpochLosses]:
    """Do a part of an epoch; see `Call` for what it spans.

    Returns the state, the sums of losses so far (each batch's, and that of the held-out samples), and the mean losses,
    which are whole after the last call; the state is concluded by it alone.
    """
    global _traces
    _traces += 1
    trained, rest = split_trained(state.networks)
    statistics, static = eqx.partition(rest, eqx.is_array)
    carry = (trained, statistics, state.optimizer_state, sums.loss)
    trained, statistics, optimizer_state, totals = _run_steps(
        carry, state.rate_shares, rows, plan, jnp.asarray(span[:2]), _make_update(static, objective, rule)
    )
    weights = jnp.asarray(plan.order.weights)
    is_last, held_out_sum, validation_loss = span[1] == len(weights), sums.validation_loss, None
    if (held_out := rows.held_out) is not None:
        held_out_sum = jax.vmap(
            lambda total, trained, statistics: _evaluate(
                total, eqx.combine(trained, statistics, static), objective, held_out, jnp.asarray(span[2:])
            )
        )(jnp.asarray(held_out_sum), trained, statistics)
        is_last &= span[3] == len(held_out.samples)
        validation_loss = held_out_sum / jnp.sum(held_out.weights)
    reported = EpochLosses(jnp.sum(totals, axis=0) / jnp.sum(weights), validation_loss)
    state = TrainState(
        eqx.combine(trained, statistics, static),
        optimizer_state,
        state.best_networks,
        state.best_loss,
        state.stale_epochs,
        state.rate_shares,
    )
    state = jax.tree.map(
        lambda after, before: jnp.where(is_last, after, before) if eqx.is_array(after) else after,
        conclude_epoch(state, reported.monitored, rule),
        state,
    )
    return state, EpochLosses(totals, held_out_sum), reported


def _run_steps(
    carry: tuple[PyTree, PyTree, PyTree, Array | np.ndarray],
    rate_shares: Float[Array | np.ndarray, " restarts"],
    rows: _Rows,
    plan: EpochPlan,
    span: Int32[Array, " 2"],
    update: Callable[..., tuple[tuple, Array]],
) -> tuple[PyTree, PyTree, PyTree, Array]:
    """Return what changes, after the steps from one number up to another: networks, optimiser, the batches' losses."""
    *networks, totals = carry
    shares, order = jnp.asarray(rate_shares), jax.tree.map(jnp.asarray, plan.order)
    # A network alone is trained without the leading axis, which would keep XLA from joining some of its loops.
    alone = len(shares) == 1
    if alone:
        networks, shares = jax.tree.map(lambda leaf: leaf[0], (networks, shares))
    update_all = update if alone else jax.vmap(update, in_axes=(0, 0, None))
    epoch_key = jax.random.wrap_key_data(jnp.asarray(plan.key))
    each_share, progress = jnp.asarray(plan.rate_shares), jnp.asarray(plan.progress)

    def step(number: Array, carry: tuple[tuple, Array]) -> tuple[tuple, Array]:
        # The restarts share each batch, so its rows are gathered once for all.
        batch = rows.samples[order.rows[number]] if rows.batches is None else rows.batches[number]
        key = jax.random.fold_in(epoch_key, number)
        told = (batch, order.weights[number], each_share[number], progress[number], key)
        networks, losses = update_all(carry[0], shares, told)
        return networks, carry[1].at[number].set(losses)

    networks, totals = jax.lax.fori_loop(span[0], span[1], step, (tuple(networks), jnp.asarray(totals)))
    if alone:
        networks = jax.tree.map(lambda leaf: leaf[None], networks)
    return (*networks, totals)
