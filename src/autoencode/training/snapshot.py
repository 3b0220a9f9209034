"""The state of a training as named arrays in host memory, and back: what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import PyTree

from autoencode.exceptions import ModelFileError
from autoencode.training.calls import WHOLE, CallSizes
from autoencode.training.state import TrainState


class EpochPart(NamedTuple):
    """How far an epoch is.

    Attributes
    ----------
    step
        Steps that are done.
    chunk
        Chunks of held-out samples that are evaluated.
    sums
        The sums of losses so far, as the engine has them: of training, and of the held-out samples where there are
        some yet. None before the first step.
    """

    step: int = 0
    chunk: int = 0
    sums: tuple[np.ndarray, ...] | None = None


class Cut(NamedTuple):
    """A place where a training can be cut, and all that it needs to go on from there with the same bits.

    Attributes
    ----------
    epoch
        The epoch's number, from 0.
    part
        How far that epoch is.
    seconds
        What it has taken so far.
    state
        The state there; of the middle of an epoch, not concluded.
    """

    epoch: int
    part: EpochPart
    seconds: float
    state: TrainState

    @property
    def place(self) -> tuple[int, int, int]:
        """By which the cuts of a training are ordered."""
        return self.epoch, self.part.step, self.part.chunk


def pass_on(take: Callable[[], object]) -> None:
    """Go on where a training could be cut."""


class Cutting(NamedTuple):
    """How an epoch is cut into calls, and what is told of it.

    Attributes
    ----------
    sizes
        Of one call of a compiled program.
    begin
        How far the epoch is already.
    at_cut
        Is told between two calls, by what takes the state there if it is wanted, and how far the epoch is.
    """

    sizes: CallSizes = WHOLE
    begin: EpochPart = EpochPart()
    at_cut: Callable[[Callable[[], tuple[TrainState, EpochPart]]], None] = pass_on


UNCUT = Cutting()
"""A whole epoch, of which nobody is told before its end."""


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)


def _is_key(leaf: Any) -> bool:
    """Return whether a leaf is keys of chance, which a network of the user's own may hold."""
    return isinstance(leaf, jax.Array) and jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _named_leaves(tree: PyTree) -> Iterator[tuple[str, Any]]:
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        yield jax.tree_util.keystr(path).lstrip("."), leaf


def list_state(tree: PyTree) -> dict[str, np.ndarray]:
    """Return the arrays of a state, or of a part of one, by their places in it.

    Parameters
    ----------
    tree
        Modules, tuples and arrays; what is no array says nothing.

    Returns
    -------
    dict
        From names such as ``networks.encoder[0].kernel`` to arrays in host memory.
    """
    return {
        name: np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf)
        for name, leaf in _named_leaves(tree)
        if _is_array(leaf)
    }


def fill_state(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """Return a state like one that was made anew, with the arrays that `list_state` gave.

    Parameters
    ----------
    tree
        The state to begin with, or a part of one.
    arrays
        By their places in it.

    Raises
    ------
    ModelFileError
        If one is missing, or of another type or shape.
    """
    leaves = [_fill(name, leaf, arrays) if _is_array(leaf) else leaf for name, leaf in _named_leaves(tree)]
    return jax.tree.unflatten(jax.tree.structure(tree), leaves)


def _fill(name: str, leaf: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    expected = np.asarray(jax.random.key_data(leaf)) if _is_key(leaf) else leaf
    found = arrays.get(name)
    if found is None or found.shape != expected.shape or found.dtype != expected.dtype:
        got = "none" if found is None else f"{found.dtype} of shape {found.shape}"
        raise ModelFileError(f"{name} is expected to be {expected.dtype} of shape {expected.shape}, got {got}.")
    if _is_key(leaf):
        return jax.random.wrap_key_data(jax.device_put(found), impl=jax.random.key_impl(leaf))
    return jax.device_put(found) if isinstance(leaf, jax.Array) else found
