"""Every registered activation trains."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest

from autoencode.parts.networks import ACTIVATIONS, DenseBlueprint
from autoencode.parts.objectives import find_loss
from autoencode.training import Objective, TrainSettings, UpdateRule, create_state, find_optimizer, train

SAMPLES = np.random.default_rng(0).uniform(0, 1, (13, 4)).astype(np.float32)


def test_there_are_activations() -> None:
    assert len(ACTIVATIONS) >= 10


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_one_epoch_is_finite_and_changes_every_layer(name: str) -> None:
    network = DenseBlueprint(4, 3, code_activation=name, output_activation=name).draw(np.random.default_rng(0))
    networks = jax.tree.map(lambda leaf: leaf[None], network)
    rule = UpdateRule(find_optimizer("adam", 0.01))
    settings = TrainSettings(1, 4, Objective(find_loss("squared_error")), rule, seed=0)
    (record,) = train(create_state(networks, rule.optimizer, keep_best=False), SAMPLES, settings)
    assert np.isfinite(record.loss).all()
    before, after = (jax.tree.leaves(eqx.filter(tree, eqx.is_array)) for tree in (networks, record.state.networks))
    assert len(before) == 4
    for old, new in zip(before, after, strict=True):
        assert np.isfinite(new).all()
        assert not np.array_equal(old, new)
