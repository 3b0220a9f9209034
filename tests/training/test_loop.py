from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autoencode.exceptions import TrainingDivergedError
from autoencode.training import EpochRecord, TrainSettings, TrainState, count_traces, select_restart, train

MakeSamples = Callable[..., np.ndarray]
MakeSettings = Callable[..., TrainSettings]
MakeState = Callable[..., TrainState]


pytestmark = pytest.mark.usefixtures("engine")


def leaves(tree: Any) -> list[np.ndarray]:
    arrays = [np.asarray(leaf) for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array))]
    assert arrays
    return arrays


def bits(tree: Any) -> list[bytes]:
    return [leaf.tobytes() for leaf in leaves(tree)]


def test_records(make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState) -> None:
    settings = make_settings(3, 8)
    records = list(train(make_state(settings, restarts=2), make_samples(24), settings, held_out=make_samples(16)))
    assert [(record.epoch, record.epochs) for record in records] == [(1, 3), (2, 3), (3, 3)]
    for record in records:
        assert record.loss.shape == record.monitored_loss.shape == (2,)
        assert record.loss.dtype == np.float64
        assert record.monitored_loss is record.validation_loss
        assert record.samples_per_second == pytest.approx(24 * 2 / record.seconds)
    assert (records[-1].loss < records[0].loss).all()
    without = next(train(make_state(settings), make_samples(24), settings))
    assert without.validation_loss is None
    assert without.monitored_loss is without.loss


@pytest.mark.parametrize("held_out_rows", [None, 13])
def test_a_training_is_traced_once_and_a_second_one_not_at_all(
    held_out_rows: int | None,
    engine: str,
    make_samples: MakeSamples,
    make_settings: MakeSettings,
    make_state: MakeState,
) -> None:
    held_out = None if held_out_rows is None else make_samples(held_out_rows, 6)

    def traces_of(seed: int) -> int:
        settings = make_settings(4, 9, learning_rate=0.0123, seed=seed)
        before = count_traces()
        # 41 rows of 6 features: a shape of this test alone, so that no other has compiled it.
        state = make_state(settings, features=6, restarts=2, keep_best=True, seed=seed)
        assert len(list(train(state, make_samples(41, 6, seed), settings, held_out=held_out))) == 4
        return count_traces() - before

    assert traces_of(0) == (engine == "xla")  # the kernel traces nothing
    assert traces_of(1) == 0


def test_same_seed_same_bits_another_seed_others(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    def run(seed: int) -> tuple[list[float], list[bytes]]:
        settings = make_settings(2, 8, seed=seed)
        records = list(train(make_state(settings), make_samples(24), settings))
        return [float(record.loss[0]) for record in records], bits(records[-1].state)

    assert run(0) == run(0)
    # The same initial weights: only the order of the samples differs.
    assert run(1)[0][1] != run(0)[0][1]
    assert run(1)[1] != run(0)[1]


def test_restarts_together_are_what_each_is_alone(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    settings = make_settings(3, 8)
    samples, held_out = make_samples(24), make_samples(16, seed=1)
    state = make_state(settings, restarts=3, keep_best=True)
    together = list(train(state, samples, settings, held_out=held_out))
    for k in range(3):
        one = jax.tree.map(lambda leaf, k=k: leaf[k : k + 1] if eqx.is_array(leaf) else leaf, state)
        alone = list(train(one, samples, settings, held_out=held_out))
        for ours, theirs in zip(together, alone, strict=True):
            assert ours.loss[k] == pytest.approx(theirs.loss[0], rel=1e-5)
            assert ours.validation_loss[k] == pytest.approx(theirs.validation_loss[0], rel=1e-5)
        for ours, theirs in zip(
            leaves(select_restart(together[-1].state.networks, k)),
            leaves(select_restart(alone[-1].state.networks, 0)),
            strict=True,
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_resumed_training_is_the_uninterrupted_one_to_the_bit(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    samples, held_out = make_samples(24), make_samples(16, seed=1)
    whole = make_settings(4, 8)
    uninterrupted = list(train(make_state(whole, keep_best=True), samples, whole, held_out=held_out))

    stream = train(make_state(whole, keep_best=True), samples, whole, held_out=held_out)
    next(stream)
    left_at = next(stream)
    stream.close()
    assert bits(left_at.state) == bits(uninterrupted[1].state)
    rest = make_settings(2, 8, first_epoch=left_at.epoch)
    resumed = list(train(left_at.state, samples, rest, held_out=held_out))
    assert [(record.epoch, record.epochs) for record in resumed] == [(3, 4), (4, 4)]
    assert [record.loss.tolist() for record in resumed] == [record.loss.tolist() for record in uninterrupted[2:]]
    assert bits(resumed[-1].state) == bits(uninterrupted[-1].state)


def run_restless(
    make_samples: MakeSamples,
    make_settings: MakeSettings,
    make_state: MakeState,
    *,
    patience: int | None = None,
    seed: int = 0,
) -> list[EpochRecord]:
    """Train with a step so large that the held-out loss rises and falls."""
    settings = make_settings(25, 8, learning_rate=0.3, patience=patience)
    state = make_state(settings, restarts=3, keep_best=True, seed=seed)
    return list(train(state, make_samples(24), settings, held_out=make_samples(16, seed=1)))


def epochs_since_best(records: list[EpochRecord], upto: int) -> np.ndarray:
    monitored = np.array([record.monitored_loss for record in records[: upto + 1]])
    return upto - monitored.argmin(axis=0)


def test_best_networks_are_those_of_the_lowest_monitored_loss(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    records = run_restless(make_samples, make_settings, make_state)
    monitored = np.array([record.monitored_loss for record in records])
    assert len(records) == 25
    assert (monitored.argmin(axis=0) < 24).any(), "the best epoch must not be the last one, or nothing is tested"
    for i, record in enumerate(records):
        best = monitored[: i + 1].argmin(axis=0)
        np.testing.assert_array_equal(np.asarray(record.state.stale_epochs), epochs_since_best(records, i))
        np.testing.assert_array_equal(np.asarray(record.state.best_loss, np.float64), monitored[: i + 1].min(axis=0))
        for k in range(3):
            kept = select_restart(record.state.chosen_networks, k)
            assert bits(kept) == bits(select_restart(records[best[k]].state.networks, k))


def test_without_held_out_samples_the_training_loss_is_monitored(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    settings = make_settings(2, 8)
    records = list(train(make_state(settings, keep_best=True), make_samples(24), settings))
    np.testing.assert_array_equal(records[-1].state.best_loss, min(float(record.loss[0]) for record in records))


@pytest.mark.parametrize("patience", [1, 2])
def test_training_stops_once_every_restart_is_stale(
    patience: int, make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    # Look for initial weights with which one restart is stale before the others are, and all of them before the end.
    for seed in range(30):
        all_records = run_restless(make_samples, make_settings, make_state, seed=seed)
        stale = np.array([epochs_since_best(all_records, i) for i in range(len(all_records))]) >= patience
        stop = int(np.argmax(stale.all(axis=1)))
        if stale[:stop].any() and stop < 24:
            break
    else:
        pytest.fail("no initial weights show the difference")
    records = run_restless(make_samples, make_settings, make_state, patience=patience, seed=seed)
    assert len(records) == stop + 1 < 25
    assert bits(records[-1].state) == bits(all_records[stop].state)


def test_without_keep_best_the_last_networks_are_chosen(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    settings = make_settings(2, 8)
    *_, last = train(make_state(settings), make_samples(24), settings)
    assert last.state.best_networks is None
    assert bits(last.state.chosen_networks) == bits(last.state.networks)


def test_divergence_is_an_error_with_advice(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    settings = make_settings(50, 8, optimizer="sgd", learning_rate=1e10)
    records: list[EpochRecord] = []
    with pytest.raises(TrainingDivergedError, match=r"in epoch \d+, in every restart; use a smaller learning_rate"):
        records.extend(train(make_state(settings, restarts=2), make_samples(24), settings))
    assert 1 <= len(records) < 50
    assert not np.isfinite(records[-1].loss).any()


def test_one_restart_that_diverges_leaves_the_others_alone(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    settings = make_settings(2, 8)
    state = make_state(settings, restarts=2, keep_best=True)
    broken = jax.tree.map(lambda leaf: leaf.at[1].set(jnp.nan), state.networks)
    state = eqx.tree_at(lambda s: (s.networks, s.best_networks), state, (broken, broken))
    records = list(train(state, make_samples(24), settings))
    assert len(records) == 2
    assert np.isfinite([record.loss[0] for record in records]).all()
    assert np.isnan([record.loss[1] for record in records]).all()
    assert np.isposinf(records[-1].state.best_loss[1])
    assert np.asarray(records[-1].state.stale_epochs).tolist() == [0, 2]


@pytest.mark.parametrize(("rows", "batch_size"), [(1, 8), (8, 8), (3, 1)])
def test_few_samples_and_odd_batches(
    rows: int, batch_size: int, make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    settings = make_settings(2, batch_size)
    records = list(train(make_state(settings), make_samples(rows), settings))
    assert records[1].loss[0] < records[0].loss[0]
