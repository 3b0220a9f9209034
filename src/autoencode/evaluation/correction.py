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
    'Feedback: 2 rows marked normal, 1 as an anomaly, so 1 sample left the training; beside them 3 lost the flag.'
    """

    normal: int
    anomalies: int
    left: int
    lost: int
    gained: int

    def sentence(self) -> str:
        """Return it in words."""
        parts = [f"{say_count(self.normal, 'row')} marked normal"]
        if self.anomalies:
            parts.append(f"{self.anomalies:,} as an anomaly, so {say_count(self.left, 'sample')} left the training")
        gained = f", {self.gained:,} got one" if self.gained else ""
        return f"Feedback: {', '.join(parts)}; beside them {self.lost:,} lost the flag{gained}."
