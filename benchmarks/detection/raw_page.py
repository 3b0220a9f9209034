"""The section of the page on raw tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from alarms import is_in_band
from comparisons import bootstrap_difference, standard_error
from page_tables import METRICS, render_table, title_of
from raw_tables import RAW_MODES
from summaries import OURS, set_values

__all__ = ["render_raw_tables"]

ABOUT = """## Raw tables

{sets} tables of OddBench and OvRBench (macrOData), whose columns are as their owners have them: money, counts, codes,
sensors. Every other one, by name, was used while the score was designed (*developed*); the others only to report it.
At most 5,000 rows to train on and 5,000 to score, seeds {seeds}. *Normal only* trains on normal rows. *Let in* puts
half of the anomalies that were to be scored among them, and scores the rest. DTE-NP, LOF and the isolation forest (both
scikit-learn's) get the columns standardised.

A few sets must not carry a mean: beside it stand the set in the middle, how many are won and lost by more than 0.005,
and the mean without the three sets where ours gains most."""
LEAST = 0.005


def render_raw_tables(measured: Mapping[str, Any]) -> str:
    """Return the section of raw tables."""
    names = list(measured[RAW_MODES[0]])
    halves = {"developed": names[0::2], "only reported": names[1::2]}
    seeds = len(measured[RAW_MODES[0]][names[0]][OURS]["auroc"])
    parts = [ABOUT.format(sets=len(names), seeds=f"1 to {seeds}")]
    for mode in RAW_MODES:
        parts += [f"### {mode.capitalize()}", _render_means(measured[mode], halves)]
        parts.append(_render_differences(measured[mode], halves))
    return "\n\n".join([*parts, *_render_alarms(measured["alarms"])])


def _render_means(measured: Mapping[str, Any], halves: Mapping[str, Sequence[str]]) -> str:
    values = {(metric, half): set_values(measured, metric, sets) for metric in METRICS for half, sets in halves.items()}
    first = values["auroc", "only reported"]
    rows = [
        [title_of(name), *(f"{found[name].mean():.3f}" for found in values.values())]
        for name in sorted(first, key=lambda name: -first[name].mean())
    ]
    return render_table(["", *(f"{METRICS[metric]}, {half}" for metric, half in values)], rows)


def _render_differences(measured: Mapping[str, Any], halves: Mapping[str, Sequence[str]]) -> str:
    rows = []
    for (metric, text), (half, sets) in ((m, h) for m in METRICS.items() for h in halves.items()):
        values = set_values(measured, metric, sets)
        for peer in (name for name in values if name != OURS):
            gains = values[OURS] - values[peer]
            rows.append(
                [
                    f"{peer}, {text}, {half}",
                    str(bootstrap_difference(values[OURS], values[peer])),
                    _sign(float(np.median(gains))),
                    f"{np.sum(gains > LEAST)} – {np.sum(gains < -LEAST)}",
                    _sign(float(np.sort(gains)[:-3].mean())),
                ]
            )
    return render_table(["ours less", "mean", "middle set", "won – lost", "mean without three best"], rows)


def _render_alarms(measured: Mapping[str, Any]) -> list[str]:
    """Return the false alarms of normal only."""
    rows = []
    for rate in next(iter(measured.values())):
        asked = float(rate)
        counted = {key: found[rate] for key, found in measured.items() if asked * (found[rate][0][2] + 1) >= 1}
        shares = np.array([np.mean([flagged / normal for flagged, normal, _ in found]) for found in counted.values()])
        inside = [is_in_band(*fit, asked) for found in counted.values() for fit in found]
        rows.append(
            [
                f"{asked:.0%}",
                f"{shares.mean():.2%} ± {standard_error(shares):.2%}",
                f"{np.mean(inside):.1%}",
                str(len(counted)),
            ]
        )
    text = """### False alarms on raw tables

Normal only. *In their band* are the fits whose number of normal rows flagged lies where that of exchangeable rows lies
in 95 % of fits (beta-binomial: calibration rows and scored rows are both few)."""
    return [text, render_table(["asked", "false alarms", "in their band", "sets"], rows)]


def _sign(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
