"""Arrays whose addresses go into C are held against what it reads there, and named where they are others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autoencode.parts.networks import DenseBlueprint
from autoencode.parts.objectives import find_loss
from autoencode.training import UpdateRule, create_networks, create_state, find_optimizer
from autoencode.training.epoch import EpochPlan
from autoencode.training.kernel import call, engine, train_epoch
from autoencode.training.order import EpochOrder, batch_order

SAMPLES = np.zeros((10, 4), np.float32)
ORDER = batch_order(np.arange(10), 4)


def train_on(order: EpochOrder, *, rate_shares: np.ndarray | None = None, held_out: np.ndarray | None = None) -> None:
    rule = UpdateRule(find_optimizer("adam", 0.01))
    shares = np.ones(len(order.rows), np.float32) if rate_shares is None else rate_shares
    plan = EpochPlan(order, shares, shares, np.zeros(2, np.uint32))
    state = create_state(create_networks(DenseBlueprint(4, 2), 0, 2), rule.optimizer, keep_best=False)
    train_epoch(state, SAMPLES, plan, held_out, find_loss("squared_error"), rule)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows, weights: (rows.astype(np.int64), weights), r"takes order.rows as int32 .* got int64"),
        (lambda rows, weights: (np.asfortranarray(rows), weights), r"takes order.rows .* not in the order of C"),
        (lambda rows, weights: (rows, weights[:, :3]), r"takes order.weights .* of shape \(3, 4\), got .* \(3, 3\)"),
        (lambda rows, weights: (rows, weights[:2]), r"takes order.weights .* got float32 of shape \(2, 4\)"),
        (lambda rows, weights: (rows, weights.astype(float)), r"takes order.weights as float32 .* got float64"),
        (lambda rows, weights: (rows + 1, weights), "names rows that are not among the 10"),
        (lambda rows, weights: (rows - 1, weights), "names rows that are not among the 10"),
    ],
)
def test_an_order_that_does_not_fit_is_named(change: Callable[..., Any], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        train_on(EpochOrder(*change(*ORDER)))


def test_shares_for_other_steps_are_named() -> None:
    with pytest.raises(AssertionError, match=r"takes rate shares .* of shape \(3, 2\), got float32 of shape \(2, 2\)"):
        train_on(ORDER, rate_shares=np.ones(2, np.float32))


def test_parameters_of_other_layers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = call.pack_layers
    for module in (call, engine):
        monkeypatch.setattr(module, "pack_layers", lambda layers: pack(layers)[:, :-1])
    with pytest.raises(AssertionError, match=r"takes parameters as float32 of shape \(2, 512\), got .* \(2, 511\)"):
        train_on(ORDER)
    first = create_networks(DenseBlueprint(4, 2), 0, 2).encoder[:1]
    with pytest.raises(AssertionError, match="takes parameters"):
        call.map_layers([(layer.kernel, layer.bias) for layer in first], ["tanh"], SAMPLES, [0])
