"""Scores kept on disk, one file a fit, so that nobody fits twice. NumPy only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Scores", "check_folder", "keep_scores", "read_scores", "write_scores"]


@dataclass(frozen=True)
class Scores:
    """What one fit gave.

    Attributes
    ----------
    scores
        One a scored row; high is abnormal, and infinity is the highest.
    fit_seconds, score_seconds
        How long it took.
    more
        Other arrays, by name.
    """

    scores: np.ndarray
    fit_seconds: float
    score_seconds: float
    more: dict[str, np.ndarray] = field(default_factory=dict)


def read_scores(path: Path) -> Scores:
    """Return what a file holds."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    scores, fit, score = (arrays.pop(name) for name in ("scores", "fit_seconds", "score_seconds"))
    if np.isnan(scores).any():
        raise ValueError(f"{path}: a score is not a number")
    return Scores(scores, float(fit), float(score), arrays)


def write_scores(path: Path, found: Scores) -> None:
    """Write one file, whole: a killed run leaves no half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    times = {"fit_seconds": found.fit_seconds, "score_seconds": found.score_seconds}
    with unfinished.open("wb") as stream:
        np.savez(stream, scores=np.asarray(found.scores, dtype=np.float64), **times, **found.more)
    os.replace(unfinished, path)


def keep_scores(path: Path, make: Callable[[], Scores]) -> Scores:
    """Return what the file holds, after making it where there is none."""
    if not path.exists():
        write_scores(path, make())
    return read_scores(path)


def check_folder(folder: Path, about: dict[str, Any]) -> None:
    """Write what the scores of a folder are made with; stop where those it holds were made with something else."""
    path = folder / "about.json"
    if path.exists():
        found = json.loads(path.read_text())
    else:
        found = "nobody knows what" if any(folder.glob("*/*.npz")) else about
    if found != about:
        raise SystemExit(
            f"error: the scores in {folder} were made with {found}, and now it is {about}; name another folder with "
            "--cache, or remove that one."
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(about) + "\n")
