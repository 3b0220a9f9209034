"""`AnomalyDetector`: which samples are unlike normal ones, at a rate of false alarms that is asked for, and why."""

from __future__ import annotations

import math
import warnings
from contextlib import nullcontext
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float64, Int
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.detector_warnings import warn_of_few, warn_of_unlearnt
from autoencode.estimators.explanation import explain
from autoencode.model.fit import fit_prepared
from autoencode.model.odd_numbers import fill, take_odd
from autoencode.model.preparation import check_arguments, set_up
from autoencode.model.array_format import ArrayFormat, Format, find_format
from autoencode.model.sample_kind import warn_of_guess
from autoencode.model.samples import (
    Opened,
    check_like_training,
    counting_rows,
    note_columns,
    open_samples,
    split_samples,
)
from autoencode.model.sequence_format import find_longest
from autoencode.model.settings import derive_seed
from autoencode.evaluation import (
    calibration_needed,
    conformal_p_values,
    conformal_threshold,
    find_typical,
    make_anomaly_score,
    make_column_ranks,
)
from autoencode.evaluation.explanation import Explanation
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.sizes import is_auto
from autoencode.training.inference import map_restarts, reconstruct_row
from autoencode.types import FeatureMatrix

__all__ = ["AnomalyDetector"]

TYPICAL_SHARE = 0.8
"""From how many of the samples distances are measured, where some may be anomalies: the most typical."""

MOST_RANKED = 256
"""Samples that are flat and have at most so many numbers have their columns counted by rank too."""

MOST_REFERENCE, MOST_NUMBERS = 2048, 2**24
"""With how many normal samples others are compared at most, and how many numbers these may have in all."""

HIDDEN, EPOCHS = (64,), 24
"""Hidden layers of the default autoencoder of flat samples, and its passes over the samples."""

MOST_FITTED, CALIBRATION_MARGIN = 100_000, 10
"""Of more samples so many are drawn: more change no score that matters. Where the rate needs many calibration samples,
there are so many times as many."""

BLOCK_ROWS = 2**14
"""Samples that are scored at a time, so that their distances stay small in memory."""

LEAST_TRAINED = 2
"""Samples that an autoencoder needs."""

BELOW_ALL = -1e15
"""The offset with which nothing is flagged: below every score, and finite, as scikit-learn's scorers ask."""


class AnomalyDetector(OutlierMixin, BaseEstimator):
    """Finds the samples that are unlike the others, says how sure it is, and which features make them so.

    Several autoencoders are trained; a sample's anomaly score is the evidence that it is further than usual from the
    nearest normal samples, by size and by rank, where what the networks cannot rebuild counts double, or that it is
    alone there (`ae.evaluation.AnomalyScore`). Some samples are kept from training: what share of these has as much
    evidence is the p-value, and a sample is flagged where it is at most the `false_alarm_rate`.

    Parameters
    ----------
    autoencoder : None, str or Autoencoder
        What is trained: a recipe's name, or an estimator, of which a copy is fitted. None is an autoencoder with
        2 restarts and 24 epochs; convolutional for large pictures, else dense; of all but pictures it has 64 hidden
        units, and features are standardised. All restarts rebuild a sample, and their mean counts.
    kind : str
        As of `Autoencoder`: "auto", "picture" or "sequence".
    contaminated : bool
        Whether the samples of `fit` may have anomalies among them. True measures distances from the most typical 80 %
        of them, and from afar too, so that anomalies that resemble each other cannot hide. False measures from all, and
        beside what is usual among a sample's neighbours: all are normal, and what is rare is so too.
    false_alarm_rate : float
        Of how many normal samples may be flagged, in (0, 1). The least p-value is 1 / (calibration samples + 1), so a
        smaller rate needs more samples; with too few, a warning before the training names the least rate.
    calibration_fraction : float
        Share of the samples that is kept from training to calibrate the p-values, where `fit` is given no
        `validation`, in (0, 1). More make finer p-values and leave fewer to train on.
    ranks : bool or str
        Whether columns of heavy tails are counted by rank beside their size, and rare values by their rarity. "auto"
        does where samples are flat and have at most 256 numbers: among pixels and steps ranks say nothing.
    random_state : int, RandomState or None
        Seed of the split, of the weights and of the order of the samples.

    Attributes
    ----------
    autoencoder_ : Autoencoder
        The fitted one; its `diagnosis_` says what went wrong in the training.
    calibration_scores_ : array
        Anomaly scores of the calibration samples, float64; a higher one is more abnormal.
    offset_ : float
        `score_samples` below it are flagged; −1e15, so that none is, where there are too few calibration samples.
    ranks_ : bool
        Whether ranks are counted.
    trained_on_, reference_ : array of int
        Places in X of the samples that were trained on, and of those with which others are compared: some of these;
        with `contaminated=False` of the calibration samples too, which are not compared with themselves. Of more than
        100,000 samples so many are drawn; none of the others is looked at.
    n_features_in_, feature_names_in_, sample_shape_, seed_
        As of `Autoencoder`.

    Notes
    -----
    The false alarm rate holds on average over calibration sets, if the calibration samples are normal ones like those
    to come. Where there are anomalies among them, fewer samples are flagged, and fewer of the anomalies.

    References
    ----------
    Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world, chapter 2.
    Bates, Candès, Lei, Romano, Sesia (2023), Testing for outliers with conformal p-values.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(400, 3))
    >>> rows[:, 2] = rows[:, 0] + rows[:, 1]
    >>> detector = AnomalyDetector(contaminated=False, random_state=0).fit(rows)
    >>> detector.predict([[1.0, 1.0, 2.0], [1.0, 1.0, -2.0]]).tolist()
    [1, -1]
    >>> detector.explain([[1.0, 1.0, -2.0]]).contributions.argmax()
    np.int64(2)
    """

    def __init__(
        self,
        autoencoder: Any = None,
        *,
        kind: str = "auto",
        contaminated: bool = True,
        false_alarm_rate: float = 0.01,
        calibration_fraction: float = 0.25,
        ranks: bool | str = "auto",
        random_state: Any = None,
    ):
        self.autoencoder = autoencoder
        self.kind = kind
        self.contaminated = contaminated
        self.false_alarm_rate = false_alarm_rate
        self.calibration_fraction = calibration_fraction
        self.ranks = ranks
        self.random_state = random_state

    # ------------------------------------------------------------------ fitting

    def fit(self, X: Any, y: Any = None, *, validation: Any = None) -> AnomalyDetector:
        """Train on samples, and calibrate on others.

        Parameters
        ----------
        X
            Samples, whatever `Autoencoder.fit` takes.
        y
            Ignored; there for scikit-learn's pipelines.
        validation
            Normal samples to calibrate on, shaped like `X`; then all of `X` is trained on.

        Returns
        -------
        AnomalyDetector
            Itself.

        Raises
        ------
        InvalidInputError
            If an argument or the samples cannot be used.
        """
        del y
        model = self._make_autoencoder()
        opened = open_samples(X)
        representation = self._find_format(model, opened)
        self.seed_ = derive_seed(self.random_state)
        rows = self._draw_rows(opened.values, calibrates=validation is None)
        opened = opened if rows is None else opened.take(rows)
        with nullcontext() if rows is None else counting_rows(rows):
            samples = representation.check(opened, reset=True)
        note_columns(self, opened, representation.columns, mixed=representation.encoder is not None)
        rows = np.arange(len(samples)) if rows is None else rows
        warn_of_guess(model, representation)
        model.kind = representation.kind or "auto"
        if model.random_state is None:
            model.random_state = self.seed_
        if self.autoencoder is None and representation.kind != "picture":
            model.set_params(hidden=HIDDEN, scaling="standard")
        places, calibration = np.arange(len(samples)), None
        if validation is None:
            places, calibration_places = self._split(len(samples), find_longest(representation, samples))
            calibration = samples[calibration_places]
        else:
            held_out = open_samples(validation, reading=opened.reading, argument="validation")
            calibration = self._check_opened(held_out, representation)
            calibration_places = np.arange(len(calibration))
        warn_of_few(len(calibration), self.false_alarm_rate)
        with counting_rows(rows[places]):
            trained_on = self._train(model, opened, representation, samples[places])
        self.autoencoder_, trained_on = model, places[trained_on]
        is_own = validation is None and not self.contaminated  # then these are normal ones of X as well
        reference = self._choose_reference(samples, trained_on, calibration_places if is_own else places[:0])
        self.trained_on_, self.reference_ = rows[trained_on], rows[reference]
        with counting_rows(rows[calibration_places] if validation is None else calibration_places):
            self.calibration_scores_ = self._measure(calibration, "X" if validation is None else "validation")
        self._warn_of_unlearnt()
        self.offset_ = max(-conformal_threshold(self.calibration_scores_, self.false_alarm_rate), BELOW_ALL)
        return self

    def _make_autoencoder(self) -> Autoencoder:
        """Check the arguments, and return the autoencoder to fit."""
        if not isinstance(self.contaminated, bool | np.bool_):
            raise InvalidInputError(f"contaminated must be True or False, got {self.contaminated!r}.")
        if not is_auto(self.ranks) and not isinstance(self.ranks, bool | np.bool_):
            raise InvalidInputError(f'ranks must be True, False or "auto", got {self.ranks!r}.')
        for name in ("false_alarm_rate", "calibration_fraction"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, float | int | np.number) or not 0 < value < 1:
                raise InvalidInputError(f"{name} must be a number between 0 and 1, got {value!r}.")
        if self.autoencoder is None:
            model = Autoencoder(restarts=2, epochs=EPOCHS)
        elif isinstance(self.autoencoder, str):
            model = Autoencoder(recipe=self.autoencoder, restarts=2)
        elif isinstance(self.autoencoder, Autoencoder):
            model: Any = clone(self.autoencoder)
        else:
            raise InvalidInputError(
                f"autoencoder must be None, a recipe's name or an Autoencoder, got {type(self.autoencoder).__name__}."
            )
        return model if is_auto(self.kind) else model.set_params(kind=self.kind)

    def _find_format(self, model: Autoencoder, opened: Opened) -> Format:
        """Return the representation that the samples need, not yet fitted."""
        return find_format(model, opened, unseen="encode")

    def count_fitted(self, count: int, *, calibrates: bool = True) -> int:
        """Return to how many of so many samples `fit` fits: all, or of more than 100,000 as many as suffice.

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

    def _draw_rows(self, values: Any, *, calibrates: bool) -> Int[np.ndarray, " rows"] | None:
        """Return the places of the samples to fit to, drawn by the seed; None: all."""
        count = len(values) if isinstance(values, list | tuple) else (getattr(values, "shape", None) or (0,))[0]
        fitted = self.count_fitted(count, calibrates=calibrates)
        if fitted == count:
            return None
        return np.sort(np.random.default_rng(self.seed_).choice(count, fitted, replace=False))

    def _split(self, count: int, longest: int | None) -> tuple[Int[np.ndarray, " rows"], Int[np.ndarray, " rows"]]:
        """Return the places of the samples to train on, with the longest sequence, and of those to calibrate on."""
        held_out = self.count_calibration(count)
        if count - held_out < LEAST_TRAINED:
            raise InvalidInputError(
                f"X has {count} sample(s), of which {held_out} would be kept to calibrate on; at least {LEAST_TRAINED} "
                "must be left to train on. Give more samples, or calibration samples of their own as validation=."
            )
        places = np.random.default_rng(self.seed_).permutation(count)
        if longest is not None:
            places = np.append(places[places != longest], longest)
        return np.sort(places[held_out:]), np.sort(places[:held_out])

    def _train(
        self, model: Autoencoder, opened: Opened, representation: Format, samples: Any
    ) -> Int[np.ndarray, " samples"]:
        """Train on checked samples; return the places of those that are not kept to validate on."""
        check_arguments(model, has_validation=False)
        note_columns(model, opened, representation.columns, mixed=representation.encoder is not None)
        prepared = set_up(model, representation, samples, None, reading=opened.reading, source=opened.source)
        places = np.arange(len(samples))
        if model.validation_fraction is not None:
            places, _ = split_samples(places, model.validation_fraction, prepared.setup.seed)
        with warnings.catch_warnings():
            # What it says of codes and PCA is no fault of a detector; `autoencoder_.diagnosis_` keeps it.
            warnings.simplefilter("ignore", DiagnosisWarning)
            fit_prepared(model, prepared)
        return np.sort(places)

    def _choose_reference(
        self, samples: Any, trained_on: Int[np.ndarray, " samples"], more: Int[np.ndarray, " samples"]
    ) -> Int[np.ndarray, " references"]:
        """Choose with which samples others are compared, of those trained on and more; return their places."""
        random = np.random.default_rng(self.seed_ + 1)
        width, places = self.autoencoder_.fitted_.format.width, np.sort(np.concatenate([trained_on, more]))
        most = max(2, min(MOST_REFERENCE, MOST_NUMBERS // width))
        if len(places) > most:
            places = np.sort(random.choice(places, most, replace=False))
        rows, rebuilt = self._rebuild(samples[places], "X")
        typical = np.ones(len(rows), bool)
        if self.contaminated:
            typical = find_typical(rows, share=TYPICAL_SHARE, seed=self.seed_)
        self.ranks_ = self.autoencoder_.fitted_.format.kind is None and width <= MOST_RANKED
        if not is_auto(self.ranks):
            self.ranks_ = bool(self.ranks)
        self._score = make_anomaly_score(
            rows.astype(np.float64),
            rebuilt.astype(np.float64),
            typical,
            contaminated=bool(self.contaminated),
            seed=self.seed_,
            # Of what is trained on alone: ranks among the calibration samples too would make these more usual.
            left_out=np.isin(places, more),
            column_ranks=make_column_ranks(self._scale(samples[trained_on], "X")[0]) if self.ranks_ else None,
        )
        return places

    def _warn_of_unlearnt(self) -> None:
        warn_of_unlearnt([self.autoencoder_])

    # ------------------------------------------------------------------ judging

    def score_samples(self, X: Any) -> Float64[np.ndarray, " samples"]:
        """Return minus the anomaly score of each sample, ≤ 0: a lower one is more abnormal.

        Parameters
        ----------
        X
            Samples, whatever `fit` takes.

        Returns
        -------
        array
            Shape (n,), float64, in natural units of evidence (−ln of a share). A sample alone and one of many
            have the same bits.
        """
        return -self._measure(self._check(X), "X")

    def decision_function(self, X: Any) -> Float64[np.ndarray, " samples"]:
        """Return `score_samples` less `offset_`: below 0 where a sample is flagged."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Int[np.ndarray, " samples"]:
        """Return −1 for each sample that is flagged, else 1."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def p_values(self, X: Any) -> Float64[np.ndarray, " samples"]:
        """Return the conformal p-value of each sample: how many calibration samples are at least as abnormal.

        p = (1 + #{calibration ≥ score}) / (n + 1). `ae.evaluation.benjamini_hochberg` turns them into flags at a false
        discovery rate.
        """
        return conformal_p_values(self.calibration_scores_, -self.score_samples(X))

    def explain(self, X: Any, *, reasons: int = 3) -> Explanation:
        """Return why each sample is as abnormal as it is: feature by feature, and beside its nearest normal sample.

        Parameters
        ----------
        X
            Samples, whatever `fit` takes.
        reasons
            For how many of a sample's features to say what would be expected of it.

        Returns
        -------
        Explanation
            Contributions that add up to the score, reasons in words, the place in training of the nearest sample.
        """
        if isinstance(reasons, bool) or not isinstance(reasons, int | np.integer) or reasons < 0:
            raise InvalidInputError(f"reasons must be a whole number ≥ 0, got {reasons!r}.")
        samples = self._check(X)
        return explain(self, samples, *self._rebuild(samples, "X"), reasons=int(reasons))

    def _check(self, X: Any) -> Any:
        """Return checked samples, flat."""
        check_is_fitted(self)
        fitted = self.autoencoder_.fitted_
        return self._check_opened(open_samples(X, reading=fitted.reading), fitted.format)

    def _check_opened(self, opened: Opened, form: Format) -> Any:
        return check_like_training(self, opened, form, finite=not _is_table(opened))

    def _measure(self, samples: Any, argument: str) -> Float64[np.ndarray, " samples"]:
        """Return the anomaly score of checked samples, block by block; a sample's does not depend on its block."""
        found = []
        for start in range(0, max(1, len(samples)), BLOCK_ROWS):
            with counting_rows(range(start, start + BLOCK_ROWS)):
                found.append(self._score.measure(*self._rebuild(samples[start : start + BLOCK_ROWS], argument)))
        return np.concatenate(found)

    def _scale(self, samples: Any, argument: str) -> tuple[FeatureMatrix, FeatureMatrix]:
        """Return the scaled features of checked samples, and these as the networks see them, without odd numbers."""
        fitted = self.autoencoder_.fitted_
        features, odd = fitted.format.encode(samples, argument), None
        if isinstance(fitted.format, ArrayFormat) and hasattr(self, "feature_names_in_"):
            features, odd = take_odd(features, fitted.scaling)
        seen = fill(fitted.scaling.apply(features))
        return seen if odd is None else np.where(odd, odd, seen), seen

    def _rebuild(self, samples: Any, argument: str) -> tuple[FeatureMatrix, FeatureMatrix]:
        """Return the scaled features of checked samples, and the mean of their reconstructions by all restarts."""
        model = self.autoencoder_
        scaled, seen = self._scale(samples, argument)
        rebuilt = np.asarray(map_restarts(reconstruct_row, model.networks_, seen))
        usable = [place for place, restart in enumerate(model.restarts_) if np.isfinite(restart.loss)]
        return scaled, fill(np.asarray(rebuilt[usable].mean(axis=0, dtype=np.float32)))

    # ------------------------------------------------------------------ scikit-learn

    @property
    def sample_shape_(self) -> tuple[int, ...]:
        """The shape of one sample as it was given."""
        return self.autoencoder_.sample_shape_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "offset_")


def _is_table(opened: Opened) -> bool:
    return isinstance(opened.values, nw.DataFrame)
