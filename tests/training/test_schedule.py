from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.training import SCHEDULES, TrainSettings, TrainState, UpdateRule, find_optimizer, train
from autoencode.training.schedule import PLATEAU_EPOCHS, find_rate_shares

MakeSamples = Callable[..., np.ndarray]
MakeState = Callable[..., TrainState]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(SCHEDULES)), st.integers(1, 30), st.integers(1, 40))
def test_shares_do_not_depend_on_how_steps_are_cut_into_epochs(schedule: str, epochs: int, steps: int) -> None:
    parts = np.concatenate([find_rate_shares(schedule, epoch, epochs, steps) for epoch in range(epochs)])
    np.testing.assert_allclose(parts, find_rate_shares(schedule, 0, 1, epochs * steps), atol=1e-6)
    assert parts.min() >= 0
    assert parts.max() <= 1
    if schedule == "cosine":
        assert (np.diff(parts) < 0).all()
        assert parts.mean() == pytest.approx(0.5, abs=1e-6)
    if schedule in ("constant", "plateau"):
        assert (parts == 1).all()


def test_warm_up_rises_to_the_whole_rate_and_falls_to_0() -> None:
    shares = find_rate_shares("warmup_cosine", 0, 1, 1000)
    top = int(shares.argmax())
    assert top in (49, 50)
    assert shares[top] > 0.98
    assert shares[0] < 0.02
    assert shares[-1] < 1e-3
    assert (np.diff(shares[:top]) > 0).all()
    assert (np.diff(shares[top:]) < 0).all()


def weights_after(state: TrainState) -> np.ndarray:
    return np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(state.networks)])


@pytest.mark.parametrize("engine", ["kernel", "xla"])
@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@pytest.mark.parametrize("decay", [0.0, 0.02])
def test_both_engines_follow_schedule_and_decay_as_optax_does(
    engine: str,
    schedule: str,
    decay: float,
    make_samples: MakeSamples,
    make_state: MakeState,
    make_settings: Callable[..., TrainSettings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if engine == "xla":
        monkeypatch.setattr("autoencode.training.loop.can_train", lambda *_: False)
    samples, epochs, batch, rate = make_samples(20), 3, 5, 0.02
    plain = make_settings(epochs, batch, learning_rate=rate)
    rule = UpdateRule(find_optimizer("adam", rate), decay=rate * decay)
    chosen = TrainSettings(epochs, batch, plain.objective, rule, seed=3, schedule=schedule)
    ours = [*train(make_state(plain, seed=1), samples, chosen)][-1].state

    shares = np.concatenate([find_rate_shares(schedule, epoch, epochs, 4) for epoch in range(epochs)])
    by_optax = optax.adamw(
        lambda count: rate * jax.numpy.asarray(shares)[count], b1=0.9, b2=0.999, eps=1e-7, weight_decay=decay
    )
    monkeypatch.setattr("autoencode.training.loop.can_train", lambda *_: False)
    other = TrainSettings(epochs, batch, plain.objective, UpdateRule(by_optax), seed=3)
    start = make_state(TrainSettings(epochs, batch, plain.objective, UpdateRule(by_optax), seed=3), seed=1)
    theirs = [*train(start, samples, other)][-1].state
    np.testing.assert_allclose(weights_after(ours), weights_after(theirs), rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("engine", ["kernel", "xla"])
def test_a_plateau_halves_the_rate_of_the_restart_that_stands_still(
    engine: str,
    make_samples: MakeSamples,
    make_state: MakeState,
    make_settings: Callable[..., TrainSettings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if engine == "xla":
        monkeypatch.setattr("autoencode.training.loop.can_train", lambda *_: False)
    plain = make_settings(40, 8, learning_rate=0.3)
    rule = UpdateRule(plain.rule.optimizer, halves_on_plateau=True)
    chosen = TrainSettings(40, 8, plain.objective, rule, seed=0, schedule="plateau")
    records = [*train(make_state(plain, restarts=3), make_samples(24), chosen, held_out=make_samples(16, seed=1))]
    expected = np.ones(3)
    for record in records:
        stale = np.asarray(record.state.stale_epochs)
        expected = np.where((stale > 0) & (stale % PLATEAU_EPOCHS == 0), expected / 2, expected)
        np.testing.assert_array_equal(np.asarray(record.state.rate_shares), expected)
    assert expected.min() < 1


def test_a_gradient_is_shortened_to_the_length_asked(
    make_samples: MakeSamples, make_state: MakeState, make_settings: Callable[..., TrainSettings]
) -> None:
    plain = make_settings(1, 20, optimizer="sgd", learning_rate=1.0)
    samples, start = make_samples(20), make_state(plain)
    before = weights_after(start)

    def step_length(clip_norm: float | None) -> float:
        rule = UpdateRule(plain.rule.optimizer, clip_norm=clip_norm)
        chosen = TrainSettings(1, 20, plain.objective, rule, seed=0)
        return float(np.linalg.norm(weights_after([*train(make_state(plain), samples, chosen)][-1].state) - before))

    whole = step_length(None)
    assert step_length(whole / 4) == pytest.approx(whole / 4, rel=1e-4)
    assert step_length(10 * whole) == pytest.approx(whole, rel=1e-6)
