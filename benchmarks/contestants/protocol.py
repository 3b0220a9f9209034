"""A contestant's side of the protocol: a line of JSON in, a line of JSON out, one task at a time.

``{"phase": "prepare" | "run", "job": …, "task": …, "folder": …}`` is answered by ``{"seconds": …, "loss": …,
"peak_memory_mb": …, …}``. "prepare" loads what the task needs and, unless the task counts compiling, runs it once.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from problems import PROBLEMS, Problem, Weights, final_loss, load_weights

__all__ = ["Contestant", "Fit", "serve"]


@dataclass(frozen=True)
class Fit:
    """What a training gave: seconds from the raw arrays to the end, and to the end of each epoch; the weights."""

    seconds: float
    stamps: list[float]
    weights: Weights


class Contestant(ABC):
    """One framework, used as its own documentation says."""

    packages: tuple[str, ...] = ()
    """Whose versions are reported."""

    squared = False
    """Whether it can minimise the squared error of a linear reconstruction only."""

    @abstractmethod
    def threads(self) -> int:
        """Return how many threads it computes with."""

    @abstractmethod
    def fit(self, problem: Problem, weights: Weights, train: np.ndarray, held_out: np.ndarray | None) -> Fit:
        """Train for `problem.epochs` from the given weights, and note the time after each epoch."""

    def prepare_transform(self, problem: Problem, weights: Weights, rows: np.ndarray) -> Callable[[], tuple]:
        """Return a function that encodes and scores all rows: codes, and one squared error a row."""
        raise NotImplementedError

    def detect(self, folder: Path) -> dict[str, Any]:
        """Fit and score every table of the detector job."""
        raise NotImplementedError

    def special(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a task that this contestant alone has."""
        raise NotImplementedError(request["task"])


def load_arrays(problem: Problem, folder: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the training samples and, where the problem has them, those held out."""
    train = np.load(folder / f"{problem.data}-train.npy")
    return train, np.load(folder / f"{problem.data}-test.npy") if problem.held_out else None


class Tasks:
    """What a worker holds between "prepare" and "run"."""

    def __init__(self, contestant: Contestant):
        self.contestant = contestant
        self.run: Callable[[], dict[str, Any]] = dict

    def prepare(self, request: dict[str, Any]) -> dict[str, Any]:
        folder, task = Path(request["folder"]), request["task"]
        contestant = self.contestant
        if task == "epochs":
            problem, arrays, weights = self._load(request["job"], folder)
            self.run = lambda: self._epochs(problem, weights, arrays)
        elif task == "fit":
            problem, arrays, weights = self._load(request["job"], folder)
            problem = replace(problem, epochs=problem.fit_epochs)
            self.run = lambda: self._fit(problem, weights, arrays)
        elif task == "transform":
            problem = PROBLEMS["table-vanilla"]
            rows = np.load(folder / "rows.npy")
            call = contestant.prepare_transform(problem, load_weights(folder, problem.name), rows)
            self.run = lambda: self._transform(call)
        elif task == "detect":
            self.run = lambda: contestant.detect(folder)
        else:
            self.run = lambda: contestant.special(request)
        if request.get("warm_up"):
            self.run()
        return {
            "threads": contestant.threads(),
            "versions": {package: version(package) for package in contestant.packages},
        }

    def _load(self, job: str, folder: Path):
        problem = PROBLEMS[job]
        return problem, load_arrays(problem, folder), load_weights(folder, job)

    def _epochs(self, problem: Problem, weights: Weights, arrays: tuple) -> dict[str, Any]:
        fit = self.contestant.fit(problem, weights, *arrays)
        return {"seconds": float(np.median(np.diff(fit.stamps))), "loss": self._loss(fit, arrays[0])}

    def _fit(self, problem: Problem, weights: Weights, arrays: tuple) -> dict[str, Any]:
        fit = self.contestant.fit(problem, weights, *arrays)
        return {"seconds": fit.seconds, "first_epoch_seconds": fit.stamps[0], "loss": self._loss(fit, arrays[0])}

    def _loss(self, fit: Fit, samples: np.ndarray) -> float:
        return final_loss(fit.weights, samples, squared=self.contestant.squared)

    def _transform(self, call: Callable[[], tuple]) -> dict[str, Any]:
        start = time.perf_counter()
        codes, errors = call()
        seconds = time.perf_counter() - start
        assert len(codes) == len(errors)
        return {"seconds": seconds, "loss": float(np.mean(errors, dtype=np.float64))}


def peak_memory_mb() -> float:
    """Return the largest resident size that this process ever had, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def serve(contestant: Contestant) -> None:
    """Answer requests until standard input ends."""
    # Whatever a framework prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    tasks = Tasks(contestant)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = tasks.prepare(request) if request["phase"] == "prepare" else tasks.run()
        except Exception:
            answer = {"error": traceback.format_exc()}
        answer["peak_memory_mb"] = peak_memory_mb()
        print(json.dumps(answer), file=answers, flush=True)
