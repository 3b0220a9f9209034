"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from environments import CONTESTANTS
from results import Entry
from scale import WHAT_SCALE
from targets import TARGETS, Verdict, judge

__all__ = ["describe_machine", "format_seconds", "render_results", "title_of"]

WHAT = {
    (
        "mnist",
        "epoch_seconds",
    ): "784-32-784, batch 256, 10,000 rows held out; an epoch at steady state",
    ("mnist", "fit_seconds"): "the same, 50 epochs, from raw arrays to fitted model, compiling included",
    (
        "mnist",
        "first_epoch_seconds",
    ): "the same, from raw arrays to the end of epoch one, nothing compiled before",
    ("mnist", "first_epoch_cached_seconds"): "the same, after another process left compiled programs on disk",
    ("table-vanilla", "epoch_seconds"): "30-2-30 on 90,000 rows, batch 100; an epoch at steady state",
    ("table-deep", "epoch_seconds"): "30-2-2-2-30 on 90,000 rows, batch 100; an epoch at steady state",
    ("restarts", "relative_time"): "16 restarts of `table-vanilla` at once over 16 single fits of our own",
    ("deep", "epoch_seconds"): "784-128-64-32 mirrored, batch 256; an epoch at steady state",
    ("wide", "epoch_seconds"): "784-1024-256-32 mirrored, batch 1024; an epoch at steady state",
    (
        "conv",
        "step_seconds",
    ): "two convolutions, 16 and 32 channels, to a code of 32 and back, batch 128; a training step",
    ("conv-residual", "step_seconds"): "the same with a residual block in each hidden layer",
    (
        "detector",
        "fit_seconds",
    ): "the network and epochs of PyOD's `AutoEncoder`, fitted to and scored on each table of "
    "up to 10,000 rows, summed, compiling included",
    ("transform", "seconds"): "codes and errors of 1,000,000 rows of 30, in memory",
    (
        "score",
        "fit_seconds",
    ): "detectors of different kinds, by defaults, on 10,000 normal rows of 30; ours with `contaminated=False`",
    ("score", "save_seconds"): "the same, written to a file: ours by `save`, PyOD's by joblib",
    ("score", "load_seconds"): "the same, read from the file, and the score of a first row",
    ("score", "row_seconds"): "the score of one row, the median of 200 calls, by the detector that was read",
    ("score", "rows_seconds"): "the scores of 100,000 rows in one call",
    ("score", "file_megabytes"): "the file",
    ("start", "help_seconds"): "`autoencode --help`, the whole process",
    ("start", "import_seconds"): "importing the package and touching its estimator, the whole process",
    ("start", "first_fit_seconds"): "64-16-64 on 1,437 digits, 10 epochs, nothing compiled before",
    ("start", "first_fit_cached_seconds"): "the same, after another process left compiled programs on disk",
    ("report", "mnist_megabytes"): "the report's file, of 784-32-784 on 10,000 test images",
    ("report", "mnist_interactive_seconds"): "from asking for it until it answers, from disk, in headless Chromium",
    ("report", "mnist_frame_seconds"): "a frame while a slider of the live decoder is dragged by the mouse",
    ("report", "mnist_write_seconds"): "`autoencode report`, the whole process",
    ("report", "titanic_megabytes"): "the report's file, of 4 numbers for each held-out row of `titanic.csv`",
    ("report", "titanic_interactive_seconds"): "from asking for it until it answers",
    ("report", "titanic_write_seconds"): "`autoencode report`, the whole process",
    ("report", "photographs_megabytes"): "the report's file, of the held-out photographs at 32 × 32 in colour",
    ("report", "photographs_interactive_seconds"): "from asking for it until it answers",
    ("report", "photographs_write_seconds"): "`autoencode report`, the whole process",
    **WHAT_SCALE,
}

HEADER = """# Benchmark results

Written by `make bench`; do not edit. Every figure is the median of runs in alternation, one contestant computing at a
time; lower is better. All train the same network from the same first weights on the same samples with the same number
of updates, and end at the same loss within noise, or nothing is recorded. *Floor* is the least that this machine could
take, from what the job must compute and move and the best rates that any library reached here (`floor.py`).
*Others* is the share of the machine that other programs took meanwhile: where it is not near zero, the figures are
disturbed, those of contestants with two busy threads most.
`scikit-learn` has no cross-entropy for fractions: it minimises squared error, and its loss is held against such a fit
of ours. What was tried, and what failed, is in [LOG.md](LOG.md).

![Ours, the peers and the floor](results.png)
"""


def title_of(name: str) -> str:
    """Return a contestant's name for people."""
    return CONTESTANTS[name].title if name in CONTESTANTS else f"`{name}`"


def format_seconds(value: float) -> str:
    """Return a figure with three significant digits.

    >>> format_seconds(0.0371234), format_seconds(123.4)
    ('0.0371', '123')
    """
    digits = f"{value:#.3g}" if 1e-4 < abs(value) < 1000 else f"{value:.3g}"
    return digits.rstrip(".")


def describe_machine(machine: dict[str, Any]) -> list[str]:
    """Return the machine in a few lines."""
    rates = machine["rates"]
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}, "
        f"load average before {machine['load_average'] or 0:.1f}",
        f"matrix products {rates['matrix_flops'] / 1e9:.0f} GFLOP/s (float32), exponentials {rates['exps'] / 1e9:.2f} "
        f"G/s, copies {rates['cache_bytes'] / 1e9:.0f} GB/s in cache, {rates['memory_bytes'] / 1e9:.0f} GB/s in memory",
    ]
    versions: dict[str, None] = {}
    for given in machine["versions"].values():
        versions |= dict.fromkeys(f"{package} {version}" for package, version in given.items())
    return [*lines, ", ".join(sorted(versions))] if versions else lines


def render_row(entry: Entry, name: str) -> str:
    """Return one contestant's row."""
    details = entry.details[name]
    value = entry.ours if name == "ours" else entry.peers[name]
    spread = f"{format_seconds(min(details['values']))} – {format_seconds(max(details['values']))}"
    ratio = "" if name == "ours" else f"{value / entry.ours:.2f}×"
    memory = "" if details["peak_memory_mb"] is None else f"{details['peak_memory_mb']:.0f} MB"
    loss = "" if details["loss"] is None else f"{details['loss']:.5f}"
    threads = "" if details["threads"] is None else str(details["threads"])
    others = "" if details["disturbance"] is None else f"{details['disturbance']:.0%}"
    bold = "**" if name == "ours" else ""
    cells = [
        f"{bold}{title_of(name)}{bold}",
        f"{bold}{format_seconds(value)}{bold}",
        spread,
        ratio,
        memory,
        threads,
        others,
        loss,
    ]
    return "| " + " | ".join(cells) + " |"


def render_entry(entry: Entry) -> str:
    """Return one metric's section."""
    names = ["ours", *sorted(entry.peers, key=entry.peers.__getitem__)]
    unit = "seconds" if entry.unit == "s" else entry.unit
    lines = [
        f"### {entry.job}: `{entry.metric}`",
        "",
        f"{WHAT.get((entry.job, entry.metric), '')}.",
        "",
        f"| | {unit}, median | min – max | peer / ours | peak memory | threads | others | final loss |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(render_row(entry, name) for name in names),
    ]
    if entry.floor is not None:
        lines.append(f"| *floor* | *{format_seconds(entry.floor)}* | | *{entry.floor / entry.ours:.2f}×* | | | | |")
    runs = len(entry.details["ours"]["values"])
    return "\n".join([*lines, "", f"{runs} runs each. " + ". ".join(describe_machine(entry.machine)) + "."])


def render_verdict(verdict: Verdict) -> str:
    """Return one target's row."""
    target = verdict.target
    at_least = target.kind == "times faster"
    units = {"times faster": "×", "times the floor": "×", "relative time": "", "at most": "", "MB": " MB"}
    unit = units.get(target.kind, " s")
    measured = "–" if verdict.figure is None else f"{format_seconds(verdict.figure)}{unit}"
    wanted = f"{'≥' if at_least else '≤'} {format_seconds(target.bound)}{unit}"
    against = title_of(verdict.against) if verdict.against not in ("", "floor", "best peer") else verdict.against
    if target.against == "best peer":
        against = f"the best peer ({against})"
    reached = {True: "reached", False: "**not reached**", None: "not measured"}[verdict.reached]
    return f"| {target.job} `{target.metric}` | {against} | {target.kind} | {wanted} | {measured} | {reached} |"


def render_results(entries: Sequence[Entry]) -> str:
    """Return the whole page."""
    goals = [
        "## What we set out to reach",
        "",
        "| job | against | measured as | wanted | measured | |",
        "| --- | --- | --- | ---: | ---: | --- |",
        *(render_verdict(judge(target, entries)) for target in TARGETS),
    ]
    sections = "\n\n".join(render_entry(entry) for entry in entries)
    return f"{HEADER}\n" + "\n".join(goals) + f"\n\n## Every job\n\n{sections}\n"
