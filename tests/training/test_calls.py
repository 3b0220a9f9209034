"""An epoch in several calls is the epoch in one, to the bit, by the kernel and by XLA."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest

from autoencode import interruption
from autoencode.parts.networks import ConvolutionalBlueprint, DenseBlueprint
from autoencode.parts.objectives import find_loss
from autoencode.training import (
    Objective,
    TrainSettings,
    UpdateRule,
    create_networks,
    create_state,
    epoch,
    find_optimizer,
    train,
)
from autoencode.training import loop as training_loop
from autoencode.training.calls import Call, CallSizes, cut_epoch, find_call_sizes
from autoencode.training.kernel import engine

SAMPLES = np.random.default_rng(0).random((150, 36), dtype=np.float32)
HELD_OUT = np.random.default_rng(1).random((300, 36), dtype=np.float32)


def records(monkeypatch: pytest.MonkeyPatch, name: str, sizes: CallSizes, *, restarts: int = 2) -> list[bytes]:
    """Train two epochs in calls of some sizes and return all bits that came of it."""
    rule = UpdateRule(find_optimizer("adam", 0.01), halves_on_plateau=True)
    settings = TrainSettings(2, 16, Objective(find_loss("squared_error")), rule, seed=2)
    state = create_state(create_networks(DenseBlueprint(36, 4, (8,)), 1, restarts), rule.optimizer, keep_best=True)
    with monkeypatch.context() as patch:
        patch.setattr(training_loop, "HELD_OUT_CHUNK_ROWS", 64)
        if name == "xla":
            patch.setattr(training_loop, "can_train", lambda *_: False)
            patch.setattr(training_loop, "find_call_sizes", lambda *_: sizes)
        else:
            work = (6 * (2 * 36 * 8 + 2 * 8 * 4) + 60 * (36 + 8 + 4 + 8 + 36)) * 16 * restarts
            patch.setattr(engine, "CALL_WORK", work * sizes.steps)
        found = list(train(state, SAMPLES, settings, held_out=HELD_OUT))
    losses = [(record.loss, record.validation_loss) for record in found]
    leaves = jax.tree.leaves(eqx.filter((found[-1].state, losses), eqx.is_array_like))
    return [np.asarray(leaf).tobytes() for leaf in leaves]


@pytest.mark.parametrize("restarts", [1, 2])
@pytest.mark.parametrize("name", ["kernel", "xla"])
def test_an_epoch_in_any_calls_has_the_same_bits(name: str, restarts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = records(monkeypatch, name, CallSizes(10**6, 10**6), restarts=restarts)
    for sizes in ((1, 1), (3, 2), (9, 5), (10, 4)):  # an epoch has 10 steps and 5 chunks
        assert records(monkeypatch, name, CallSizes(*sizes), restarts=restarts) == whole


@pytest.mark.parametrize("steps", [1, 2, 7, 8])
@pytest.mark.parametrize("chunks", [0, 1, 5])
@pytest.mark.parametrize("sizes", [CallSizes(1, 1), CallSizes(3, 2), CallSizes(8, 5), CallSizes(100, 100)])
def test_every_step_and_chunk_is_in_one_call_in_order(steps: int, chunks: int, sizes: CallSizes) -> None:
    calls = list(cut_epoch(steps, chunks, sizes))
    assert [k for call in calls for k in range(call.first, call.stop)] == list(range(steps))
    assert [k for call in calls for k in range(call.first_chunk, call.stop_chunk)] == list(range(chunks))
    assert all(call.stop - call.first <= sizes.steps for call in calls)
    assert all(call.stop_chunk - call.first_chunk <= sizes.chunks for call in calls)
    assert all(call.first or call is calls[0] for call in calls), "what is not first is told by its first step"
    assert all(call.stop == steps for call in calls if call.stop_chunk), "what is held out is evaluated at the end"
    assert calls[-1] == Call(calls[-1].first, steps, calls[-1].first_chunk, chunks)


def sizes_of(blueprint: Any, batch: int, features: int, restarts: int = 1) -> CallSizes:
    networks = create_networks(blueprint, 0, restarts)
    return find_call_sizes(networks, Objective(find_loss("squared_error")), (batch, features), 1_000)


def test_calls_are_the_shorter_the_more_a_step_computes() -> None:
    dense = sizes_of(DenseBlueprint(784, 32), 256, 784)
    assert 5 < dense.steps < 235, "an epoch of MNIST is several calls"
    assert sizes_of(DenseBlueprint(784, 32), 512, 784).steps < dense.steps
    assert sizes_of(DenseBlueprint(784, 32), 256, 784, restarts=4).steps < dense.steps
    assert sizes_of(DenseBlueprint(784, 32, (256,)), 256, 784).steps < dense.steps
    images = ConvolutionalBlueprint((28, 28), 32, (16, 32), False, None, "relu", "identity", "identity")
    assert sizes_of(images, 256, 784).steps < dense.steps
    assert sizes_of(DenseBlueprint(30, 2), 100, 30).steps > 1_000
    assert sizes_of(DenseBlueprint(5_000, 5_000), 5_000, 5_000) == (1, 1), "a step is never cut"


@pytest.mark.parametrize("name", ["kernel", "xla"])
def test_a_signal_is_answered_between_two_calls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(epoch if name == "xla" else engine, "check", check)
    with pytest.raises(KeyboardInterrupt):
        records(monkeypatch, name, CallSizes(2, 2))
    assert len(calls) == 3


def test_nothing_is_raised_where_no_signal_came() -> None:
    interruption.check()
