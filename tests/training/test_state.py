from __future__ import annotations

import functools

import equinox as eqx
import jax
import numpy as np
import pytest

from autoencode.parts.networks import DenseBlueprint, DenseNetwork
from autoencode.training import create_networks, create_state, find_optimizer, select_restart


@functools.cache
def draw(seed: int, restarts: int) -> DenseNetwork:
    return create_networks(DenseBlueprint(5, 2), seed, restarts)


def leaves(tree: object) -> list[np.ndarray]:
    arrays = [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array))]
    assert arrays
    return arrays


def same_bits(first: object, second: object) -> bool:
    return [leaf.tobytes() for leaf in leaves(first)] == [leaf.tobytes() for leaf in leaves(second)]


@pytest.mark.parametrize("restarts", [1, 2])
def test_restart_is_the_same_network_however_many_there_are(restarts: int) -> None:
    many, three = draw(3, restarts), draw(3, 3)
    for k in range(restarts):
        assert same_bits(select_restart(many, k), select_restart(three, k))


def test_restarts_and_seeds_differ() -> None:
    networks = [select_restart(draw(seed, 3), k) for seed in (0, 1) for k in range(3)]
    kernels = {np.asarray(network.encoder[0].kernel).tobytes() for network in networks}
    assert len(kernels) == 6


def test_largest_seed_of_an_estimator_is_a_seed_of_its_own() -> None:
    kernels = [leaves(draw(seed, 1))[0] for seed in (0, 2**31, 2**32 - 1)]
    assert not np.array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[1], kernels[2])


def test_selected_restart_has_no_leading_axis() -> None:
    network = select_restart(draw(0, 3), 2)
    assert [layer.kernel.shape for layer in network.encoder + network.decoder] == [(5, 2), (2, 5)]


@pytest.mark.parametrize("keep_best", [False, True])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_state_before_the_first_epoch(optimizer: str, keep_best: bool) -> None:
    networks = draw(0, 3)
    state = create_state(networks, find_optimizer(optimizer, 0.1), keep_best=keep_best)
    assert np.isposinf(state.best_loss).all()
    assert np.asarray(state.stale_epochs).tolist() == [0, 0, 0]
    assert (state.best_networks is None) is not keep_best
    assert same_bits(state.chosen_networks, networks)
    assert all(leaf.shape[0] == 3 for leaf in leaves(state))
