"""From checked samples, which are normal or hold some anomalies, to a fitted detector."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from autoencode.evaluation import (
    AnomalyScore,
    find_typical,
    make_anomaly_score,
    make_column_ranks,
)
from autoencode.exceptions import DiagnosisWarning
from autoencode.model.arguments import Arguments
from autoencode.model.detector import (
    NORMAL,
    UNLABELLED,
    DetectorSettings,
    FittedDetector,
    Rows,
    measure_samples,
    rebuild_samples,
    scale_samples,
    tell_time,
)
from autoencode.model.detector_warnings import warn_of_few
from autoencode.model.fit import Callback, fit_prepared
from autoencode.model.fitted import Fitted
from autoencode.model.format import find_format
from autoencode.model.grouped_detector import GroupedDetector, group_detector, read_labels
from autoencode.model.preparation import Checked, Preparation, check_arguments, set_up
from autoencode.model.samples import Opened, counting_rows, number_rows, split_samples
from autoencode.sizes import is_auto

TYPICAL_SHARE = 0.8
"""From how many of the samples distances are measured, where some may be anomalies: the most typical."""

MOST_RANKED = 256
"""Samples that are flat and have at most so many numbers have their columns counted by rank too."""

MOST_REFERENCE, MOST_NUMBERS = 2048, 2**24
"""With how many normal samples others are compared at most, and how many numbers these may have in all."""

Train = Callable[[Preparation], Fitted]
"""Trains what was prepared, and returns what was learnt."""


def train_alone(prepared: Preparation, callbacks: Sequence[Callback] = ()) -> Fitted:
    """Train, and keep nothing on the way."""
    learnt: list[Fitted] = []
    fit_prepared(prepared, learnt.append, callbacks)
    return learnt[0]


def check_normal(arguments: Arguments, opened: Opened, rows: Rows | None = None) -> Checked:
    """Return opened samples, or some rows of them, checked as those of a training."""
    form = find_format(arguments, opened, unseen="encode")
    if rows is None or len(rows) == opened.count:
        samples = form.check(opened, reset=True)
        rows = number_rows(len(samples))
    else:
        with counting_rows(rows):
            samples = form.check(opened.take(rows), reset=True)
    return Checked(form, samples, rows, opened.reading, opened.source)


def fit_detector(
    settings: DetectorSettings,
    arguments: Arguments,
    known: Checked,
    calibration: Checked | None,
    train: Train = train_alone,
    *,
    by: str | None = None,
) -> FittedDetector | GroupedDetector:
    """Train on samples, and calibrate on others.

    Parameters
    ----------
    settings
        How.
    arguments
        Of the autoencoder.
    known
        The samples to train on; a share of them is kept to calibrate on where there are none for that.
    calibration
        Normal samples that are not trained on, in the same format; None takes a share of the known ones.
    train
        What trains the networks.
    by
        The column that names groups, each of which has a threshold of its own; None: all have one.

    Raises
    ------
    InvalidInputError
        If an argument or the samples cannot be used.
    """
    # That there is no such column is said before minutes of training.
    labels = None if by is None else read_labels(known.form, known.samples, by)
    trained, held_out = np.arange(len(known.samples)), np.empty(0, int)
    is_given = calibration is not None
    argument = "validation" if is_given else "X"
    if calibration is None:
        trained, held_out = settings.split(len(known.samples), known.form.find_longest(known.samples))
        calibration = known.take(held_out)
    warn_of_few(len(calibration.samples), settings.false_alarm_rate)
    check_arguments(arguments, has_validation=False)
    fitted, places = _train(arguments, known.take(trained), train)
    trained = trained[places]
    more = held_out[:0] if settings.contaminated else held_out  # which are normal ones as well
    score, reference = _make_score(settings, fitted, known, trained, more)
    with counting_rows(calibration.rows):
        scores = measure_samples(fitted, score, calibration.samples, argument)
    detector = FittedDetector(
        fitted=fitted,
        score=score,
        calibration_scores=scores,
        calibration_weights=calibration.weights,
        trained_on=known.rows[trained].astype(np.int64),
        reference=known.rows[reference].astype(np.int64),
        settings=settings,
        calibrated_on=UNLABELLED if settings.contaminated and not is_given else NORMAL,
        fitted_at=tell_time(),
    )
    if by is None or labels is None:
        return detector
    return group_detector(detector, by, labels, [read_labels(known.form, calibration.samples, by)])


def _train(arguments: Arguments, known: Checked, train: Train) -> tuple[Fitted, Rows]:
    """Train on checked samples; return what was learnt, and the places of those that were not kept to validate on."""
    with warnings.catch_warnings():
        prepared = set_up(arguments, known, None)
        # What it says of codes and PCA is no fault of a detector; the diagnosis keeps it.
        warnings.simplefilter("ignore", DiagnosisWarning)
        fitted = train(prepared)
    places = np.arange(len(known.samples))
    if arguments.validation_fraction is not None:
        places, _ = split_samples(places, arguments.validation_fraction, fitted.seed)
    return replace(fitted, optimizer=None), np.sort(places)  # no training goes on from it


def _make_score(
    settings: DetectorSettings, fitted: Fitted, known: Checked, trained: Rows, more: Rows
) -> tuple[AnomalyScore, Rows]:
    """Return the score that holds samples against those trained on, and more, and the places of those it chose."""
    random = np.random.default_rng(settings.seed + 1)
    width, places = fitted.format.width, np.sort(np.concatenate([trained, more]))
    most = max(2, min(MOST_REFERENCE, MOST_NUMBERS // width))
    if len(places) > most:
        places = np.sort(random.choice(places, most, replace=False))
    rows, rebuilt = rebuild_samples(fitted, known.samples[places])
    typical = np.ones(len(rows), bool)
    if settings.contaminated:
        typical = find_typical(rows, share=TYPICAL_SHARE, seed=settings.seed)
    counts_ranks = fitted.format.kind is None and width <= MOST_RANKED
    if not is_auto(settings.ranks):
        counts_ranks = bool(settings.ranks)
    ranks = None
    if counts_ranks:
        # Of what is trained on alone: ranks among the calibration samples too would make these more usual.
        ranked = known.take(trained)
        ranks = make_column_ranks(scale_samples(fitted, ranked.samples)[0], ranked.weights)
    score = make_anomaly_score(
        rows.astype(np.float64),
        rebuilt.astype(np.float64),
        typical,
        contaminated=settings.contaminated,
        seed=settings.seed,
        left_out=np.isin(places, more),
        column_ranks=ranks,
    )
    return replace(score, weights=None if known.weights is None else known.weights[places]), places
