"""Samples that are judged against themselves: which of them are among the reference."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from jaxtyping import UInt64

from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.detector import scale_samples
from autoencode.model.format import Format
from autoencode.model.grouped_detector import Detector
from autoencode.model.row_digest import hash_rows, hash_samples
from autoencode.notice import warn_user

MOST_ALIKE = 0.1
"""The share of rows that are like another of the same samples, above which being among them proves nothing."""


def notice_overlap(form: Format, samples: Any, normal: Any) -> None:
    """Refuse samples that are all among the reference, and warn where more are than chance puts there.

    Parameters
    ----------
    form
        Of both, not yet fitted.
    samples, normal
        What is to be judged, and the reference, checked.

    Raises
    ------
    InvalidInputError
        If they are; a detector would judge what it was trained on.

    Notes
    -----
    Chance is known from the reference: a new sample is like one of its rows as often as these are like each other.
    Where that is for more than a tenth, as in tables of few columns with few values each, being there proves nothing,
    and only samples are refused that are the very rows of the reference, each as often.
    """
    form = copy(form)
    form.fit(normal, "auto")
    judged, known = hash_samples(form, samples), hash_samples(form, normal, "against")
    overlap = find_overlap(judged, known)
    if not overlap:
        return
    told = f"all {len(judged):,}" if overlap == len(judged) else f"{overlap:,} of {len(judged):,}"
    words = f"against: {told} samples of X are among its rows, and are judged by what was trained on them;"
    if overlap == len(judged):
        raise InvalidInputError(f"{words} leave against out to judge them against each other, or give other samples.")
    warn_user(f"{words} leave them out of one of the two.", DiagnosisWarning, cause="overlap")


def notice_references(detector: Detector, samples: Any) -> None:
    """Warn where samples that calibrate are among those that a detector was fitted to, as far as it knows these.

    Parameters
    ----------
    detector
        What was learnt.
    samples
        Normal ones, as its format checked them.
    """
    for part in detector.parts:
        known = hash_rows(part.score.rows.astype(np.float32))
        overlap = find_overlap(hash_rows(scale_samples(part.fitted, samples)[0].astype(np.float32)), known)
        if overlap:
            warn_user(
                f"{overlap:,} of {len(samples):,} samples are among those that the detector was fitted to, which look "
                "more normal to it than new ones: the threshold is too low, and too many are flagged. Calibrate on "
                "samples that it never saw.",
                DiagnosisWarning,
                cause="calibrated on references",
            )
            return


def find_overlap(judged: UInt64[np.ndarray, " judged"], known: UInt64[np.ndarray, " known"]) -> int:
    """Return how many rows are known ones, where that is more than chance; else 0.

    Parameters
    ----------
    judged, known
        Hashes of rows; those of the known ones say how often two rows are alike by chance.

    Examples
    --------
    >>> known, dice = np.arange(1000, dtype=np.uint64), np.arange(600, dtype=np.uint64) % 6
    >>> find_overlap(known[:40], known), find_overlap(known + np.uint64(999), known), find_overlap(dice[:300], dice)
    (40, 0, 0)
    """
    if len(judged) == len(known) and (np.sort(judged) == np.sort(known)).all():
        return len(judged)
    found = int(np.isin(judged, known).sum())
    counts = np.unique(known, return_counts=True)[1]
    alike = int(counts[counts > 1].sum())
    # As high as it may be in truth, and what it may give by chance: five deviations more.
    share = min(1.0, (alike + 3 * np.sqrt(alike) + 1) / len(known))
    by_chance = len(judged) * share
    return found if share <= MOST_ALIKE and found > by_chance + 5 * np.sqrt(by_chance) else 0
