"""PyOD's `AutoEncoder` on tables: with the network that all share, or at its untouched defaults."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from problems import DETECTOR, LEARNING_RATE, Weights, load_weights
from protocol import Contestant, Fit, serve
from pyod.models.auto_encoder import AutoEncoder

DEFAULTS = sys.argv[1] == "defaults"


class SameStart(AutoEncoder):
    """PyOD's, without batch normalisation, dropout and weight decay, from the weights that all start from.

    It lets nobody set Adam's ε; its own is 1e-8.
    """

    def __init__(self, weights: Weights):
        # Each worker is one contestant, so that the keywords are all written here.
        super().__init__(
            batch_norm=False,
            dropout_rate=0.0,
            lr=LEARNING_RATE,
            epoch_num=DETECTOR.epochs,
            batch_size=DETECTOR.batch_size,
            hidden_neuron_list=[*DETECTOR.hidden, DETECTOR.code_size],
            optimizer_params={"weight_decay": 0.0},
            verbose=0,
        )
        self.first_weights = weights

    def build_model(self) -> None:
        super().build_model()
        linears = [module for module in self.model.modules() if isinstance(module, torch.nn.Linear)]
        with torch.no_grad():
            for linear, (kernel, bias) in zip(linears, self.first_weights, strict=True):
                linear.weight.copy_(torch.from_numpy(kernel.T))
                linear.bias.copy_(torch.from_numpy(bias))


class PyOD(Contestant):
    packages = ("pyod", "torch", "numpy")

    def threads(self) -> int:
        return torch.get_num_threads()

    def fit(self, problem: Any, weights: Weights, train: np.ndarray, held_out: np.ndarray | None) -> Fit:
        raise NotImplementedError("PyOD takes part in the detector job only")

    def detect(self, folder: Path) -> dict[str, Any]:
        seconds, losses = 0.0, []
        for path in sorted(folder.glob("detector-*.npy")):
            table = np.load(path)
            weights = load_weights(folder, path.stem)
            start = time.perf_counter()
            detector = (AutoEncoder(verbose=0) if DEFAULTS else SameStart(weights)).fit(table)
            seconds += time.perf_counter() - start
            # Its score is the Euclidean distance, over standardised features.
            losses.append(float(np.mean(np.square(detector.decision_scores_))) / table.shape[1])
        return {"seconds": seconds, "loss": float(np.mean(losses))}


if __name__ == "__main__":
    serve(PyOD())
