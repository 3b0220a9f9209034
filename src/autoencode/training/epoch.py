"""One epoch of K restarts as one compiled program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Float32, PyTree

from autoencode.objectives import Loss
from autoencode.training.optimizer import UpdateRule
from autoencode.training.order import EpochOrder
from autoencode.training.schedule import PLATEAU_EPOCHS
from autoencode.training.state import TrainState

__all__ = ["EpochLosses", "HeldOut", "conclude_epoch", "count_traces", "run_epoch"]

GATHERED_AT_ONCE = 2**23
"""Up to so many numbers (32 MiB) an epoch's batches are gathered before its first step. A gather of a few short rows is
handed to several threads, which takes longer than the rows; for long rows it makes no difference."""

_traces = 0


class HeldOut(NamedTuple):
    """Held-out samples cut into chunks, the last one padded at weight 0."""

    samples: Float32[Array, "chunks rows features"]
    weights: Float32[Array, "chunks rows"]


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


def sum_losses(
    network: Any, loss: Loss, samples: Float[Array, "batch features"], weights: Float[Array, " batch"]
) -> Float[Array, ""]:
    """Return the weighted sum of a batch's losses."""

    def loss_of_sample(sample: Float[Array, " features"]) -> Float[Array, ""]:
        code = network.encode(sample)
        decoded = network.decode_linear(code) if loss.fused else network.decode(code)
        return loss.function(decoded, sample)

    return jnp.sum(jax.vmap(loss_of_sample)(samples) * weights)


def _evaluate(network: Any, loss: Loss, held_out: HeldOut) -> Float[Array, ""]:
    def add_chunk(total: Float[Array, ""], chunk: HeldOut) -> tuple[Float[Array, ""], None]:
        return total + sum_losses(network, loss, chunk.samples, chunk.weights), None

    total, _ = jax.lax.scan(add_chunk, jnp.float32(0), held_out)
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


@eqx.filter_jit
def run_epoch(
    state: TrainState,
    samples: Float32[Array, "samples features"],
    order: EpochOrder,
    rate_shares: Float[Array | np.ndarray, " steps"],
    held_out: HeldOut | None,
    loss: Loss,
    rule: UpdateRule,
) -> tuple[TrainState, EpochLosses]:
    """Train every restart on all batches of an epoch, then evaluate the held-out samples.

    Parameters
    ----------
    state
        K restarts.
    samples
        The training samples, on the device.
    order
        Rows and weights of each batch.
    rate_shares
        The share of the learning rate that each step takes.
    held_out
        Held-out samples, or None.
    loss, rule
        What is minimised, and how. Static: another object compiles another program.

    Returns
    -------
    TrainState, EpochLosses
        The state after the epoch; the mean loss of the training samples, each as it was just before the update by its
        batch (as Keras reports it), and that of the held-out samples after the epoch.
    """
    global _traces
    _traces += 1
    parameters, static = eqx.partition(state.networks, eqx.is_inexact_array)

    def update(parameters: PyTree, optimizer_state: PyTree, restart_share: Array, rows: Array, weights: Array, share):
        def mean_loss(parameters: PyTree) -> tuple[Float[Array, ""], Float[Array, ""]]:
            total = sum_losses(eqx.combine(parameters, static), loss, rows, weights)
            return total / jnp.sum(weights), total

        gradients, total = jax.grad(mean_loss, has_aux=True)(parameters)
        return _step(rule, parameters, optimizer_state, gradients, share * restart_share), total

    gathered_at_once = samples.size <= GATHERED_AT_ONCE

    # A network alone is trained without the leading axis, which would keep XLA from joining some of its loops.
    alone = len(state.best_loss) == 1
    update_all = update if alone else jax.vmap(update, in_axes=(0, 0, 0, None, None, None))
    restart_shares = jnp.asarray(state.rate_shares)[0] if alone else jnp.asarray(state.rate_shares)

    def step(carry: tuple[PyTree, PyTree], batch: tuple[Array, Array, Array]):
        # The restarts share each batch, so its rows are gathered once for all.
        rows = batch[0] if gathered_at_once else samples[batch[0]]
        return update_all(*carry, restart_shares, rows, *batch[1:])

    rows = samples[order.rows] if gathered_at_once else jnp.asarray(order.rows)
    batches = (rows, jnp.asarray(order.weights), jnp.asarray(rate_shares))
    carry = (parameters, state.optimizer_state)
    if alone:
        carry = jax.tree.map(lambda leaf: leaf[0], carry)
    carry, totals = jax.lax.scan(step, carry, batches)
    if alone:
        carry, totals = jax.tree.map(lambda leaf: leaf[None], carry), totals[:, None]
    parameters, optimizer_state = carry
    losses = jnp.sum(totals, axis=0) / jnp.sum(order.weights)
    validation_losses = None
    if held_out is not None:
        evaluate = jax.vmap(lambda parameters: _evaluate(eqx.combine(parameters, static), loss, held_out))
        validation_losses = evaluate(parameters)
    state = TrainState(
        eqx.combine(parameters, static),
        optimizer_state,
        state.best_networks,
        state.best_loss,
        state.stale_epochs,
        state.rate_shares,
    )
    reported = EpochLosses(losses, validation_losses)
    return conclude_epoch(state, reported.monitored, rule), reported
