"""A verb that applies a dense model starts at once: it imports no JAX, no scikit-learn, no table reader for arrays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autoencode import Autoencoder

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")

HEAVY = ("jax", "equinox", "optax", "sklearn", "scipy", "pandas", "polars", "matplotlib", "bokeh", "jinja2", "onnx")

SCRIPT = f"""
import sys
from autoencode.cli.main import main
code = main(sys.argv[1:])
print([name for name in (*{HEAVY!r}, "pyarrow") if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""

VERBS = {
    "errors": "errors numbers.safetensors numbers.npy",
    "errors, by feature": "errors numbers.safetensors numbers.npy --per feature --measure mae",
    "encode": "encode numbers.safetensors numbers.npy codes.npy",
    "decode": "decode numbers.safetensors codes-before.npy rebuilt.npy",
    "reconstruct": "reconstruct numbers.safetensors numbers.npy rebuilt.npy",
    "worst": "worst numbers.safetensors numbers.npy",
    "summary": "summary numbers.safetensors",
    "a named set": "errors digits.safetensors digits:test",
    "a variational model": "errors drawn.safetensors numbers.npy",
}
TABLES = {
    "errors of a table": "errors table.safetensors table.csv",
    "errors by column": "errors table.safetensors table.csv --per column",
    "codes of a table": "encode table.safetensors table.csv codes.csv",
    "a table rebuilt": "reconstruct table.safetensors table.csv rebuilt.csv",
    "worst of a table": "worst table.safetensors table.csv",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models and samples."""
    path = tmp_path_factory.mktemp("light")
    random = np.random.default_rng(0)
    numbers = random.normal(size=(60, 5))
    np.save(path / "numbers.npy", numbers)
    np.save(path / "codes-before.npy", random.normal(size=(9, 2)))
    settings = {"code_size": 2, "epochs": 1, "random_state": 0}
    Autoencoder(**settings).fit(numbers).save(path / "numbers.safetensors")
    Autoencoder(**settings, recipe="vae", loss="squared_error").fit(numbers).save(path / "drawn.safetensors")
    Autoencoder(**settings).fit("digits").save(path / "digits.safetensors")
    table = pd.DataFrame({"a": numbers[:, 0], "b": np.where(numbers[:, 1] > 0, "up", "down"), "c": numbers[:, 2]})
    table.to_csv(path / "table.csv", index=False)
    Autoencoder(**settings).fit(str(path / "table.csv")).save(path / "table.safetensors")
    return path


def list_imported(folder: Path, words: str) -> str:
    """Return which heavy packages a verb imported."""
    command = [sys.executable, "-c", SCRIPT, *words.split()]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("words", VERBS.values(), ids=VERBS)
def test_arrays_need_numpy_alone(folder: Path, words: str) -> None:
    assert list_imported(folder, words) == "[]"


@pytest.mark.parametrize("words", TABLES.values(), ids=TABLES)
def test_tables_need_their_reader_too(folder: Path, words: str) -> None:
    # Arrow looks at pandas, where that is installed, before it makes an array of a list.
    assert list_imported(folder, words).replace("'pandas', ", "") == "['pyarrow']"
