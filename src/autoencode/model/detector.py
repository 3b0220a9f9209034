"""`FittedDetector`: what a detector learnt, complete. Whoever has it can score, flag and explain samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int

from autoencode.evaluation import AnomalyScore, conformal_p_values, conformal_threshold
from autoencode.model.fitted import Fitted
from autoencode.model.odd_numbers import fill, take_odd
from autoencode.model.samples import counting_rows
from autoencode.types import FeatureMatrix

BLOCK_ROWS = 2**14
"""Samples that are scored at a time, so that their distances stay small in memory."""

BELOW_ALL = -1e15
"""The offset with which nothing is flagged: below every score, and finite, as scikit-learn's scorers ask."""

Rows = Int[np.ndarray, " rows"]
Scores = Float64[np.ndarray, " samples"]


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedDetector:
    """What a detector learnt: networks, the normal samples that others are held against, and scores to calibrate by.

    Attributes
    ----------
    fitted
        What the training learnt; all restarts rebuild a sample, and their mean counts.
    score
        The anomaly score, with its references.
    calibration_scores
        Of samples that were not trained on.
    false_alarm_rate
        Of how many normal samples may be flagged.
    trained_on, reference
        Places of the samples that were trained on, and of those with which others are compared, among those given.
    seed
        Of the split, of the weights and of the order of the samples.
    """

    fitted: Fitted
    score: AnomalyScore
    calibration_scores: Scores
    false_alarm_rate: float
    trained_on: Rows
    reference: Rows
    seed: int

    @property
    def offset(self) -> float:
        """Minus the least score that is not flagged."""
        return max(-conformal_threshold(self.calibration_scores, self.false_alarm_rate), BELOW_ALL)

    def find_p_values(self, scores: Scores) -> Float64[np.ndarray, " samples"]:
        """Return the conformal p-value of each anomaly score."""
        return conformal_p_values(self.calibration_scores, scores)

    def measure(self, samples: Any, argument: str = "X") -> Scores:
        """Return the anomaly score of checked samples, block by block; a sample's does not depend on its block."""
        return measure_samples(self.fitted, self.score, samples, argument)


def measure_samples(fitted: Fitted, score: AnomalyScore, samples: Any, argument: str) -> Scores:
    """Return the anomaly score of each of checked samples; see `FittedDetector.measure`."""
    found = []
    for start in range(0, max(1, len(samples)), BLOCK_ROWS):
        block = range(start, min(start + BLOCK_ROWS, len(samples)))
        with counting_rows(block):
            found.append(score.measure(*rebuild_samples(fitted, samples[start : start + BLOCK_ROWS], argument)))
    return np.concatenate(found)


def scale_samples(fitted: Fitted, samples: Any, argument: str = "X") -> tuple[FeatureMatrix, FeatureMatrix]:
    """Return the scaled features of checked samples, and these as the networks see them, without odd numbers."""
    features, odd = fitted.format.encode(samples, argument), None
    if fitted.format.may_hold_odd_numbers:
        features, odd = take_odd(features, fitted.scaling)
    seen = fill(fitted.scaling.apply(features))
    return seen if odd is None else np.where(odd, odd, seen), seen


def rebuild_samples(fitted: Fitted, samples: Any, argument: str = "X") -> tuple[FeatureMatrix, FeatureMatrix]:
    """Return the scaled features of checked samples, and the mean of their reconstructions by all usable restarts."""
    scaled, seen = scale_samples(fitted, samples, argument)
    rebuilt = fitted.rebuild_by_all(seen)
    usable = [place for place, restart in enumerate(fitted.restarts) if np.isfinite(restart.loss)]
    return scaled, fill(np.asarray(rebuilt[usable].mean(axis=0, dtype=np.float32)))
