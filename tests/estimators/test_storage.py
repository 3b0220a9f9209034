"""Saving and loading: the same bits, or a clear refusal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import optax
import pandas as pd
import pytest

import autoencode as ae
from autoencode import Autoencoder
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.runs import read_model_file

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]

HOSTILE = ["", "näme", '"quoted"', "new\nline", "\x00zero", "日本", "a" * 5000, "</script>", "{}", "\\"]


def assert_same(loaded: Autoencoder, model: Autoencoder, samples: np.ndarray) -> None:
    for name in ("transform", "reconstruct", "errors", "score"):
        np.testing.assert_array_equal(getattr(loaded, name)(samples), getattr(model, name)(samples))
    for name in ("loss", "validation_loss", "seconds", "samples_per_second"):
        np.testing.assert_array_equal(getattr(loaded.history_, name), getattr(model.history_, name))
    for name in ("diagnosis_", "best_restart_", "settings_", "seed_", "train_range_", "sample_shape_", "dtype_"):
        assert getattr(loaded, name) == getattr(model, name), name
    assert loaded.get_params() == model.get_params()
    np.testing.assert_array_equal(repr(loaded.restarts_), repr(model.restarts_))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"hidden": [np.int64(4)], "activation": "tanh", "restarts": 3, "code_size": np.int64(2)},
        {"validation_fraction": 0.3, "patience": 2, "learning_rate": np.float32(0.01), "random_state": np.int64(3)},
        {"scaling": "minmax", "loss": "binary_cross_entropy", "code_activation": "relu", "hidden": "auto"},
        {"scaling": "global_minmax", "batch_size": "auto", "warm_start": True, "optimizer": "sgd"},
    ],
    ids=str,
)
def test_a_loaded_model_gives_the_same_bits(make: Make, table: np.ndarray, tmp_path: Path, parameters: dict) -> None:
    model = make(**parameters).fit(table)
    path = model.save(tmp_path / "model.safetensors")
    loaded = ae.load(path)
    loaded.set_params(hidden=model.hidden)  # a list comes back as a tuple
    assert_same(loaded, model, table)
    assert loaded.summary() == model.summary() or str(loaded.summary()) == str(model.summary())
    np.testing.assert_array_equal(loaded.keep_restart(0).transform(table), model.keep_restart(0).transform(table))
    assert str(ae.compare({"one": loaded}, table)) == str(ae.compare({"one": model}, table))


def test_images_and_float32_come_back_in_their_shape(make: Make, tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((30, 4, 4)).astype(np.float32)
    model = make().fit(images)
    loaded = ae.load(str(model.save(str(tmp_path / "images"))))
    assert_same(loaded, model, images)
    assert loaded.reconstruct(images).shape == images.shape
    assert loaded.reconstruct(images).dtype == np.float32


def test_hostile_feature_names_survive(make: Make, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).random((30, len(HOSTILE)))
    frame = pd.DataFrame(samples, columns=pd.Index(HOSTILE, dtype=object))
    model = make().fit(frame)
    loaded = ae.load(model.save(tmp_path / "model"))
    assert list(loaded.feature_names_in_) == HOSTILE
    np.testing.assert_array_equal(loaded.transform(frame), model.transform(frame))
    with pytest.raises(InvalidInputError, match="same order"):
        loaded.transform(frame[HOSTILE[::-1]])


def test_a_loaded_model_goes_on(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    model = make(warm_start=True).fit(table)
    loaded = ae.load(model.save(tmp_path / "model")).fit(table)
    assert loaded.history_.epochs == 6
    np.testing.assert_array_equal(loaded.transform(table), model.fit(table).transform(table))


def test_a_model_with_a_diverged_restart_can_be_saved(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    # Only at this rate some of the restarts overflow and some do not.
    model = make(optimizer="sgd", restarts=3, epochs=2).fit(table)
    model.history_.loss[-1, 1:] = np.nan, np.inf
    model.restarts_ = [
        ae.estimators.Restart(float(loss), None, r.live_directions, r.live_units, r.units)
        for loss, r in zip(model.history_.loss[-1], model.restarts_, strict=True)
    ]
    path = model.save(tmp_path / "model")
    loaded = ae.load(path)
    np.testing.assert_array_equal(loaded.history_.loss, model.history_.loss)
    assert np.isnan(loaded.restarts_[1].loss)
    assert loaded.restarts_[2].loss == np.inf
    _, configuration = read_model_file(path)
    json.dumps(configuration, allow_nan=False)


def test_a_training_in_which_restarts_diverge_works_whole(table: np.ndarray, tmp_path: Path) -> None:
    rates = (0.89, 0.8, 1.0, 0.7, 1.2)  # the first one does; the others are for a machine that rounds otherwise
    for rate in rates:
        model = Autoencoder(
            2, hidden=(8,), activation="relu", optimizer="sgd", learning_rate=rate, restarts=8, random_state=0
        )
        try:
            model.set_params(epochs=6, batch_size=16).fit(table)
        except ae.AutoencodeError:
            continue
        finite = np.isfinite(model.history_.loss[-1])
        if not finite.all():
            break
    else:
        pytest.fail("no rate lets some restarts diverge and some not")
    assert finite[model.best_restart_]
    loaded = ae.load(model.save(tmp_path / "model"))
    assert_same(loaded, model, table)
    assert "restarts" in str(ae.compare({"one": model}, table))


@pytest.mark.parametrize(
    "parameters",
    [{"activation": jax.nn.relu}, {"optimizer": optax.sgd(1e-2)}, {"loss": lambda a, b: ((a - b) ** 2).mean()}],
    ids=["activation", "optimizer", "loss"],
)
def test_a_model_with_code_in_it_is_refused(make: Make, table: np.ndarray, tmp_path: Path, parameters: dict) -> None:
    model = make(**parameters).fit(table)
    name = next(iter(parameters))
    with pytest.raises(InvalidInputError, match=f"a model with {name}=.*cannot be saved.*pickle"):
        model.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_callbacks_are_left_out(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    model = make(callbacks=[lambda record: None]).fit(table)
    assert ae.load(model.save(tmp_path / "model")).callbacks is None


def test_saving_where_nothing_can_be_saved(fitted: Autoencoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match=r"there is no folder .*missing.*make it first"):
        fitted.save(tmp_path / "missing" / "model")
    with pytest.raises(InvalidInputError, match="there is no folder"):
        fitted.save(tmp_path / "file" / "model")
    with pytest.raises(InvalidInputError, match="is a folder; add the file's name"):
        fitted.save(tmp_path)
    assert os.listdir(tmp_path) == ["file"]


def test_saving_over_an_older_model_replaces_it(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    make().fit(table).save(tmp_path / "model")
    newer = make(random_state=1).fit(table)
    newer.save(tmp_path / "model")
    np.testing.assert_array_equal(ae.load(tmp_path / "model").transform(table), newer.transform(table))
    assert os.listdir(tmp_path) == ["model"]


def test_loading_what_is_no_model(fitted: Autoencoder, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"there is no model file at .*nowhere"):
        ae.load(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match="there is no model file at"):
        ae.load(tmp_path)
    path = fitted.save(tmp_path / "model")
    whole = path.read_bytes()
    for length in (0, 1, 7, 8, 9, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match="model"):
            ae.load(path)
    for place in np.linspace(9, len(whole) - 1, 25).astype(int):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ModelFileError):
            ae.load(path)
    path.write_bytes(whole)
    assert ae.load(path).n_features_in_ == 5


def test_an_unfitted_model_cannot_be_saved(make: Make, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not fitted"):
        make().save(tmp_path / "model")
