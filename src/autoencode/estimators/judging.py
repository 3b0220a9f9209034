"""`detect`: samples judged against normal ones, or against each other."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Bool

from autoencode.estimators.anomaly_detector import choose_autoencoder, settle_autoencoder
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.detector_run import DetectorRun
from autoencode.estimators.joint_explanation import join_explanations
from autoencode.estimators.overlap import notice_overlap
from autoencode.estimators.scoring import Rows, count_explained, explain_shown, judge_among, judge_by
from autoencode.evaluation import calibration_needed, least_rate
from autoencode.evaluation.correction import Correction
from autoencode.evaluation.detection import Detection
from autoencode.evaluation.explanation import Explanation
from autoencode.exceptions import CalibrationWarning, InvalidInputError
from autoencode.model.arguments import derive_seed
from autoencode.model.detector import UNLABELLED, DetectorPair, DetectorSettings, FittedDetector, Scores
from autoencode.model.detector_fit import check_normal, fit_detector, train_alone
from autoencode.model.detector_warnings import warn_of_unlearnt
from autoencode.model.feedback import Feedback, read_feedback
from autoencode.model.fitted import Fitted
from autoencode.model.grouped_detector import Detector, GroupedDetector, group_detector, read_labels
from autoencode.model.learnt import list_arguments
from autoencode.model.model_file import check_keepable, save_model
from autoencode.model.preparation import Checked, Preparation
from autoencode.model.sample_kind import warn_of_guess
from autoencode.model.samples import Opened, PickedSamples, naming_lines, number_rows, open_samples, pick_samples
from autoencode.training import EpochRecord
from autoencode.types import ColumnDescription

LEAST_SAMPLES = 4
"""That are judged against each other."""

CALIBRATION_FRACTION = 0.25
"""Share of the reference that is kept to calibrate on."""

Flags = Bool[np.ndarray, " samples"]
Progress = Callable[[str], Callable[[EpochRecord], None] | None]


def detect(
    X: Any,
    *,
    against: Any = None,
    autoencoder: Any = None,
    kind: str = "auto",
    false_alarm_rate: float = 0.01,
    random_state: Any = None,
    calibrate_on: str = "random",
    by: str | None = None,
    keep: str | Path | DetectorRun | None = None,
    progress: Progress | None = None,
    feedback: Any = None,
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
    calibrate_on
        As for `AnomalyDetector`, of samples that are judged against others; "last 20%" says how many.
    by
        As for `AnomalyDetector`: a column that names groups, each of which has a threshold of its own.
    keep
        A file to write the detector to that judged the samples; `load` reads it. Where they were judged against each
        other it is the pair of both halves' detectors: a new sample has the mean of both p-values. Or a run for it, in
        which each training is kept as it is finished: one that was finished or begun there before is not repeated.
    progress
        Called before each training with the samples that it is on, in words; what it returns, if anything, is called
        with the record of every epoch.
    feedback
        Rows that people marked, as of `AnomalyDetector.fit`; what they changed is in `Detection.corrected`.

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

    Rows marked normal are references of both halves; among the samples that the others' p-values are counted by, they
    keep the score that they had, so that no other takes their place. Rows marked as anomalies are among these no more.

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
    is_last, fraction = read_calibration(calibrate_on)
    if is_last and against is None:
        raise InvalidInputError("calibrate_on: is for samples that are judged against others; give against too.")
    own = isinstance(autoencoder, Autoencoder)
    settings = DetectorSettings(
        autoencoder=list_arguments(autoencoder) if own else autoencoder,
        kind=kind,
        contaminated=against is None,
        false_alarm_rate=false_alarm_rate,
        calibration_fraction=fraction,
        calibrates_last=is_last,
        ranks="auto",
        seed=derive_seed(random_state),
    )
    run, file = (keep, keep.folder.model) if isinstance(keep, DetectorRun) else (None, keep)
    task = _Task(settings, choose_autoencoder(autoencoder, kind), autoencoder is None, progress, by, feedback, run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)  # there are enough, or it is an error
        if file is not None:
            check_keepable(file, list_arguments(task.model))
        if against is None:
            with naming_lines(X):
                found, detector = _judge_by_halves(task, X)
        else:
            found, detector = _judge_against(task, X, against)
    if file is not None:
        save_model(detector, file)
    return found


@dataclass(frozen=True, eq=False)
class _Task:
    """How samples are judged: by which detectors, of which autoencoder, and who watches their trainings."""

    settings: DetectorSettings
    model: Autoencoder
    is_default: bool
    progress: Progress | None
    by: str | None
    feedback: Any
    run: DetectorRun | None

    def check(self, opened: Opened) -> Checked:
        """Return checked samples; what they decide of the autoencoder is settled."""
        known = check_normal(list_arguments(self.model), opened)
        if known.form.is_guessed:
            warn_of_guess(known.form.sample_shape)
        settle_autoencoder(self.model, known.form, self.settings.seed, is_default=self.is_default)
        return known

    def read_marks(self, known: Checked) -> Feedback | None:
        """Return what people marked, if they did, beside the checked samples of training."""
        return None if self.feedback is None else read_feedback(self.feedback, known, len(known.samples))

    def fit(self, known: Checked, calibration: Checked | None, words: str, place: tuple[int, int] = (1, 1)) -> Any:
        """Fit a detector on checked samples, which are said in words; the place is its number, and of how many."""

        def watch() -> tuple[Callable[[EpochRecord], None], ...]:
            told = None if self.progress is None else self.progress(words)
            return () if told is None else (told,)

        def train(prepared: Preparation) -> Fitted:
            if self.run is None:
                return train_alone(prepared, watch())
            return self.run.train(prepared, *place, watch)

        by = None if self.settings.contaminated else self.by  # halves are grouped once they are a pair
        return fit_detector(self.settings, list_arguments(self.model), known, calibration, train, by=by)


def _judge_against(task: _Task, X: Any, against: Any) -> tuple[Detection, Detector]:
    """Judge samples by a detector that is fitted on others."""
    with naming_lines(against):
        normal = open_samples(against, argument="against")
    settings, count = task.settings, normal.count
    rate = settings.false_alarm_rate
    needed = math.ceil(calibration_needed(rate) / settings.calibration_fraction)
    _check_enough(count, settings.count_calibration(count), needed, rate, " in the reference")
    with naming_lines(against):
        known = task.check(normal)
    with naming_lines(X):
        samples = open_samples(X, reading=normal.reading)
        judged = known.form.check(samples, reset=False, finite=not isinstance(samples.values, nw.DataFrame))
    with naming_lines(against):
        notice_overlap(known.form, judged, known.samples)
        rows = settings.draw_rows(count, calibrates=True)
        marks, used = task.read_marks(known), known.take(rows)
        if marks is not None:
            marks.notice_unknown(known.samples, judged)
            used = marks.clean(used)
        kept = settings.count_calibration(len(used.samples))
        words = f"{len(used.samples) - kept:,} of {count:,} samples, {kept:,} kept to calibrate on"
        fitted: FittedDetector | GroupedDetector = task.fit(used, None, words)
        warn_of_unlearnt([fitted.fitted])
        detector = fitted if marks is None else marks.join(fitted)
    columns = _describe_columns(normal, [detector])
    fitted_to = None if len(rows) == count else len(rows)
    with naming_lines(X):
        found = judge_by(detector, judged, against=normal.source, columns=columns, fitted_to=fitted_to)
        if marks is not None:
            before = fitted.assess(judged)[1] <= rate
            found = _note_correction(found, marks, judged, before, left=len(rows) - len(used.samples))
    return found, detector


def _judge_by_halves(task: _Task, X: Any) -> tuple[Detection, Detector]:
    """Judge each half of the samples by a detector that is fitted on the other."""
    opened, settings = open_samples(X), task.settings
    whole = task.check(opened)
    marks, rate = task.read_marks(whole), settings.false_alarm_rate
    judged = _judge_halves(task, whole, marks)
    warn_of_unlearnt([detector.fitted for detector, _ in judged.fitted])
    labels = None if task.by is None else read_labels(whole.form, whole.samples, task.by)
    scores = judged.scores
    p_values, groups = judge_among(scores, rate, labels, judged.compared)
    order = np.lexsort((-scores, p_values))
    most = count_explained(judged.fitted[0][0].fitted.format, p_values <= rate)
    parts, places = [], []
    for detector, rows in judged.fitted:
        of_half = np.flatnonzero(np.isin(order[:most], rows))
        if len(of_half):
            parts.append(explain_shown(detector, pick_samples(whole.samples, order[of_half])))
            places.append(of_half)
    explanation, rebuilt = _merge(parts, np.argsort(np.concatenate(places)))
    explanation = replace(explanation, p_values=p_values[order[:most]])
    columns = _describe_columns(opened, [detector for detector, _ in judged.fitted])
    first, second = (replace(detector, calibrated_on=UNLABELLED) for detector, _ in judged.fitted)
    found = Detection(
        scores=scores,
        p_values=p_values,
        threshold=max(group.threshold for group in groups),
        calibration_scores=np.sort(judged.compared[~np.isnan(judged.compared)])[:-1],
        false_alarm_rate=rate,
        judged_against=None,
        order=order,
        explanation=explanation,
        rebuilt=rebuilt,
        seed=settings.seed,
        columns=columns,
        fitted_to=judged.fitted_to,
        kind=whole.form.kind,
        groups=() if labels is None else groups,
    )
    if marks is not None:
        before = judge_among(judged.unmarked, rate, labels, judged.compared)[0] <= rate
        found = _note_correction(found, marks, whole.samples, before, left=int(np.isnan(judged.compared).sum()))
    pair = DetectorPair(parts=(first, second))
    if task.by is None or labels is None:
        return found, pair
    calibrating = [rows[~np.isnan(judged.compared[rows])] for _, rows in judged.fitted]
    return found, group_detector(pair, task.by, labels, [[labels[row] for row in rows] for rows in calibrating])


def read_calibration(text: str) -> tuple[bool, float]:
    """Return whether the last samples calibrate, and what share of them."""
    words = str(text).split()
    if words == ["random"]:
        return False, CALIBRATION_FRACTION
    share = words[1].removesuffix("%") if len(words) == 2 and words[1].endswith("%") else "25"
    try:
        fraction = float(share) / 100
    except ValueError:
        fraction = 0.0
    if not words or words[0] != "last" or len(words) > 2 or (len(words) == 2) != words[-1].endswith("%"):
        fraction = 0.0
    if not 0 < fraction < 1:
        raise InvalidInputError(f"calibrate_on: expected random, last or last 20%, got {text!r:.100}.")
    return True, fraction


@dataclass(frozen=True, eq=False)
class _Halves:
    """Samples that both halves' detectors judged.

    Attributes
    ----------
    scores, unmarked
        Of each sample; and as they are without the rows marked normal.
    compared
        With which of the latter others are compared; NaN at a sample that is marked as an anomaly.
    fitted
        Each detector, and the places that it judged.
    fitted_to
        To how many samples each was fitted, where there were more than suffice; else None.
    """

    scores: Scores
    unmarked: Scores
    compared: Scores
    fitted: list[tuple[FittedDetector, Rows]]
    fitted_to: int | None


def _judge_halves(task: _Task, whole: Checked, marks: Feedback | None) -> _Halves:
    """Fit a detector to each half of the samples, and judge the other half by it; anomalies are in neither."""
    settings, count = task.settings, len(whole.samples)
    wrong = np.empty(0, int)
    if marks is not None:
        marks.notice_unknown(whole.samples)
        wrong = np.flatnonzero(marks.find_anomalies(whole.samples))
    # Each is compared with all others; a half to train on has two.
    rate, rest = settings.false_alarm_rate, count - len(wrong)
    _check_enough(rest, rest - 1, max(LEAST_SAMPLES, calibration_needed(rate) + 1), rate, "")
    if task.by is not None:
        read_labels(whole.form, whole.samples, task.by)
    copy(whole.form).fit(whole.samples, "auto")  # what no half can use is said before minutes of training
    mixed = np.random.default_rng(settings.seed).permutation(number_rows(count))
    mixed = mixed[~np.isin(mixed, wrong)] if len(wrong) else mixed
    halves = [np.sort(mixed[: rest // 2]), np.sort(mixed[rest // 2 :])]
    del mixed
    scores = np.empty(count)
    unmarked = scores if marks is None else np.empty(count)
    fitted: list[tuple[FittedDetector, Rows]] = []
    drawn = settings.count_fitted(len(halves[1]), calibrates=False)
    for number, (judged, trained) in enumerate((halves, halves[::-1]), 1):
        rows = trained[settings.draw_rows(len(trained), calibrates=False)]
        known = replace(whole.take(rows), form=copy(whole.form))
        words = f"{len(rows):,} of {count:,} samples ({number} of 2)"
        others = Checked(
            known.form, PickedSamples(whole.samples, judged), whole.rows[judged], whole.reading, whole.source
        )
        detector = task.fit(known, others, words, (number, 2))
        scores[judged] = unmarked[judged] = detector.calibration_scores
        if marks is not None:
            more = wrong[number - 1 :: 2]
            unmarked[more] = detector.measure(whole.samples[more])
            judged, detector = np.sort(np.append(judged, more)), marks.join(detector)
            scores[judged] = detector.measure(PickedSamples(whole.samples, judged))
        fitted.append((detector, judged))
    compared = unmarked
    if len(wrong):
        compared = unmarked.copy()
        compared[wrong] = np.nan
    return _Halves(scores, unmarked, compared, fitted, drawn if drawn < len(halves[1]) else None)


def _note_correction(found: Detection, marks: Feedback, samples: Any, before: Flags, *, left: int) -> Detection:
    """Return what was found with what marks changed in it: the flags that there are, and those without them."""
    others = ~marks.find_normal(samples)
    before, now = before[others], found.flagged[others]
    corrected = Correction(
        normal=len(marks.places),
        anomalies=len(marks.anomaly_rows),
        left=left,
        lost=int((before & ~now).sum()),
        gained=int((now & ~before).sum()),
    )
    return replace(found, corrected=corrected)


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


def _describe_columns(opened: Opened, judges: Sequence[Detector]) -> tuple[ColumnDescription, ...]:
    """Return how each column was read; of several judges, by that which made the fewest features of it."""
    if not isinstance(opened.values, nw.DataFrame):
        return ()
    encoders = [judge.fitted.table_encoder for judge in judges]
    every = [encoder.describe() for encoder in encoders if encoder is not None]
    if not every:
        return tuple(ColumnDescription(str(name), "number", 1, "") for name in opened.values.columns)
    return tuple(min(column, key=lambda described: described.features) for column in zip(*every, strict=True))


def _merge(parts: list[tuple[Explanation, np.ndarray | None]], order: Rows) -> tuple[Explanation, np.ndarray | None]:
    """Return explanations as one, in another order; and what the networks make of the samples."""
    rebuilt = [images for _, images in parts if images is not None]
    explanation = join_explanations([explanation for explanation, _ in parts], order)
    return explanation, np.concatenate(rebuilt)[order] if rebuilt else None
