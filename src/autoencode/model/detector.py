"""`FittedDetector`: what a detector learnt, complete. Whoever has it can score, flag and explain samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int

from autoencode.evaluation import AnomalyScore, calibration_needed, conformal_p_values, conformal_threshold
from autoencode.exceptions import InvalidInputError
from autoencode.model.arguments import Arguments
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


MOST_FITTED, CALIBRATION_MARGIN = 100_000, 10
"""Of more samples so many are drawn: more change no score that matters. Where the rate needs many calibration samples,
there are so many times as many."""

LEAST_TRAINED = 2
"""Samples that an autoencoder needs."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DetectorSettings:
    """How a detector is fitted; see `AnomalyDetector`.

    The autoencoder is None, a recipe's name, or the arguments of one; the seed is drawn already.
    """

    autoencoder: str | Arguments | None
    kind: str
    contaminated: bool
    false_alarm_rate: float
    calibration_fraction: float
    ranks: bool | str
    seed: int

    def count_fitted(self, count: int, *, calibrates: bool = True) -> int:
        """Return to how many of so many samples a detector is fitted: all, or of more than 100,000 as many as suffice.

        Parameters
        ----------
        count
            How many samples there are.
        calibrates
            Whether some of them are kept to calibrate on: then there are ten times as many as the rate needs.
        """
        needed = CALIBRATION_MARGIN * calibration_needed(self.false_alarm_rate) / self.calibration_fraction
        return min(count, max(MOST_FITTED, math.ceil(needed) if calibrates else 0))

    def count_calibration(self, count: int) -> int:
        """Return how many of so many samples are kept from training, to calibrate on."""
        return max(1, round(self.calibration_fraction * count))

    def draw_rows(self, count: int, *, calibrates: bool) -> Rows:
        """Return the places of the samples to fit to, drawn by the seed: all, where there are not too many."""
        fitted = self.count_fitted(count, calibrates=calibrates)
        if fitted == count:
            return np.arange(count)
        return np.sort(np.random.default_rng(self.seed).choice(count, fitted, replace=False))

    def split(self, count: int, longest: int | None) -> tuple[Rows, Rows]:
        """Return the places of the samples to train on, with the longest sequence, and of those to calibrate on."""
        held_out = self.count_calibration(count)
        if count - held_out < LEAST_TRAINED:
            raise InvalidInputError(
                f"X has {count} sample(s), of which {held_out} would be kept to calibrate on; at least {LEAST_TRAINED} "
                "must be left to train on. Give more samples, or calibration samples of their own as validation=."
            )
        places = np.random.default_rng(self.seed).permutation(count)
        if longest is not None:
            places = np.append(places[places != longest], longest)
        return np.sort(places[held_out:]), np.sort(places[:held_out])


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
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
    trained_on, reference
        Places of the samples that were trained on, and of those with which others are compared, among those given.
    settings
        How it was fitted; its false-alarm rate is the one that holds.
    """

    fitted: Fitted
    score: AnomalyScore
    calibration_scores: Scores
    trained_on: Rows
    reference: Rows
    settings: DetectorSettings

    def __repr__(self) -> str:
        return f"FittedDetector({self.fitted.summary().title}, {len(self.reference):,} references)"

    @property
    def offset(self) -> float:
        """Minus the least score that is not flagged."""
        return max(-conformal_threshold(self.calibration_scores, self.settings.false_alarm_rate), BELOW_ALL)

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
