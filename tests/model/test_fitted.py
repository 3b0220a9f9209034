"""What was learnt: applied without JAX where networks are dense, frozen, and pickled as its model file."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode import Autoencoder
from autoencode.evaluation import errors
from autoencode.exceptions import InvalidInputError
from autoencode.model.fitted import Fitted, count_block_rows
from autoencode.model.model_file import read_bytes, write_bytes
from autoencode.training.inference import decode_row, encode_row, map_restarts, map_rows, reconstruct_row, trace_row
from autoencode.training.kernel import explain_absence, find_layers
from autoencode.training.order import WindowSize

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")

ROWS = np.random.default_rng(0).normal(size=(300, 12))
TABLE = pd.DataFrame(
    {"a": ROWS[:, 0], "b": np.where(ROWS[:, 1] > 0, "up", "down"), "c": ROWS[:, 2] > 1, "d": ROWS[:, 3]}
)
TABLE.loc[::7, "d"] = np.nan

KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "dense": (ROWS, {"hidden": (5, 4)}),
    "without hidden layers": (ROWS, {"hidden": ()}),
    "variational": (ROWS, {"recipe": "vae", "loss": "squared_error"}),
    "a table": (TABLE, {}),
    "a table, variational": (TABLE, {"bottleneck": "gaussian(beta=0.1)"}),
}


def fit(samples: Any, **settings: Any) -> Autoencoder:
    """Return a model of two restarts."""
    return Autoencoder(2, epochs=2, restarts=2, random_state=0, **settings).fit(samples)


@pytest.fixture(scope="module", params=KINDS)
def fitted(request: pytest.FixtureRequest) -> Fitted:
    """What a training of each kind learnt."""
    samples, settings = KINDS[request.param]
    return fit(samples, **settings).fitted_


def scale(fitted: Fitted) -> np.ndarray:
    samples = TABLE if fitted.format.is_mixed else ROWS
    return fitted.scaling.apply(fitted.read(samples))


@pytest.mark.skipif(bool(explain_absence()), reason="there is no C compiler")
def test_the_kernel_gives_what_xla_gives(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    scaled, layers = scale(fitted), find_layers(fitted.networks)
    assert layers is not None
    assert layers.can_apply()
    codes = fitted.encode_scaled(scaled)
    own = [codes, fitted.decode_scaled(codes), fitted.rebuild_scaled(scaled), fitted.rebuild_by_all(scaled)]
    traces = layers.trace(scaled)
    monkeypatch.setattr("autoencode.training.inference.find_layers", lambda *_, **__: None)
    theirs = [
        map_rows(encode_row, fitted.network, scaled),
        map_rows(decode_row, fitted.network, codes),
        map_rows(reconstruct_row, fitted.network, scaled),
        map_restarts(reconstruct_row, fitted.networks, scaled),
    ]
    for one, other in zip([*own, *traces], [*theirs, *map_restarts(trace_row, fitted.networks, scaled)], strict=True):
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6)


def test_a_row_alone_has_the_bits_that_it_has_among_others(fitted: Fitted) -> None:
    scaled = scale(fitted)
    whole = fitted.rebuild_by_all(scaled)
    for row in (0, 7, 299):
        np.testing.assert_array_equal(fitted.rebuild_by_all(scaled[row : row + 1])[:, 0], whole[:, row])


def test_the_layers_are_those_of_the_network(fitted: Fitted) -> None:
    assert fitted.layer_shapes() == fitted.network.layer_shapes()


def test_it_is_pickled_as_the_bytes_of_its_model_file(fitted: Fitted, tmp_path: Path) -> None:
    saved = tmp_path / "model.safetensors"
    saved.write_bytes(write_bytes(fitted))
    assert saved.read_bytes() in pickle.dumps(fitted)
    assert write_bytes(read_bytes(saved.read_bytes())) == saved.read_bytes(), "the same content has the same bytes"
    scaled = scale(fitted)
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted), copy.copy(fitted)):
        np.testing.assert_array_equal(other.rebuild_by_all(scaled), fitted.rebuild_by_all(scaled))


def test_an_estimator_saves_these_bytes(tmp_path: Path) -> None:
    model = fit(ROWS)
    assert model.save(tmp_path / "model.safetensors").read_bytes() == write_bytes(model.fitted_)


def test_it_is_frozen(fitted: Fitted) -> None:
    with pytest.raises(FrozenInstanceError):
        fitted.seed = 3  # pyright: ignore[reportAttributeAccessIssue]


def double(values: Any) -> Any:
    """An activation of a user's own."""
    return jnp.tanh(2 * values)


@pytest.mark.parametrize(
    "settings", [{"activation": double}, {"activation": "mish"}, {"recipe": "vq-vae"}, {"engine": "xla"}]
)
def test_what_the_kernel_does_not_apply_is_pickled_too(settings: dict[str, Any]) -> None:
    model = Autoencoder(8, hidden=(5,), epochs=1, random_state=0, **settings).fit(ROWS)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.reconstruct(ROWS), model.reconstruct(ROWS))
    np.testing.assert_array_equal(again.transform(ROWS), model.transform(ROWS))


@pytest.mark.parametrize("measure", ["squared_error", "absolute_error", "huber"])
def test_errors_are_those_of_the_reconstruction_to_the_bit(fitted: Fitted, measure: str) -> None:
    features = fitted.read(TABLE if fitted.format.is_mixed else ROWS)
    scaled = scale(fitted)
    expected = errors(scaled, fitted.rebuild_scaled(scaled), measure=measure)
    np.testing.assert_array_equal(fitted.errors(features, measure=measure, units="scaled"), expected)


def test_blocks_of_samples_change_no_error(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    features = fitted.read(TABLE if fitted.format.is_mixed else ROWS)
    whole = fitted.errors(features)
    monkeypatch.setattr("autoencode.model.fitted.BLOCK_ROWS", 7)
    np.testing.assert_array_equal(fitted.errors(features), whole)


def test_what_cannot_be_measured_is_counted_among_all_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, rows = fit(ROWS).fitted_, ROWS.copy()
    rows[100, 3] = 2.0
    monkeypatch.setattr("autoencode.model.fitted.BLOCK_ROWS", 7)
    with pytest.raises(InvalidInputError, match=f"they reach from {rows.min():g} to {rows.max():g}"):
        fitted.errors(rows, measure="binary_cross_entropy")


def test_errors_of_what_overflows_when_rebuilt_are_refused() -> None:
    rows = ROWS.astype(np.float32) / 8 + 0.5
    fitted = fit(rows, scaling="none").fitted_
    arrays = {name: 1e30 * array for name, array in fitted.arrays.items()}
    with pytest.raises(InvalidInputError, match="reconstructions must be finite; row 0, column 0"):
        replace(fitted, arrays=arrays).errors(rows)


def test_a_restart_that_is_kept_is_the_one_that_is_applied() -> None:
    model = fit(ROWS)
    scaled = scale(model.fitted_)
    for restart in range(2):
        kept = model.keep_restart(restart).fitted_
        np.testing.assert_array_equal(kept.rebuild_scaled(scaled), model.fitted_.rebuild_by_all(scaled)[restart])


def test_the_window_of_a_training_is_kept_and_files_of_before_have_none(tmp_path: Path) -> None:
    model = fit(ROWS, warm_start=True)
    assert model.settings_.window == WindowSize()
    other = replace(model.fitted_, settings=replace(model.settings_, block_rows=7, window_blocks=3))
    path = tmp_path / "model.safetensors"
    path.write_bytes(write_bytes(other))
    again = ae.load(path)
    assert again.settings_.window == (7, 3)
    assert again.fit(ROWS).settings_.window == (7, 3), "going on"
    assert replace(model.settings_, block_rows=None).window is None


def cut_at(features: np.ndarray, *places: int) -> list[np.ndarray]:
    return np.split(features, places)


def test_errors_of_blocks_have_the_bits_of_all_at_once(fitted: Fitted) -> None:
    many = np.random.default_rng(0).integers(0, 300, 40_000)
    features = fitted.read(TABLE if fitted.format.is_mixed else ROWS)[many]
    assert len(features) > 2 * count_block_rows(fitted.format.width), "there are several"
    rebuilt = fitted.rebuild(features)
    for measure in ("squared_error", "signed_sum"):
        told = {"per": "feature", "measure": measure, "units": "original"}
        found = fitted.errors(features, **told)
        np.testing.assert_array_equal(found, errors(features, rebuilt, measure=measure, per="feature"))
        for blocks in (cut_at(features, 1, 2, 30_000), cut_at(features, *range(0, 40_000, 999))):
            np.testing.assert_array_equal(fitted.errors_in_blocks(blocks, **told), found)
    for units in ("auto", "original"):
        columns = fitted.column_errors(features, units=units)
        assert fitted.column_errors_in_blocks(cut_at(features, 5, 20_000, 39_000), units=units) == columns


def test_the_row_that_is_not_finite_is_named_among_all() -> None:
    fitted = fit(ROWS).fitted_
    features = np.tile(ROWS, (100, 1))
    features[25_000, 3] = np.inf
    with pytest.raises(InvalidInputError, match="sample 25000, feature 3"):
        fitted.errors_in_blocks(cut_at(features, 7000), per="feature")


def test_errors_of_columns_are_those_of_the_cells() -> None:
    fitted = fit(TABLE).fitted_
    encoder, features = fitted.table_encoder, fitted.read(TABLE)
    assert encoder is not None
    rebuilt = fitted.rebuild(features)
    sums = fitted.format.sum_columns("original")
    for start in (0, 100, 200):
        sums.add(features[start : start + 100], rebuilt[start : start + 100])
    found = {(error.column, error.kind): error.error for error in sums.tell()}
    cells, guesses = TABLE, encoder.decode(rebuilt, "pandas")
    there = cells["d"].notna()
    numbers = encoder.columns[3]
    truth, guess = (numbers.decode_numbers(np.where([1, 0], part[there, -2:], 0)) for part in (features, rebuilt))
    assert found["d", "numeric"] == pytest.approx(np.sqrt(np.square(truth - guess).mean()))
    assert found["a", "numeric"] == pytest.approx(np.sqrt(np.square(cells["a"] - guesses["a"]).mean()), rel=1e-5)
    assert found["b", "category"] == pytest.approx((cells["b"] != guesses["b"]).mean())
    assert found["c", "boolean"] == pytest.approx((cells["c"] != guesses["c"]).mean())
    assert found["d", "missing"] == pytest.approx((there != guesses["d"].notna()).mean())


def test_squares_of_huge_numbers_do_not_overflow_in_any_block() -> None:
    fitted = fit(TABLE).fitted_
    features = fitted.read(TABLE).astype(np.float64)
    rebuilt = features.copy()
    rebuilt[[3, 150], 0] += [3e200, 4e200]
    found = []
    for cuts in ((), (100,), (200,)):
        sums = fitted.format.sum_columns("auto")
        for truth, guess in zip(cut_at(features, *cuts), cut_at(rebuilt, *cuts), strict=True):
            sums.add(truth, guess)
        found.append(sums.tell()[0].error)
    assert found == pytest.approx([found[0]] * 3, rel=1e-12)
    assert np.isfinite(found[0])
    assert found[0] > 1e199
