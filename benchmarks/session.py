"""One call of the benchmark: samples laid out, rates measured, contestants run in turn."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from environments import CONTESTANTS
from floor import Rates
from problems import DETECTOR
from results import Entry, Measured
from workers import Worker, worker_environment

__all__ = ["Answers", "Session", "cpu_model", "run_undisturbed", "usable_cores"]

DISTURBED = 0.1
"""Share of the machine that other programs may take during a run."""

TRIES = 3
"""Runs at most until one is undisturbed."""


@dataclass
class Answers:
    """What one contestant answered: its threads, and one answer a run."""

    threads: int
    runs: list[dict[str, Any]] = field(default_factory=list)


def cpu_model() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Session:
    """What the jobs share. Use it in a ``with`` block; what it laid out goes when the block ends.

    Parameters
    ----------
    repeats
        Runs of each contestant.
    """

    def __init__(self, repeats: int):
        self.repeats = repeats
        self.folder = Path(tempfile.mkdtemp(prefix="autoencode-bench-"))
        self.versions: dict[str, dict[str, str]] = {}
        self.rates: Rates

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------------ samples and rates

    def lay_out(self, sets: Sequence[str]) -> None:
        """Write the samples and the first weights of the named sets for every contestant."""
        from autoencode.data import load

        for name, source in (("mnist", "mnist"), ("table", "uniform-table"), ("digits", "digits")):
            if name in sets:
                data = load(source)
                for part, rows in (("train", data.train), ("test", data.test)):
                    np.save(self.folder / f"{name}-{part}.npy", rows.reshape(len(rows), -1))
        if "adbench" in sets:
            for path in sorted((Path(os.environ["AUTOENCODE_DATA"]) / "adbench").glob("*.npz")):
                with np.load(path) as arrays:
                    if len(arrays["y"]) <= DETECTOR.max_rows:
                        table = DETECTOR.whole_batches(arrays["X"].astype(np.float32))
                        np.save(self.folder / f"detector-{path.stem}.npy", table)
        self.ask_once("ours", "", "weights")

    def detector_shapes(self) -> list[tuple[int, int]]:
        """Return rows and features of every table of the detector job."""
        return [np.load(path, mmap_mode="r").shape for path in sorted(self.folder.glob("detector-*.npy"))]

    def measure_rates(self) -> None:
        """Measure what the machine reaches, through three libraries."""
        self.rates = Rates.best_of(self.ask_once(name, "", "probe") for name in ("ours", "pytorch-eager"))

    # ------------------------------------------------------------------ contestants

    def ask_once(self, name: str, job: str, task: str, **more: Any) -> dict[str, Any]:
        """Run one task of one contestant in a process of its own."""
        with Worker(CONTESTANTS[name], self.folder, self.folder / "cache") as worker:
            worker.ask("prepare", job, task, **more)
            return worker.ask("run", job, task)

    def _note(self, name: str, prepared: dict[str, Any]) -> Answers:
        self.versions[name] = prepared["versions"]
        return Answers(prepared["threads"])

    def alternate(self, job: str, task: str, names: Sequence[str]) -> dict[str, Answers]:
        """Warm every contestant up, then run them in turn, round after round; one process each."""
        with ExitStack() as stack:
            workers, answers = {}, {}
            for name in names:
                workers[name] = stack.enter_context(Worker(CONTESTANTS[name], self.folder, self.folder / "cache"))
                answers[name] = self._note(name, workers[name].ask("prepare", job, task, warm_up=True))
            for _ in range(self.repeats):
                for name in names:
                    run = partial(workers[name].ask, "run", job, task)
                    answers[name].runs.append(run_undisturbed(run))
                    report_run(job, task, name, answers[name].runs[-1])
            return answers

    def alternate_fresh(
        self, job: str, task: str, names: Sequence[str], *, cached: bool = False, warm_up: bool = False
    ) -> dict[str, Answers]:
        """Run the contestants in turn, every run in a new process without any compiled program on disk.

        Parameters
        ----------
        job, task, names
            What, and who.
        cached
            Whether each run of ours is followed by another that finds what the first left on disk ("ours-cached").
        warm_up
            Whether there is a first round that does not count.
        """
        answers: dict[str, Answers] = {}
        for number in range(-int(warm_up), self.repeats):
            for name in names:
                with tempfile.TemporaryDirectory(dir=self.folder) as cache:
                    for label in (name, "ours-cached") if cached and name == "ours" else (name,):
                        given, answer = self._run_fresh(name, job, task, Path(cache))
                        given = answers.setdefault(label, given)
                        if number >= 0:
                            given.runs.append(answer)
                            report_run(job, task, label, answer)
        return answers

    def _run_fresh(self, name: str, job: str, task: str, cache: Path) -> tuple[Answers, dict[str, Any]]:
        with Worker(CONTESTANTS[name], self.folder, cache) as worker:
            given = self._note(name, worker.ask("prepare", job, task))
            return given, worker.ask("run", job, task)

    def caches(self) -> dict[str, str]:
        """Return the environment of a program whose caches are this session's."""
        return worker_environment(self.folder / "cache")

    # ------------------------------------------------------------------ entries

    def machine(self, names: Sequence[str]) -> dict[str, Any]:
        """Return where this was measured, with the versions of the named contestants."""
        return {
            "cpu": cpu_model(),
            "cores": usable_cores(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "versions": {name: self.versions[name] for name in names if name in self.versions},
            "rates": self.rates.__dict__,
            "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        }

    def entry(
        self, job: str, metric: str, measured: Mapping[str, Measured], *, floor: float | None = None, unit: str = "s"
    ) -> Entry:
        """Return the entry of one metric."""
        machine = self.machine(list(measured))
        return Entry.from_measured(job, metric, unit, measured, floor=floor, machine=machine)

    @staticmethod
    def rename(entry: Entry, job: str, metric: str) -> Entry:
        """Return an entry under another name."""
        return replace(entry, job=job, metric=metric)


def run_undisturbed(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run again where other programs took more than a tenth of the machine, and keep the least disturbed run."""
    answers: list[dict[str, Any]] = []
    while len(answers) < TRIES and (not answers or (answers[-1]["disturbance"] or 0) > DISTURBED):
        answers.append(run())
    return min(answers, key=lambda answer: answer["disturbance"] or 0)


def report_run(job: str, task: str, name: str, answer: dict[str, Any]) -> None:
    """Write a line for people who wait."""
    loss = f", loss {answer['loss']:.5f}" if "loss" in answer else ""
    others = f", others {answer['disturbance']:.0%}" if answer["disturbance"] is not None else ""
    print(f"  {job} {task}  {name:18s} {answer['seconds']:9.4f}{loss}{others}", file=sys.stderr, flush=True)
