"""The files run where neither we nor JAX are: in a process that imports ONNX Runtime and NumPy alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode import Autoencoder
from autoencode.export import export_onnx

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

SCRIPT = """
import json, sys
import numpy as np
import onnxruntime

folder, feed = sys.argv[1], dict(np.load(sys.argv[2], allow_pickle=True))
feed = {name: values.astype(object) if values.dtype.kind == "U" else values for name, values in feed.items()}
errors, = onnxruntime.InferenceSession(folder + "/errors.onnx").run(["errors"], feed)
code, = onnxruntime.InferenceSession(folder + "/encoder.onnx").run(["code"], feed)
decoder = onnxruntime.InferenceSession(folder + "/decoder.onnx")
whole = onnxruntime.InferenceSession(folder + "/reconstruct.onnx").run(None, feed)
decoded = decoder.run(None, {"code": code})
assert all((a == b).all() or a.dtype.kind == "f" and np.allclose(a, b, equal_nan=True) for a, b in zip(whole, decoded))
ours = sorted({name.split(".")[0] for name in sys.modules} & {"autoencode", "jax", "jaxlib", "equinox", "sklearn"})
print(json.dumps({"errors": errors.tolist(), "ours": ours}))
"""


def data(*parts: str) -> Path:
    root = os.environ.get("AUTOENCODE_DATA")
    if not root or not Path(root, *parts).exists():
        pytest.skip(f"AUTOENCODE_DATA names no folder with {'/'.join(parts)}")
    return Path(root, *parts)


def score(model: Autoencoder, samples: Any, feed: dict[str, np.ndarray], tmp_path: Path) -> None:
    """Export, score in another process, and compare with our own errors."""
    export = export_onnx(model, tmp_path / "onnx", samples=samples)
    assert max(export.differences.values()) < 1e-5
    np.savez(tmp_path / "feed.npz", **{n: v.astype(str) if v.dtype == object else v for n, v in feed.items()})
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    arguments = [sys.executable, "-c", SCRIPT, str(tmp_path / "onnx"), str(tmp_path / "feed.npz")]
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=60, check=False, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["ours"] == []
    np.testing.assert_allclose(result["errors"], model.errors(samples), rtol=1e-5, atol=1e-6)


def test_mnist(make: Callable[..., Autoencoder], tmp_path: Path) -> None:
    data("mnist")
    mnist = ae.data.load("mnist")
    model = make(code_size=32, loss="binary_cross_entropy", batch_size=256).fit(mnist.train[:3000])
    score(model, mnist.test[:500], {"samples": mnist.test[:500]}, tmp_path)


def test_table(make: Callable[..., Autoencoder], tmp_path: Path) -> None:
    from autoencode.export.table_nodes import TableNodes

    titanic = ae.data.read(data("tables", "titanic.csv")).values
    model = make(code_size=8, batch_size=64).fit(titanic)
    nodes = TableNodes(model.fitted_, "auto")
    score(model, titanic, nodes.feed(nodes.read_samples(titanic)), tmp_path)


def test_folder_of_images(make: Callable[..., Autoencoder], tmp_path: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(40):
        Image.fromarray(rng.integers(0, 256, (6, 5, 3), np.uint8)).save(tmp_path / "photos" / f"{number:02}.png")
    photos = ae.data.read(tmp_path / "photos").values
    assert photos.shape == (40, 6, 5, 3)
    score(make().fit(photos), photos, {"samples": photos}, tmp_path)


def test_folder_of_real_images(make: Callable[..., Autoencoder], tmp_path: Path) -> None:
    folder = data("images", "sign_language_digits")
    classes = sorted(path for path in folder.rglob("*") if path.is_dir() and any(path.glob("*.[jJ][pP][gG]")))
    photos = ae.data.read(classes[0], size=(32, 32)).values
    score(make().fit(photos), photos[:20], {"samples": photos[:20]}, tmp_path)
