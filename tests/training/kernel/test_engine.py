"""The kernel against XLA: the same training, the same layers; and laws of its own."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import numpy as np
import optax
import pytest
from hypothesis import given, settings, strategies

from autoencode.evaluation import errors
from autoencode.exceptions import TrainingDivergedError
from autoencode.parts.networks import Affine, DenseBlueprint, DenseNetwork
from autoencode.parts.objectives import L1, find_loss
from autoencode.training import (
    Objective,
    TrainSettings,
    UpdateRule,
    create_networks,
    create_state,
    find_optimizer,
    train,
)
from autoencode.training import loop as training_loop
from autoencode.training.inference import decode_row, encode_row, map_restarts, map_rows, reconstruct_row, trace_row
from autoencode.training.kernel import KERNEL_ACTIVATIONS, can_train, find_layers
from autoencode.training.kernel import call as kernel_call
from autoencode.training.kernel.call import KERNEL_MEASURES

LOSSES = ("squared_error", "binary_cross_entropy")


def draw(features: int, hidden: tuple[int, ...] = (), *, restarts: int = 1, activation: str = "tanh", **names: str):
    output = names.pop("output_activation", "identity")
    blueprint = DenseBlueprint(features, 3, hidden, activation, names.pop("code_activation", activation), output)
    return create_networks(blueprint, 5, restarts)


def fit(networks: Any, samples: np.ndarray, *, batch_size: int, loss: str, held_out: Any = None, epochs: int = 3):
    chosen = TrainSettings(
        epochs, batch_size, Objective(find_loss(loss)), UpdateRule(find_optimizer("adam", 0.01)), seed=2
    )
    return list(
        train(create_state(networks, chosen.rule.optimizer, keep_best=True), samples, chosen, held_out=held_out)
    )


def can_map(network: Any, *, restarts: bool = True) -> bool:
    layers = find_layers(network, restarts=restarts)
    return layers is not None and layers.can_apply()


def by_xla(monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(training_loop, "can_train", lambda *_: False)
        patch.setattr("autoencode.training.inference.find_layers", lambda *_, **__: None)
        return call()


def by_each(libraries: dict[str, ctypes.CDLL], monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]) -> list[Any]:
    """Return what a call gives with the library of each compiler."""
    results = []
    for library in libraries.values():
        with monkeypatch.context() as patch:
            patch.setattr(kernel_call, "load_library", lambda library=library: library)
            results.append(call())
    return results


def samples_of(rows: int, features: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((rows, features), dtype=np.float32)


def assert_same_training(ours: list[Any], xla: list[Any]) -> None:
    for one, other in zip(ours, xla, strict=True):
        np.testing.assert_allclose(one.loss, other.loss, rtol=3e-5)
        if other.validation_loss is not None:
            np.testing.assert_allclose(one.validation_loss, other.validation_loss, rtol=3e-5)
    for one, other in zip(jax.tree.leaves(ours[-1].state), jax.tree.leaves(xla[-1].state), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-2, atol=2e-4)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", KERNEL_ACTIVATIONS)
def test_each_activation_trains_as_by_xla(
    loss: str, activation: str, libraries: dict[str, ctypes.CDLL], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = "sigmoid" if loss == "binary_cross_entropy" else activation
    networks = draw(9, (5,), activation=activation, output_activation=output)
    samples = samples_of(70, 9)
    assert can_train(networks, Objective(find_loss(loss)), UpdateRule(find_optimizer("adam", 0.01)))

    def fit_it() -> Any:
        return fit(networks, samples, batch_size=16, loss=loss)

    xla = by_xla(monkeypatch, fit_it)
    for ours in by_each(libraries, monkeypatch, fit_it):
        assert_same_training(ours, xla)


# Widths around those of a panel, batches around those of a tile and of a slot.
@pytest.mark.parametrize(
    ("features", "hidden", "batch_size", "restarts"),
    [
        (1, (), 1, 1),
        (15, (), 7, 1),
        (16, (17,), 8, 3),
        (17, (33, 16), 9, 1),
        (32, (31,), 128, 2),
        (33, (40, 8), 300, 2),
        (700, (), 60, 1),
    ],
)
def test_each_shape_trains_as_by_xla(
    features: int,
    hidden: tuple[int, ...],
    batch_size: int,
    restarts: int,
    libraries: dict[str, ctypes.CDLL],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    networks = draw(features, hidden, restarts=restarts, output_activation="sigmoid")
    samples, held_out = samples_of(310, features), samples_of(300, features, 1)
    options: dict[str, Any] = {"batch_size": batch_size, "loss": "binary_cross_entropy", "held_out": held_out}
    options["epochs"] = 1 if batch_size == 1 else 3
    xla = by_xla(monkeypatch, lambda: fit(networks, samples, **options))
    for ours in by_each(libraries, monkeypatch, lambda: fit(networks, samples, **options)):
        assert_same_training(ours, xla)


# Numbers of features around those that are added at once.
@pytest.mark.parametrize("measure", KERNEL_MEASURES)
@pytest.mark.parametrize("features", [1, 7, 8, 17, 30, 33, 128, 129, 700])
def test_errors_are_those_of_numpy_to_the_bit(
    features: int, measure: str, libraries: dict[str, ctypes.CDLL], monkeypatch: pytest.MonkeyPatch
) -> None:
    networks, rows = draw(features, (5,), restarts=2, output_activation="sigmoid"), samples_of(300, features)
    layers = find_layers(networks)
    assert layers is not None
    assert layers.can_measure(measure)
    expected = [errors(rows, rebuilt, measure=measure) for rebuilt in map_restarts(reconstruct_row, networks, rows)]
    monkeypatch.setattr(kernel_call, "LEAST_WORK", 0)
    for threads in (1, 3):
        monkeypatch.setattr(kernel_call, "_count_processors", lambda threads=threads: threads)
        for found in by_each(libraries, monkeypatch, lambda: layers.measure(rows, measure)):
            np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(layers.measure(rows[130:131], measure), np.array(expected)[:, 130:131])


@settings(max_examples=15, deadline=None)
@given(strategies.integers(1, 40), strategies.integers(1, 40), strategies.integers(1, 300), strategies.data())
def test_layers_are_those_of_numpy(features: int, units: int, rows: int, data: strategies.DataObject) -> None:
    activation = data.draw(strategies.sampled_from(["relu", "identity", "tanh"]))
    function = {"relu": lambda x: np.maximum(x, 0), "identity": lambda x: x, "tanh": np.tanh}[activation]
    networks = draw(features, (units,), activation=activation, restarts=2, output_activation="tanh")
    samples = samples_of(rows, features) * 4 - 2
    traced = map_restarts(trace_row, networks, samples)
    for restart in range(2):
        values = samples.astype(np.float64)
        layers = [*networks.encoder, *networks.decoder]
        for place, layer in enumerate(layers):
            values = values @ np.asarray(layer.kernel[restart], np.float64) + np.asarray(layer.bias[restart])
            values = values if place == len(layers) - 1 else function(values)
            np.testing.assert_allclose(traced[place][restart], values, atol=2e-5)
        np.testing.assert_allclose(traced[-1][restart], np.tanh(values), atol=2e-5)


@pytest.mark.parametrize("function", [encode_row, decode_row, reconstruct_row, trace_row])
@pytest.mark.parametrize("activation", KERNEL_ACTIVATIONS)
def test_rows_are_mapped_as_by_xla(function: Any, activation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = jax.tree.map(lambda leaf: leaf[0], draw(20, (7,), activation=activation, output_activation=activation))
    rows = samples_of(300, 3 if function is decode_row else 20) * 20 - 10
    ours = map_rows(function, network, rows)
    theirs = by_xla(monkeypatch, lambda: map_rows(function, network, rows))
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-5), ours, theirs)


@settings(max_examples=20, deadline=None)
@given(strategies.integers(1, 300), strategies.integers(0, 299))
def test_a_row_has_the_same_bits_alone_and_among_others(rows: int, place: int) -> None:
    network = jax.tree.map(lambda leaf: leaf[0], draw(37, (21,), activation="silu"))
    samples = samples_of(300, 37)
    among = map_rows(reconstruct_row, network, samples[:rows])
    alone = map_rows(reconstruct_row, network, samples[place % rows][None])
    assert alone.tobytes() == among[place % rows][None].tobytes()


@pytest.mark.parametrize("batch_size", [64, 700])
def test_the_number_of_threads_changes_no_bit(batch_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    networks = draw(40, (24,), restarts=3, output_activation="sigmoid")
    samples = samples_of(1500, 40)
    monkeypatch.setattr(kernel_call, "LEAST_WORK", 0)

    def weights(threads: int) -> list[bytes]:
        monkeypatch.setattr(kernel_call, "_count_processors", lambda: threads)
        last = fit(networks, samples, batch_size=batch_size, loss="binary_cross_entropy", held_out=samples)[-1]
        return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves((last.state, last.validation_loss))]

    alone = weights(1)
    assert all(weights(threads) == alone for threads in (2, 3, 7, 100))


def test_each_restart_is_what_it_is_alone() -> None:
    samples = samples_of(100, 10)
    together = fit(draw(10, restarts=3), samples, batch_size=10, loss="squared_error")[-1].state.networks
    alone = fit(draw(10), samples, batch_size=10, loss="squared_error")[-1].state.networks
    for one, other in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
        assert np.asarray(one)[:1].tobytes() == np.asarray(other).tobytes()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_no_number_is_not_hidden(bad: float, loss: str) -> None:
    networks = draw(6, activation="relu", output_activation="sigmoid" if loss == LOSSES[1] else "identity")
    networks = jax.tree.map(lambda leaf: np.where(np.arange(leaf.size).reshape(leaf.shape) == 0, bad, leaf), networks)
    networks = jax.device_put(jax.tree.map(lambda leaf: leaf.astype(np.float32), networks))
    with pytest.raises(TrainingDivergedError):
        fit(networks, samples_of(64, 6), batch_size=8, loss=loss)


def test_what_the_kernel_does_not_know_is_left_to_xla() -> None:
    adam, loss = UpdateRule(find_optimizer("adam", 0.1)), Objective(find_loss("squared_error"))
    assert can_train(draw(4), loss, adam)
    assert not can_train(draw(4), loss, UpdateRule(find_optimizer("sgd", 0.1)))
    assert not can_train(draw(4), loss, UpdateRule(optax.adam(0.1)))
    assert not can_train(draw(4), Objective(find_loss(lambda one, other: ((one - other) ** 2).mean())), adam)
    assert not can_train(draw(4), Objective(loss.loss, terms=(L1(0.1),)), adam)
    assert not can_map(draw(4, (3,), activation="mish"))
    assert not can_map(lambda sample: sample)


class Scaled(Affine):
    def __call__(self, values: Any) -> Any:
        return 2 * super().__call__(values)


def test_a_network_that_was_put_together_otherwise_is_left_to_xla() -> None:
    network = jax.tree.map(lambda leaf: leaf[0], draw(4, (3,)))
    first, second = network.encoder
    half = Affine(first.kernel.astype(np.float16), first.bias.astype(np.float16))
    for layers in ((half, second), (Scaled(first.kernel, first.bias), second), (second, first), (first, first)):
        assert not can_map(DenseNetwork(layers, network.decoder, "relu", "relu", "identity"), restarts=False)
    adam, loss = UpdateRule(find_optimizer("adam", 0.1)), Objective(find_loss("squared_error"))
    narrow = DenseNetwork(network.encoder, network.decoder[:1], "relu", "relu", "identity")
    assert can_map(narrow, restarts=False)
    assert not can_train(narrow, loss, adam)


@pytest.mark.parametrize("columns", [1, 9, 11])
def test_rows_of_another_width_are_refused(columns: int) -> None:
    network = jax.tree.map(lambda leaf: leaf[0], draw(10))
    with pytest.raises(ValueError, match="takes rows of 10 numbers, got an array of shape"):
        map_rows(encode_row, network, samples_of(5, columns))
    with pytest.raises(ValueError, match="takes rows of 10 numbers, got an array of shape"):
        fit(draw(10), samples_of(5, columns), batch_size=2, loss="squared_error")


def test_samples_may_lie_anyhow_in_memory() -> None:
    samples = samples_of(90, 7)
    wide, odd = np.zeros((90, 14), np.float32), np.zeros(samples.nbytes + 1, np.uint8)
    wide[:, ::2] = samples
    unaligned = odd[1:].view(np.float32).reshape(samples.shape)
    unaligned[:] = samples
    fixed = samples.copy()
    fixed.flags.writeable = False
    networks = draw(7, restarts=2)

    def train_on(values: np.ndarray) -> list[bytes]:
        state = fit(networks, values, batch_size=16, loss="squared_error", held_out=values)[-1].state
        codes = map_restarts(encode_row, networks, values)
        return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves((state, codes))]

    expected = train_on(samples)
    for values in (np.asfortranarray(samples), wide[:, ::2], samples[::-1][::-1], unaligned, fixed):
        assert train_on(values) == expected


def test_the_count_of_updates_stops_where_it_would_wrap() -> None:
    state = create_state(draw(4), find_optimizer("adam", 0.01), keep_best=False)
    many = np.full(1, 2**31 - 3, np.int32)
    state = eqx.tree_at(lambda state: state.optimizer_state[0].count, state, many)
    chosen = TrainSettings(
        2, 2, Objective(find_loss("squared_error")), UpdateRule(find_optimizer("adam", 0.01)), seed=2
    )
    last = list(train(state, samples_of(20, 4), chosen))[-1]
    assert last.state.optimizer_state[0].count.tolist() == [2**31 - 1]


def test_memory_that_cannot_be_had_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        autoencode_train = staticmethod(lambda *_: 1)

    monkeypatch.setattr(kernel_call, "load_library", lambda: Full)
    with pytest.raises(MemoryError, match="smaller batch_size"):
        fit(draw(4), samples_of(8, 4), batch_size=4, loss="squared_error")
