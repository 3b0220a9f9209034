"""Saving and loading: the same bits, or a clear refusal."""

from __future__ import annotations

import copy
import functools
import io
import json
import os
import pickle
import resource
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
import pandas as pd
import pytest
from safetensors.numpy import save

import autoencode as ae
from autoencode import Autoencoder
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.runs import read_model_file
from autoencode.runs.model_file import digest_content

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]

HOSTILE = ["", "näme", '"quoted"', "new\nline", "\x00zero", "日本", "a" * 5000, "</script>", "{}", "\\"]


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("model.json", "{}")
    return content.getvalue()


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
    model.fitted_ = replace(model.fitted_, optimizer=None)  # which a file does not have
    np.testing.assert_array_equal(loaded.transform(table), model.fit(table).transform(table))


def test_a_model_with_a_diverged_restart_can_be_saved(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    # Only at this rate some of the restarts overflow and some do not.
    model = make(optimizer="sgd", restarts=3, epochs=2).fit(table)
    model.history_.loss[-1, 1:] = np.nan, np.inf
    restarts = [
        ae.estimators.Restart(float(loss), None, r.live_directions, r.live_units, r.units)
        for loss, r in zip(model.history_.loss[-1], model.restarts_, strict=True)
    ]
    model.fitted_ = replace(model.fitted_, restarts=restarts)
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


@pytest.fixture(scope="module")
def tables(make: Make) -> dict[str, Autoencoder]:
    """One model of numbers and one of a mixed table, both as small as can be."""
    mixed = pd.DataFrame({"a": [1.0, 2.0, None, 4.0] * 5, "b": ["x", "y", "z", None] * 5, "c": [True, False] * 10})
    numbers = pd.DataFrame(np.random.default_rng(0).random((20, 3)), columns=list("abc"))
    return {
        kind: make(code_size=1, epochs=2, restarts=2).fit(frame)
        for kind, frame in (("mixed", mixed), ("numbers", numbers))
    }


def write_configuration(path: Path, tensors: dict[str, np.ndarray], configuration: Any, version: str = "2") -> None:
    """Write a model file as a stranger may: with a right checksum, and whatever he likes in it."""
    text = json.dumps(configuration)
    metadata = {"format": "autoencode", "format_version": version, "configuration": text}
    path.write_bytes(save(tensors, {**metadata, "sha256": digest_content(tensors, text)}))


def assert_refused_in_a_line(path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        ae.load(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_loading_what_is_no_model(fitted: Autoencoder, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"there is no model file at .*nowhere"):
        ae.load(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match="there is no model file at"):
        ae.load(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="there is no model file at"):
        ae.load(tmp_path / "pipe")
    assert_refused_in_a_line(tmp_path / ("long" * 70))
    path = fitted.save(tmp_path / "model")
    assert_refused_in_a_line(path / "below")
    assert ae.load(path).n_features_in_ == 5


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", pickle.dumps({"a": 1}), zipped(), save({"a": np.zeros(3)}), b"\x89HDF\r\n\x1a\n" + bytes(99)],
    ids=["empty", "text", "pickle", "zip", "safetensors", "keras"],
)
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model").write_bytes(content)
    assert_refused_in_a_line(tmp_path / "model")


@pytest.mark.parametrize("kind", ["numbers", "mixed"])
def test_a_file_cut_or_changed_at_any_byte_is_refused_or_the_same(
    tables: dict[str, Autoencoder], tmp_path: Path, kind: str
) -> None:
    path = tables[kind].save(tmp_path / "model")
    tensors, configuration = read_model_file(path)
    whole = path.read_bytes()
    assert len(whole) < 12_000
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError):
            ae.load(path)
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            read, found = read_model_file(path)
        except ModelFileError:
            continue
        assert found == configuration
        assert all(read[name].tobytes() == tensors[name].tobytes() for name in tensors)


def find_places(value: Any, place: tuple = ()) -> Iterator[tuple]:
    """Yield the way to every part of a configuration; of a list, to its first one."""
    if place:
        yield place
    keys = value if isinstance(value, dict) else range(min(len(value), 1)) if isinstance(value, list) else ()
    for key in keys:
        yield from find_places(value[key], (*place, key))


ODD = [None, "x", "nan", -1, 0, 1.5, [], {}, True, 10**400, float("nan"), ["a"], [[1]], {"a": 1}]


@pytest.mark.parametrize("kind", ["numbers", "mixed"])
def test_a_configuration_of_wrong_parts_is_refused_or_harmless(
    tables: dict[str, Autoencoder], tmp_path: Path, kind: str
) -> None:
    tensors, configuration = read_model_file(tables[kind].save(tmp_path / "model"))
    messages: list[str] = []
    for *way, last in find_places(configuration):
        for number, value in enumerate([*ODD, None]):
            other = copy.deepcopy(configuration)
            part = functools.reduce(lambda inner, key: inner[key], way, other)
            part[last] = value
            if number == len(ODD):
                del part[last]
            write_configuration(tmp_path / "model", tensors, other)
            try:
                ae.load(tmp_path / "model")
            except ModelFileError as error:
                messages.append(str(error))
    assert len(messages) > 500
    assert not [message for message in messages if "\n" in message or len(message) > 1000]


def test_a_configuration_of_no_parts_is_refused(tables: dict[str, Autoencoder], tmp_path: Path) -> None:
    tensors, configuration = read_model_file(tables["numbers"].save(tmp_path / "model"))
    for odd in ({}, {"parameters": {}}, {**configuration, "parameters": {"depth": 3}}):
        write_configuration(tmp_path / "model", tensors, odd)
        assert_refused_in_a_line(tmp_path / "model")


@pytest.mark.parametrize("kind", ["numbers", "mixed"])
def test_tensors_that_do_not_fit_are_refused(tables: dict[str, Autoencoder], tmp_path: Path, kind: str) -> None:
    tensors, configuration = read_model_file(tables[kind].save(tmp_path / "model"))
    for name, array in tensors.items():
        wide = np.concatenate([array, array], axis=-1)
        others = [
            wide,
            array[..., :0],
            array.astype(np.float16),
            array.astype(np.int64),
            array.reshape(1, *array.shape),
        ]
        if name.startswith("networks"):
            others.append(
                np.where(np.arange(2).reshape(-1, *[1] * (array.ndim - 1)) == tables[kind].best_restart_, np.nan, array)
            )
            others[-1] = others[-1].astype(np.float32)
        else:
            others.append(array * np.nan)
        # Files of earlier versions have no deviations.
        for other in (*others, *([] if name == "column_deviations" else [None])):
            changed = {**tensors, name: other}
            write_configuration(
                tmp_path / "model", {key: value for key, value in changed.items() if value is not None}, configuration
            )
            assert_refused_in_a_line(tmp_path / "model")


def test_huge_sizes_are_refused_before_anything_is_allocated(tables: dict[str, Autoencoder], tmp_path: Path) -> None:
    tensors, configuration = read_model_file(tables["numbers"].save(tmp_path / "model"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, value in (("code_size", 10**12), ("hidden", [10**9, 10**9])):
        settings = {**configuration["settings"], name: value}
        write_configuration(tmp_path / "model", tensors, {**configuration, "settings": settings})
        assert_refused_in_a_line(tmp_path / "model")
    write_configuration(
        tmp_path / "model", tensors, {**configuration, "features": 10**12, "sample_shape": [10**6, 10**6]}
    )
    assert_refused_in_a_line(tmp_path / "model")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_file_of_version_1_is_read(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    model = make().fit(table)
    tensors, configuration = read_model_file(model.save(tmp_path / "model"))
    older = {name: value for name, value in configuration.items() if name not in ("table_encoder", "reading")}
    write_configuration(tmp_path / "model", tensors, older, version="1")
    assert_same(ae.load(tmp_path / "model"), model, table)
    write_configuration(tmp_path / "model", tensors, configuration, version="5")
    with pytest.raises(ModelFileError, match="install a newer autoencode"):
        ae.load(tmp_path / "model")


def test_an_unfitted_model_cannot_be_saved(make: Make, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not fitted"):
        make().save(tmp_path / "model")
