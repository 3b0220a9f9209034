"""Why samples are abnormal by one detector, or by a pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from autoencode.estimators.explanation import explain
from autoencode.evaluation.explanation import Explanation
from autoencode.model.detector import DetectorPair
from autoencode.model.grouped_detector import Detector, GroupedDetector


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
    if isinstance(detector, GroupedDetector):
        return _explain_by_group(detector, samples, reasons)
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


def _explain_by_group(detector: GroupedDetector, samples: Any, reasons: int) -> Explanation:
    """Explain each sample by what judges its group."""
    members = detector.find_members(samples)
    found, places = [], []
    for number in np.unique(members).tolist():
        of_group = np.flatnonzero(members == number)
        found.append(explain_jointly(detector.judges[number], samples[of_group], reasons=reasons))
        places.append(of_group)
    if not found:
        return explain_jointly(detector.base, samples, reasons=reasons)
    return join_explanations(found, np.argsort(np.concatenate(places)))


def join_explanations(found: Sequence[Explanation], order: Int[np.ndarray, " samples"]) -> Explanation:
    """Return explanations as one, in another order."""

    def join(arrays: Iterable[Any]) -> Any:
        return np.concatenate(list(arrays))[order]

    reasons = [reasons for explanation in found for reasons in explanation.reasons]
    return Explanation(
        found[0].columns,
        join(explanation.contributions for explanation in found),
        join(explanation.scores for explanation in found),
        join(explanation.p_values for explanation in found),
        join(explanation.nearest for explanation in found),
        tuple(reasons[place] for place in order.tolist()),
    )
