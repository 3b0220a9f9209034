"""The driver's side of the protocol: one process a contestant, and only one of them computing at a time."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from environments import HERE, Contestant, python_of

__all__ = ["Worker", "WorkerError", "worker_environment"]


class WorkerError(RuntimeError):
    """A contestant failed; the message is its own traceback."""


def worker_environment(cache: Path) -> dict[str, str]:
    """Return the environment variables of a worker: the caller's, with every cache of compiled programs in one place.

    Parameters
    ----------
    cache
        The folder. An empty one makes everybody start cold.
    """
    return {**os.environ, "XDG_CACHE_HOME": str(cache), "TORCHINDUCTOR_CACHE_DIR": str(cache / "torchinductor")}


def busy_seconds() -> float | None:
    """Return how long the processors have computed since the machine started, or None where that is not told."""
    try:
        user, nice, system, _, _, irq, softirq, steal = Path("/proc/stat").read_text().split()[1:9]
    except OSError:
        return None
    return sum(map(int, (user, nice, system, irq, softirq, steal))) / os.sysconf("SC_CLK_TCK")


def process_seconds(process: int) -> float:
    """Return how long one process has computed, all its threads together."""
    # The name in brackets may hold spaces; what follows it does not.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


class Disturbance:
    """The share of the machine that other programs took while one process computed; None where it is not told.

    Use it in a ``with`` block; `share` is there after it.
    """

    def __init__(self, process: int):
        self.process = process
        self.share: float | None = None

    def _read(self) -> tuple[float, float] | None:
        busy = busy_seconds()
        return None if busy is None else (time.perf_counter(), busy - process_seconds(self.process))

    def __enter__(self) -> Disturbance:
        self.before = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        after = self._read()
        if self.before is not None and after is not None:
            capacity = (after[0] - self.before[0]) * (os.cpu_count() or 1)
            self.share = min(max((after[1] - self.before[1]) / capacity, 0.0), 1.0)


class Worker:
    """A contestant in a process of its own.

    Parameters
    ----------
    contestant
        Who.
    folder
        Where the driver laid out samples and weights; the worker's log goes there too.
    cache
        The folder of its on-disk caches.
    """

    def __init__(self, contestant: Contestant, folder: Path, cache: Path):
        self.contestant = contestant
        self.folder = folder
        self.log = folder / f"{contestant.name}.log"
        command = [python_of(contestant), HERE / "contestants" / contestant.file, contestant.argument]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # The contestants share `problems.py`.
                env={**worker_environment(cache), "PYTHONPATH": str(HERE)},
            )

    def ask(self, phase: str, job: str, task: str, **more: Any) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {"phase": phase, "job": job, "task": task, "folder": str(self.folder), **more}
        try:
            with Disturbance(self.process.pid) as disturbance:
                print(json.dumps(request), file=self.process.stdin, flush=True)
                line = self.process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise WorkerError(f"{self.contestant.title} ended during {job} ({task}):\n{tail}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.contestant.title} failed in {job} ({task}):\n{answer['error']}")
        return {**answer, "disturbance": disturbance.share}

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
