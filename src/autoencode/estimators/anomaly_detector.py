"""`AnomalyDetector`: which samples are unlike normal ones, at a rate of false alarms that is asked for, and why."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
from jaxtyping import Float64, Int
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.autoencoder import Autoencoder, hold_fitted
from autoencode.estimators.columns import check_like_training, note_columns
from autoencode.estimators.joint_explanation import explain_jointly
from autoencode.estimators.joint_repair import repair_jointly
from autoencode.estimators.repair import Repair
from autoencode.estimators.scoring import judge_by
from autoencode.evaluation.detection import Detection
from autoencode.evaluation.explanation import Explanation
from autoencode.exceptions import InvalidInputError
from autoencode.model.arguments import Arguments, derive_seed
from autoencode.model.detector import DetectorSettings
from autoencode.model.detector_fit import check_normal, fit_detector
from autoencode.model.detector_warnings import warn_of_unlearnt
from autoencode.model.feedback import read_feedback
from autoencode.model.format import Format
from autoencode.model.grouped_detector import Detector, GroupedDetector
from autoencode.model.learnt import list_arguments
from autoencode.model.model_file import save_model
from autoencode.model.preparation import Checked
from autoencode.model.sample_kind import warn_of_guess
from autoencode.model.sample_weight import weigh_samples
from autoencode.model.samples import Opened, counting_rows, naming_lines, open_samples
from autoencode.sizes import is_auto

if TYPE_CHECKING:
    from autoencode.export import DetectorExport

HIDDEN, EPOCHS = (64,), 24
"""Hidden layers of the default autoencoder of flat samples, and its passes over the samples."""


BELOW_ALL = -1e15
"""The offset with which nothing is flagged: below every score, and finite, as scikit-learn's scorers ask."""


def _part(path: str) -> Any:
    """Return an attribute that a detector has once it is fitted: a part of what it learnt."""
    return property(lambda self: attrgetter(path)(self.fitted_))


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
    calibrate_on : str
        Which samples calibrate where `fit` is given no `validation`: "random", or "last", those that come last: what is
        new is then held against what was new, where samples are in the order of time.
    by : str or None
        A column that names groups, such as machines: each has a threshold of its own, so that the false alarm rate
        holds in each; groups with too few calibration samples share one. It is a feature as well.
    ranks : bool or str
        Whether columns of heavy tails are counted by rank beside their size, and rare values by their rarity. "auto"
        does where samples are flat and have at most 256 numbers: among pixels and steps ranks say nothing.
    random_state : int, RandomState or None
        Seed of the split, of the weights and of the order of the samples.

    Attributes
    ----------
    autoencoder_ : Autoencoder
        The fitted one; its `diagnosis_` says what went wrong in the training.
    fitted_ : FittedDetector or DetectorPair
        All that was learnt, frozen; most attributes are parts of it. A pair is what `detect` keeps where samples were
        judged against each other: two detectors, whose p-values' mean counts.
    calibration_scores_ : array
        Anomaly scores of the calibration samples, float64; a higher one is more abnormal.
    offset_ : float
        `score_samples` below it are flagged; −1e15, so that none is, where there are too few calibration samples.
    ranks_ : bool
        Whether ranks are counted.
    trained_on_, reference_ : array of int
        Places in X of the samples that were trained on, and of those with which others are compared: some of these;
        with `contaminated=False` of the calibration samples too, which are not compared with themselves. Of more than
        100,000 samples so many are drawn; none of the others is looked at. Rows marked normal are references 8 times,
        and their places are those in the table of marks, counted on after the last row of X.
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

    # Set by `fit`.
    n_features_in_: int
    feature_names_in_: np.ndarray
    fitted_: Detector
    autoencoder_: Autoencoder

    def __init__(
        self,
        autoencoder: Any = None,
        *,
        kind: str = "auto",
        contaminated: bool = True,
        false_alarm_rate: float = 0.01,
        calibration_fraction: float = 0.25,
        calibrate_on: str = "random",
        by: str | None = None,
        ranks: bool | str = "auto",
        random_state: Any = None,
    ):
        self.autoencoder = autoencoder
        self.kind = kind
        self.contaminated = contaminated
        self.false_alarm_rate = false_alarm_rate
        self.calibration_fraction = calibration_fraction
        self.calibrate_on = calibrate_on
        self.by = by
        self.ranks = ranks
        self.random_state = random_state

    # ------------------------------------------------------------------ fitting

    def fit(
        self, X: Any, y: Any = None, *, validation: Any = None, sample_weight: Any = None, feedback: Any = None
    ) -> AnomalyDetector:
        """Train on samples, and calibrate on others.

        Parameters
        ----------
        X
            Samples, whatever `Autoencoder.fit` takes.
        y
            Ignored; there for scikit-learn's pipelines.
        validation
            Normal samples to calibrate on, shaped like `X`; then all of `X` is trained on.
        sample_weight
            How much each sample counts, as of `Autoencoder.fit`: in the training, in a p-value if it is kept to
            calibrate on, and in the shares of normal samples that are evidence. Which samples are drawn, which are
            typical and which are nearest does not depend on it. Those of `validation` count the same.
        feedback
            Rows that people marked: a table, or the path of one, with the columns of `X` and one more, `mark`, whose
            cells are "normal", "anomaly" or empty. Rows marked normal join the references, so that they are not flagged
            again, nor what is hardly different; rows of `X` with the cells of one marked as an anomaly are left out.

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
        model = choose_autoencoder(self.autoencoder, self.kind)
        settings = self._settle()
        opened = open_samples(X)
        count = opened.count
        places, weights = weigh_samples(sample_weight, count)
        opened = opened.keep(places)
        rows = settings.draw_rows(opened.count, calibrates=validation is None)
        with counting_rows(places):
            known = check_normal(list_arguments(model), opened, rows)
        known = replace(known, rows=places[known.rows], weights=None if weights is None else weights[known.rows])
        note_columns(self, opened, known.form.columns, mixed=known.form.is_mixed)
        note_columns(model, opened, known.form.columns, mixed=known.form.is_mixed)
        if known.form.is_guessed:
            warn_of_guess(known.form.sample_shape)
        calibration = None
        if validation is not None:
            held_out = open_samples(validation, reading=opened.reading, argument="validation")
            samples = self._check_opened(held_out, known.form)
            calibration = Checked(known.form, samples, np.arange(len(samples)), held_out.reading, held_out.source)
        settle_autoencoder(model, known.form, settings.seed, is_default=self.autoencoder is None)
        marks = None if feedback is None else read_feedback(feedback, known, count)
        if marks is not None:
            marks.notice_unknown(*(given.samples for given in (known, calibration) if given is not None))
            known, calibration = marks.clean(known), None if calibration is None else marks.clean(calibration)
        detector = fit_detector(settings, list_arguments(model), known, calibration, by=self.by)
        self.fitted_ = detector if marks is None else marks.join(detector)
        model.fitted_ = self.fitted_.fitted
        self.autoencoder_ = model
        warn_of_unlearnt([self.fitted_.fitted])
        return self

    def _settle(self) -> DetectorSettings:
        """Return the arguments, checked, with a seed."""
        if not isinstance(self.contaminated, bool | np.bool_):
            raise InvalidInputError(f"contaminated must be True or False, got {self.contaminated!r}.")
        if not is_auto(self.ranks) and not isinstance(self.ranks, bool | np.bool_):
            raise InvalidInputError(f'ranks must be True, False or "auto", got {self.ranks!r}.')
        if self.calibrate_on not in ("random", "last"):
            raise InvalidInputError(f'calibrate_on must be "random" or "last", got {self.calibrate_on!r:.100}.')
        if self.by is not None and not isinstance(self.by, str):
            raise InvalidInputError(f"by must be the name of a column or None, got {self.by!r:.100}.")
        for name in ("false_alarm_rate", "calibration_fraction"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, float | int | np.number) or not 0 < value < 1:
                raise InvalidInputError(f"{name} must be a number between 0 and 1, got {value!r}.")
        own = isinstance(self.autoencoder, Autoencoder)
        return DetectorSettings(
            autoencoder=list_arguments(self.autoencoder) if own else self.autoencoder,
            kind=self.kind,
            contaminated=bool(self.contaminated),
            false_alarm_rate=self.false_alarm_rate,
            calibration_fraction=self.calibration_fraction,
            ranks=self.ranks,
            calibrates_last=self.calibrate_on == "last",
            seed=derive_seed(self.random_state),
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
            Shape (n,), float64, in natural units of evidence (−ln of a share). A sample alone and one of many
            have the same bits.
        """
        return -self._learnt.measure(self._check(X))

    def decision_function(self, X: Any) -> Float64[np.ndarray, " samples"]:
        """Return `score_samples` less `offset_`, of groups less the group's: below 0 where a sample is flagged."""
        samples = self._check(X)
        offsets = np.maximum(-self._learnt.find_thresholds(samples), BELOW_ALL)
        return -self._learnt.measure(samples) - offsets

    def predict(self, X: Any) -> Int[np.ndarray, " samples"]:
        """Return −1 for each sample that is flagged, else 1."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def p_values(self, X: Any) -> Float64[np.ndarray, " samples"]:
        """Return the conformal p-value of each sample: how many calibration samples are at least as abnormal.

        p = (1 + #{calibration ≥ score}) / (n + 1), in which samples of `fit` that had weights count by these.
        `ae.evaluation.benjamini_hochberg` turns p-values into flags at a false discovery rate.
        """
        return self._learnt.assess(self._check(X))[1]

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
        return explain_jointly(self._learnt, self._check(X), reasons=int(reasons))

    def judge(self, X: Any) -> Detection:
        """Return the anomalies among samples: ranked, with p-values, and the reasons of the most abnormal.

        Parameters
        ----------
        X
            Samples, whatever `fit` takes.

        Returns
        -------
        Detection
            As `detect` gives; `nearest` in its explanation are places in the samples of `fit`.
        """
        opened = open_samples(X, reading=self._learnt.fitted.reading)
        with naming_lines(X):
            samples = self._check_opened(opened, self.fitted_.fitted.format)
            return judge_by(self.fitted_, samples, against="the samples of training")

    def repair(self, X: Any) -> tuple[Repair, ...]:
        """Return, for each sample that is flagged, the fewest cells whose change makes it normal, and values for them.

        The columns of its first six reasons are tried alone, then by two, then by three. What is proposed is, of the
        normal samples that are alike in every other column, the mean, rounded to what their spread leaves of it, else a
        cell of one of them. Every sample was scored again with what is proposed, and is not flagged.

        Parameters
        ----------
        X
            Rows of a table or of an array, whatever `fit` takes.

        Returns
        -------
        tuple of Repair
            One for each flagged sample, in the order of `X`; without cells where no three make it normal.

        Raises
        ------
        InvalidInputError
            If samples are pictures or sequences.

        Examples
        --------
        >>> rows = np.random.default_rng(0).normal(size=(400, 3))
        >>> rows[:, 2] = rows[:, 0] + rows[:, 1]
        >>> detector = AnomalyDetector(contaminated=False, random_state=0).fit(rows)
        >>> (repair,) = detector.repair([[1.0, 1.0, 2.0], [1.0, 1.0, 700.0]])
        >>> repair.sample, [(cell.column, cell.value) for cell in repair.cells]
        (1, [('x2', 700.0)])
        """
        return repair_jointly(self._learnt, self._check(X))

    @property
    def _learnt(self) -> Detector:
        """What was learnt; an error where nothing was."""
        check_is_fitted(self)
        return self.fitted_

    def _check(self, X: Any) -> Any:
        """Return checked samples, flat."""
        fitted = self._learnt.fitted
        return self._check_opened(open_samples(X, reading=fitted.reading), fitted.format)

    def _check_opened(self, opened: Opened, form: Format) -> Any:
        return check_like_training(self, opened, form, finite=not isinstance(opened.values, nw.DataFrame))

    # ------------------------------------------------------------------ handing over

    def save(self, path: str | Path) -> Path:
        """Write the detector to one safetensors file, whole; `ae.load` reads it back: the same scores, bit for bit.

        The normal samples that others are compared with are in the file, at most 2,048 and those marked normal.

        Raises
        ------
        InvalidInputError
            If it uses a function of the user's own, which a file cannot hold.
        """
        return save_model(self._learnt, path)

    def export_onnx(self, folder: str | Path, *, samples: Any = None) -> DetectorExport:
        """Write the detector as one ONNX file, which runs without Python; the extra ``onnx`` is needed.

        Parameters
        ----------
        folder
            Where ``detector.onnx`` goes: samples to their score, p_value, flagged and contributions.
        samples
            Samples on which ONNX Runtime must judge as the detector does, whatever `fit` takes; by default some are
            made from what its autoencoder knows of its training.

        Returns
        -------
        DetectorExport
            The path, and the largest differences.

        Raises
        ------
        InvalidInputError
            If the extra is not installed, the folder cannot be written to, or a part of the model has no ONNX form.
        ModelFileError
            If the file does not pass ONNX's checker, or does not judge as the detector does; then nothing is written.
        """
        from autoencode.export import export_detector

        return export_detector(self._learnt, folder, samples=samples)

    # ------------------------------------------------------------------ what was learnt

    calibration_scores_ = _part("calibration_scores")
    trained_on_ = _part("trained_on")
    reference_ = _part("reference")
    seed_ = _part("settings.seed")
    sample_shape_ = _part("fitted.format.sample_shape")

    @property
    def offset_(self) -> float:
        """Minus the least score that is not flagged."""
        return max(-self.fitted_.threshold, BELOW_ALL)

    @property
    def ranks_(self) -> bool:
        """Whether ranks are counted."""
        return self.fitted_.parts[0].score.column_ranks is not None

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "fitted_")


def choose_autoencoder(autoencoder: Any, kind: str) -> Autoencoder:
    """Return the autoencoder that a detector fits, as far as the samples do not decide; see `AnomalyDetector`."""
    if autoencoder is None:
        model = Autoencoder(restarts=2, epochs=EPOCHS)
    elif isinstance(autoencoder, str):
        model = Autoencoder(recipe=autoencoder, restarts=2)
    elif isinstance(autoencoder, Autoencoder):
        model = cast(Autoencoder, clone(autoencoder))
    else:
        raise InvalidInputError(
            f"autoencoder must be None, a recipe's name or an Autoencoder, got {type(autoencoder).__name__}."
        )
    return model if is_auto(kind) else model.set_params(kind=kind)


def settle_autoencoder(model: Autoencoder, form: Format, seed: int, *, is_default: bool) -> None:
    """Set of the autoencoder that a detector fits what the checked samples and the seed decide."""
    model.kind = form.kind or "auto"
    if model.random_state is None:
        model.random_state = seed
    if is_default and form.kind != "picture":
        model.set_params(hidden=HIDDEN, scaling="standard")


def hold_detector(learnt: Detector) -> AnomalyDetector:
    """Return a detector that holds what was learnt, as if it had been fitted."""
    settings, fitted = learnt.settings, learnt.fitted
    own = settings.autoencoder
    detector = AnomalyDetector(
        Autoencoder(**vars(own)) if isinstance(own, Arguments) else own,
        kind=settings.kind,
        contaminated=settings.contaminated,
        false_alarm_rate=settings.false_alarm_rate,
        calibration_fraction=settings.calibration_fraction,
        calibrate_on="last" if settings.calibrates_last else "random",
        by=learnt.column if isinstance(learnt, GroupedDetector) else None,
        ranks=settings.ranks,
        random_state=settings.seed,
    )
    detector.fitted_ = learnt
    detector.autoencoder_ = hold_fitted(Autoencoder(**vars(fitted.arguments)), fitted)
    detector.n_features_in_ = detector.autoencoder_.n_features_in_
    if fitted.format.columns.names is not None:
        detector.feature_names_in_ = detector.autoencoder_.feature_names_in_
    return detector
