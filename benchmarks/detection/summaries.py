"""The few figures that the page is about, from everything that was measured."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from alarms import LEAST_CALIBRATION, expected_rate, is_in_band
from comparisons import Difference, bootstrap_difference, mean_ranks, standard_error
from protocol import DEVELOPED_ON, REPORTED, SETS

__all__ = [
    "GROUPS",
    "OURS",
    "UNASKED",
    "AlarmSummary",
    "RankingSummary",
    "found_errors",
    "set_values",
    "summarise_alarms",
]

OURS, UNASKED = "ours", "ours-unasked"
GROUPS = {"sets only reported": REPORTED, "sets developed on": DEVELOPED_ON, "all sets": SETS}
"""Sets by what they were used for."""


def set_values(measured: Mapping[str, Any], metric: str, sets: Sequence[str]) -> dict[str, np.ndarray]:
    """Return each detector's values, one a set: the mean over its seeds."""
    names = measured[sets[0]]
    return {name: np.array([np.mean(measured[key][name][metric]) for key in sets]) for name in names}


@dataclass(frozen=True)
class RankingSummary:
    """One metric of one way of training over some sets.

    Attributes
    ----------
    means, ranks
        By detector.
    differences
        Ours less each peer; none where ours is not measured.
    best_peer
        The peer of the highest mean.
    """

    means: dict[str, float]
    ranks: dict[str, float]
    differences: dict[str, Difference]
    best_peer: str

    @classmethod
    def of(cls, measured: Mapping[str, Any], metric: str, sets: Sequence[str]) -> RankingSummary:
        """Summarise what `measure_rankings` returned for one way of training."""
        values = set_values(measured, metric, sets)
        means = {name: float(given.mean()) for name, given in values.items()}
        ranks = dict(zip(values, mean_ranks(np.stack(list(values.values()))).tolist(), strict=True))
        peers = [name for name in values if name != OURS]
        ours = values.get(OURS)
        differences = {} if ours is None else {name: bootstrap_difference(ours, values[name]) for name in peers}
        return cls(means, ranks, differences, max(peers, key=means.__getitem__))


@dataclass(frozen=True)
class AlarmSummary:
    """One false-alarm rate asked for: what was realised, over how many sets, and the share of fits in their band."""

    asked: float
    sets: tuple[str, ...]
    expected: float
    realised: float
    realised_error: float
    power: float
    power_error: float
    in_band: float | None


def summarise_alarms(measured: Mapping[str, Any], asked: float) -> AlarmSummary | None:
    """Return the means over sets that have calibration rows enough, and their standard errors; None for under two."""
    sets = tuple(key for key, found in measured.items() if min(found["calibration_rows"]) >= LEAST_CALIBRATION[asked])
    if len(sets) < 2:
        return None
    rates = [measured[key]["rates"][str(asked)] for key in sets]
    alarms, power = (np.array([np.mean(found[name]) for found in rates]) for name in ("false_alarms", "power"))
    counts = [count for key in sets for count in measured[key]["calibration_rows"]]
    return AlarmSummary(
        asked,
        sets,
        statistics.fmean(expected_rate(count, asked) for count in counts),
        float(alarms.mean()),
        standard_error(alarms),
        float(power.mean()),
        standard_error(power),
        _share_in_band([measured[key] for key in sets], asked),
    )


def _share_in_band(measured: Sequence[Mapping[str, Any]], asked: float) -> float | None:
    """Return the share of fits whose false alarms lie in their band; None where the rows were not counted."""
    if any("normal_rows" not in found for found in measured):
        return None
    inside = [
        is_in_band(round(share * rows), rows, calibration, asked)
        for found in measured
        for share, rows, calibration in zip(
            found["rates"][str(asked)]["false_alarms"], found["normal_rows"], found["calibration_rows"], strict=True
        )
    ]
    return float(np.mean(inside))


def found_errors(by_kind: Mapping[str, Sequence[int]]) -> float:
    """Return how many planted errors of all kinds were found, the mean over seeds."""
    return float(np.sum(list(by_kind.values())) / len(next(iter(by_kind.values()))))
