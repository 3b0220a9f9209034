"""Detectors of PyOD with their defaults, written and read by joblib, as its documentation says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import torch
from protocol import Contestant, Fit, serve
from scoring import Scorer, time_scoring

if sys.argv[1] == "iforest":
    from pyod.models.iforest import IForest

    def make_detector() -> Any:
        return IForest(random_state=0)
elif sys.argv[1] == "knn":
    from pyod.models.knn import KNN

    def make_detector() -> Any:
        return KNN()
else:
    from pyod.models.auto_encoder import AutoEncoder

    def make_detector() -> Any:
        return AutoEncoder(verbose=0, random_state=0)


class PyODScores(Contestant):
    packages = ("pyod", "torch", "scikit-learn", "numpy")

    def threads(self) -> int:
        return torch.get_num_threads() if sys.argv[1] == "autoencoder" else 1  # `n_jobs` of the others

    def fit(self, problem: Any, weights: Any, train: np.ndarray, held_out: np.ndarray | None) -> Fit:
        raise NotImplementedError("a detector takes part in the job score only")

    def special(self, request: dict[str, Any]) -> dict[str, Any]:
        scorer = Scorer(
            fit=lambda rows: make_detector().fit(rows),
            save=joblib.dump,
            load=joblib.load,
            score=lambda detector, rows: detector.decision_function(rows),
        )
        return time_scoring(scorer, Path(request["folder"]))


if __name__ == "__main__":
    serve(PyODScores())
