"""Fit an anomaly detector with its defaults to every table laid out: ours, or PyOD's `AutoEncoder`."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from protocol import Contestant, Fit, serve

SEED = 1

# Either library is imported now, before its clock starts.
if sys.argv[1] == "ours":
    import autoencode as ae
    import autoencode.estimators

    PACKAGES = ("autoencode", "jax", "numpy")
    warnings.simplefilter("ignore", ae.AutoencodeWarning)

    def make_detector() -> Any:
        return ae.AnomalyDetector(random_state=SEED)

    def count_threads() -> int:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
else:
    import torch
    from pyod.models.auto_encoder import AutoEncoder

    PACKAGES = ("pyod", "torch", "numpy")
    count_threads: Callable[[], int] = torch.get_num_threads

    def make_detector() -> Any:
        return AutoEncoder(verbose=0, random_state=SEED)


class Detectors(Contestant):
    packages = PACKAGES

    def threads(self) -> int:
        return count_threads()

    def fit(self, problem: Any, weights: Any, train: np.ndarray, held_out: np.ndarray | None) -> Fit:
        raise NotImplementedError("a detector takes part in the detection job only")

    def detect(self, folder: Path) -> dict[str, Any]:
        seconds = {}
        for path in sorted(folder.glob("*.npy")):
            table = np.load(path)
            start = time.perf_counter()
            make_detector().fit(table)
            seconds[path.stem] = time.perf_counter() - start
        return {"seconds": sum(seconds.values()), "by_set": seconds}


if __name__ == "__main__":
    serve(Detectors())
