"""Exponentials, activations and losses of the kernel against NumPy in double precision, to their edges."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from autoencode.parts.networks import Affine, DenseNetwork
from autoencode.parts.objectives import find_loss
from autoencode.training import Objective, TrainSettings, UpdateRule, create_state, find_optimizer, train
from autoencode.training.inference import encode_row, map_rows
from autoencode.training.kernel import KERNEL_ACTIVATIONS


def chain(encoder: tuple[float, float], decoder: tuple[float, float], activation: str = "identity") -> DenseNetwork:
    """Return a network of one feature from (factor, bias) of its two layers."""
    first, second = (
        Affine(jax.device_put(np.full((1, 1), factor, np.float32)), jax.device_put(np.full(1, bias, np.float32)))
        for factor, bias in (encoder, decoder)
    )
    return DenseNetwork((first,), (second,), "identity", activation, "identity")


def activate(activation: str, values: np.ndarray) -> np.ndarray:
    return map_rows(encode_row, chain((1, 0), (1, 0), activation), values.astype(np.float32)[:, None])[:, 0]


def first_losses(network: Any, samples: np.ndarray, loss: str) -> tuple[float, float]:
    """Return the training loss of the first step, and the held-out loss after steps too short to change anything."""
    settings = TrainSettings(
        1, len(samples), Objective(find_loss(loss)), UpdateRule(find_optimizer("adam", 1e-30)), seed=0
    )
    state = create_state(jax.tree.map(lambda leaf: leaf[None], network), settings.rule.optimizer, keep_best=False)
    (record,) = train(state, samples, settings, held_out=samples)
    assert record.validation_loss is not None
    return float(record.loss[0]), float(record.validation_loss[0])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


FUNCTIONS = {
    "identity": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "silu": lambda x: x * sigmoid(x),
}


@pytest.mark.parametrize("activation", KERNEL_ACTIVATIONS)
def test_each_activation_has_its_digits_near_0_and_far_away(activation: str) -> None:
    sizes = np.concatenate([np.geomspace(1e-30, 86, 40_000), np.linspace(0, 86, 40_000)])
    values = np.concatenate([-sizes, sizes]).astype(np.float32)
    expected = FUNCTIONS[activation](values.astype(np.float64))
    np.testing.assert_allclose(activate(activation, values), expected, rtol=3e-7, atol=1e-37)


@pytest.mark.parametrize("activation", KERNEL_ACTIVATIONS)
def test_what_is_too_large_for_an_exponential_is_saturated(activation: str) -> None:
    values = np.array([-3e38, -1e30, -200, -88, 88, 200, 1e30, 3e38])
    np.testing.assert_allclose(activate(activation, values), FUNCTIONS[activation](values), rtol=3e-7, atol=1e-33)


@pytest.mark.parametrize("bits", [0x7FC00000, 0xFFC00000, 0x7FC00001, 0xFFFFFFFF, 0x7F812345])
@pytest.mark.parametrize("activation", KERNEL_ACTIVATIONS)
def test_what_is_not_a_number_stays_so_whatever_its_bits(activation: str, bits: int) -> None:
    values = np.array([bits, 0], np.uint32).view(np.float32)
    assert np.isnan(activate(activation, values)).tolist() == [True, False]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "silu"])
def test_a_loss_behind_a_saturated_unit_is_finite(activation: str) -> None:
    for bias in (-1e30, 1e30) if activation != "silu" else (-1e30,):
        losses = first_losses(chain((1, bias), (1, 0), activation), np.ones((3, 1), np.float32), "squared_error")
        np.testing.assert_allclose(losses, float(FUNCTIONS[activation](np.array(bias)) - 1) ** 2)


@pytest.mark.parametrize(("factor", "bias"), [(1, 0), (60, -30), (1e-4, 0), (300, -150), (0, 1e4)])
def test_cross_entropy_is_that_of_double_precision(factor: float, bias: float) -> None:
    samples = np.linspace(0, 1, 97, dtype=np.float32)[:, None]
    logits = samples.astype(np.float64) * np.float32(factor) + bias
    expected = np.mean(np.maximum(logits, 0) - logits * samples + np.log1p(np.exp(-np.abs(logits))))
    losses = first_losses(chain((1, 0), (factor, bias)), samples, "binary_cross_entropy")
    np.testing.assert_allclose(losses, expected, rtol=1e-6)


def test_what_fills_up_a_tile_counts_for_nothing_even_where_it_would_be_infinite() -> None:
    # A sample of zeros would have the error 1e60, which no single-precision number holds.
    losses = first_losses(chain((1, 0), (-1e30, 1e30)), np.ones((3, 1), np.float32), "squared_error")
    assert losses == (1.0, 1.0)
