"""One epoch of K restarts as one compiled program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Float32, PyTree, UInt32

from autoencode.training.objective import Objective, sum_losses
from autoencode.training.optimizer import UpdateRule
from autoencode.training.order import EpochOrder
from autoencode.training.schedule import PLATEAU_EPOCHS
from autoencode.training.state import TrainState, split_trained

__all__ = ["EpochLosses", "EpochPlan", "HeldOut", "conclude_epoch", "count_traces", "run_epoch"]

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


def _evaluate(network: Any, objective: Objective, held_out: HeldOut) -> Float[Array, ""]:
    """Return the mean cost of held-out samples; chance, where there is some, is the same after every epoch."""

    def add_chunk(total: Float[Array, ""], chunk: tuple[HeldOut, Array]) -> tuple[Float[Array, ""], None]:
        (samples, weights), key = chunk
        cost, _ = sum_losses(network, objective, samples, weights, key, jnp.float32(1))
        return total + cost, None

    keys = jax.random.split(jax.random.key(0), len(held_out.samples))
    total, _ = jax.lax.scan(add_chunk, jnp.float32(0), (held_out, keys))
    return total / jnp.sum(held_out.weights)


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
            return total / jnp.sum(weights), (total, moved)

        gradients, (total, statistics) = jax.grad(mean_loss, has_aux=True)(trained)
        trained, optimizer_state = _step(rule, trained, optimizer_state, gradients, share * restart_share)
        return (trained, statistics, optimizer_state), total

    return update


@eqx.filter_jit
def run_epoch(
    state: TrainState,
    samples: Float32[Array, "samples features"],
    plan: EpochPlan,
    held_out: HeldOut | None,
    objective: Objective,
    rule: UpdateRule,
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

    Returns
    -------
    TrainState, EpochLosses
        The state after the epoch; the mean loss of the training samples, each as it was just before the update by its
        batch (as Keras reports it), and that of the held-out samples after the epoch.
    """
    global _traces
    _traces += 1
    trained, rest = split_trained(state.networks)
    statistics, static = eqx.partition(rest, eqx.is_array)
    update = _make_update(static, objective, rule)
    order = plan.order
    gathered_at_once = samples.size <= GATHERED_AT_ONCE

    # A network alone is trained without the leading axis, which would keep XLA from joining some of its loops.
    alone = len(state.best_loss) == 1
    update_all = update if alone else jax.vmap(update, in_axes=(0, 0, None))
    restart_shares = jnp.asarray(state.rate_shares)[0] if alone else jnp.asarray(state.rate_shares)
    epoch_key = jax.random.wrap_key_data(jnp.asarray(plan.key))

    def step(carry: tuple[PyTree, PyTree, PyTree], batch: tuple[Array, ...]):
        # The restarts share each batch, so its rows are gathered once for all.
        rows, weights, share, progress, number = batch
        rows = rows if gathered_at_once else samples[rows]
        key = jax.random.fold_in(epoch_key, number)
        return update_all(carry, restart_shares, (rows, weights, share, progress, key))

    rows = samples[order.rows] if gathered_at_once else jnp.asarray(order.rows)
    shares, progress = jnp.asarray(plan.rate_shares), jnp.asarray(plan.progress)
    batches = (rows, jnp.asarray(order.weights), shares, progress, jnp.arange(len(order.rows)))
    carry = (trained, statistics, state.optimizer_state)
    if alone:
        carry = jax.tree.map(lambda leaf: leaf[0], carry)
    carry, totals = jax.lax.scan(step, carry, batches)
    if alone:
        carry, totals = jax.tree.map(lambda leaf: leaf[None], carry), totals[:, None]
    trained, statistics, optimizer_state = carry
    losses = jnp.sum(totals, axis=0) / jnp.sum(order.weights)
    validation_losses = None
    if held_out is not None:
        validation_losses = jax.vmap(
            lambda trained, statistics: _evaluate(eqx.combine(trained, statistics, static), objective, held_out)
        )(trained, statistics)
    state = TrainState(
        eqx.combine(trained, statistics, static),
        optimizer_state,
        state.best_networks,
        state.best_loss,
        state.stale_epochs,
        state.rate_shares,
    )
    reported = EpochLosses(losses, validation_losses)
    return conclude_epoch(state, reported.monitored, rule), reported
