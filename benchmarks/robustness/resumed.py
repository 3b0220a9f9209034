"""Trainings that are killed at random moments and resumed: has what comes of them the bits of one that was not?

Each try starts `autoencode train … --resume` with a checkpoint as often as the training can be cut, kills it (SIGKILL)
at random moments once there is a checkpoint, some of them while one is written, starts it again until it ends, and
compares networks, losses and every other number of the model with those of an uninterrupted training. A sweep and a
detector, of several trainings, are killed anywhere between their beginning and their end.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autoencode.files import is_draft
from autoencode.runs import read_model_file
from autoencode.runs.checkpoint import CHECKPOINT, CHECKPOINTS, has_checkpoint

__all__ = ["KINDS", "Resumed", "measure"]

MOST_SECONDS = 600.0
MOST_KILLS = 3

KINDS: dict[str, tuple[str, ...]] = {
    "kernel": ("train", "table.npy", "--layers", "512-128-8", "--epochs", "4", "--engine", "kernel"),
    "kernel_plateau": (
        *("train", "table.npy", "--layers", "64-4", "--epochs", "12", "--restarts", "3", "--schedule", "plateau"),
        *("--patience", "4", "--learning-rate", "0.03"),
    ),
    "xla_plateau": (
        *("train", "table.npy", "--layers", "64-4", "--epochs", "8", "--restarts", "2", "--schedule", "plateau"),
        *("--patience", "3", "--learning-rate", "0.03", "--engine", "xla"),
    ),
    "variational": ("train", "table.npy", "--layers", "64-4", "--recipe", "vae", "--epochs", "8"),
    "convolutional": ("train", "images.npy", "--recipe", "convolutional", "--epochs", "3"),
    "vector-quantised": ("train", "table.npy", "--layers", "64-8", "--recipe", "vq-vae", "--epochs", "8"),
    "sweep": ("sweep", "digits", "--code-sizes", "2,4,8,16", "--epochs", "200"),
    "sweep of a table": ("sweep", "titanic.csv", "--code-sizes", "2,4,8,16", "--epochs", "200"),
    "detector of images": ("detect", "digits"),
    "detector of a table": ("detect", "titanic.csv"),
    "detector against a reference": ("detect", "digits:test", "--against", "digits"),
}
"""What is trained, by what is told of it."""


@dataclass
class Resumed:
    """What came of the tries of a kind: trainings, kills, those while something was written, and what differed."""

    trainings: int = 0
    kills: int = 0
    kills_while_writing: int = 0
    differ: list[str] = field(default_factory=list)


def write_samples(place: Path) -> None:
    """Write the samples of all kinds into a folder, or copy them there."""
    generator = np.random.default_rng(0)
    codes = generator.normal(size=(60_000, 4))
    noise = generator.normal(size=(60_000, 30))
    np.save(place / "table.npy", (np.tanh(codes @ generator.normal(size=(4, 30))) + 0.1 * noise).astype(np.float32))
    np.save(place / "images.npy", generator.random((3_000, 28, 28), dtype=np.float32))
    shutil.copy(Path(os.environ["AUTOENCODE_DATA"]) / "tables" / "titanic.csv", place)


def start(place: Path, kind: str, run: str) -> subprocess.Popen[str]:
    """Start, or go on with, a training."""
    words = [*KINDS[kind], "--seed", "3", "--resume", "--keep" if KINDS[kind][0] == "detect" else "--run", run]
    if KINDS[kind][0] == "train":
        words += ["--checkpoint-every", "0"]
    return subprocess.Popen(
        [sys.executable, "-c", "from autoencode.cli.main import run; run()", *words],
        cwd=place,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[str]) -> None:
    """Wait until a training has ended well."""
    _, err = process.communicate(timeout=MOST_SECONDS)
    if process.returncode:
        raise RuntimeError(err[-2000:])


def digest_run(folder: Path) -> str:
    """Return the SHA-256 of all that the model files of a run hold but times, and of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("model.safetensors")):
        tensors, configuration = read_model_file(path)
        digest.update(f"{path.relative_to(folder)} {configuration['fingerprint']}".encode())
        for name in sorted(tensors):
            digest.update(name.encode() + tensors[name].tobytes())
        told = {name: value for name, value in configuration["history"].items() if "second" not in name}
        digest.update(repr((told, configuration["restarts"], configuration["diagnosis"])).encode())
    return digest.hexdigest()


def kill_later(process: subprocess.Popen[str], folder: Path, chance: random.Random, seconds: float) -> str:
    """Kill a training at a random moment after a checkpoint is there; say whether it was, and what it was doing."""
    while process.poll() is None and not has_checkpoint(folder):
        time.sleep(0.001)
    moment = time.monotonic() + chance.uniform(0, seconds)
    wants_draft = chance.random() < 0.4
    while process.poll() is None and (time.monotonic() < moment or (wants_draft and not is_writing(folder))):
        time.sleep(0.0005)
    if process.poll() is not None:
        return ""
    process.kill()
    process.communicate()
    return "while writing" if is_writing(folder) else "killed"


def is_writing(folder: Path) -> bool:
    """Return whether a checkpoint or a model is being written: it is a draft, or moved away for the next one."""
    drafts = any(is_draft(path.name) for path in folder.rglob(".*"))
    return drafts or ((folder / CHECKPOINTS[1]).exists() and not (folder / CHECKPOINT).exists())


def measure(kind: str, tries: int, *, seed: int = 0) -> Resumed:
    """Kill and resume trainings of a kind, so many, and compare them with an uninterrupted one."""
    found, chance = Resumed(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_samples(place)
        begin = time.monotonic()
        process = start(place, kind, "whole")
        while process.poll() is None and not has_checkpoint(place / "runs" / "whole"):
            time.sleep(0.001)
        first = time.monotonic()
        finish(process)
        seconds = max(0.5, time.monotonic() - max(first, begin))
        wanted = digest_run(place / "runs" / "whole")
        for number in range(tries):
            run = f"try{number}"
            for _ in range(chance.randint(1, MOST_KILLS)):
                end = kill_later(start(place, kind, run), place / "runs" / run, chance, 0.7 * seconds)
                found.kills += bool(end)
                found.kills_while_writing += end == "while writing"
            finish(start(place, kind, run))
            found.trainings += 1
            if digest_run(place / "runs" / run) != wanted:
                found.differ.append(f"{kind}, try {number}")
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line a kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--kind", choices=list(KINDS), action="append")
    asked = parser.parse_args(arguments)
    for kind in asked.kind or KINDS:
        found = measure(kind, asked.tries)
        same = found.trainings - len(found.differ)
        print(
            f"{kind}: {same} of {found.trainings} the same bits, {found.kills} kills, {found.kills_while_writing} of "
            "them while something was written",
            flush=True,
        )


if __name__ == "__main__":
    main()
