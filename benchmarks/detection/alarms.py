"""Whether the false-alarm rate asked for is the one that new normal rows meet, and what is found at it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from protocol import SEEDS, SETS, read_set, split
from rankings import score_ours
from scipy.stats import betabinom

__all__ = ["LEAST_CALIBRATION", "expected_rate", "is_in_band", "measure_alarms", "realised_rates"]

LEAST_CALIBRATION = {0.01: 500, 0.05: 19, 0.1: 9}
"""Rates asked, and how many calibration rows a set must have to be counted: for the last two, the least that can flag a
row at all; for the first enough that chance does not decide."""


def expected_rate(calibration_rows: int, rate: float) -> float:
    """Return what exchangeable rows without ties give on average: the largest k / (n + 1) that is at most the rate."""
    return _count_flagged(calibration_rows, rate) / (calibration_rows + 1)


def _count_flagged(calibration_rows: int, rate: float) -> int:
    """Return in how many of the n + 1 places among the calibration rows a new row is flagged."""
    # A rate such as 0.05 is a little more or less than 1/20 in binary.
    return math.floor(rate * (calibration_rows + 1) + 1e-9)


def is_in_band(flagged: int, rows: int, calibration_rows: int, rate: float) -> bool:
    """Return whether so many flagged normal rows lie in the 95 % band of exchangeable ones without ties.

    Given the calibration rows, each other is flagged with a share that is Beta-distributed over fits, so that the
    number flagged is beta-binomial: both the calibration rows and the scored ones are few.
    """
    places = _count_flagged(calibration_rows, rate)
    if not places:
        return flagged == 0
    low, high = betabinom(rows, places, calibration_rows + 1 - places).interval(0.95)
    return bool(low <= flagged <= high)


def realised_rates(p_values: np.ndarray, labels: np.ndarray, rate: float) -> tuple[float, float]:
    """Return the share flagged of the normal rows, and of the anomalies."""
    flagged = p_values <= rate
    return float(flagged[labels == 0].mean()), float(flagged[labels == 1].mean())


def measure_alarms(cache: Path) -> dict[str, Any]:
    """Return, by set, what one fit for each seed gave at every rate: lists with a value a seed."""
    results: dict[str, Any] = {}
    for set_name in SETS:
        features, labels = read_set(set_name)
        counts, normal, rows = [], [], {rate: [] for rate in LEAST_CALIBRATION}
        for seed in SEEDS:
            data = split(features, labels, seed, "semi-supervised")
            more = score_ours(cache, f"{set_name}-{seed}-semi-supervised", data, seed).more
            counts.append(int(more["calibration_rows"]))
            normal.append(int(np.sum(data.test_labels == 0)))
            for rate, found in rows.items():
                found.append(realised_rates(more["p_values"], data.test_labels, rate))
        results[set_name] = {
            "calibration_rows": counts,
            "normal_rows": normal,
            "rates": {
                str(rate): {"false_alarms": [pair[0] for pair in found], "power": [pair[1] for pair in found]}
                for rate, found in rows.items()
            },
        }
    return results
