"""Why samples are abnormal by one detector, or by a pair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autoencode.estimators.explanation import explain
from autoencode.evaluation.explanation import Explanation
from autoencode.model.detector import Detector, DetectorPair


def explain_jointly(detector: Detector, samples: Any, *, reasons: int) -> Explanation:
    """Explain checked samples; see `AnomalyDetector.explain`.

    By a pair, what a column adds is the mean of both shares of the score; reasons and the nearest normal sample are of
    that of the two which finds the sample more abnormal.

    Parameters
    ----------
    detector
        What it learnt, or both.
    samples
        As the detector's format checked them.
    reasons
        How many a sample.
    """
    parts = [explain(part, samples, reasons=reasons) for part in detector.parts]
    if not isinstance(detector, DetectorPair):
        return parts[0]
    scores = detector.join_p_values([part.p_values for part in parts])
    chosen = np.argmin([part.p_values for part in parts], axis=0)
    axes = (len(scores), *[1] * (parts[0].contributions.ndim - 1))
    shares = [part.contributions / part.scores.reshape(axes) for part in parts]
    return replace(
        parts[0],
        contributions=np.mean(shares, axis=0) * scores.reshape(axes),
        scores=scores,
        p_values=detector.find_p_values(scores),
        nearest=np.choose(chosen, [part.nearest for part in parts]),
        reasons=tuple(parts[which].reasons[sample] for sample, which in enumerate(chosen.tolist())),
    )
