"""The state of a training: K restarts side by side on a leading axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

__all__ = ["TrainState", "create_networks", "create_state", "select_restart"]


class TrainState(eqx.Module):
    """Everything that changes while K restarts train; every array has the restart as its leading axis.

    Attributes
    ----------
    networks
        The K networks.
    optimizer_state
        The optimiser's state of each.
    best_networks
        Each restart's network at its lowest monitored loss, or None where the last one is wanted.
    best_loss
        That loss, shape (restarts,); infinite before the first epoch.
    stale_epochs
        Epochs since then, shape (restarts,).
    """

    networks: PyTree
    optimizer_state: PyTree
    best_networks: PyTree | None
    best_loss: Float[Array, " restarts"]
    stale_epochs: Int[Array, " restarts"]

    @property
    def chosen_networks(self) -> PyTree:
        """The networks that a training that stops here hands over."""
        return self.networks if self.best_networks is None else self.best_networks


def create_networks(create: Callable[[PRNGKeyArray], eqx.Module], seed: int, restarts: int) -> Any:
    """Draw K networks; restart k is the same network whatever K is.

    Parameters
    ----------
    create
        Makes one network from a JAX random key. One that compares equal to an earlier one is not compiled again.
    seed
        The training's seed.
    restarts
        How many networks, ≥ 1.

    Returns
    -------
    module
        One module whose arrays have a leading axis of length `restarts`.
    """
    # The seed is an array, so that another seed does not compile another program.
    return _draw_networks(create, np.uint32(seed), restarts)


@eqx.filter_jit
def _draw_networks(create: Callable[[PRNGKeyArray], eqx.Module], seed: Any, restarts: int) -> Any:
    keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(jax.random.key(seed), jnp.arange(restarts))
    return eqx.filter_vmap(create)(keys)


def create_state(networks: Any, optimizer: optax.GradientTransformation, *, keep_best: bool) -> TrainState:
    """Return the state before the first epoch.

    Parameters
    ----------
    networks
        K networks on a leading axis.
    optimizer
        The optimiser whose state is made for each.
    keep_best
        Whether each restart's best network is kept beside its last.
    """
    parameters = eqx.filter(networks, eqx.is_inexact_array)
    restarts = jax.tree.leaves(parameters)[0].shape[0]
    return TrainState(
        networks=networks,
        optimizer_state=eqx.filter_jit(jax.vmap(optimizer.init))(parameters),
        best_networks=networks if keep_best else None,
        best_loss=jnp.full((restarts,), jnp.inf, jnp.float32),  # else weakly typed, and traced twice
        stale_epochs=jnp.zeros((restarts,), jnp.int32),
    )


def select_restart(networks: Any, restart: int) -> Any:
    """Return one network of K, without the leading axis."""
    return jax.tree.map(lambda leaf: leaf[restart] if eqx.is_array(leaf) else leaf, networks)
