"""How well anomaly scores set labelled anomalies apart from normal samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped

from autoencode.evaluation.arrays import check_vector
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors


@dataclass(frozen=True)
class ConfusionTable:
    """How many samples of each kind were flagged.

    Parameters
    ----------
    hits, misses
        Anomalies that were flagged, and that were not.
    false_alarms, correct_rejections
        Normal samples that were flagged, and that were not.

    Examples
    --------
    >>> table = ConfusionTable(hits=8, misses=2, false_alarms=2, correct_rejections=88)
    >>> table.power, round(table.false_alarm_rate, 4), table.precision
    (0.8, 0.0222, 0.8)
    """

    hits: int
    misses: int
    false_alarms: int
    correct_rejections: int

    @property
    def power(self) -> float:
        """The share of the anomalies that were flagged: the detection rate, or recall."""
        return self.hits / (self.hits + self.misses)

    @property
    def false_alarm_rate(self) -> float:
        """The share of the normal samples that were flagged."""
        return self.false_alarms / (self.false_alarms + self.correct_rejections)

    @property
    def precision(self) -> float:
        """The share of the flagged samples that are anomalies; 1.0 where none was flagged."""
        flagged = self.hits + self.false_alarms
        return self.hits / flagged if flagged else 1.0


@dataclass(frozen=True, eq=False)
class DetectionQuality:
    """How well anomaly scores find labelled anomalies, at every threshold and at the one that was used.

    Parameters
    ----------
    auroc
        The area under the ROC curve: the probability that an anomaly has a higher score than a normal sample, a tie
        counting one half. 1 is perfect, 0.5 is chance.
    average_precision
        The mean of the precision over the anomalies, each one's score taken as the threshold. 1 is perfect, the base
        rate is chance.
    anomalies, samples
        How many anomalies there are, and how many samples.
    thresholds
        The scores, each once, in falling order, after an infinity; at each, all samples with at least that score are
        flagged.
    false_alarm_rates, detection_rates
        At each threshold, the share of the normal samples and of the anomalies that are flagged: the ROC curve.
    precisions
        At each threshold, the share of the flagged samples that are anomalies; over ``detection_rates`` the
        precision-recall curve. 1 at the first threshold, where none is flagged.
    confusion
        The table of what was flagged; None where that was not given.
    """

    auroc: float
    average_precision: float
    anomalies: int
    samples: int
    thresholds: Float[np.ndarray, " points"]
    false_alarm_rates: Float[np.ndarray, " points"]
    detection_rates: Float[np.ndarray, " points"]
    precisions: Float[np.ndarray, " points"]
    confusion: ConfusionTable | None = None

    @property
    def base_rate(self) -> float:
        """The share of the samples that are anomalies: the precision of flagging at random."""
        return self.anomalies / self.samples


def detection_quality(
    labels: Shaped[np.ndarray, " samples"],
    scores: Errors,
    flagged: Bool[np.ndarray, " samples"] | None = None,
) -> DetectionQuality:
    r"""Return how well anomaly scores find labelled anomalies.

    .. math:: \mathrm{AUROC} = P(s_a > s_n) + \tfrac{1}{2} P(s_a = s_n), \qquad
        \mathrm{AP} = \sum_k (R_k - R_{k-1}) P_k

    over pairs of an anomaly and a normal sample, and over the thresholds, with detection rates :math:`R_k` and
    precisions :math:`P_k`.

    Parameters
    ----------
    labels
        True or 1 for an anomaly, False or 0 for a normal sample.
    scores
        The anomaly score of each sample; high is abnormal.
    flagged
        Which samples were flagged, for the confusion table.

    Returns
    -------
    DetectionQuality
        Areas, curves and counts.

    Raises
    ------
    InvalidInputError
        If an array is empty, holds NaN or has another number of axes than one, the lengths differ, a label is neither
        0 nor 1, or all samples are of one class. Infinite scores are fine.

    Notes
    -----
    Only the order of the scores matters. Where anomalies are rare, read the average precision beside the base rate: an
    AUROC of 0.95 can go with more false alarms than hits.

    References
    ----------
    T. Fawcett, "An introduction to ROC analysis", 2006.
    J. Davis and M. Goadrich, "The relationship between precision-recall and ROC curves", 2006.

    Examples
    --------
    >>> quality = detection_quality(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    >>> quality.auroc, round(quality.average_precision, 4), quality.base_rate
    (0.75, 0.8333, 0.5)
    """
    from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

    values = check_vector(scores, "scores")
    samples = len(values)
    is_anomaly = _check_flags(labels, "labels", samples)
    anomalies = int(is_anomaly.sum())
    if anomalies in (0, samples):
        raise InvalidInputError(
            f"labels must name anomalies and normal samples; all {samples} are "
            f"{'anomalies' if anomalies else 'normal'}. Pass samples of both kinds."
        )
    # Places in the order of the scores stand for them: scikit-learn takes no infinities.
    levels, indices = np.unique(values, return_inverse=True)
    false_alarm_rates, detection_rates, found = roc_curve(is_anomaly, indices, drop_intermediate=False)
    hits = np.rint(detection_rates * anomalies)
    false_alarms = np.rint(false_alarm_rates * (samples - anomalies))
    return DetectionQuality(
        auroc=float(roc_auc_score(is_anomaly, indices)),
        average_precision=float(average_precision_score(is_anomaly, indices)),
        anomalies=anomalies,
        samples=samples,
        thresholds=np.append(np.inf, levels[found[1:].astype(np.int64)]),
        false_alarm_rates=false_alarm_rates,
        detection_rates=detection_rates,
        precisions=np.append(1.0, hits[1:] / (hits + false_alarms)[1:]),
        confusion=None if flagged is None else _count(is_anomaly, _check_flags(flagged, "flagged", samples)),
    )


def _count(is_anomaly: Bool[np.ndarray, " samples"], flagged: Bool[np.ndarray, " samples"]) -> ConfusionTable:
    return ConfusionTable(
        hits=int(np.sum(is_anomaly & flagged)),
        misses=int(np.sum(is_anomaly & ~flagged)),
        false_alarms=int(np.sum(~is_anomaly & flagged)),
        correct_rejections=int(np.sum(~is_anomaly & ~flagged)),
    )


def _check_flags(flags: Shaped[np.ndarray, "*axes"], name: str, samples: int) -> Bool[np.ndarray, " samples"]:
    """Return flags as truth values, one a sample."""
    values = check_vector(flags, name)
    if len(values) != samples:
        raise InvalidInputError(f"{name} must be one a sample, {samples}; there are {len(values)}.")
    wrong = values[(values != 0) & (values != 1)]
    if len(wrong):
        raise InvalidInputError(
            f"{name} must be 1 or True for an anomaly, 0 or False for a normal sample; one is {wrong[0]:g}. "
            f"Pass {name} == what stands for an anomaly."
        )
    return values == 1
