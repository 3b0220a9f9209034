"""Six trainings: the memory and the time that are said before, beside what they take.

``python benchmarks/robustness/estimates.py`` trains each at a share of its size that fits into a few GiB; at full size
the larger ones are refused, which is tried too. Figures go to ``benchmarks/LOG.md``.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

MEMORY = re.compile(r"about ([0-9.,]+) GiB of memory")
LEFT = re.compile(r"epoch (\d+)/(\d+) .* ([0-9.:]+) (s|min|h) left")
COMMAND = (sys.executable, "-m", "autoencode", "train")


@dataclass(frozen=True)
class Job:
    """A training.

    Attributes
    ----------
    name
        What it is, in words.
    write
        Writes its samples at a share of their length; returns their path.
    options
        Of the command line.
    side
        Height and width of its images, which are trained on as they are; 0 where it has none. Such a training is more
        than a machine has.
    """

    name: str
    write: Callable[[Path, float], Path | str]
    options: tuple[str, ...]
    side: int = 0

    @property
    def is_refused(self) -> bool:
        """Whether the whole of it is more than a machine has."""
        return self.side > 0

    def command(self, folder: Path, share: float, epochs: int) -> list[str]:
        """Write the samples at a share of their length; return the command line."""
        size = ("--size", str(int(self.side * share))) if self.side else ()
        data = str(self.write(folder, share))
        return [*COMMAND, data, *self.options, *size, "--epochs", str(epochs), "--seed", "0"]


@dataclass(frozen=True)
class Figures:
    """What was said of a training, and what it took; GiB and seconds. NaN is what was not said."""

    said_memory: float
    memory: float
    said_seconds: float
    seconds: float


def _write_images(folder: Path, count: int, side: int, *, colour: bool) -> Path:
    generator = np.random.default_rng(0)
    folder.mkdir()
    for number in range(count):
        shape = (side // 8 + 1, side // 8 + 1, 3)[: 3 if colour else 2]
        image = Image.fromarray(generator.integers(0, 255, shape, np.uint8)).resize((side, side))
        image.save(folder / f"{number}.{'jpg' if colour else 'png'}", quality=80, compress_level=1)
    return folder


def _write_array(folder: Path, rows: int, columns: int) -> Path:
    path = folder.with_suffix(".npy")
    np.save(path, np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32))
    return path


def _write_csv(folder: Path, rows: int, columns: int) -> Path:
    import pyarrow as pa
    from pyarrow import csv

    path = folder.with_suffix(".csv")
    numbers = np.random.default_rng(0).normal(size=(columns, rows))
    csv.write_csv(pa.table({f"x{place}": column for place, column in enumerate(numbers)}), path)
    return path


JOBS = (
    Job(
        "four images of 5,000²",
        lambda at, s: _write_images(at, 4, int(5_000 * s), colour=False),
        ("--network", "dense"),
        5_000,
    ),
    Job(
        "the same, convolutional",
        lambda at, s: _write_images(at, 4, int(5_000 * s), colour=False),
        ("--network", "convolutional"),
        5_000,
    ),
    Job("300 × 20,000, 4 restarts", lambda at, s: _write_array(at, 300, int(20_000 * s)), ("--restarts", "4")),
    Job("digits, 64 restarts", lambda _at, _share: "digits", ("--restarts", "64")),
    Job(
        "three photographs of 64 megapixels",
        lambda at, s: _write_images(at, 3, int(8_000 * s), colour=True),
        ("--network", "dense"),
        8_000,
    ),
    Job("1,000,000 × 30", lambda at, s: _write_array(at, int(1_000_000 * s), 30), ()),
    Job("1,000,000 × 30 as CSV", lambda at, s: _write_csv(at, int(1_000_000 * s), 30), ()),
)

SHARES = (0.04, 0.04, 0.3, 1.0, 0.015, 1.0, 1.0)
"""Of each job, so that none takes more than 4 GiB."""


def measure(job: Job, folder: Path, share: float, epochs: int) -> Figures:
    """Train, and return what was said before beside what it took."""
    process = subprocess.Popen(
        job.command(folder / "samples", share, epochs),
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    lines: list[tuple[float, str]] = []

    def read() -> None:
        assert process.stderr is not None
        with process.stderr:
            lines.extend((time.perf_counter(), line) for line in process.stderr)

    reader = threading.Thread(target=read)
    reader.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    text = "".join(line for _, line in lines)
    if process.returncode:
        raise RuntimeError(f"{job.name}: ended with {process.returncode}: {text}")
    said = MEMORY.search(text)
    said_seconds, seconds = _find_time(lines)
    said_memory = float("nan") if said is None else float(said[1].replace(",", ""))
    return Figures(said_memory, usage.ru_maxrss / 2**20, said_seconds, seconds)


def _find_time(lines: Sequence[tuple[float, str]]) -> tuple[float, float]:
    """Return what the first line after a second of training says is left, and how long the epochs took from there."""
    start = next((at for at, line in lines if line.startswith("training ")), 0.0)
    ends = [at for at, line in lines if line.startswith("epoch ")]
    for at, line in lines:
        found = LEFT.search(line)
        if found is not None and at - start >= 1:
            numbers = [float(part) for part in found[3].split(":")]
            said = numbers[0] if len(numbers) == 1 else 60 * numbers[0] + numbers[1]
            return said * (60 if found[4] == "h" else 1), ends[-1] - at
    return float("nan"), float("nan")


def refuse(job: Job, folder: Path) -> tuple[int, float]:
    """Ask for a training at full size; return its exit code and how long it took."""
    words = job.command(folder / "whole", 1.0, 1)
    start = time.perf_counter()
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False, timeout=60)
    return done.returncode, time.perf_counter() - start


def main() -> None:
    """Print a line a job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the usual share of each job's length")
    parser.add_argument("--epochs", type=int, default=20, help="of each training; more make times surer")
    given = parser.parse_args()
    for job, share in zip(JOBS, SHARES, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(job, Path(folder), share * given.share, given.epochs)
            memory, seconds = (figures.said_memory, figures.memory), (figures.said_seconds, figures.seconds)
            print(
                f"{job.name} × {share * given.share:g}: {memory[0]:.2f} GiB said, {memory[1]:.2f} taken, ratio "
                f"{memory[0] / memory[1]:.2f}; {seconds[0]:.1f} s said after the first second, {seconds[1]:.1f} taken, "
                f"ratio {seconds[0] / seconds[1]:.2f}",
                flush=True,
            )
            if job.is_refused:
                code, seconds = refuse(job, Path(folder))
                print(f"{job.name}, whole: exit code {code} after {seconds:.2f} s", flush=True)


if __name__ == "__main__":
    main()
