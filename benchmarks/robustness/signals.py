"""Ctrl-C, SIGTERM and SIGHUP at random moments of four verbs: each ends in time, with its code, and loses nothing.

A try starts the program in a folder of its own and waits until its handlers stand (what comes before is Python's own
start). Then it signals at a moment drawn evenly from the job's whole life, and looks at what is left.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import autoencode as ae

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
MOST_SECONDS = 3.0
BAD_WORDS = ("Traceback", "Exception ignored", "Fatal Python error", "Segmentation fault", "terminate called")
TRAINING = ("train", "digits", "--run", "run", "--seed", "1")


@dataclass(frozen=True)
class Job:
    """A command line that is signalled: its words, and the file that it writes."""

    name: str
    words: tuple[str, ...]
    output: str | None = None


JOBS = (
    Job("train (kernel)", (*TRAINING, "--epochs", "400")),
    Job("train (XLA)", (*TRAINING, "--epochs", "40", "--recipe", "denoising")),
    Job("detect", ("detect", "digits", "--seed", "1", "--out", "found.csv"), output="found.csv"),
    Job("report", ("report", "./known", "--out", "page.html"), output="page.html"),
)


@dataclass(frozen=True)
class Outcome:
    """What a try gave: seconds from the signal to the end, and what was wrong; None where the job had ended before."""

    seconds: float
    faults: tuple[str, ...]


def start(job: Job, folder: Path) -> subprocess.Popen[str]:
    """Start a job, and wait until its handlers stand."""
    command = [sys.executable, "-m", "autoencode", *job.words]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True)
    while process.poll() is None and not _catches(process.pid):
        time.sleep(0.001)
    return process


def _catches(pid: int) -> bool:
    """Return whether a process has handlers for all three signals."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    mask = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt")), 0)
    return all(mask >> (number - 1) & 1 for number in CODES)


def try_once(job: Job, numbers: Sequence[int], delay: float, folder: Path, whole: bytes | None) -> Outcome | None:
    """Signal a job once; several numbers are signalled at once, and the first one decides."""
    process = start(job, folder)
    time.sleep(delay)
    epochs = _count_epochs(folder)
    if process.poll() is not None:
        process.communicate()
        return None
    begin = time.monotonic()
    for number in numbers:
        process.send_signal(number)
    try:
        _, words = process.communicate(timeout=10 * MOST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Outcome(10 * MOST_SECONDS, ("did not end",))
    seconds = time.monotonic() - begin
    if process.returncode == 0:  # it had done its work when the signal came
        return None
    faults = [f"says {word}" for word in BAD_WORDS if word in words]
    # While Python itself ends, after all work, a signal has its own effect again; a shell sees the same code.
    code = 128 - process.returncode if process.returncode < 0 else process.returncode
    if code not in {CODES[signal.Signals(number)] for number in numbers}:
        faults.append(f"ended with {process.returncode}: {words.strip()[-300:]}")
    if seconds > MOST_SECONDS:
        faults.append(f"took {seconds:.1f} s")
    faults += _look_at(job, folder, epochs, whole)
    return Outcome(seconds, tuple(faults))


def _count_epochs(folder: Path) -> int:
    history = folder / "runs" / "run" / "history.jsonl"
    return history.read_text().count("\n") if history.exists() else 0


def _look_at(job: Job, folder: Path, epochs: int, whole: bytes | None) -> list[str]:
    """Return what is wrong with the files that a job left."""
    faults = [f"left {path.name}" for path in folder.rglob("*") if path.suffix in (".partial", ".part", ".ses")]
    run = folder / "runs" / "run"
    if job.output is None:
        if run.exists():
            try:
                found = ae.load(run).history_.epochs
            except ae.AutoencodeError as error:
                return [*faults, f"the run cannot be loaded: {error}"]
            if found < max(1, epochs):
                faults.append(f"{epochs} epochs were done, the model has {found}")
        elif epochs:
            faults.append(f"lost {epochs} epochs")
    elif whole is not None and (folder / job.output).exists() and (folder / job.output).read_bytes() != whole:
        faults.append(f"{job.output} is not whole")
    return faults


def measure_life(job: Job, folder: Path) -> tuple[float, bytes | None]:
    """Return how long a job lives once its handlers stand, and the file that it writes."""
    seconds = []
    for _ in range(2):  # the first one may compile
        process, begin = start(job, folder), time.monotonic()
        _, words = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{job.name} ends with {process.returncode}: {words}")
        seconds.append(time.monotonic() - begin)
        shutil.rmtree(folder / "runs", ignore_errors=True)
    # A report tells when it was written, so only that of `detect` is the same each time.
    whole = (folder / job.output).read_bytes() if job.output and job.output.endswith(".csv") else None
    return seconds[-1], whole


def try_job(
    job: Job, kind: signal.Signals, life: float, whole: bytes | None, options: argparse.Namespace, place: Path
) -> list[Outcome]:
    """Signal a job at so many random moments of its life and return what came of each."""
    draw = random.Random(f"{options.seed} {job.name} {kind}")

    def one(number: int, delay: float) -> Outcome | None:
        folder = place / f"try-{number}"
        _prepare(place, folder)
        outcome = try_once(job, [kind] * (1 + number % options.at_once), delay, folder, whole)
        shutil.rmtree(folder)
        return outcome

    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(options.parallel) as pool:
        while len(outcomes) < options.tries:  # a try whose job had ended before is another's
            delays = [draw.uniform(0, life) for _ in range(options.tries - len(outcomes))]
            outcomes += [found for found in pool.map(one, range(len(delays)), delays) if found is not None]
    return outcomes


def _prepare(place: Path, folder: Path) -> None:
    folder.mkdir()
    shutil.copytree(place / "known", folder / "known")


def run_harness(options: argparse.Namespace) -> int:
    """Try every job with every signal, print a line for each, and return how many tries went wrong."""
    for number in CODES:  # what starts a process in the background has it ignore some, and so would what it starts
        signal.signal(number, signal.SIG_DFL)
    wrong = 0
    every: list[float] = []
    with tempfile.TemporaryDirectory(prefix="signals-") as temporary:
        place = Path(temporary)
        known = ("train", "digits", "--run", "./known", "--epochs", "3", "--seed", "1")
        subprocess.run([sys.executable, "-m", "autoencode", *known], cwd=place, check=True, capture_output=True)
        for job in [job for job in JOBS if job.name.startswith(options.only)]:
            home = place / "life"
            _prepare(place, home)
            life, whole = measure_life(job, home)
            shutil.rmtree(home)
            for kind in CODES:
                outcomes = try_job(job, kind, life, whole, options, place)
                seconds = [outcome.seconds for outcome in outcomes]
                faults = Counter(fault for outcome in outcomes for fault in outcome.faults)
                bad = sum(bool(outcome.faults) for outcome in outcomes)
                print(f"{job.name:15} {kind.name:8} {bad} of {len(outcomes)} wrong; {_describe(seconds)}", flush=True)
                for fault, count in faults.most_common():
                    print(f"  {count} × {fault}", flush=True)
                wrong += bad
                every += seconds
    print(f"all: {wrong} of {len(every)} wrong; {_describe(every)}")
    return wrong


def _describe(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"seconds to the end: median {statistics.median(ordered):.2f}, 95 % {late:.2f}, most {ordered[-1]:.2f}"


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=100, help="of each signal on each verb (default 100)")
    parser.add_argument("--only", default="", help="the jobs whose name begins so (default all)")
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="signals sent at once: 1 to N in turn (default 1)"
    )
    parser.add_argument("--parallel", type=int, default=1, help="tries at a time (default 1)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default 0)")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(1 if run_harness(read_options()) else 0)
