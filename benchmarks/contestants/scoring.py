"""The life of a detector: fitted, written to a file, read, and asked for scores, of a row and of very many."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Scorer", "time_scoring"]

ALONE = 200
"""Rows that are scored one at a time."""

PLANTED = 100
"""The last rows are anomalies: who does not find them measures nothing."""


@dataclass(frozen=True)
class Scorer:
    """What one library's users call; a high score is abnormal."""

    fit: Callable[[np.ndarray], Any]
    save: Callable[[Any, Path], Any]
    load: Callable[[Path], Any]
    score: Callable[[Any, np.ndarray], np.ndarray]


def time_scoring(scorer: Scorer, folder: Path) -> dict[str, Any]:
    """Return the seconds of each step, and the megabytes of the file."""
    train, rows = np.load(folder / "score-train.npy"), np.load(folder / "score-rows.npy")
    seconds: dict[str, float] = {}

    def clock(name: str, call: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = call()
        seconds[name] = time.perf_counter() - start
        return result

    def load(path: Path) -> Any:
        """Return what was read, after its first score: what is put off until then counts."""
        loaded = scorer.load(path)
        scorer.score(loaded, rows[:1])
        return loaded

    fitted = clock("fit_seconds", lambda: scorer.fit(train))
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "detector.safetensors"
        clock("save_seconds", lambda: scorer.save(fitted, path))
        megabytes = path.stat().st_size / 1e6
        loaded = clock("load_seconds", lambda: load(path))
    alone = []
    for place in range(ALONE):
        clock("row_seconds", lambda place=place: scorer.score(loaded, rows[place : place + 1]))
        alone.append(seconds["row_seconds"])
    scores = clock("rows_seconds", lambda: scorer.score(loaded, rows))
    if not np.median(scores[-PLANTED:]) > np.quantile(scores[:-PLANTED], 0.9):
        raise AssertionError("the planted anomalies were not found")
    return {
        **seconds,
        "row_seconds": statistics.median(alone),
        "file_megabytes": megabytes,
        "seconds": seconds["rows_seconds"],
    }
