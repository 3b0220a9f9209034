"""The contestants and their environments: each peer has one of its own, made when it is first needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CONTESTANTS", "PEERS", "Contestant", "python_of"]

HERE = Path(__file__).resolve().parent
FOLDER = HERE / ".envs"
CONSTRAINTS = HERE.parent / "constraints.txt"


@dataclass(frozen=True)
class Contestant:
    """One who is measured.

    Attributes
    ----------
    name
        As in the results.
    title
        As in the tables and the picture.
    file, argument
        The script under ``contestants/`` that speaks the protocol, and what it is told.
    environment
        The file under ``requirements/``, without ending; None is the environment that this program runs in.
    package
        What its users import.
    """

    name: str
    title: str
    file: str
    environment: str | None
    argument: str = ""
    package: str = ""


CONTESTANTS = {
    contestant.name: contestant
    for contestant in (
        Contestant("ours", "autoencode", "ours.py", None, package="autoencode"),
        Contestant("keras-tensorflow", "Keras on TensorFlow", "keras_.py", "keras-tensorflow", "tensorflow", "keras"),
        Contestant("keras-jax", "Keras on JAX", "keras_.py", "keras-jax", "jax", "keras"),
        Contestant("pytorch-eager", "PyTorch, eager", "pytorch.py", "torch", "eager", "torch"),
        Contestant("pytorch-compiled", "PyTorch, compiled", "pytorch.py", "torch", "compiled", "torch"),
        Contestant("scikit-learn", "scikit-learn", "sklearn_.py", "scikit-learn", package="sklearn.neural_network"),
        Contestant("pyod", "PyOD, same network", "pyod_.py", "pyod", "same", "pyod.models.auto_encoder"),
        Contestant("pyod-defaults", "PyOD, its defaults", "pyod_.py", "pyod", "defaults", "pyod.models.auto_encoder"),
        Contestant("shap", "TreeSHAP", "", "shap", package="shap"),
        Contestant("ours-detector", "`AnomalyDetector`", "detectors.py", None, "ours", "autoencode"),
        Contestant("pyod-iforest", "PyOD's `IForest`", "pyod_scores.py", "pyod", "iforest", "pyod.models.iforest"),
        Contestant("pyod-knn", "PyOD's `KNN`", "pyod_scores.py", "pyod", "knn", "pyod.models.knn"),
        Contestant(
            "pyod-autoencoder",
            "PyOD's `AutoEncoder`",
            "pyod_scores.py",
            "pyod",
            "autoencoder",
            "pyod.models.auto_encoder",
        ),
        Contestant("pyod-detector", "PyOD's `AutoEncoder`", "detectors.py", "pyod", "pyod", "pyod.models.auto_encoder"),
    )
}

PEERS = ("keras-tensorflow", "keras-jax", "pytorch-eager", "pytorch-compiled", "scikit-learn")
"""Those that take part wherever a network is trained."""


def python_of(contestant: Contestant) -> Path:
    """Return the interpreter of a contestant, after making its environment where it is missing or out of date."""
    if contestant.environment is None:
        return Path(sys.executable)
    folder = FOLDER / contestant.environment
    requirements = HERE / "requirements" / f"{contestant.environment}.txt"
    stamp = folder / "installed.txt"
    python = folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        print(f"making the environment {contestant.environment} (minutes, once)", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, "--constraint", CONSTRAINTS, "--requirement", requirements], check=True)
        stamp.write_text(requirements.read_text())
    return python
