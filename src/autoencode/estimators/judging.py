"""`detect`: samples judged against normal ones, or against each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.estimators.anomaly_detector import BLOCK_ROWS, AnomalyDetector
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.detector_warnings import warn_of_unlearnt
from autoencode.estimators.overlap import notice_overlap
from autoencode.model.array_format import Format
from autoencode.model.sample_kind import warn_of_guess
from autoencode.model.samples import Opened, counting_rows, naming_lines, open_samples
from autoencode.model.settings import derive_seed
from autoencode.evaluation import calibration_needed, conformal_p_values, conformal_threshold, least_rate
from autoencode.evaluation.detection import MOST_REASONS, Detection
from autoencode.evaluation.explanation import Explanation
from autoencode.exceptions import CalibrationWarning, InvalidInputError
from autoencode.features import ColumnDescription
from autoencode.training import EpochRecord

__all__ = ["detect"]

LEAST_EXPLAINED, MOST_EXPLAINED = 100, 10_000
"""Samples that are explained: as many as are flagged, within these."""

LEAST_SAMPLES = 4
"""That are judged against each other."""

MOST_NUMBERS = 2**24
"""How many contributions are kept at most; of images, few have so many."""

Rows = Int[np.ndarray, " rows"]
Progress = Callable[[str], Callable[[EpochRecord], None] | None]


def detect(
    X: Any,
    *,
    against: Any = None,
    autoencoder: Any = None,
    kind: str = "auto",
    false_alarm_rate: float = 0.01,
    random_state: Any = None,
    progress: Progress | None = None,
) -> Detection:
    """Return the anomalies among samples: ranked, with p-values and reasons.

    Parameters
    ----------
    X
        Samples, whatever `Autoencoder.fit` takes.
    against
        Normal samples to judge them against. None judges them against each other.
    autoencoder, kind
        As for `AnomalyDetector`.
    false_alarm_rate
        Of how many normal samples may be flagged, in (0, 1); a smaller one needs more samples.
    random_state
        Seed; None draws one.
    progress
        Called before each training with the samples that it is on, in words; what it returns, if anything, is called
        with the record of every epoch.

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

    Without, the samples are split at random: each half is judged by a detector that was fitted on the other, so
    none by one that was trained on it. A sample's p-value is the share of samples with at
    least its score. All samples are treated alike, so each is as likely to come first as any other were all normal,
    and the rate holds exactly; but about that share is flagged whatever the samples are: the ranking finds anomalies,
    the flags say how many rows to look at. Fitted on all rows at once, anomalies hide behind themselves: of 100 errors
    planted in titanic.csv, 51 were among the first 100 rows, against 60 by halves.

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
        kind=kind,
        contaminated=against is None,
        false_alarm_rate=false_alarm_rate,
        random_state=derive_seed(random_state),
    )
    detector.progress = progress
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)  # there are enough, or it is an error
        if against is None:
            with naming_lines(X):
                return _judge_by_halves(detector, X)
        return _judge_against(detector, X, against)


class _WatchedDetector(AnomalyDetector):
    """A detector whose trainings are watched.

    Where it is fitted on a part of some samples, these decide how their columns are read.
    """

    progress: Progress | None = None
    watch: Callable[[EpochRecord], None] | None = None
    whole: Opened | None = None

    def begin(self, samples: str) -> None:
        """Say which samples the next training is on, and have its epochs watched."""
        self.watch = None if self.progress is None else self.progress(samples)

    def _make_autoencoder(self) -> Autoencoder:
        model = super()._make_autoencoder()
        if self.watch is not None:
            model.callbacks = [*(model.callbacks or ()), self.watch]
        return model

    def _warn_of_unlearnt(self) -> None:
        if self.whole is None:
            super()._warn_of_unlearnt()

    def _find_format(self, model: Autoencoder, opened: Opened) -> Format:
        return super()._find_format(model, self.whole or opened)


def _judge_against(detector: _WatchedDetector, X: Any, against: Any) -> Detection:
    """Judge samples by a detector that is fitted on others."""
    with naming_lines(against):
        normal = open_samples(against, argument="against")
    count = len(normal.values)
    rate, share = detector.false_alarm_rate, detector.calibration_fraction
    _check_enough(
        count,
        detector.count_calibration(count),
        int(np.ceil(calibration_needed(rate) / share)),
        rate,
        " in the reference",
    )
    with naming_lines(X):
        samples = open_samples(X, reading=normal.reading)
    with naming_lines(against):
        notice_overlap(detector._make_autoencoder(), samples, normal)
    fitted = detector.count_fitted(count)
    kept = detector.count_calibration(fitted)
    detector.begin(f"{fitted - kept:,} of {count:,} samples, {kept:,} kept to calibrate on")
    with naming_lines(against):
        detector.fit(normal)
    with naming_lines(X):
        scores = _score(detector, samples)
    order = _rank(scores)
    shown = order[: _count_explained(detector, scores > -detector.offset_)]
    explanation, rebuilt = _explain(detector, samples, shown)
    found = (scores, detector.calibration_scores_, rate, normal.source, order, explanation, rebuilt, detector.seed_)
    fitted_to, kind = None if fitted == count else fitted, detector.autoencoder_.settings_["kind"]
    return Detection(*found, _describe_columns(normal, [detector]), fitted_to, kind)


def _judge_by_halves(detector: _WatchedDetector, X: Any) -> Detection:
    """Judge each half of the samples by a detector that is fitted on the other."""
    opened = _open_whole(detector, X)
    count, rate, seed = len(opened.values), detector.false_alarm_rate, detector.random_state
    # Each is compared with all others; a half to train on has two.
    needed = max(LEAST_SAMPLES, calibration_needed(rate) + 1)
    _check_enough(count, count - 1, needed, rate, "")
    mixed = np.random.default_rng(seed).permutation(count)
    halves = [np.sort(mixed[: count // 2]), np.sort(mixed[count // 2 :])]
    most_fitted = detector.count_fitted(len(halves[1]), calibrates=False)
    scores, fitted = np.empty(count), []
    for number, (judged, trained) in enumerate((halves, halves[::-1]), 1):
        judge = _WatchedDetector(**detector.get_params(deep=False))
        judge.progress, judge.whole = detector.progress, opened
        judge.begin(f"{min(most_fitted, len(trained)):,} of {count:,} samples ({number} of 2)")
        judge.fit(opened.take(trained), validation=opened.take(judged, "validation"))
        scores[judged] = judge.calibration_scores_
        fitted.append((judge, judged, trained))
    warn_of_unlearnt([judge.autoencoder_ for judge, *_ in fitted])
    order, others = _rank(scores), np.sort(scores)[:-1]
    most = _count_explained(fitted[0][0], scores > conformal_threshold(others, rate))
    parts, places = [], []
    for judge, judged, trained in fitted:
        of_half = np.flatnonzero(np.isin(order[:most], judged))
        if len(of_half):
            explanation, rebuilt = _explain(judge, opened, order[of_half])
            parts.append((replace(explanation, nearest=trained[explanation.nearest]), rebuilt))
            places.append(of_half)
    explanation, rebuilt = _merge(parts, np.argsort(np.concatenate(places)))
    p_values = conformal_p_values(others, explanation.scores)
    columns = _describe_columns(opened, [judge for judge, *_ in fitted])
    explanation = replace(explanation, p_values=p_values)
    drawn = most_fitted if most_fitted < len(halves[1]) else None
    found = (scores, others, rate, None, order, explanation, rebuilt, seed, columns)
    return Detection(*found, drawn, fitted[0][0].autoencoder_.settings_["kind"])


def _check_enough(count: int, calibration: int, needed: int, rate: float, where: str) -> None:
    if count >= needed:
        return
    advice = ""
    if calibration < calibration_needed(rate):
        advice = f", or ask for a rate of at least {least_rate(calibration):g}"
    there = f"there are {count:,}{where}"
    raise InvalidInputError(
        f"false_alarm_rate={rate:g} needs at least {needed:,} samples, but {there}; give more{advice}."
    )


def _open_whole(detector: AnomalyDetector, X: Any) -> Opened:
    """Open samples, and check all of them before they are split, so that a message counts their rows."""
    opened, model = open_samples(X), detector._make_autoencoder()
    representation = detector._find_format(model, opened)
    representation.fit(representation.check(opened, reset=True), "auto")
    warn_of_guess(model, representation)
    detector.kind = representation.kind or "auto"
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


def _score(detector: AnomalyDetector, opened: Opened) -> Float64[np.ndarray, " rows"]:
    """Return the anomaly score of each sample; of these no more than a block is checked and scaled at a time."""
    found, count = [], len(opened.values)
    for start in range(0, count, BLOCK_ROWS):
        block = np.arange(start, min(start + BLOCK_ROWS, count))
        with counting_rows(block):
            found.append(-detector.score_samples(opened.take(block, "X")))
    return np.concatenate(found)


def _rank(scores: Float64[np.ndarray, " samples"]) -> Rows:
    return np.argsort(-scores, kind="stable")


def _count_explained(detector: AnomalyDetector, flagged: Bool[np.ndarray, " samples"]) -> int:
    """Return how many samples are explained: those that are flagged, but neither few nor very many."""
    most = max(1, min(MOST_EXPLAINED, MOST_NUMBERS // detector.autoencoder_.fitted_.format.width))
    return min(len(flagged), max(LEAST_EXPLAINED, int(flagged.sum())), most)


def _explain(detector: AnomalyDetector, opened: Opened, places: Rows) -> tuple[Explanation, np.ndarray | None]:
    """Explain some samples; of pictures and sequences also what is expected of them: a pixel alone is no reason."""
    samples, kind = opened.take(places, "X"), detector.autoencoder_.settings_["kind"]
    explanation = detector.explain(samples, reasons=0 if kind == "picture" else 4 * MOST_REASONS)  # some add little
    rebuilt: Any = None if kind is None else detector.autoencoder_.reconstruct(samples)
    return explanation, rebuilt


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
