"""The state of a training: K restarts side by side on a leading axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PyTree

from autoencode.parts.bottlenecks import MovingStatistics
from autoencode.training.devices import put, use_xla
from autoencode.training.optimizer import Adam


@runtime_checkable
class Blueprint(Protocol):
    """What draws one network from a random generator."""

    @property
    def multiplications(self) -> int:
        """Products of numbers that one sample takes on its way to its reconstruction."""
        ...

    def draw(self, generator: np.random.Generator) -> Any:
        """Return a network."""
        ...


class TrainState(eqx.Module):
    """Everything that changes while K restarts train; every array has the restart as its leading axis.

    The kernel leaves the arrays in host memory (NumPy), XLA on the device (JAX).

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
    rate_shares
        The share of the learning rate that each restart has left, shape (restarts,); a plateau halves it.
    """

    networks: PyTree
    optimizer_state: PyTree
    best_networks: PyTree | None
    best_loss: Float[Array | np.ndarray, " restarts"]
    stale_epochs: Int[Array | np.ndarray, " restarts"]
    rate_shares: Float[Array | np.ndarray, " restarts"]

    @property
    def chosen_networks(self) -> PyTree:
        """The networks that a training that stops here hands over, on the device."""
        return jax.device_put(self.networks if self.best_networks is None else self.best_networks)


def create_networks(blueprint: Blueprint, seed: int, restarts: int) -> Any:
    """Draw K networks; restart k is the same network whatever K is.

    Parameters
    ----------
    blueprint
        Draws one network.
    seed
        The training's seed, 0 ≤ seed < 2**32.
    restarts
        How many networks, ≥ 1.

    Returns
    -------
    module
        One module whose arrays have a leading axis of length `restarts`.

    Notes
    -----
    Each restart has its own Philox stream, apart from those of the epochs' orders.
    """
    keys = (np.array([seed, restart], np.uint64) for restart in range(restarts))
    generators = (np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, 1])) for key in keys)
    return stack_networks([blueprint.draw(generator) for generator in generators])


class _Shapes(np.random.Generator):
    """A generator that draws nothing: arrays of the shape that was asked for, which take no memory."""

    def __init__(self) -> None:
        super().__init__(np.random.Philox(0))

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """Return zeros in place of numbers between two bounds."""
        del low, high
        return np.broadcast_to(np.float32(0), size)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """Return zeros in place of normal numbers."""
        del loc, scale
        return np.broadcast_to(np.float32(0), size)


def draw_shapes(blueprint: Blueprint) -> Any:
    """Return a network whose arrays have the right shapes and no content, however large it is."""
    return blueprint.draw(_Shapes())


def stack_networks(networks: Sequence[Any]) -> Any:
    """Return several networks of one shape as one module whose arrays have a leading axis."""

    def stack(*leaves: Any) -> Any:
        return jax.device_put(np.stack(leaves)) if isinstance(leaves[0], jax.Array | np.ndarray) else leaves[0]

    return jax.tree.map(stack, *networks)


def split_trained(networks: Any) -> tuple[Any, Any]:
    """Return what an optimiser trains of networks, and what it does not: moving statistics, and what is no number."""

    def is_trained(node: Any) -> bool:
        return not isinstance(node, MovingStatistics) and eqx.is_inexact_array(node)

    def is_whole(node: Any) -> bool:
        return isinstance(node, MovingStatistics)

    return eqx.partition(networks, jax.tree.map(is_trained, networks, is_leaf=is_whole))


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
    parameters, _ = split_trained(networks)
    restarts = jax.tree.leaves(parameters)[0].shape[0]
    return TrainState(
        networks=networks,
        optimizer_state=_init_optimizer(optimizer, parameters, restarts),
        best_networks=networks if keep_best else None,
        best_loss=jax.device_put(np.full(restarts, np.inf, np.float32)),
        stale_epochs=jax.device_put(np.zeros(restarts, np.int32)),
        rate_shares=jax.device_put(np.ones(restarts, np.float32)),
    )


def _init_optimizer(optimizer: optax.GradientTransformation, parameters: PyTree, restarts: int) -> PyTree:
    if not isinstance(optimizer, Adam):
        with use_xla():
            return eqx.filter_jit(jax.vmap(optimizer.init))(parameters)
    # Zeros alone, for which nothing need be traced or compiled.
    mean, square = (jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), parameters) for _ in range(2))
    return optax.ScaleByAdamState(np.zeros(restarts, np.int32), mean, square), optax.EmptyState()


def select_restart(networks: Any, restart: int) -> Any:
    """Return one network of K, without the leading axis."""
    # Taken apart on the host: on the device, each shape would be a program of its own to compile.
    return jax.tree.map(lambda leaf: put(np.asarray(leaf)[restart]) if eqx.is_array(leaf) else leaf, networks)
