"""The jobs: what is measured in each, by whom, and its floor."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from environments import CONTESTANTS, PEERS, python_of
from floor import Work, convolutions_work, detector_work, epoch_work, transform_work
from pages import measure_reports
from problems import CONVOLUTIONS, PROBLEMS
from results import Entry, Measured, check_losses
from scale import measure_large, measure_resumed, measure_scale
from session import Answers, Session

__all__ = ["JOBS", "JOBS_WITH_FILES"]

TRANSFORM_ROWS = 1_000_000

SCORE_TRAIN, SCORE_ROWS, SCORE_PLANTED = 10_000, 100_000, 100


def mean_disturbance(runs: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mean share of the machine that other programs took, or None where it is not told."""
    shares = [run["disturbance"] for run in runs if run["disturbance"] is not None]
    return statistics.fmean(shares) if shares else None


def collect(answers: Mapping[str, Answers], field: str = "seconds") -> dict[str, Measured]:
    """Gather one number of every contestant's answers."""
    return {
        name: Measured(
            values=tuple(answer[field] for answer in given.runs),
            peak_memory_mb=max(answer["peak_memory_mb"] for answer in given.runs),
            loss=statistics.median(answer["loss"] for answer in given.runs) if "loss" in given.runs[0] else None,
            threads=given.threads,
            disturbance=mean_disturbance(given.runs),
        )
        for name, given in answers.items()
    }


def compare_losses(session: Session, job: str, epochs: int, measured: Mapping[str, Measured]) -> None:
    """Check that all ended at the same loss; scikit-learn is held against a fit of ours with its own loss."""
    problem = PROBLEMS[job]
    losses = {name: runs.loss for name, runs in measured.items() if runs.loss is not None}
    squared = losses.pop("scikit-learn", None)
    check_losses(job, losses, problem.tolerance)
    if squared is not None:
        ours = session.ask_once("ours", job, "reference", epochs=epochs)["loss"]
        check_losses(job, {"ours": ours, "scikit-learn": squared}, problem.squared_tolerance)


def measure_epochs(session: Session, job: str) -> list[Entry]:
    """Measure an epoch at steady state."""
    problem = PROBLEMS[job]
    answers = session.alternate(job, "epochs", ("ours", *PEERS))
    measured = collect(answers)
    compare_losses(session, job, problem.epochs, measured)
    return [session.entry(job, "epoch_seconds", measured, floor=epoch_work(problem).seconds(session.rates))]


def measure_fits(session: Session, job: str, work: Work) -> dict[str, Entry]:
    """Measure whole fits in fresh processes: the fit, its first epoch, and both with our on-disk cache."""
    problem = PROBLEMS[job]
    answers = session.alternate_fresh(job, "fit", ("ours", *PEERS), cached=True)
    cached = {"ours": answers.pop("ours-cached")}
    compare_losses(session, job, problem.fit_epochs, collect(answers))
    floor, first = work.seconds(session.rates), epoch_work(problem).seconds(session.rates)
    return {
        "fit": session.entry(job, "fit_seconds", collect(answers), floor=floor),
        "first": session.entry(job, "first_epoch_seconds", collect(answers, "first_epoch_seconds"), floor=first),
        "first_cached": session.entry(
            job, "first_epoch_cached_seconds", collect(cached, "first_epoch_seconds"), floor=first
        ),
        "fit_cached": session.entry(job, "fit_cached_seconds", collect(cached), floor=floor),
    }


def measure_mnist(session: Session) -> list[Entry]:
    """Measure the blog's network: an epoch, 50 epochs from raw arrays, compile and first epoch."""
    problem = PROBLEMS["mnist"]
    epochs = measure_epochs(session, "mnist")
    fits = measure_fits(session, "mnist", epoch_work(problem) * problem.fit_epochs)
    return [*epochs, fits["fit"], fits["first"], fits["first_cached"]]


def measure_restarts(session: Session) -> list[Entry]:
    """Measure 16 restarts at once against 16 single fits of our own."""
    problem = PROBLEMS["table-vanilla"]
    answers = session.alternate("restarts", "restarts", ("ours",))
    singles = statistics.median(answer["singles_seconds"] for answer in answers["ours"].runs)
    floor = (epoch_work(problem, restarts=16) * problem.epochs).seconds(session.rates) / singles
    return [session.entry("restarts", "relative_time", collect(answers), floor=floor, unit="ratio")]


def measure_convolutions(session: Session, job: str) -> list[Entry]:
    """Measure a training step of a convolutional network."""
    problem = CONVOLUTIONS[job]
    session.ask_once("ours", job, "start")
    measured = collect(session.alternate(job, "steps", ("ours", "pytorch-eager", "pytorch-compiled")))
    check_losses(job, {name: runs.loss or 0.0 for name, runs in measured.items()}, problem.tolerance)
    return [session.entry(job, "step_seconds", measured, floor=convolutions_work(problem).seconds(session.rates))]


def measure_detector(session: Session) -> list[Entry]:
    """Measure fitting and scoring of every table, compiling included."""
    from problems import DETECTOR

    names = ("ours", "pyod", "pyod-defaults")
    measured = collect(session.alternate_fresh("detector", "detect", names, warm_up=True))
    # With batch normalisation and dropout PyOD trains another network, whose loss says nothing here.
    losses = {name: measured[name].loss or 0.0 for name in ("ours", "pyod")}
    check_losses("detector", losses, DETECTOR.tolerance)
    floor = detector_work(session.detector_shapes()).seconds(session.rates)
    return [session.entry("detector", "fit_seconds", measured, floor=floor)]


def measure_transform(session: Session) -> list[Entry]:
    """Measure encoding and scoring of a million rows in memory."""
    rows = np.random.default_rng(0).random((TRANSFORM_ROWS, 30), dtype=np.float32)
    np.save(session.folder / "rows.npy", rows)
    measured = collect(session.alternate("transform", "transform", ("ours", *PEERS)))
    losses = {name: runs.loss or 0.0 for name, runs in measured.items() if name != "scikit-learn"}
    check_losses("transform", losses, 1e-4)
    floor = transform_work(PROBLEMS["table-vanilla"], TRANSFORM_ROWS).seconds(session.rates)
    return [session.entry("transform", "seconds", measured, floor=floor)]


def measure_score(session: Session) -> list[Entry]:
    """Measure the life of a detector: fitted, written, read, asked for the scores of a row and of many."""
    random = np.random.default_rng(0)
    factors = random.normal(size=(6, 30))

    def draw(count: int) -> np.ndarray:
        return random.normal(size=(count, 6)) @ factors + 0.5 * random.normal(size=(count, 30))

    rows = draw(SCORE_ROWS)
    rows[-SCORE_PLANTED:] *= 4
    np.save(session.folder / "score-train.npy", draw(SCORE_TRAIN))
    np.save(session.folder / "score-rows.npy", rows)
    answers = session.alternate("score", "score", ("ours", "pyod-iforest", "pyod-knn", "pyod-autoencoder"))
    units = dict.fromkeys(("fit_seconds", "save_seconds", "load_seconds", "row_seconds", "rows_seconds"), "s")
    return [
        session.entry("score", metric, collect(answers, metric), unit=unit)
        for metric, unit in {**units, "file_megabytes": "MB"}.items()
    ]


def time_command(command: Sequence[str | Path], environment: dict[str, str]) -> float:
    """Return how long a program ran."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def time_programs(session: Session, programs: Mapping[str, Callable[[], float]]) -> dict[str, Measured]:
    """Run each program in turn, round after round; the first round does not count."""
    rounds = [{name: program() for name, program in programs.items()} for _ in range(session.repeats + 1)]
    return {name: Measured(tuple(times[name] for times in rounds[1:])) for name in programs}


def measure_start(session: Session) -> list[Entry]:
    """Measure the shell's help, the import, and the first fit of a process on a small set."""
    environment = session.caches()
    bare = [sys.executable, "-c", "pass"]
    shell = Path(sys.executable).parent / "autoencode"
    helps = time_programs(
        session,
        {
            "ours": lambda: time_command([shell, "--help"], environment),
            "python -c pass": lambda: time_command(bare, environment),
        },
    )
    imports: dict[str, Callable[[], float]] = {
        "ours": lambda: time_command([sys.executable, "-c", "import autoencode as ae; ae.Autoencoder"], environment),
        "python -c pass": lambda: time_command(bare, environment),
    }
    for name in ("keras-tensorflow", "keras-jax", "pytorch-eager", "scikit-learn", "pyod"):
        contestant = CONTESTANTS[name]
        command = [python_of(contestant), "-c", f"import {contestant.package}"]
        peer = {**environment, "KERAS_BACKEND": contestant.argument}
        imports[name] = lambda command=command, peer=peer: time_command(command, peer)
    imported = time_programs(session, imports)
    problem = PROBLEMS["digits"]
    fits = measure_fits(session, "digits", epoch_work(problem) * problem.fit_epochs)
    return [
        session.entry("start", "help_seconds", helps, floor=helps["python -c pass"].median),
        session.entry("start", "import_seconds", imported, floor=imported["python -c pass"].median),
        session.rename(fits["fit"], "start", "first_fit_seconds"),
        session.rename(fits["fit_cached"], "start", "first_fit_cached_seconds"),
    ]


JOBS: dict[str, Callable[[Session], list[Entry]]] = {
    "mnist": measure_mnist,
    "table-vanilla": lambda session: measure_epochs(session, "table-vanilla"),
    "table-deep": lambda session: measure_epochs(session, "table-deep"),
    "restarts": measure_restarts,
    "deep": lambda session: measure_epochs(session, "deep"),
    "wide": lambda session: measure_epochs(session, "wide"),
    "conv": lambda session: measure_convolutions(session, "conv"),
    "conv-residual": lambda session: measure_convolutions(session, "conv-residual"),
    "detector": measure_detector,
    "transform": measure_transform,
    "score": measure_score,
    "start": measure_start,
    "report": measure_reports,
    "scale": measure_scale,
    "scale-large": measure_large,
    "resume": measure_resumed,
}
"""Every job by name, in the order of the tables."""

JOBS_WITH_FILES = {
    **dict.fromkeys(("mnist", "deep", "wide", "conv", "conv-residual", "report"), "mnist"),
    "detector": "adbench",
}
"""The jobs that need files, and the folder of $AUTOENCODE_DATA that has them."""
