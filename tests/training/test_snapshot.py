"""A training that is cut anywhere and goes on from there gives the bits of one that was not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

from autoencode.exceptions import ModelFileError
from autoencode.training import EpochRecord, TrainSettings, TrainState, loop, train
from autoencode.training.calls import CallSizes
from autoencode.training.kernel import engine as kernel_engine
from autoencode.training.snapshot import Cut, EpochPart, fill_state, list_state

MakeSamples = Callable[..., np.ndarray]
MakeSettings = Callable[..., TrainSettings]
MakeState = Callable[..., TrainState]


def bits(state: TrainState) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in list_state(state).items()}


def lose_clock(records: list[EpochRecord]) -> list[Any]:
    return [
        (one.epoch, one.loss.tolist(), None if one.validation_loss is None else one.validation_loss.tolist())
        for one in records
    ]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("held_out_rows", [None, 1100])
def test_a_training_goes_on_from_any_cut_with_the_same_bits(
    held_out_rows: int | None,
    make_samples: MakeSamples,
    make_settings: MakeSettings,
    make_state: MakeState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "find_call_sizes", lambda *_: CallSizes(2, 1))
    monkeypatch.setattr(kernel_engine, "CALL_WORK", 0)  # a step a call
    settings = make_settings(3, 8, patience=2, schedule="cosine")
    samples = make_samples(37)
    held_out = None if held_out_rows is None else make_samples(held_out_rows, seed=1)
    cuts: list[tuple[Cut, dict[str, np.ndarray]]] = []

    def keep(take: Callable[[], Cut]) -> None:
        cut = take()
        cuts.append((cut, list_state(cut.state)))

    def begin() -> TrainState:
        return make_state(settings, restarts=2, keep_best=True)

    whole = list(train(begin(), samples, settings, held_out=held_out, at_cut=keep))
    places = [cut.place for cut, _ in cuts]
    assert places == sorted(places)
    assert len(set(places)) > 6
    assert {(1, 0, 0), (3, 0, 0)} < set(places)
    for cut, arrays in cuts:
        restored = cut._replace(state=fill_state(begin(), arrays))
        rest = list(train(begin(), samples, settings, held_out=held_out, begin=restored))
        assert lose_clock(rest) == lose_clock(whole[cut.epoch :])
        assert bits(rest[-1].state if rest else restored.state) == bits(whole[-1].state)
        assert not rest or rest[0].seconds >= cut.seconds


def test_a_cut_at_the_end_leaves_nothing_to_train(
    make_samples: MakeSamples, make_settings: MakeSettings, make_state: MakeState
) -> None:
    settings = make_settings(2, 8)
    cut = Cut(2, EpochPart(), 0.0, make_state(settings))
    assert not list(train(make_state(settings), make_samples(20), settings, begin=cut))


def test_a_state_of_another_kind_is_refused(make_settings: MakeSettings, make_state: MakeState) -> None:
    settings = make_settings(1, 8)
    state = make_state(settings)
    arrays = list_state(state)
    assert bits(fill_state(make_state(settings), arrays)) == bits(state)
    name = next(name for name in arrays if name.startswith("networks"))
    with pytest.raises(ModelFileError, match="float64"):
        fill_state(state, arrays | {name: arrays[name].astype(np.float64)})
    with pytest.raises(ModelFileError, match="got none"):
        fill_state(state, {key: array for key, array in arrays.items() if key != name})


def test_keys_of_chance_in_a_state_come_back() -> None:
    tree = {"key": jax.random.key(7), "name": "no array", "numbers": np.arange(3)}
    restored = fill_state({"key": jax.random.key(0), "name": "no array", "numbers": np.zeros(3, int)}, list_state(tree))
    assert bool(jax.random.key_data(restored["key"]).tolist() == jax.random.key_data(tree["key"]).tolist())
    assert restored["numbers"].tolist() == [0, 1, 2]
    assert restored["name"] == "no array"
