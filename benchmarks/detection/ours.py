"""`autoencode.AnomalyDetector` with its defaults, through its public methods; the scores are kept as the peers' are."""

from __future__ import annotations

import hashlib
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from score_files import Scores

import autoencode

__all__ = ["detect_errors", "fit_and_score", "make_detector", "source_folder"]

SCORED_BY = (
    *("bottlenecks", "corruptions", "data", "estimators", "evaluation", "features", "networks", "objectives"),
    *("training", "parts.py", "recipes.py"),
)
"""What of the package a score can depend on."""


def make_detector(seed: int, *, contaminated: bool = True) -> Any:
    """Return the detector that is measured, with its defaults but what is known of the rows to train on."""
    return autoencode.AnomalyDetector(contaminated=contaminated, random_state=seed)


@cache
def source_folder(root: Path) -> Path:
    """Return where the scores of exactly this source are kept: after a change there is another folder."""
    package = Path(autoencode.__file__).parent
    digest = hashlib.sha256()
    for name in SCORED_BY:
        place = package / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in (".py", ".c", ".h"):
                digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return root / f"ours-{digest.hexdigest()[:12]}"


def fit_and_score(train: Any, test: Any, seed: int, *, contaminated: bool = True) -> Scores:
    """Fit, and score other rows, or the same.

    Parameters
    ----------
    train, test
        Arrays or tables.
    seed
        For the detector.
    contaminated
        Whether anomalies may be among the rows to train on; if not, `Scores.more` holds the p-values of the scored
        rows and the number of calibration rows.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", autoencode.AutoencodeWarning)
        start = time.perf_counter()
        detector = make_detector(seed, contaminated=contaminated).fit(train)
        fitted = time.perf_counter()
        scores = -detector.score_samples(test)
        scored = time.perf_counter()
        more = {}
        if not contaminated:
            count = np.array(len(detector.calibration_scores_))
            more = {"p_values": detector.p_values(test), "calibration_rows": count}
    return Scores(scores, fitted - start, scored - fitted, more)


def detect_errors(table: Any, seed: int) -> Scores:
    """Return the scores of a table's own rows, each judged by a detector that was fitted on others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", autoencode.AutoencodeWarning)
        start = time.perf_counter()
        found = autoencode.detect(table, random_state=seed)
    return Scores(found.scores, time.perf_counter() - start, 0.0, {})
