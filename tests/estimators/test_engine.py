"""`engine`: the kernel or XLA demanded, refused in words before any work, kept to, and recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import autoencode as ae
from autoencode import Autoencoder
from autoencode.cli.main import main
from autoencode.estimators import fit_recorded
from autoencode.exceptions import InvalidInputError, SlownessWarning
from autoencode.parts.networks import DenseBlueprint
from autoencode.training.kernel import library

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let there be no C compiler, as in a new process."""
    monkeypatch.setenv("CC", "/no/such/compiler")
    monkeypatch.delenv("AUTOENCODE_KERNEL", raising=False)
    for cached in (library._try_library, library.warn_of_absence):
        cached.cache_clear()
    yield
    for cached in (library._try_library, library.warn_of_absence):
        cached.cache_clear()


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a library is looked for."""

    def fail() -> None:
        raise AssertionError("a compiler was looked for")

    monkeypatch.setattr("autoencode.training.kernel.call.load_library", fail)
    monkeypatch.setattr(library, "_try_library", fail)


def needs_kernel() -> None:
    if library.load_library() is None:
        pytest.skip("there is no C compiler on this machine, so the kernel cannot be had")


@pytest.mark.parametrize("engine", ["kernel", "auto"])
def test_the_kernel_trains_and_is_recorded(engine: str, make: Make, table: np.ndarray, tmp_path: Path) -> None:
    needs_kernel()
    model = make(engine=engine)
    run = fit_recorded(model, table, tmp_path / "run")
    assert model.settings_["engine"] == "kernel"
    assert json.loads(run.config.read_text())["engine"] == "kernel"
    assert json.loads(run.config.read_text())["parameters"]["engine"] == engine
    assert json.loads(run.result.read_text())["settings"]["engine"] == "kernel"
    loaded = ae.load(run.path)
    assert (loaded.engine, loaded.settings_["engine"]) == (engine, "kernel")
    assert clone(loaded).get_params()["engine"] == engine


@pytest.mark.usefixtures("no_search")
def test_xla_never_looks_for_a_compiler_not_even_to_apply(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    model = make(engine="xla").fit(table)
    assert model.settings_["engine"] == "xla"
    loaded = ae.load(model.save(tmp_path / "model.safetensors"))
    for one in (model, loaded, loaded.keep_restart(0)):
        codes = one.transform(table)
        one.inverse_transform(codes)
        one.errors(table)
        one.score(table)
    assert loaded.settings_["engine"] == "xla"


@pytest.mark.usefixtures("no_search")
def test_a_blueprint_of_the_users_own_keeps_to_xla_too(make: Make, table: np.ndarray) -> None:
    blueprint = DenseBlueprint(table.shape[1], 2, activation="tanh")
    make(network=blueprint, engine="xla").fit(table).transform(table)


@pytest.mark.usefixtures("no_search")
def test_a_detector_hands_it_on(table: np.ndarray) -> None:
    autoencoder = Autoencoder(epochs=1, engine="xla")
    ae.AnomalyDetector(autoencoder, false_alarm_rate=0.5, random_state=0).fit(table).score_samples(table)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"optimizer": "sgd"}, "knows the optimizer adam alone"),
        ({"clip_norm": 1.0}, "without clip_norm"),
        ({"loss": "huber"}, "does not know the loss huber, only squared_error, binary_cross_entropy"),
        ({"loss": lambda one, other: ((one - other) ** 2).mean()}, "does not know the loss"),
        ({"hidden": (3,), "activation": "gelu"}, "does not know the activation gelu, only identity, relu"),
        ({"hidden": (3,), "activation": jax.numpy.tanh}, "does not know the activation tanh"),
        ({"corruption": "gaussian_noise"}, "no corruption and no terms"),
        ({"terms": ["l1"]}, "no corruption and no terms"),
        ({"recipe": "vae", "scaling": "minmax"}, "no corruption|dense networks with a plain code|does not know"),
        ({"bottleneck": "top_k(k=1)"}, "dense networks with a plain code"),
    ],
)
def test_what_the_kernel_does_not_know_is_refused_before_any_work(
    options: dict[str, Any], words: str, make: Make, table: np.ndarray, tmp_path: Path
) -> None:
    needs_kernel()
    model = make(engine="kernel", **options)
    with pytest.raises(InvalidInputError, match=rf"^engine='kernel' cannot be had: the kernel .*({words}).*Use engine"):
        model.fit(table)
    with pytest.raises(InvalidInputError, match=r"cannot be had|cannot be saved"):
        fit_recorded(model, table, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_mixed_table_is_not_for_the_kernel() -> None:
    needs_kernel()
    mixed = pd.DataFrame({"number": np.arange(20.0), "word": ["a", "b"] * 10})
    with pytest.raises(InvalidInputError, match="does not know the loss"):
        Autoencoder(engine="kernel").fit(mixed)


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_the_kernel_is_refused_before_samples_are_read(make: Make) -> None:
    with pytest.raises(InvalidInputError, match=r"^engine='kernel' cannot be had: there is no C compiler CC=/no/such"):
        make(engine="kernel").fit("/no/such/file.csv")


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_it_is_said_once_and_where_the_kernel_would_do_something(
    make: Make, table: np.ndarray
) -> None:
    make(hidden=(3,), activation="gelu").fit(table).transform(table)
    with pytest.warns(SlownessWarning, match="there is no C compiler CC=/no/such/compiler") as caught:
        model = make().fit(table)
    model.transform(table)
    assert make().fit(table).settings_["engine"] == "xla"
    assert model.settings_["engine"] == "xla"
    assert [warning.category for warning in caught].count(SlownessWarning) == 1


@pytest.mark.usefixtures("no_compiler")
def test_a_kernel_switched_off_is_no_news_and_cannot_be_demanded(
    make: Make, table: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOENCODE_KERNEL", "OFF")
    assert make().fit(table).settings_["engine"] == "xla"
    with pytest.raises(InvalidInputError, match="cannot be had: AUTOENCODE_KERNEL=off"):
        make(engine="kernel").fit(table)


@pytest.mark.usefixtures("no_compiler")
def test_in_the_shell_it_is_bad_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", np.random.default_rng(0).normal(size=(30, 4)))
    assert main(["train", "rows.npy", "--engine", "kernel"]) == 2
    assert "--engine kernel cannot be had: there is no C compiler" in capsys.readouterr().err
    assert main(["train", "rows.npy", "--engine", "kernl"]) == 2
    assert "did you mean 'kernel'" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_model_that_goes_on_keeps_its_engine(make: Make, table: np.ndarray) -> None:
    model = make(engine="xla", warm_start=True).fit(table)
    assert model.fit(table).settings_["engine"] == "xla"
    model.set_params(engine="auto").fit(table)
    with pytest.raises(InvalidInputError, match="whose engine is 'xla', but engine='kernel' was set"):
        model.set_params(engine="kernel").fit(table)


def test_a_file_that_does_not_tell_its_engine_loads(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    from autoencode.runs import read_model_file, write_model_file

    model = make().fit(table)
    tensors, configuration = read_model_file(model.save(tmp_path / "model.safetensors"))
    del configuration["settings"]["engine"], configuration["parameters"]["engine"], configuration["fingerprint"]
    older = ae.load(write_model_file(tmp_path / "older.safetensors", tensors, configuration))
    assert (older.engine, older.settings_["engine"]) == ("auto", None)
    np.testing.assert_array_equal(older.transform(table), model.transform(table))
    configuration["settings"]["engine"] = "steam"
    with pytest.raises(ae.exceptions.ModelFileError, match="'engine' must be one of kernel, xla"):
        ae.load(write_model_file(tmp_path / "odd.safetensors", tensors, configuration))
