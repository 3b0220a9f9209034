"""`detect`: the anomalies among samples, judged against normal ones, or against each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.estimators.anomaly_detector import AnomalyDetector
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.explanation import Explanation
from autoencode.estimators.overlap import notice_overlap
from autoencode.estimators.representation import Representation
from autoencode.estimators.samples import Opened, counting_rows, open_samples
from autoencode.estimators.settings import derive_seed
from autoencode.evaluation import (
    DetectionQuality,
    benjamini_hochberg,
    calibration_needed,
    conformal_p_values,
    conformal_threshold,
    detection_quality,
)
from autoencode.evaluation.wording import say_count, say_number, say_percent
from autoencode.exceptions import CalibrationWarning, InvalidInputError
from autoencode.features import ColumnDescription
from autoencode.training import EpochRecord

__all__ = ["Detection", "detect"]

LEAST_EXPLAINED, MOST_EXPLAINED = 100, 10_000
"""Samples that are explained: as many as are flagged, within these."""

LEAST_SAMPLES = 4
"""That are judged against each other."""

MOST_NUMBERS = 2**24
"""How many contributions are kept at most; of images, few have so many."""

MOST_REASONS, LEAST_SHARE = 3, 0.05
"""Reasons that are given for a sample: of columns that add such a share of its score, where there are any."""

BLOCK_ROWS = 2**14
"""Samples that are scored at a time, so that their distances stay small in memory."""

Rows = Int[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class Detection:
    """What was found among samples.

    Attributes
    ----------
    scores
        The anomaly score of each sample, by a detector that never saw it; high is abnormal.
    calibration_scores
        With what they were compared: the scores of normal samples; where the samples were judged against each other,
        all of theirs but the highest, which is what each has beside itself.
    false_alarm_rate
        That was asked for.
    judged_against
        The reference's name in words, or None: each other.
    order
        The places of the samples, the most abnormal first.
    explanation
        Of the first of these: contributions and reasons; `nearest` are places in the reference, or in the samples
        themselves.
    rebuilt
        What the networks make of the explained samples, where these are images; else None.
    seed
        That gives the same again.
    columns
        How each column of a table was read, and why one was left out; in one of the halves at least, where the samples
        were judged against each other. Nothing of arrays.
    """

    scores: Float64[np.ndarray, " samples"]
    calibration_scores: Float64[np.ndarray, " calibration"]
    false_alarm_rate: float
    judged_against: str | None
    order: Rows
    explanation: Explanation
    rebuilt: np.ndarray | None
    seed: int
    columns: tuple[ColumnDescription, ...] = ()

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        return f"Detection({int(self.flagged.sum()):,} of {len(self):,} samples flagged)"

    @cached_property
    def p_values(self) -> Float64[np.ndarray, " samples"]:
        """The conformal p-value of each sample; among each other, the share of them that are at least as abnormal."""
        return conformal_p_values(self.calibration_scores, self.scores)

    @cached_property
    def threshold(self) -> float:
        """The score above which a sample is flagged."""
        return conformal_threshold(self.calibration_scores, self.false_alarm_rate)

    @property
    def flagged(self) -> Bool[np.ndarray, " samples"]:
        """Which samples have a p-value of at most the false-alarm rate."""
        return self.scores > self.threshold

    @property
    def discoveries(self) -> Bool[np.ndarray, " samples"] | None:
        """Which samples to flag so that at most that share *of the flagged* are false alarms, by Benjamini–Hochberg.

        None where the samples were judged against each other: then the p-values are spread evenly whatever the samples
        are, and say nothing of how many anomalies there are.
        """
        return None if self.judged_against is None else benjamini_hochberg(self.p_values, self.false_alarm_rate)

    @property
    def needed(self) -> int:
        """How many calibration samples it takes for as many discoveries as there are flags; 0 where there are enough.

        The least p-value, 1 / (n + 1), must be at most a · rate / m for a of m samples.
        """
        flagged = int(self.flagged.sum())
        if self.judged_against is None or not flagged:
            return 0
        needed = int(np.ceil(len(self) / (flagged * self.false_alarm_rate) - 1 - 1e-9))
        return needed if needed > len(self.calibration_scores) else 0

    def reasons(self, number: int) -> list[str]:
        """Return why the sample of a place in `order` is abnormal, in words, the furthest off first; nothing of images.

        What is as expected is no reason, although in company of the rest it may be rare.
        """
        found = self.explanation.reasons[number] if number < len(self.explanation) else ()
        chosen = [one for one in found if one.share >= LEAST_SHARE] or found
        return [str(reason) for reason in chosen[:MOST_REASONS]]

    def quality(self, labels: Bool[np.ndarray, " samples"]) -> DetectionQuality:
        """Return how well the scores and the flags find samples that are known to be anomalies."""
        return detection_quality(labels, self.scores, self.flagged)

    def sentences(self) -> list[str]:
        """Return how many samples are flagged, and what that means, in words."""
        flagged, count = int(self.flagged.sum()), len(self)
        expected = say_number(self.false_alarm_rate * count, 2)
        found = [
            f"Of {say_count(count, 'sample')} {flagged:,} {'is' if flagged == 1 else 'are'} flagged; were all normal, "
            f"about {expected} would be."
        ]
        if self.discoveries is None:
            return [*found, "They were judged against each other, so about that share is flagged whatever they are."]
        stricter = f"With at most {say_percent(self.false_alarm_rate)} of the flagged wrong: {self.discoveries.sum():,}"
        needed = f"; for all of them it needs {self.needed:,} calibration samples" if self.needed else ""
        return [*found, f"{stricter} (Benjamini–Hochberg{needed})."]


def detect(
    X: Any,
    *,
    against: Any = None,
    autoencoder: Any = None,
    false_alarm_rate: float = 0.01,
    random_state: Any = None,
    progress: Callable[[str], None] | None = None,
    callbacks: Sequence[Callable[[EpochRecord], None]] = (),
) -> Detection:
    """Return the anomalies among samples: ranked, with p-values and reasons.

    Parameters
    ----------
    X
        Samples, whatever `Autoencoder.fit` takes.
    against
        Normal samples to judge them against. None judges them against each other.
    autoencoder
        As for `AnomalyDetector`.
    false_alarm_rate
        Of how many normal samples may be flagged, in (0, 1); a smaller one needs more samples.
    random_state
        Seed; None draws one.
    progress
        Called before each training with the samples that it is on, in words.
    callbacks
        As for `Autoencoder`: each is called with the record of every epoch.

    Returns
    -------
    Detection
        Scores, p-values, flags, and the reasons of the most abnormal samples.

    Raises
    ------
    InvalidInputError
        If there are too few samples for the rate, or they cannot be used.

    Notes
    -----
    With `against`, an `AnomalyDetector` is fitted on all of it but a quarter, which calibrates it, and the rate holds
    for new normal samples.

    Without, the samples are split at random: each half is judged by a detector that was fitted on the most typical
    samples of the other, so none by one that was trained on it. A sample's p-value is the share of samples with at
    least its score. All samples are treated alike, so each is as likely to come first as any other were all normal,
    and the rate holds exactly; but about that share is flagged whatever the samples are: the ranking finds anomalies,
    the flags say how many rows to look at. Fitted on all rows at once, anomalies hide behind themselves: of 100 errors
    planted in titanic.csv, 40 were among the first 100 rows, against 45 by halves.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(200, 3))
    >>> rows[:, 2] = rows[:, 0] + rows[:, 1]
    >>> rows[7, 2] += 4
    >>> found = detect(rows, random_state=0)
    >>> found, int(found.order[0]), found.explanation.reasons[0][0].column
    (Detection(2 of 200 samples flagged), 7, 'x2')
    """
    calibration_needed(false_alarm_rate)  # refuses what is no rate
    detector = _WatchedDetector(
        autoencoder,
        contaminated=against is None,
        false_alarm_rate=false_alarm_rate,
        random_state=derive_seed(random_state),
    )
    detector.callbacks = callbacks
    say = progress or (lambda _samples: None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)  # there are enough, or it is an error
        if against is None:
            return _judge_by_halves(detector, X, say)
        return _judge_against(detector, X, against, say)


class _WatchedDetector(AnomalyDetector):
    """A detector whose trainings are watched.

    Where it is fitted on a part of some samples, these decide how their columns are read.
    """

    callbacks: Sequence[Callable[[EpochRecord], None]] = ()
    whole: Opened | None = None

    def _make_autoencoder(self) -> Autoencoder:
        model = super()._make_autoencoder()
        model.callbacks = [*(model.callbacks or ()), *self.callbacks]
        return model

    def _find_representation(self, model: Autoencoder, opened: Opened) -> Representation:
        return super()._find_representation(model, self.whole or opened)


def _judge_against(detector: AnomalyDetector, X: Any, against: Any, say: Callable[[str], None]) -> Detection:
    """Judge samples by a detector that is fitted on others."""
    normal = open_samples(against, argument="against")
    count = len(normal.values)
    rate, share = detector.false_alarm_rate, detector.calibration_fraction
    _check_enough(
        count, max(1, round(share * count)), int(np.ceil(calibration_needed(rate) / share)), rate, "the reference"
    )
    samples = open_samples(X, reading=normal.reading)
    notice_overlap(detector._make_autoencoder(), samples, normal)
    say(f"{count:,} samples")
    detector.fit(normal)
    scores = _score(detector, samples, np.arange(len(samples.values)))
    order = _rank(scores)
    shown = order[: _count_explained(detector, scores > -detector.offset_)]
    explanation, rebuilt = _explain(detector, samples, shown)
    found = (scores, detector.calibration_scores_, rate, normal.source, order, explanation, rebuilt, detector.seed_)
    return Detection(*found, _describe_columns(normal, [detector]))


def _judge_by_halves(detector: _WatchedDetector, X: Any, say: Callable[[str], None]) -> Detection:
    """Judge each half of the samples by a detector that is fitted on the other."""
    opened = _open_whole(detector, X)
    count, rate, seed = len(opened.values), detector.false_alarm_rate, detector.random_state
    # Each is compared with all others; a half to train on has two.
    needed = max(LEAST_SAMPLES, calibration_needed(rate) + 1)
    _check_enough(count, count - 1, needed, rate, "the samples")
    mixed = np.random.default_rng(seed).permutation(count)
    halves = [np.sort(mixed[: count // 2]), np.sort(mixed[count // 2 :])]
    scores, fitted = np.empty(count), []
    for number, (judged, trained) in enumerate((halves, halves[::-1]), 1):
        say(f"{len(trained):,} of {count:,} samples ({number} of 2)")
        judge = _WatchedDetector(**detector.get_params(deep=False))
        judge.callbacks, judge.whole = detector.callbacks, opened
        judge.fit(_take(opened, trained), validation=_take(opened, judged, "validation"))
        scores[judged] = judge.calibration_scores_
        fitted.append((judge, judged, trained))
    order, others = _rank(scores), np.sort(scores)[:-1]
    most = _count_explained(fitted[0][0], scores > conformal_threshold(others, rate))
    parts, found = [], []
    for judge, judged, trained in fitted:
        of_half = np.flatnonzero(np.isin(order[:most], judged))
        if len(of_half):
            explanation, rebuilt = _explain(judge, opened, order[of_half])
            parts.append((replace(explanation, nearest=trained[explanation.nearest]), rebuilt))
            found.append(of_half)
    explanation, rebuilt = _merge(parts, np.argsort(np.concatenate(found)))
    p_values = conformal_p_values(others, explanation.scores)
    columns = _describe_columns(opened, [judge for judge, *_ in fitted])
    explanation = replace(explanation, p_values=p_values)
    return Detection(scores, others, rate, None, order, explanation, rebuilt, seed, columns)


def _check_enough(count: int, calibration: int, needed: int, rate: float, what: str) -> None:
    if count >= needed:
        return
    advice = ""
    if calibration < calibration_needed(rate):
        advice = f", or ask for a rate of at least {np.ceil(10_000 / (calibration + 1)) / 10_000:g}"
    raise InvalidInputError(
        f"false_alarm_rate={rate:g} needs at least {needed:,} samples, but {what} are {count:,}; give more{advice}."
    )


def _open_whole(detector: AnomalyDetector, X: Any) -> Opened:
    """Open samples, and check all of them before they are split, so that a message counts their rows."""
    opened = open_samples(X)
    representation = detector._find_representation(detector._make_autoencoder(), opened)
    representation.fit(representation.check(Autoencoder(), opened, reset=True), "auto")
    is_table = isinstance(opened.values, nw.DataFrame)
    return opened if is_table else replace(opened, values=np.asarray(opened.values))


def _describe_columns(opened: Opened, judges: Sequence[AnomalyDetector]) -> tuple[ColumnDescription, ...]:
    """Return how each column was read; of several judges, by that which made the fewest features of it."""
    if not isinstance(opened.values, nw.DataFrame):
        return ()
    encoders = [judge.autoencoder_.table_encoder_ for judge in judges]
    every = [encoder.describe() for encoder in encoders if encoder is not None]
    if not every:
        return tuple(ColumnDescription(str(name), "number", 1, "") for name in opened.values.columns)
    return tuple(min(column, key=lambda described: described.features) for column in zip(*every, strict=True))


def _take(opened: Opened, places: Rows, argument: str = "X") -> Opened:
    return replace(opened, values=opened.values[places], argument=argument, labels=None, row_names=None)


def _score(detector: AnomalyDetector, opened: Opened, places: Rows) -> Float64[np.ndarray, " rows"]:
    """Return the anomaly scores of some samples, block by block."""
    found = []
    for start in range(0, len(places), BLOCK_ROWS):
        block = places[start : start + BLOCK_ROWS]
        with counting_rows(block):
            found.append(-detector.score_samples(_take(opened, block)))
    return np.concatenate(found)


def _rank(scores: Float64[np.ndarray, " samples"]) -> Rows:
    return np.argsort(-scores, kind="stable")


def _count_explained(detector: AnomalyDetector, flagged: Bool[np.ndarray, " samples"]) -> int:
    """Return how many samples are explained: those that are flagged, but neither few nor very many."""
    most = max(1, min(MOST_EXPLAINED, MOST_NUMBERS // detector.autoencoder_._representation.width))
    return min(len(flagged), max(LEAST_EXPLAINED, int(flagged.sum())), most)


def _explain(detector: AnomalyDetector, opened: Opened, places: Rows) -> tuple[Explanation, np.ndarray | None]:
    """Explain some samples; of images also what is expected of them: a pixel alone is no reason."""
    samples = _take(opened, places)
    if len(detector.sample_shape_) == 1:
        return detector.explain(samples, reasons=4 * MOST_REASONS), None  # some add little
    rebuilt: Any = detector.autoencoder_.reconstruct(samples)
    return detector.explain(samples, reasons=0), rebuilt


def _merge(parts: list[tuple[Explanation, np.ndarray | None]], order: Rows) -> tuple[Explanation, np.ndarray | None]:
    """Return explanations as one, in another order."""

    def join(arrays: list[Any]) -> Any:
        return np.concatenate(arrays)[order]

    found = [explanation for explanation, _ in parts]
    reasons = [reasons for explanation in found for reasons in explanation.reasons]
    rebuilt = [images for _, images in parts if images is not None]
    return (
        Explanation(
            found[0].columns,
            join([explanation.contributions for explanation in found]),
            join([explanation.scores for explanation in found]),
            join([explanation.p_values for explanation in found]),
            join([explanation.nearest for explanation in found]),
            tuple(reasons[place] for place in order.tolist()),
        ),
        join(rebuilt) if rebuilt else None,
    )
