"""What was learnt, and what it can do: no scikit-learn, and no JAX to apply a dense network.

`read_model` gives the `Fitted` of a file, `read_learnt` that, a `FittedDetector` or a `DetectorPair`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
    from autoencode.model.detector import DetectorPair, FittedDetector
    from autoencode.model.fitted import Fitted
    from autoencode.model.model_file import read_learnt, read_model, save_model
    from autoencode.model.setup import Setup

__all__ = ["DetectorPair", "Fitted", "FittedDetector", "Setup", "read_learnt", "read_model", "save_model"]

_HOMES = {
    "DetectorPair": "detector",
    "Fitted": "fitted",
    "FittedDetector": "detector",
    "Setup": "setup",
    "read_learnt": "model_file",
    "read_model": "model_file",
    "save_model": "model_file",
}

__getattr__ = find_lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
