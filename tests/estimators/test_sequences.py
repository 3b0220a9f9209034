"""Sequences of different lengths, and the recurrent networks that take them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autoencode.estimators import Autoencoder, compare, load
from autoencode.estimators.autoencoder import prepare
from autoencode.estimators.model_study import study
from autoencode.exceptions import AutoencodeError, DiagnosisWarning, InvalidInputError, SampleShapeError

STEPS = 12


def draw(count: int, seed: int = 0, *, full: bool = False) -> np.ndarray:
    """Return sines and cosines of one frequency, the second in another unit."""
    generator = np.random.default_rng(seed)
    time = np.arange(STEPS)
    angle = time / 1.5 + generator.uniform(0, 2 * np.pi, (count, 1))
    X = np.stack([3 + np.sin(angle), 100 * np.cos(angle)], axis=2)
    if not full:
        X[time >= generator.integers(STEPS // 2, STEPS + 1, (count, 1))] = np.nan
    return X


def fit(X: Any, **settings: Any) -> Autoencoder:
    defaults = {"network": "gru", "code_size": 4, "hidden": (16,), "epochs": 30, "learning_rate": 0.01}
    model = Autoencoder(**{**defaults, "batch_size": 16, "clip_norm": 1.0, "random_state": 0, **settings})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DiagnosisWarning)
        return model.fit(X)


@pytest.fixture(scope="module", params=["gru", "lstm"])
def model(request: pytest.FixtureRequest) -> Autoencoder:
    return fit(draw(300), network=request.param)


@pytest.fixture(scope="module")
def test_samples() -> np.ndarray:
    return draw(60, seed=1)


def test_it_learns_both_the_numbers_and_the_ends(model: Autoencoder, test_samples: np.ndarray) -> None:
    rebuilt = model.reconstruct(test_samples)
    missing, wrong = np.isnan(test_samples).all(axis=2), np.isnan(rebuilt)
    assert rebuilt.shape == test_samples.shape
    assert (wrong[..., 0] == wrong[..., 1]).all()
    assert (missing == wrong[..., 0]).mean() > 0.9
    assert model.score(test_samples) > 0.6
    scaled = (test_samples - np.nanmean(test_samples, axis=(0, 1))) / np.nanstd(test_samples, axis=(0, 1))
    assert model.errors(test_samples, units="scaled").mean() < 0.4 * np.nanmean(np.square(scaled))
    assert model.settings_["scaling"] == "standard"
    assert model.settings_["activation"] == "tanh"


def test_errors_are_means_over_the_steps_that_exist(model: Autoencoder, test_samples: np.ndarray) -> None:
    shared = np.nan_to_num(model.reconstruct(test_samples), nan=np.inf)
    both = np.isfinite(shared[..., 0]) | np.isnan(test_samples[..., 0])
    rows = both.all(axis=1)  # no step of theirs was rebuilt as missing
    squares = np.square(test_samples - np.where(np.isfinite(shared), shared, 0))
    expected = np.nanmean(squares.reshape(len(squares), -1), axis=1)
    np.testing.assert_allclose(model.errors(test_samples)[rows], expected[rows], rtol=1e-6)
    assert rows.sum() > 20
    by_feature = np.nanmean(squares[rows], axis=1).mean(axis=0)
    np.testing.assert_allclose(model.errors(test_samples[rows], per="feature"), by_feature, rtol=1e-6)
    found = [error.error for error in model.column_errors(test_samples[rows])]
    np.testing.assert_allclose(found, np.sqrt(by_feature), rtol=1e-6)


def test_a_row_alone_and_more_missing_steps(model: Autoencoder, test_samples: np.ndarray) -> None:
    codes = model.transform(test_samples)
    assert codes.shape == (60, 4)
    np.testing.assert_array_equal(model.transform(test_samples[3:4]), codes[3:4])
    np.testing.assert_array_equal(model.transform(test_samples), codes)
    longer = np.concatenate([test_samples, np.full((60, 5, 2), np.nan)], axis=1)
    np.testing.assert_array_equal(model.transform(longer), codes)
    short = test_samples[np.isnan(test_samples[:, -1, 0])]
    np.testing.assert_array_equal(model.transform(short[:, :-1]), model.transform(short))
    np.testing.assert_array_equal(model.inverse_transform(codes), model.reconstruct(test_samples))


def test_save_and_load_give_the_same_bits(model: Autoencoder, test_samples: np.ndarray, tmp_path: Path) -> None:
    loaded = load(model.save(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(loaded.transform(test_samples), model.transform(test_samples))
    np.testing.assert_array_equal(loaded.reconstruct(test_samples), model.reconstruct(test_samples))
    np.testing.assert_array_equal(loaded.errors(test_samples), model.errors(test_samples))
    assert str(loaded.summary()) == str(model.summary())


def test_onnx_gives_the_model_s_numbers(model: Autoencoder, test_samples: np.ndarray, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    for given in (None, test_samples):
        files = model.export_onnx(tmp_path, samples=given)
        assert max(files.differences.values()) < 1e-5
    session = onnxruntime.InferenceSession(files.reconstruct, providers=["CPUExecutionProvider"])
    (rebuilt,) = session.run(None, {"samples": test_samples})
    np.testing.assert_allclose(rebuilt, model.reconstruct(test_samples), rtol=1e-3, atol=1e-2)


def test_padding_of_the_training_samples_changes_nothing() -> None:
    X = draw(40)
    padded = np.concatenate([X, np.full((40, 3, 2), np.nan)], axis=1)
    ours, theirs = (prepare(Autoencoder(network="gru"), samples, None).scaled for samples in (X, padded))
    assert ours.shape == (40, STEPS * 3)
    np.testing.assert_array_equal(ours, theirs)


def test_full_sequences_of_single_numbers() -> None:
    X = draw(60, full=True)[..., :1].astype(np.float32)
    model = fit(X, epochs=2, network="lstm", corruption="gaussian_noise")
    rebuilt = model.reconstruct(X)
    assert rebuilt.shape == X.shape
    assert rebuilt.dtype == np.float32
    assert np.isfinite(rebuilt).all()
    dense = fit(X, epochs=2, network="dense")
    compared = compare({"lstm": model, "dense": dense}, X)
    means = {row.name: row.mean for row in compared.rows}
    np.testing.assert_allclose(means["lstm"], np.mean(np.square(X - rebuilt)), rtol=1e-5)
    np.testing.assert_allclose(means["dense"], np.mean(np.square(X - dense.reconstruct(X))), rtol=1e-5)
    with pytest.raises(InvalidInputError, match="all of training have 12"):
        model.transform(np.where(np.arange(STEPS)[:, None] < 5, X, np.nan))


@pytest.mark.parametrize("model", ["gru"], indirect=True)
def test_a_study_has_sequences_in_their_shape(model: Autoencoder, test_samples: np.ndarray) -> None:
    found = study(model, test_samples).samples
    assert found is not None
    assert (found.kind, found.shape, found.features.shape) == ("numbers", (STEPS, 2), (60, STEPS * 2))
    shown = np.nan_to_num(test_samples).reshape(60, -1)
    np.testing.assert_array_equal(found.features, shown)
    assert not found.rebuilt[np.isnan(test_samples).reshape(60, -1)].any()
    np.testing.assert_array_equal(found.errors["squared_error"], model.errors(test_samples))


def spoil(place: Any, value: float) -> np.ndarray:
    X = draw(20)
    X[place] = value
    return X


@pytest.mark.parametrize(
    ("X", "kind", "words"),
    [
        (spoil((3, 2), np.nan), InvalidInputError, "X contains NaN: feature 0 of step 2 of sample 3"),
        (spoil((3, 2, 1), np.nan), InvalidInputError, "X contains NaN: feature 1 of step 2 of sample 3"),
        (spoil(4, np.nan), InvalidInputError, "X contains NaN alone in sample 4"),
        (spoil((0, 0, 0), np.inf), InvalidInputError, "X contains infinity"),
        (np.zeros((5, 4)), SampleShapeError, r"pass X\[..., None\]"),
        (np.zeros((5, 4, 0)), SampleShapeError, "has shape"),
        ([np.zeros((2, 1)), np.zeros((3, 1))], SampleShapeError, "ragged"),
        (np.full((5, 4, 1), "a"), InvalidInputError, "of type"),
        (np.zeros((0, 4, 1)), InvalidInputError, "0 sample"),
    ],
    ids=["gap", "part", "empty", "infinite", "two axes", "no feature", "ragged", "texts", "none"],
)
def test_what_is_no_sequence_is_refused(X: Any, kind: type[AutoencodeError], words: str) -> None:
    with pytest.raises(kind, match=words):
        fit(X, epochs=1)


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((3, STEPS + 1, 2)), "a sequence of 13 steps, but the longest of training has 12"),
        (np.zeros((3, STEPS, 3)), "samples of shape"),
    ],
    ids=["longer", "wider"],
)
def test_other_sequences_than_those_of_training_are_refused(model: Autoencoder, X: np.ndarray, words: str) -> None:
    with pytest.raises(SampleShapeError, match=words):
        model.transform(X)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"loss": "binary_cross_entropy"}, "loss must be one of"),
        ({"loss": lambda rebuilt, sample: 0.0}, "cannot be used on sequences"),
        ({"activation": "relu"}, "activation must be 'tanh'"),
        ({"hidden": ()}, "hidden must name"),
        ({"output_activation": "relu"}, "output_activation"),
    ],
    ids=["entropy", "function", "activation", "hidden", "output"],
)
def test_settings_that_sequences_cannot_have(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        fit(draw(20), epochs=1, **settings)
