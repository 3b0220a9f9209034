"""New samples judged by a fitted detector: ranked, with p-values, flags and reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.estimators.joint_explanation import explain_jointly
from autoencode.evaluation.detection import MOST_REASONS, Detection
from autoencode.evaluation.explanation import Explanation
from autoencode.model.detector import Detector
from autoencode.model.format import Format
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
    scores = detector.measure(samples)
    order = rank_samples(scores)
    form = detector.fitted.format
    shown = order[: count_explained(form, scores > detector.threshold, least)]
    explanation, rebuilt = explain_shown(detector, samples[shown])
    return Detection(
        scores=scores,
        p_values=detector.find_p_values(scores),
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
    )


def rank_samples(scores: Float64[np.ndarray, " samples"]) -> Rows:
    """Return the places of samples, the most abnormal first."""
    return np.argsort(-scores, kind="stable")


def count_explained(form: Format, flagged: Bool[np.ndarray, " samples"], least: int = LEAST_EXPLAINED) -> int:
    """Return how many samples are explained: those that are flagged, but neither few nor very many."""
    most = max(1, min(MOST_EXPLAINED, MOST_NUMBERS // form.width))
    return min(len(flagged), max(least, int(flagged.sum())), most)


def explain_shown(detector: Detector, samples: Any) -> tuple[Explanation, np.ndarray | None]:
    """Explain some samples; of pictures and sequences also what is expected of them: a pixel alone is no reason."""
    fitted = detector.fitted
    kind = fitted.format.kind
    # More than are said, for some add little.
    explanation = explain_jointly(detector, samples, reasons=0 if kind == "picture" else 4 * MOST_REASONS)
    if kind is None:
        return explanation, None
    return explanation, fitted.format.decode(fitted.rebuild(fitted.format.encode(samples)))
