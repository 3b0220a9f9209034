"""`Detection`: what was found among samples, ranked, with p-values, flags and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.evaluation.alike import Alike, find_alike
from autoencode.evaluation.correction import Correction
from autoencode.evaluation.detection_quality import DetectionQuality, detection_quality
from autoencode.evaluation.discoveries import benjamini_hochberg
from autoencode.evaluation.explanation import Explanation
from autoencode.evaluation.wording import say_count, say_number, say_percent
from autoencode.types import ColumnDescription

MOST_REASONS, LEAST_SHARE = 3, 0.05
"""Reasons that are given for a sample: of columns that add such a share of its score, where there are any."""


MOST_GROUPS = 3
"""Groups of samples alike that are said."""

DRIFT = (
    "That is most of them: they differ from the reference as a whole, as what is from another time, place or device "
    "does. The reasons say in which columns; one that only tells when is better left out."
)
"""What is said where most are flagged."""


def is_more_than_promised(flagged: int, count: int, false_alarm_rate: float, calibration: int) -> bool:
    """Return whether more samples are flagged than chance gives of normal ones: by five deviations, and three samples.

    Parameters
    ----------
    flagged, count
        How many of how many.
    false_alarm_rate
        Of how many normal samples may be flagged.
    calibration
        How many calibration samples there are: that these are few is a part of the deviation.

    Examples
    --------
    >>> is_more_than_promised(14, 1000, 0.01, 500), is_more_than_promised(60, 1000, 0.01, 500)
    (False, True)
    """
    variance = false_alarm_rate * (1 - false_alarm_rate) * (1 / max(1, count) + 1 / calibration)
    return flagged > count * (false_alarm_rate + 5 * variance**0.5) + 3


class GroupCounts(NamedTuple):
    """A group of samples with a threshold of its own.

    Attributes
    ----------
    name
        The group, or what the small ones are called together.
    samples, flagged
        How many were judged, and flagged.
    calibration, needed
        How many calibration samples it has, and needs for a threshold of its own.
    threshold
        The score above which a sample is flagged.
    """

    name: str
    samples: int
    flagged: int
    calibration: int
    needed: int
    threshold: float


@dataclass(frozen=True, eq=False)
class Detection:
    """What was found among samples.

    Attributes
    ----------
    scores
        The anomaly score of each sample, by a detector that never saw it; high is abnormal.
    p_values
        The conformal p-value of each sample; among each other, the share of them that are at least as abnormal.
    threshold
        The score above which a sample is flagged.
    calibration_scores
        With what they were compared: the scores of normal samples; where the samples were judged against each other,
        all of theirs but the highest, which is what each has beside itself.
    false_alarm_rate
        That was asked for.
    judged_against
        The reference's name in words, or None: each other.
    order
        The indices of the samples, the most abnormal first.
    explanation
        Of the first of these: contributions and reasons; `nearest` are indices in the reference, or in the samples
        themselves.
    rebuilt
        What the networks make of the explained samples, where these are images; else None.
    seed
        That gives the same again.
    columns
        How each column of a table was read, and why one was left out; in one of the halves at least, where the samples
        were judged against each other. Nothing of arrays.
    kind
        What samples of several axes are, "picture" or "sequence"; None of others.
    fitted_to
        To how many samples, drawn by the seed, each detector was fitted, where there were more than suffice; else None.
    groups
        Where each group of samples has a threshold of its own, these; else nothing.
    calibrates_last
        Whether the calibration samples are the last ones of the reference, not random ones.
    corrected
        What rows that people marked changed, where there were some; else None.
    """

    scores: Float64[np.ndarray, " samples"]
    p_values: Float64[np.ndarray, " samples"]
    threshold: float
    calibration_scores: Float64[np.ndarray, " calibration"]
    false_alarm_rate: float
    judged_against: str | None
    order: Int[np.ndarray, " rows"]
    explanation: Explanation
    rebuilt: np.ndarray | None
    seed: int
    columns: tuple[ColumnDescription, ...] = ()
    fitted_to: int | None = None
    kind: str | None = None
    groups: tuple[GroupCounts, ...] = ()
    calibrates_last: bool = False
    corrected: Correction | None = None

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        return f"Detection({int(self.flagged.sum()):,} of {len(self):,} samples flagged)"

    @cached_property
    def flagged(self) -> Bool[np.ndarray, " samples"]:
        """Which samples have a p-value of at most the false-alarm rate."""
        return self.p_values <= self.false_alarm_rate

    @cached_property
    def discoveries(self) -> Bool[np.ndarray, " samples"] | None:
        """Which samples to flag so that at most that share *of the flagged* are false alarms, by Benjamini–Hochberg.

        None where the samples were judged against each other: then the p-values are spread evenly whatever the samples
        are, and say nothing of how many anomalies there are.
        """
        return None if self.judged_against is None else benjamini_hochberg(self.p_values, self.false_alarm_rate)

    @cached_property
    def alike(self) -> tuple[Alike, ...]:
        """The groups of five and more flagged samples that are alike, the largest first."""
        reasons = self.explanation.reasons
        flagged = self.flagged[self.order[: len(reasons)]]
        return find_alike([given if is_flagged else () for given, is_flagged in zip(reasons, flagged, strict=True)])

    @cached_property
    def hidden(self) -> frozenset[int]:
        """Numbers in `order` for which the first of their group stands where samples are shown."""
        return frozenset(number for group in self.alike for number in group.numbers[1:])

    def say_alike(self, number: int) -> list[str]:
        """Return, of the first of a group, how many more are alike, in words; nothing of others."""
        return [f"and {len(group.numbers) - 1:,} alike" for group in self.alike if group.numbers[0] == number]

    @property
    def is_drift(self) -> bool:
        """Whether more than half are flagged: then the samples differ from the reference as a whole."""
        return self.discoveries is not None and int(self.flagged.sum()) > max(len(self) / 2, MOST_GROUPS)

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

    def count_guilty(self) -> tuple[tuple[str, int, float], ...]:
        """Return, of each column, in how many of the flagged and explained samples it adds most, and its mean share.

        Those that add most in none are left out; the most frequent come first. Nothing where no sample has columns.
        """
        if not self.explanation.has_columns:
            return ()
        chosen = self.flagged[self.order[: len(self.explanation)]]
        if not chosen.any():
            return ()
        shares = self.explanation.find_shares(chosen)
        counts = np.bincount(shares.argmax(axis=1), minlength=shares.shape[1])
        means = shares.mean(axis=0)
        return tuple(
            (self.explanation.columns[column], int(counts[column]), float(means[column]))
            for column in np.lexsort((-means, -counts)).tolist()
            if counts[column]
        )

    def verdict(self) -> str:
        """Return how many samples are flagged, in words."""
        flagged, expected = int(self.flagged.sum()), say_number(self.false_alarm_rate * len(self), 2)
        return (
            f"Of {say_count(len(self), 'sample')} {flagged:,} {'is' if flagged == 1 else 'are'} flagged; were all "
            f"normal, about {expected} would be."
        )

    def remarks(self) -> list[str]:
        """Return what is to be known before the samples are looked at, in words: drift, groups, what was drawn."""
        found = [DRIFT] if self.is_drift else []
        found += [f"{group}; is this a kind of its own?" for group in self.alike[:MOST_GROUPS]]
        if self.fitted_to is not None:
            each = " of each half" if self.judged_against is None else ""
            drawn = f"{self.fitted_to:,} samples suffice to learn from: so many{each} were drawn by the seed"
            found.append(f"{drawn}; all {len(self):,} are judged.")
        if self.corrected is not None:
            found.append(self.corrected.sentence())
        return found

    def sentences(self) -> list[str]:
        """Return how many samples are flagged, and what that means, in words."""
        found = [self.verdict(), *self.remarks()]
        if self.discoveries is None:
            return [*found, "They were judged against each other, so about that share is flagged whatever they are."]
        stricter = f"With at most {say_percent(self.false_alarm_rate)} of the flagged wrong: {self.discoveries.sum():,}"
        needed = f"; for all of them it needs {self.needed:,} calibration samples" if self.needed else ""
        return [*found, f"{stricter} (Benjamini–Hochberg{needed})."]
