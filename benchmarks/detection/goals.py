"""What we set out to reach in anomaly detection, and whether what was measured does."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from alarms import LEAST_CALIBRATION
from planted_errors import FOREST
from protocol import SETS
from reasons_page import sum_up_reasons
from summaries import GROUPS, OURS, RankingSummary, found_errors, set_values, summarise_alarms

__all__ = ["Goal", "judge_goals"]

MARGINS = (("unsupervised", "", 0.01), ("unsupervised", "AutoEncoder", 0.03), ("semi-supervised", "", 0.005))
"""By how much the mean AUROC is to be above a peer's; of no name, of whichever is best."""

TIMES_FASTER = 10.0
"""At least so many times faster to fit than PyOD's `AutoEncoder`."""


LEAST_RIGHT = {"ours": 0.9, "recovered": 0.8}
"""Of the flagged rows, how often the first reason is to be the planted cell, and how often it is to be recovered."""


@dataclass(frozen=True)
class Goal:
    """One figure to reach; `reached` is None where it is not measured."""

    what: str
    asked: str
    measured: str = "–"
    reached: bool | None = None


def judge_rankings(measured: Mapping[str, Any] | None) -> Iterator[Goal]:
    for (mode, peer, least), group in product(MARGINS, ("all sets", "sets only reported")):
        what = f"AUROC, {mode}, {group}, over {peer or 'the best of all peers'}"
        if measured is None or OURS not in measured[mode][SETS[0]]:
            yield Goal(what, f"≥ +{least:g}")
            continue
        found = RankingSummary.of(measured[mode], "auroc", GROUPS[group])
        name = peer or found.best_peer
        gap = found.differences[name]
        text = f"{found.means[OURS]:.3f} beside {found.means[name]:.3f} of {name}: {gap}"
        yield Goal(what, f"≥ +{least:g}", text, bool(gap.mean >= least))


def judge_times(measured: Mapping[str, Any] | None) -> Goal:
    what, asked = "seconds to fit all sets, compiling included", f"≥ {TIMES_FASTER:g}× faster than PyOD's `AutoEncoder`"
    if measured is None:
        return Goal(what, asked)
    ours, theirs = (statistics.median(measured[name]["seconds"]) for name in ("ours-detector", "pyod-detector"))
    return Goal(what, asked, f"{theirs / ours:.2f}× ({ours:.1f} s, {theirs:.1f} s)", theirs / ours >= TIMES_FASTER)


def judge_alarms(measured: Mapping[str, Any] | None) -> Iterator[Goal]:
    for rate in LEAST_CALIBRATION:
        what, asked = f"false alarms where {rate:.0%} is asked", f"≤ {rate:.0%} within two standard errors"
        found = None if measured is None else summarise_alarms(measured, rate)
        if found is None:
            yield Goal(what, asked)
            continue
        reached = found.realised <= rate + 2 * found.realised_error
        text = f"{found.realised:.2%} ± {found.realised_error:.2%}, {len(found.sets)} sets"
        yield Goal(what, asked, text, reached)


def judge_planted(measured: Mapping[str, Any] | None) -> Iterator[Goal]:
    what, asked = "planted errors among the first 100 of", "≥ an isolation forest's"
    for name, table in ({} if measured is None else measured).items():
        theirs = found_errors(table["found"][FOREST])
        if OURS not in table["found"]:
            yield Goal(f"{what} `{name}`", asked)
        else:
            ours = found_errors(table["found"][OURS])
            yield Goal(f"{what} `{name}`", asked, f"{ours:.1f} beside {theirs:.1f}", ours >= theirs)


def judge_reasons(measured: Mapping[str, Any] | None) -> Iterator[Goal]:
    what = {"ours": "first reasons of flagged rows that are the planted cell", "recovered": "planted cells recovered"}
    for name, least in LEAST_RIGHT.items():
        if measured is None:
            yield Goal(what[name], f"≥ {least:.0%}")
            continue
        counts = sum_up_reasons(measured)
        share = counts[name] / counts["flagged"]
        yield Goal(what[name], f"≥ {least:.0%}", f"{share:.1%}", share >= least)


def judge_photographs(measured: Mapping[str, Any] | None) -> Goal:
    what, asked = "AUROC, photographs, mean of classes", "≥ PyOD's `AutoEncoder`'s"
    if measured is None or OURS not in measured["0"]:
        return Goal(what, asked)
    values = set_values(measured, "auroc", list(measured))
    ours, theirs = values[OURS].mean(), values["AutoEncoder"].mean()
    return Goal(what, asked, f"{ours:.3f} beside {theirs:.3f}", bool(ours >= theirs))


def judge_goals(results: Mapping[str, Any]) -> list[Goal]:
    """Return every goal, in the order of the page.

    Parameters
    ----------
    results
        By part; a part that was never measured is not in it.
    """
    return [
        *judge_rankings(results.get("rankings")),
        judge_times(results.get("timing")),
        *judge_alarms(results.get("alarms")),
        *judge_planted(results.get("planted")),
        *judge_reasons(results.get("reasons")),
        judge_photographs(results.get("photographs")),
    ]
