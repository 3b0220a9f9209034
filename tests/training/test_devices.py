"""What a process sets for JAX changes no number; a fork that cannot compute, or a missing device, is an error."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import pytest

import autoencode as ae
from autoencode.exceptions import DeviceError
from autoencode.options import RECIPE_NAMES
from autoencode.training.devices import use_xla

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

SAMPLES = ae.data.load("digits").train[:48].reshape(-1, 8, 8)
FAST = ("vae",)


@contextlib.contextmanager
def foreign_settings() -> Iterator[None]:
    """Set what users of other JAX libraries set."""
    settings = (
        jax.enable_x64(True),
        jax.default_prng_impl("rbg"),
        jax.threefry_partitionable(False),
        jax.numpy_dtype_promotion("strict"),
        jax.numpy_rank_promotion("raise"),
        jax.default_matmul_precision("bfloat16"),
        jax.transfer_guard("disallow"),
    )
    with contextlib.ExitStack() as stack:
        for setting in settings:
            stack.enter_context(setting)
        yield


def fit_and_use(recipe: str, path: Path) -> list[np.ndarray]:
    """Return the numbers of a model that was fitted, saved and loaded."""
    model = ae.Autoencoder(4, recipe=recipe, epochs=1, random_state=0, validation_fraction=0.2, patience=2)
    loaded = ae.load(model.fit(SAMPLES).save(path / "model"))
    return [loaded.transform(SAMPLES), loaded.reconstruct(SAMPLES), np.asarray(loaded.sample(5, random_state=0))]


@pytest.mark.parametrize(
    "recipe", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in RECIPE_NAMES]
)
def test_the_settings_of_a_process_change_no_number(recipe: str, tmp_path: Path) -> None:
    expected = fit_and_use(recipe, tmp_path)
    with foreign_settings():
        found = fit_and_use(recipe, tmp_path)
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_the_settings_are_the_users_again_afterwards() -> None:
    def find_kind() -> np.dtype:
        return jax.eval_shape(lambda: jax.numpy.zeros(1)).dtype

    with foreign_settings():
        with use_xla():
            assert find_kind() == np.float32
        assert find_kind() == np.float64


def run_in_fork(task) -> str:
    """Return what a forked child says of a task: its text, or the error that ended it."""
    reader, writer = os.pipe()
    with pytest.warns(RuntimeWarning, match="fork"):
        child = os.fork()
    if child == 0:
        try:
            said = str(task())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answers:
        said = answers.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_computes_with_the_kernel_and_says_that_it_cannot_with_xla() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 5))
    dense = ae.Autoencoder(2, epochs=1, random_state=0).fit(rows)
    drawn = ae.Autoencoder(2, bottleneck="top_k(k=1)", epochs=1, random_state=0).fit(rows)
    assert run_in_fork(lambda: dense.errors(rows).sum()) == str(dense.errors(rows).sum())
    for task in (
        lambda: drawn.errors(rows),
        lambda: drawn.sample(2, random_state=0),
        lambda: ae.Autoencoder(2, bottleneck="top_k(k=1)", epochs=1).fit(rows),
    ):
        said = run_in_fork(task)
        assert said.startswith(DeviceError.__name__)
        assert "spawn" in said


PLATFORMS = """
import sys
from autoencode.cli.main import main
import numpy as np
np.save("rows.npy", np.random.default_rng(0).normal(size=(40, 5)))
codes = [main(words.split()) for words in sys.argv[1:]]
print(codes, file=sys.stderr)
"""


def test_a_device_that_is_not_there_is_named_and_what_needs_none_goes_on(tmp_path: Path) -> None:
    model = ae.Autoencoder(2, epochs=1, random_state=0).fit(np.random.default_rng(0).normal(size=(40, 5)))
    model.save(tmp_path / "dense.safetensors")
    verbs = ("errors dense.safetensors rows.npy", "summary dense.safetensors", "train rows.npy --epochs 1")
    ended = subprocess.run(
        [sys.executable, "-c", PLATFORMS, *verbs],
        cwd=tmp_path,
        env={**os.environ, "JAX_PLATFORMS": "cuda"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    *lines, codes = ended.stderr.splitlines()
    assert codes == "[0, 0, 2]", ended.stderr
    # The others are the diagnosis of the model.
    told = [line.split(":")[0] for line in lines if "JAX_PLATFORMS=cuda" in line]
    assert told == ["warning", "error"]
    assert ended.stdout.startswith("row,error\n0,")
