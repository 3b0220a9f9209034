from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit

from autoencode.parts.networks import DenseNetwork
from autoencode.training import TrainSettings, TrainState, draw_order, select_restart
from autoencode.training.epoch import EpochPlan, run_epoch
from autoencode.training.loop import hold_out
from autoencode.training.order import EpochOrder, batch_order

Layers = list[np.ndarray]  # kernel, bias, kernel, bias, …


def parameters_of(network: DenseNetwork) -> Layers:
    return [
        np.asarray(array, np.float64)
        for layer in network.encoder + network.decoder
        for array in (layer.kernel, layer.bias)
    ]


def losses_and_gradients(parameters: Layers, batch: np.ndarray, loss: str) -> tuple[np.ndarray, Layers]:
    """Forward and back through a ReLU network with a linear code, by hand: each sample's loss, the mean's gradient."""
    count = len(parameters) // 2
    rectified = [k not in (count // 2 - 1, count - 1) for k in range(count)]
    values = [batch]
    for k in range(count):
        linear = values[-1] @ parameters[2 * k] + parameters[2 * k + 1]
        values.append(np.maximum(linear, 0) if rectified[k] else linear)
    output, features = values[-1], batch.shape[1]
    if loss == "squared_error":
        losses = ((output - batch) ** 2).mean(axis=1)
        slope = 2 * (output - batch) / features
    else:
        losses = (np.logaddexp(0, output) - batch * output).mean(axis=1)
        slope = (expit(output) - batch) / features
    slope = slope / len(batch)
    gradients: Layers = []
    for k in reversed(range(count)):
        if rectified[k]:
            slope = slope * (values[k + 1] > 0)
        gradients = [values[k].T @ slope, slope.sum(axis=0), *gradients]
        slope = slope @ parameters[2 * k].T
    return losses, gradients


def train_by_hand(
    parameters: Layers, samples: np.ndarray, order: np.ndarray, settings: TrainSettings, loss: str, rate: float
) -> tuple[Layers, float]:
    """One epoch of Adam with Keras's constants (Kingma and Ba, algorithm 1), batch after batch, in float64."""
    first, second = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    all_losses = []
    for step, start in enumerate(range(0, len(order), settings.batch_size), start=1):
        batch = samples[order[start : start + settings.batch_size]].astype(np.float64)
        losses, gradients = losses_and_gradients(parameters, batch, loss)
        all_losses.extend(losses)
        first = [0.9 * m + 0.1 * g for m, g in zip(first, gradients, strict=True)]
        second = [0.999 * v + 0.001 * g**2 for v, g in zip(second, gradients, strict=True)]
        parameters = [
            p - rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-7)
            for p, m, v in zip(parameters, first, second, strict=True)
        ]
    return parameters, float(np.mean(all_losses))


@pytest.mark.parametrize(("rows", "batch_size"), [(24, 8), (17, 8), (5, 8)])
@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_epoch_is_a_plain_loop_over_batches(
    loss: str,
    rows: int,
    batch_size: int,
    make_samples: Callable[..., np.ndarray],
    make_settings: Callable[..., TrainSettings],
    make_state: Callable[..., TrainState],
) -> None:
    settings = make_settings(1, batch_size, loss=loss, learning_rate=0.01)
    state = make_state(settings, hidden=(4,), seed=1)
    samples, order = make_samples(rows), draw_order(0, 0, rows)
    before = parameters_of(select_restart(state.networks, 0))
    expected, mean_loss = train_by_hand(before, samples, order, settings, loss, 0.01)

    batches = batch_order(order, batch_size)
    state, losses = run_epoch(state, jnp.asarray(samples), whole(batches), None, settings.objective, settings.rule)
    after = parameters_of(select_restart(state.networks, 0))
    assert losses.validation_loss is None
    # The last batch's mean is over its own samples, and the epoch's over all samples, not over batches.
    assert float(losses.loss[0]) == pytest.approx(mean_loss, rel=1e-5)
    assert max(np.abs(a - b).max() for a, b in zip(after, before, strict=True)) > 0.005
    for ours, theirs in zip(after, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=3e-6)


def whole(order: EpochOrder) -> EpochPlan:
    """Every step takes the whole learning rate."""
    shares = np.ones(len(order.rows), np.float32)
    return EpochPlan(order, shares, 0 * shares, np.zeros(2, np.uint32))


def bits(tree: Any) -> list[bytes]:
    leaves = [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(tree)]
    assert leaves
    return leaves


def test_content_of_the_padding_changes_nothing(
    make_samples: Callable[..., np.ndarray],
    make_settings: Callable[..., TrainSettings],
    make_state: Callable[..., TrainState],
) -> None:
    settings = make_settings(1, 8, loss="binary_cross_entropy")
    samples = jnp.asarray(make_samples(19))
    order = batch_order(draw_order(0, 0, 19), 8)
    padding = order.weights == 0
    assert padding.sum() == 5
    other = EpochOrder(np.where(padding, 11, order.rows), order.weights)
    results = [
        bits(run_epoch(make_state(settings), samples, whole(rows), None, settings.objective, settings.rule))
        for rows in (order, other)
    ]
    assert results[0] == results[1]


@pytest.mark.parametrize("rows", [1, 7, 999, 1000, 1001, 2500])
def test_held_out_samples_are_all_there_once(rows: int, make_samples: Callable[..., np.ndarray]) -> None:
    samples = make_samples(rows)
    held_out = hold_out(samples)
    weights = np.asarray(held_out.weights)
    assert weights.sum() == rows
    assert held_out.samples.shape[1] <= 1000
    np.testing.assert_array_equal(np.asarray(held_out.samples)[weights == 1], samples)


@pytest.mark.parametrize("held_out_rows", [1, 1003])
@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_held_out_loss_is_that_of_an_independent_evaluation(
    loss: str,
    held_out_rows: int,
    make_samples: Callable[..., np.ndarray],
    make_settings: Callable[..., TrainSettings],
    make_state: Callable[..., TrainState],
) -> None:
    settings = make_settings(1, 4, loss=loss)
    held_out = make_samples(held_out_rows, seed=9)
    state, losses = run_epoch(
        make_state(settings, restarts=2),
        jnp.asarray(make_samples(12)),
        whole(batch_order(draw_order(0, 0, 12), 4)),
        hold_out(held_out),
        settings.objective,
        settings.rule,
    )
    for k in range(2):
        parameters = parameters_of(select_restart(state.networks, k))
        expected = losses_and_gradients(parameters, held_out.astype(np.float64), loss)[0].mean()
        assert float(losses.validation_loss[k]) == pytest.approx(expected, rel=2e-5)
