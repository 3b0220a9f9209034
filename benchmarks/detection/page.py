"""The results as a page of Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

import numpy as np
from ablation import DEFAULT, RAW
from alarms import LEAST_CALIBRATION
from goals import judge_goals
from page_tables import METRICS, render_table, title_of
from photographs import SIDE
from planting import KINDS, PER_KIND
from prose import ABLATION, ALARMS, HEADER, PHOTOGRAPHS, PLANTED, PROTOCOL, RANKINGS, TIMES
from protocol import DEVELOPED_ON, MODES, SEEDS, SETS
from raw_page import render_raw_tables
from reasons_page import render_reasons
from summaries import GROUPS, OURS, RankingSummary, found_errors, set_values, summarise_alarms

__all__ = ["render_page"]


def mark_set(name: str) -> str:
    return f"{name} †" if name in DEVELOPED_ON else name


def render_goals(results: Mapping[str, Any]) -> str:
    words = {True: "reached", False: "**not reached**", None: "not measured"}
    rows = [[goal.what, goal.asked, goal.measured, words[goal.reached]] for goal in judge_goals(results)]
    rule = "| --- | --- | --- | --- |"
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(["## What we set out to reach", "", "| | asked | measured | |", rule, *lines])


def render_means(summaries: Mapping[tuple[str, str], RankingSummary], seconds: Mapping[str, float]) -> str:
    """Return every detector's means and ranks, best first."""
    first = summaries["auroc", "all sets"]
    header = [""]
    for text in METRICS.values():
        header += [f"{text}, {group}" for group in GROUPS]
    header += ["mean rank (AUROC, all sets)", "fit, s"]
    rows = []
    for name in sorted(first.means, key=first.means.__getitem__, reverse=True):
        means = [f"{summaries[metric, group].means[name]:.3f}" for metric in METRICS for group in GROUPS]
        rows.append([title_of(name), *means, f"{first.ranks[name]:.2f}", f"{seconds[name]:.3g}"])
    return render_table(header, rows)


def render_differences(summaries: Mapping[tuple[str, str], RankingSummary]) -> str:
    """Return ours less every peer, with intervals."""
    first = summaries["auroc", "all sets"]
    if not first.differences:
        return "Ours is not measured."
    header = ["ours less"]
    for text in METRICS.values():
        header += [f"{text}, {group}" for group in GROUPS]
    peers = sorted(first.differences, key=first.means.__getitem__, reverse=True)
    every = [summaries[metric, group] for metric in METRICS for group in GROUPS]
    best = [f"{summary.differences[summary.best_peer]} {summary.best_peer}" for summary in every]
    rows = [[name, *(str(summary.differences[name]) for summary in every)] for name in peers]
    return render_table(header, [["*the best peer*", *best], *rows])


def render_rankings(measured: Mapping[str, Any]) -> str:
    """Return the section of both ways of training."""
    parts = ["## Rankings"]
    for mode in MODES:
        given = measured[mode]
        summaries = {(m, g): RankingSummary.of(given, m, sets) for m in METRICS for g, sets in GROUPS.items()}
        names = given[SETS[0]]
        seconds = {name: sum(given[key][name]["fit_seconds"] for key in SETS) for name in names}
        parts += [f"### {mode.capitalize()}", render_means(summaries, seconds), render_differences(summaries)]
    return "\n\n".join([*parts, RANKINGS])


def render_times(measured: Mapping[str, Any]) -> str:
    """Return the section of the seconds to fit."""
    ours, theirs = measured["ours-detector"], measured["pyod-detector"]
    titles = {OURS: ours, "PyOD's `AutoEncoder`": theirs}
    rows = []
    for name, given in titles.items():
        seconds, others = given["seconds"], given["disturbance"]
        spread = f"{min(seconds):.1f} – {max(seconds):.1f}"
        share = "" if others is None else f"{others:.0%}"
        rows.append([title_of(name), f"{statistics.median(seconds):.1f}", spread, str(given["threads"]), share])
    ratio = statistics.median(theirs["seconds"]) / statistics.median(ours["seconds"])
    quicker = sum(ours["by_set"][key] < theirs["by_set"][key] for key in SETS)
    by_set = [[key, *(f"{given['by_set'][key]:.2f}" for given in titles.values())] for key in SETS]
    return "\n\n".join(
        [
            TIMES.format(runs=len(ours["seconds"])),
            render_table(["", "all sets, median", "min – max", "threads", "others"], rows),
            f"PyOD's takes {ratio:.2f} times as long as ours; ours is the quicker on {quicker} of {len(SETS)} sets.",
            render_table(["set, median", *map(title_of, titles)], by_set),
        ]
    )


def render_alarms(measured: Mapping[str, Any]) -> str:
    """Return the section of realised false-alarm rates."""
    rows = []
    for rate in LEAST_CALIBRATION:
        found = summarise_alarms(measured, rate)
        if found is not None:
            realised = f"{found.realised:.2%} ± {found.realised_error:.2%}"
            power = f"{found.power:.1%} ± {found.power_error:.1%}"
            inside = "–" if found.in_band is None else f"{found.in_band:.1%}"
            rows.append([f"{rate:.0%}", f"{found.expected:.2%}", realised, inside, power, str(len(found.sets))])
    by_set = []
    for key, found in measured.items():
        cells = [mark_set(key), str(min(found["calibration_rows"]))]
        for rate, least in LEAST_CALIBRATION.items():
            given = found["rates"][str(rate)]
            enough = min(found["calibration_rows"]) >= least
            cells += [f"{np.mean(given[name]):.1%}" if enough else "–" for name in ("false_alarms", "power")]
        by_set.append(cells)
    header = ["set", "calibration rows"]
    for rate in LEAST_CALIBRATION:
        header += [f"false alarms at {rate:.0%}", f"power at {rate:.0%}"]
    return "\n\n".join(
        [
            ALARMS.format(least=LEAST_CALIBRATION[0.01]),
            render_table(["asked", "expected", "false alarms", "in their band", "power", "sets"], rows),
            render_table(header, by_set),
        ]
    )


def render_planted(measured: Mapping[str, Any]) -> str:
    """Return the section of planted errors."""
    total = PER_KIND * len(KINDS)
    rows, chance = [], []
    for name, table in measured.items():
        chance.append(f"`{name}` {total * total / table['rows']:.1f}")
        for detector in sorted(table["found"], key=lambda detector: detector != OURS):
            found = table["found"][detector]
            kinds = [f"{np.mean(found[kind]):.1f}" for kind in KINDS]
            totals = np.sum(list(found.values()), axis=0)
            spread = f"{totals.min()} – {totals.max()}"
            rows.append(
                [f"`{name}`, {table['rows']:,}", title_of(detector), *kinds, f"{found_errors(found):.1f}", spread]
            )
    header = ["table, rows", "", *(f"{kind}, of {PER_KIND}" for kind in KINDS), f"all, of {total}", "min – max"]
    flushed = render_table(header, rows).replace("| --- | ---: |", "| --- | --- |", 1)
    return "\n\n".join(
        [
            PLANTED.format(total=total, each=PER_KIND, seeds=len(SEEDS), chance=", ".join(chance)),
            flushed,
        ]
    )


def render_photographs(measured: Mapping[str, Any]) -> str:
    """Return the section of photographs."""
    values = set_values(measured, "auroc", list(measured))
    names = sorted(values, key=lambda name: values[name].mean(), reverse=True)
    rows = [[key, *(f"{values[name][place]:.3f}" for name in names)] for place, key in enumerate(measured)]
    mean = ["**mean**", *(f"{values[name].mean():.3f}" for name in names)]
    return "\n\n".join(
        [
            PHOTOGRAPHS.format(side=SIDE, seeds=len(SEEDS)),
            render_table(["normal sign", *(title_of(name) for name in names)], [*rows, mean]),
        ]
    )


def render_ablation(measured: Mapping[str, Any]) -> str:
    """Return the section of what each part of the default adds."""
    rows = [
        [
            f"**{title}**" if title == DEFAULT else title,
            *(f"{found[group]:.3f}" if group in found else "" for group in (*MODES, RAW)),
        ]
        for title, found in measured.items()
    ]
    return "\n\n".join([ABLATION, render_table(["", *MODES, RAW], rows)])


def render_sets(measured: Mapping[str, Any]) -> str:
    """Return every set's values."""
    parts = ["## Every set", "† used while the defaults were designed."]
    for mode in MODES:
        for metric, text in METRICS.items():
            values = set_values(measured[mode], metric, SETS)
            rows = []
            for place, key in enumerate(SETS):
                best = max(given[place] for given in values.values())
                cells = [given[place] for given in values.values()]
                rows.append([mark_set(key), *(f"**{v:.3f}**" if v == best else f"{v:.3f}" for v in cells)])
            parts += [f"### {mode.capitalize()}, {text}", render_table(["", *map(title_of, values)], rows)]
    return "\n\n".join(parts)


def render_machines(results: Mapping[str, Any]) -> str:
    """Return where and with what each part was measured."""
    lines = ["## Where"]
    for part, about in results["about"].items():
        versions = ", ".join(f"{package} {version}" for package, version in about["versions"].items())
        lines.append(f"- *{part}*: {about['cpu']}, {about['cores']} cores, Python {about['python']}; {versions}.")
    return "\n".join([lines[0], "", *lines[1:]])


SECTIONS = (
    ("rankings", render_rankings),
    ("timing", render_times),
    ("alarms", render_alarms),
    ("raw", render_raw_tables),
    ("planted", render_planted),
    ("reasons", render_reasons),
    ("photographs", render_photographs),
    ("ablation", render_ablation),
    ("rankings", render_sets),
)


def render_page(results: Mapping[str, Any]) -> str:
    """Return the page of everything that was ever measured; a part that was not is left out."""
    sections = [render(results[part]) for part, render in SECTIONS if part in results]
    return "\n\n".join([HEADER, render_goals(results), PROTOCOL, *sections, render_machines(results)]) + "\n"
