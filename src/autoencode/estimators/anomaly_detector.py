"""`AnomalyDetector`: which samples are unlike normal ones, at a rate of false alarms that is asked for, and why."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float64, Int
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.assembly import choose_parts, takes_sequences
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.explanation import Explanation, explain
from autoencode.estimators.preparation import prepare
from autoencode.estimators.representation import NumberRepresentation, Representation, find_representation
from autoencode.estimators.samples import Opened, counting_rows, open_samples, split_samples
from autoencode.estimators.sequence_representation import find_longest
from autoencode.estimators.settings import derive_seed
from autoencode.evaluation import (
    calibration_needed,
    conformal_p_values,
    conformal_threshold,
    find_typical,
    make_anomaly_score,
)
from autoencode.exceptions import CalibrationWarning, DiagnosisWarning, InvalidInputError
from autoencode.features import Scaling
from autoencode.notice import warn_user
from autoencode.training.inference import map_restarts, reconstruct_row
from autoencode.types import FeatureMatrix, SampleMatrix

__all__ = ["AnomalyDetector"]

TYPICAL_SHARE = 0.8
"""How many of the samples are trained on, where some may be anomalies: the most typical."""

MOST_REFERENCE, MOST_NUMBERS = 2048, 2**24
"""With how many normal samples others are compared at most, and how many numbers these may have in all."""

HIDDEN, EPOCHS = (64,), 30
"""Hidden layers of the default autoencoder of flat samples, and its passes over the samples."""

LEAST_TRAINED = 2
"""Samples that an autoencoder needs."""

MOST_SCALED = 1e6
"""Scaled features are cut here, so that no distance is infinite."""

BELOW_ALL = -1e15
"""The offset with which nothing is flagged: below every score, and finite, as scikit-learn's scorers ask."""


class AnomalyDetector(OutlierMixin, BaseEstimator):
    """Finds the samples that are unlike the others, says how sure it is, and which features make them so.

    Several autoencoders are trained; a sample's anomaly score is its distance from the nearest normal samples, in which
    what the networks cannot rebuild counts double (`ae.evaluation.AnomalyScore`). Some samples are kept from
    training: what share of these is as far away is the p-value, and a sample is flagged where it is at most the
    `false_alarm_rate`.

    Parameters
    ----------
    autoencoder : None, str or Autoencoder
        What is trained: a recipe's name, or an estimator, of which a copy is fitted. None is a dense autoencoder with
        2 restarts and 30 epochs; of flat samples it has 64 hidden units, and features are standardised. All restarts
        rebuild a sample, and their mean counts.
    contaminated : bool
        Whether the samples of `fit` may have anomalies among them. True trains on the most typical 80 % of them, and
        looks at them from afar too, so that anomalies that resemble each other cannot hide. False trains on all: they
        are normal, and what is rare is so too.
    false_alarm_rate : float
        Of how many normal samples may be flagged, in (0, 1).
    calibration_fraction : float
        Share of the samples that is kept from training to calibrate the p-values, where `fit` is given no
        `validation`, in (0, 1). More make finer p-values and leave fewer to train on.
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
    trained_on_, reference_ : array of int
        Places in X of the samples that were trained on, and of those with which others are compared.
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
        contaminated: bool = True,
        false_alarm_rate: float = 0.05,
        calibration_fraction: float = 0.25,
        random_state: Any = None,
    ):
        self.autoencoder = autoencoder
        self.contaminated = contaminated
        self.false_alarm_rate = false_alarm_rate
        self.calibration_fraction = calibration_fraction
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
        representation = self._find_representation(model, opened)
        samples = representation.check(self, opened, reset=True)
        self.seed_ = derive_seed(self.random_state)
        if model.random_state is None:
            model.random_state = self.seed_
        if self.autoencoder is None and (representation.encoder is not None or len(representation.sample_shape) == 1):
            model.set_params(hidden=HIDDEN, scaling="standard")
        places, calibration = np.arange(len(samples)), None
        if validation is None:
            places, calibration_places = self._split(len(samples), find_longest(representation, samples))
            calibration = samples[calibration_places]
        else:
            held_out = open_samples(validation, reading=opened.reading, argument="validation")
            calibration = representation.check(self, held_out, reset=False, finite=not _is_table(held_out))
            calibration_places = np.arange(len(calibration))
        with counting_rows(places):
            trained_on = self._train(model, opened, representation, samples[places])
        self.autoencoder_, self.trained_on_ = model, places[trained_on]
        self._choose_reference(samples)
        with counting_rows(calibration_places):
            self.calibration_scores_ = self._measure(calibration, "X" if validation is None else "validation")
        self.offset_ = max(-conformal_threshold(self.calibration_scores_, self.false_alarm_rate), BELOW_ALL)
        self._warn_of_few()
        return self

    def _make_autoencoder(self) -> Autoencoder:
        """Check the arguments, and return the autoencoder to fit."""
        if not isinstance(self.contaminated, bool | np.bool_):
            raise InvalidInputError(f"contaminated must be True or False, got {self.contaminated!r}.")
        for name in ("false_alarm_rate", "calibration_fraction"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, float | int | np.number) or not 0 < value < 1:
                raise InvalidInputError(f"{name} must be a number between 0 and 1, got {value!r}.")
        if self.autoencoder is None:
            return Autoencoder(restarts=2, epochs=EPOCHS)
        if isinstance(self.autoencoder, str):
            return Autoencoder(recipe=self.autoencoder, restarts=2)
        if isinstance(self.autoencoder, Autoencoder):
            copy: Any = clone(self.autoencoder)
            return copy
        raise InvalidInputError(
            f"autoencoder must be None, a recipe's name or an Autoencoder, got {type(self.autoencoder).__name__}."
        )

    def _find_representation(self, model: Autoencoder, opened: Opened) -> Representation:
        """Return the representation that the samples need, not yet fitted."""
        return find_representation(opened, sequences=takes_sequences(choose_parts(model)), unseen="encode")

    def _split(self, count: int, longest: int | None) -> tuple[Int[np.ndarray, " rows"], Int[np.ndarray, " rows"]]:
        """Return the places of the samples to train on, with the longest sequence, and of those to calibrate on."""
        held_out = max(1, round(self.calibration_fraction * count))
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
        self, model: Autoencoder, opened: Opened, representation: Representation, samples: Any
    ) -> Int[np.ndarray, " samples"]:
        """Train on the typical ones of checked samples, or on all; return the places of those."""
        values = samples if representation.encoder is not None else representation.decode(samples)
        prepared = prepare(model, replace(opened, values=values), None, given=representation)
        places = np.arange(len(samples))
        if model.validation_fraction is not None:
            places, _ = split_samples(places, model.validation_fraction, model.seed_)
        typical = np.ones(len(places), bool)
        if self.contaminated:
            typical = find_typical(_fill(prepared.scaled), share=TYPICAL_SHARE, seed=self.seed_)
        with warnings.catch_warnings():
            # What it says of codes and baselines is no fault of a detector; `autoencoder_.diagnosis_` keeps it.
            warnings.simplefilter("ignore", DiagnosisWarning)
            model._train(replace(prepared, scaled=prepared.scaled[typical]))
        return np.sort(places[typical])

    def _choose_reference(self, samples: Any) -> None:
        """Choose the normal samples with which others are compared."""
        random = np.random.default_rng(self.seed_ + 1)
        places = self.trained_on_
        most = max(2, min(MOST_REFERENCE, MOST_NUMBERS // self.autoencoder_._representation.width))
        if len(places) > most:
            places = np.sort(random.choice(places, most, replace=False))
        self.reference_ = places
        rows, rebuilt = self._rebuild(samples[places], "X")
        self._score = make_anomaly_score(
            rows.astype(np.float64), rebuilt.astype(np.float64), contaminated=bool(self.contaminated), seed=self.seed_
        )

    def _warn_of_few(self) -> None:
        have, needed = len(self.calibration_scores_), calibration_needed(self.false_alarm_rate)
        if have >= needed:
            return
        warn_user(
            f"{have} calibration sample(s) allow no p-value of {self.false_alarm_rate:g} or less, so nothing is "
            f"flagged: at least {needed} are needed. Give more samples, or ask for a false_alarm_rate of at least "
            f"{1 / (have + 1):.2g}.",
            CalibrationWarning,
            cause="few calibration samples",
        )

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
            Shape (n,), float64, in units of the scaled features. A sample alone and one of many have the same bits.
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
        model = self.autoencoder_
        opened = open_samples(X, reading=model.reading_)
        return model._representation.check(self, opened, reset=False, finite=not _is_table(opened))

    def _measure(self, samples: Any, argument: str) -> Float64[np.ndarray, " samples"]:
        """Return the anomaly score of checked samples."""
        return self._score.measure(*self._rebuild(samples, argument))

    def _rebuild(self, samples: Any, argument: str) -> tuple[FeatureMatrix, FeatureMatrix]:
        """Return the scaled features of checked samples, and the mean of their reconstructions by all restarts."""
        model = self.autoencoder_
        features, odd = model._representation.encode(samples, argument), None
        if isinstance(model._representation, NumberRepresentation) and hasattr(self, "feature_names_in_"):
            features, odd = _take_odd(features, model._scaling)
        scaled = _fill(model._scaling.apply(features))
        rebuilt = np.asarray(map_restarts(reconstruct_row, model.networks_, scaled))
        usable = [place for place, restart in enumerate(model.restarts_) if np.isfinite(restart.loss)]
        if odd is not None:
            scaled = np.where(odd, odd, scaled)
        return scaled, _fill(np.asarray(rebuilt[usable].mean(axis=0, dtype=np.float32)))

    # ------------------------------------------------------------------ scikit-learn

    @property
    def sample_shape_(self) -> tuple[int, ...]:
        """The shape of one sample as it was given."""
        return self.autoencoder_.sample_shape_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "offset_")


def _is_table(opened: Opened) -> bool:
    return isinstance(opened.values, nw.DataFrame)


def _take_odd(features: SampleMatrix, scaling: Scaling) -> tuple[SampleMatrix, FeatureMatrix]:
    """Return numbers with the mean for those that are missing or too far out, and where these are, scaled; else 0.

    No training had any: the network sees the mean, so that it rebuilds the other features as they are; the distance is
    the largest there is.
    """
    with np.errstate(over="ignore"):
        low, high = (scaling.offset + sign * MOST_SCALED * scaling.scale for sign in (-1, 1))
    below, above = features < low, ~(features <= high)  # NaN is above
    odd = np.float32(MOST_SCALED) * (above.astype(np.float32) - below.astype(np.float32))
    return (np.where(below | above, scaling.offset, features) if odd.any() else features), odd


def _fill(features: FeatureMatrix) -> FeatureMatrix:
    """Return features without what has no distance: steps after the end of a sequence are 0, huge numbers are cut."""
    return np.clip(np.nan_to_num(features, nan=0.0), -MOST_SCALED, MOST_SCALED)
