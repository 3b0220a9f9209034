"""`Correction`: what marks of people changed in a detection, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass

from autoencode.evaluation.wording import say_count


@dataclass(frozen=True)
class Correction:
    """What the rows that people marked changed.

    Attributes
    ----------
    normal, anomalies
        How many rows are marked so, those that are alike counted once.
    left
        How many samples left the training and the calibration, as their cells are those of rows marked as anomalies.
    lost, gained
        How many of the samples that were judged, beside those marked normal, have lost their flag to the rows marked
        normal, and how many have one for them alone.

    Examples
    --------
    >>> Correction(2, 1, 1, 3, 0).sentence()
    'Feedback: 2 rows marked normal, and 3 others lost their flag; 1 marked anomaly: 1 sample left the training.'
    """

    normal: int
    anomalies: int
    left: int
    lost: int
    gained: int

    def sentence(self) -> str:
        """Return it in words."""
        parts = []
        if self.normal:
            gained = f" and {self.gained:,} got one" if self.gained else ""
            others = f"and {say_count(self.lost, 'other')} lost {'its' if self.lost == 1 else 'their'} flag"
            parts.append(f"{say_count(self.normal, 'row')} marked normal, {others}{gained}")
        if self.anomalies:
            parts.append(f"{self.anomalies:,} marked anomaly: {say_count(self.left, 'sample')} left the training")
        return f"Feedback: {'; '.join(parts)}."
