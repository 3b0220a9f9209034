"""New samples judged by a fitted detector: ranked, with p-values, flags and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.estimators.joint_explanation import explain_jointly
from autoencode.evaluation import calibration_needed, conformal_p_values, conformal_threshold
from autoencode.evaluation.detection import MOST_REASONS, Detection, GroupCounts
from autoencode.evaluation.explanation import Explanation
from autoencode.model.format import Format
from autoencode.model.grouped_detector import SMALL, Detector, GroupedDetector
from autoencode.model.samples import pick_samples
from autoencode.types import ColumnDescription

LEAST_EXPLAINED, MOST_EXPLAINED = 100, 10_000
"""Samples that are explained: as many as are flagged, within these."""

MOST_NUMBERS = 2**24
"""How many contributions are kept at most; of images, few have so many."""

Rows = Int[np.ndarray, " rows"]


def judge_by(
    detector: Detector,
    samples: Any,
    *,
    against: str,
    columns: tuple[ColumnDescription, ...] = (),
    fitted_to: int | None = None,
    least: int = LEAST_EXPLAINED,
) -> Detection:
    """Judge checked samples by a fitted detector.

    Parameters
    ----------
    detector
        What was learnt.
    samples
        As the detector's format checked them.
    against
        What it was fitted to, in words.
    columns
        How each column of a table was read.
    fitted_to
        To how many samples it was fitted, where these were drawn from more.
    least
        How many are explained at least.
    """
    scores, p_values = detector.assess(samples)
    order = np.lexsort((-scores, p_values))  # of groups with thresholds of their own the scores do not compare
    form = detector.fitted.format
    shown = order[: count_explained(form, p_values <= detector.settings.false_alarm_rate, least)]
    explanation, rebuilt = explain_shown(detector, pick_samples(samples, shown))
    return Detection(
        scores=scores,
        p_values=p_values,
        threshold=detector.threshold,
        calibration_scores=detector.calibration_scores,
        false_alarm_rate=detector.settings.false_alarm_rate,
        judged_against=against,
        order=order,
        explanation=explanation,
        rebuilt=rebuilt,
        seed=detector.settings.seed,
        columns=columns,
        fitted_to=fitted_to,
        kind=form.kind,
        calibrates_last=detector.settings.calibrates_last,
        groups=_count_groups(detector, samples, p_values) if isinstance(detector, GroupedDetector) else (),
    )


def _count_groups(
    detector: GroupedDetector, samples: Any, p_values: Float64[np.ndarray, " samples"]
) -> tuple[GroupCounts, ...]:
    """Return how many samples of each group were judged and flagged, beside its calibration samples."""
    members, flagged = detector.find_members(samples), p_values <= detector.settings.false_alarm_rate
    return tuple(
        GroupCounts(
            name,
            int((members == number).sum()),
            int(flagged[members == number].sum()),
            len(judge.calibration_scores),
            detector.needed,
            judge.threshold,
        )
        for number, (name, judge) in enumerate(zip(detector.judge_names, detector.judges, strict=True))
    )


def judge_among(
    scores: Float64[np.ndarray, " samples"],
    rate: float,
    labels: Sequence[str] | None,
    compared: Float64[np.ndarray, " samples"] | None = None,
) -> tuple[Float64[np.ndarray, " samples"], tuple[GroupCounts, ...]]:
    """Return p-values of samples among themselves, or each among its group; and these groups.

    Parameters
    ----------
    scores
        Their anomaly scores.
    rate
        The false-alarm rate.
    labels
        The group of each; those with too few samples for the rate are one. None: all are one.
    compared
        The scores that others' are compared with; NaN at a sample with which none is. None: all of them.
    """
    names, groups = np.array([""]), np.zeros(len(scores), np.intp)
    if labels is not None:
        names, groups = np.unique(np.array(labels, dtype=str), return_inverse=True)
    compared = scores if compared is None else compared
    is_compared = ~np.isnan(compared)
    counts = np.bincount(groups[is_compared], minlength=len(names))
    needed = calibration_needed(rate)
    groups = np.where(counts[groups] > needed, groups, len(names))
    p_values, found = np.ones(len(scores)), []
    for group in np.unique(groups):
        places = np.flatnonzero(groups == group)
        others = np.sort(compared[places[is_compared[places]]])[:-1]
        threshold = np.inf
        if len(others):
            p_values[places] = conformal_p_values(others, scores[places])
            threshold = conformal_threshold(others, rate)
        name = SMALL if group == len(names) else str(names[group])
        flagged = int((p_values[places] <= rate).sum())
        found.append(GroupCounts(name, len(places), flagged, len(others), needed, threshold))
    return p_values, tuple(found)


def count_explained(form: Format, flagged: Bool[np.ndarray, " samples"], least: int = LEAST_EXPLAINED) -> int:
    """Return how many samples are explained: those that are flagged, but neither few nor very many."""
    return min(len(flagged), max(least, int(flagged.sum())), limit_explained(form))


def limit_explained(form: Format) -> int:
    """Return how many samples of a format are explained at once at most."""
    return max(1, min(MOST_EXPLAINED, MOST_NUMBERS // form.width))


def explain_shown(detector: Detector, samples: Any) -> tuple[Explanation, np.ndarray | None]:
    """Explain some samples; of pictures and sequences also what is expected of them: a pixel alone is no reason."""
    fitted = detector.fitted
    kind = fitted.format.kind
    # More than are said, for some add little.
    explanation = explain_jointly(detector, samples, reasons=0 if kind == "picture" else 4 * MOST_REASONS)
    if kind is None:
        return explanation, None
    return explanation, fitted.format.decode(fitted.rebuild(fitted.format.encode(samples)))
