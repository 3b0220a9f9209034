"""What we set out to reach, and whether the measured entries do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from results import Entry

__all__ = ["TARGETS", "Target", "Verdict", "judge"]


@dataclass(frozen=True)
class Target:
    """One figure to reach.

    Attributes
    ----------
    job, metric
        Which entry.
    against
        A peer's name, "best peer", "floor", "python -c pass", or "" for the figure itself.
    kind
        "times faster" (at least), "times the floor" (at most), "seconds" (at most), "seconds more" (at most),
        "relative time" (at most), "MB" (at most) or "at most", of a figure without a unit.
    bound
        The figure.
    """

    job: str
    metric: str
    against: str
    kind: str
    bound: float


@dataclass(frozen=True)
class Verdict:
    """A target and what was measured; `reached` is None where it was not."""

    target: Target
    figure: float | None
    against: str
    reached: bool | None


RESUMED = (
    *("kernel", "kernel_plateau", "xla_plateau", "variational", "convolutional", "vector-quantised", "sweep"),
    *("sweep_of_a_table", "detector_of_images", "detector_of_a_table", "detector_against_a_reference"),
)
"""The kinds of trainings that are killed and resumed."""

TARGETS = (
    Target("mnist", "epoch_seconds", "keras-tensorflow", "times faster", 8),
    Target("mnist", "epoch_seconds", "best peer", "times faster", 3),
    Target("mnist", "epoch_seconds", "floor", "times the floor", 1 / 0.6),
    Target("mnist", "fit_seconds", "keras-tensorflow", "times faster", 4),
    Target("table-vanilla", "epoch_seconds", "keras-tensorflow", "times faster", 40),
    Target("table-vanilla", "epoch_seconds", "best peer", "times faster", 10),
    Target("restarts", "relative_time", "", "relative time", 0.5),
    Target("conv", "step_seconds", "best peer", "times faster", 1),
    Target("detector", "fit_seconds", "pyod", "times faster", 15),
    Target("score", "row_seconds", "", "seconds", 1e-3),
    Target("score", "rows_seconds", "", "seconds", 0.5),
    Target("mnist", "first_epoch_seconds", "", "seconds", 2),
    Target("mnist", "first_epoch_cached_seconds", "", "seconds", 1),
    Target("start", "help_seconds", "python -c pass", "seconds more", 0.2),
    Target("report", "mnist_megabytes", "", "MB", 6),
    Target("report", "mnist_frame_seconds", "", "seconds", 1 / 30),
    *(
        Target("scale-large", f"{verb}_megabytes", "", "MB", 1.5 * 2**30 / 1e6)
        for verb in ("train", "errors", "score", "detect")
    ),
    *(Target("scale", f"{call}_beyond_megabytes", "", "MB", 420) for call in ("fit", "errors", "detect", "report")),
    Target("scale", "statistics_seconds", "pyarrow", "times faster", 0.5),
    Target("scale", "errors_of_file_seconds", "pyarrow", "times faster", 0.5),
    Target("scale", "mapped_epoch_seconds", "memory", "times faster", 0.8),
    Target("scale", "wide_epoch_seconds", "keras-tensorflow", "times faster", 1),
    Target("scale", "checkpoint_share", "", "at most", 0.02),
    Target("scale", "sorted_error", "", "at most", 1.1),
    *(Target("resume", f"{name}_otherwise", "", "at most", 0) for name in RESUMED),
)


def judge(target: Target, entries: Sequence[Entry]) -> Verdict:
    """Return whether a target is reached by the ratio of the medians of one run."""
    entry = next((e for e in entries if (e.job, e.metric) == (target.job, target.metric)), None)
    if entry is None:
        return Verdict(target, None, target.against, None)
    against = target.against
    if against == "best peer":
        against = entry.best_peer or ""
    if target.kind in ("seconds", "relative time", "at most", "MB"):
        figure, reached = entry.ours, entry.ours <= target.bound
    elif target.kind == "times the floor":
        if not entry.floor:
            return Verdict(target, None, against, None)
        figure = entry.ours / entry.floor
        reached = figure <= target.bound
    elif against not in entry.peers:
        return Verdict(target, None, against, None)
    elif target.kind == "seconds more":
        figure = entry.ours - entry.peers[against]
        reached = figure <= target.bound
    else:
        figure = entry.peers[against] / entry.ours
        reached = figure >= target.bound
    return Verdict(target, figure, against, reached)
