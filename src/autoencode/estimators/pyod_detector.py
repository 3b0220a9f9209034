"""`PyODDetector`: an `AnomalyDetector` under PyOD's names, for whoever has PyOD's tools around their detectors."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float64
from sklearn.base import clone
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.anomaly_detector import AnomalyDetector
from autoencode.exceptions import CalibrationWarning, InvalidInputError
from autoencode.model.samples import Opened, open_samples

try:
    from pyod.models.base import BaseDetector
except ImportError as error:
    raise InvalidInputError(f'PyODDetector needs PyOD ({error}); pip install "autoencode[pyod]"') from error

LEAST_SAMPLES = 6
"""Samples that `fit` needs, so that what a fold leaves can be trained on and calibrated."""


class PyODDetector(BaseDetector):
    """An `AnomalyDetector` as a detector of PyOD: high scores are abnormal, and a share of anomalies is guessed.

    Parameters
    ----------
    detector : None or AnomalyDetector
        What is fitted, a copy of it. None is an `AnomalyDetector` with its defaults. Its `false_alarm_rate` has no part
        in the labels.
    contamination : float
        Share of anomalies among the samples of `fit`, in (0, 0.5]; as many are labelled. Or an object of PyThresh.
    folds : int
        In how many parts the samples of `fit` are scored, ≥ 2; as many detectors are fitted beside the one that is
        kept. With more of them the share of new samples above the threshold is nearer to `contamination`.

    Attributes
    ----------
    detector_ : AnomalyDetector
        Fitted on all samples; its `p_values` and `explain` are there too.
    decision_scores_ : array
        Anomaly scores of the samples of `fit`, float64.
    threshold_ : float
        The (1 − contamination) quantile of `decision_scores_`.
    labels_ : array of int
        1 for each sample of `fit` whose score is above the threshold, else 0.

    Notes
    -----
    `decision_function` asks `detector_`. `decision_scores_` do not: a sample that was trained on is its own nearest
    normal one, and looks half as abnormal as it is. So each is scored by a detector that was fitted on the other folds.
    Fitted with `contaminated=False` on halves of ten sets of ADBench, with a contamination of 0.1, 10% of the other
    halves are above the threshold with 5 folds, 8% with 2, and 34% where training samples score themselves.

    References
    ----------
    Zhao, Nasrullah, Li (2019), PyOD: a Python toolbox for scalable outlier detection.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(200, 3))
    >>> rows[:5] *= 9
    >>> detector = PyODDetector(AnomalyDetector(random_state=0), contamination=0.025).fit(rows)
    >>> detector.labels_.nonzero()[0].tolist()
    [0, 1, 2, 3, 4]
    >>> detector.predict(np.array([[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]])).tolist()
    [0, 1]
    """

    def __init__(self, detector: Any = None, *, contamination: Any = 0.1, folds: int = 5):
        super().__init__(contamination=contamination)
        self.detector = detector
        self.folds = folds

    def fit(self, X: Any, y: Any = None) -> PyODDetector:  # type: ignore[override]
        """Fit a detector on all samples, and score each by one that did not see it.

        Parameters
        ----------
        X
            Samples: an array, a data frame, images.
        y
            Ignored; PyOD's detectors all take it.

        Returns
        -------
        PyODDetector
            Itself.

        Raises
        ------
        InvalidInputError
            If an argument or the samples cannot be used.
        """
        del y
        self._check_arguments()
        opened = open_samples(X)
        with warnings.catch_warnings():
            # The threshold is PyOD's: how many calibration samples there are does not matter to it.
            warnings.simplefilter("ignore", CalibrationWarning)
            self.detector_ = self._copy().fit(opened)
            self.decision_scores_ = self._score_folds(opened)
        self._set_n_classes(None)
        return self._process_decision_scores()

    def _check_arguments(self) -> None:
        if not isinstance(self.detector, AnomalyDetector | None):
            found = type(self.detector).__name__
            raise InvalidInputError(f"detector must be None or an AnomalyDetector, got {found}.")
        share = self.contamination
        if not callable(getattr(share, "fit", None)) and not (isinstance(share, float | int) and 0 < share <= 0.5):
            raise InvalidInputError(f"contamination must be a number in (0, 0.5] or of PyThresh, got {share!r}.")
        if isinstance(self.folds, bool) or not isinstance(self.folds, int | np.integer) or self.folds < 2:
            raise InvalidInputError(f"folds must be a whole number ≥ 2, got {self.folds!r}.")

    def _copy(self) -> AnomalyDetector:
        """Return a detector to fit."""
        copy: Any = AnomalyDetector() if self.detector is None else clone(self.detector)
        return copy

    def _score_folds(self, opened: Opened) -> Float64[np.ndarray, " samples"]:
        """Score each sample by a detector that was fitted on the other folds."""
        values = opened.values if isinstance(opened.values, nw.DataFrame) else np.asarray(opened.values)
        if len(values) < (least := max(LEAST_SAMPLES, self.folds)):
            raise InvalidInputError(f"X has {len(values)} samples, and {self.folds} folds need at least {least}.")
        scores = np.empty(len(values))
        splits = KFold(int(self.folds), shuffle=True, random_state=self.detector_.seed_)
        for others, fold in splits.split(scores):
            detector = self._copy().fit(replace(opened, values=values[others]))
            scores[fold] = -detector.score_samples(replace(opened, values=values[fold]))
        return scores

    def decision_function(self, X: Any) -> Float64[np.ndarray, " samples"]:  # type: ignore[override]
        """Return the anomaly score of each sample, ≥ 0: a higher one is more abnormal."""
        check_is_fitted(self)
        return -self.detector_.score_samples(X)
