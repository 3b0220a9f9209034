"""What was measured: entries, how a run is merged into earlier ones, and whether final losses agree."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Entry", "LossMismatchError", "Measured", "check_losses", "merge_entries", "read_entries", "write_entries"]


class LossMismatchError(AssertionError):
    """Two contestants did not train the same thing."""


@dataclass(frozen=True)
class Measured:
    """What one contestant's runs of one metric gave.

    Attributes
    ----------
    values
        One a run, in the metric's unit.
    peak_memory_mb
        Largest resident size of its process, or None.
    loss
        Median of the final losses, or None.
    threads
        With which it computed, or None.
    disturbance
        Mean share of the machine that other programs took during the runs, or None.
    """

    values: tuple[float, ...]
    peak_memory_mb: float | None = None
    loss: float | None = None
    threads: int | None = None
    disturbance: float | None = None

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.values)


@dataclass(frozen=True)
class Entry:
    """One metric of one job; lower is better.

    Attributes
    ----------
    job, metric, unit
        What was measured.
    ours, peers
        Medians.
    floor
        The least that this machine could take, by `floor.py`.
    machine
        Where, and with which versions.
    details
        By contestant: the runs, peak memory, final loss, threads, disturbance.
    """

    job: str
    metric: str
    unit: str
    ours: float
    peers: dict[str, float]
    floor: float | None
    machine: dict[str, Any]
    details: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def from_measured(
        cls,
        job: str,
        metric: str,
        unit: str,
        measured: Mapping[str, Measured],
        *,
        floor: float | None,
        machine: dict[str, Any],
    ) -> Entry:
        """Make an entry of the runs of every contestant; "ours" must be among them."""
        peers = {name: runs.median for name, runs in measured.items() if name != "ours"}
        details = {name: asdict(runs) for name, runs in measured.items()}
        return cls(job, metric, unit, measured["ours"].median, peers, floor, machine, details)

    @property
    def best_peer(self) -> str | None:
        """The name of the quickest peer."""
        return min(self.peers, key=self.peers.__getitem__) if self.peers else None


def merge_entries(earlier: Sequence[Entry], later: Sequence[Entry], order: Sequence[str]) -> list[Entry]:
    """Replace the jobs that were measured again and keep the others.

    Parameters
    ----------
    earlier, later
        Entries of earlier runs and of this one.
    order
        Names of the jobs in the order of the tables; an entry of a job that is no more is dropped.

    Returns
    -------
    list of Entry
        Sorted by job.
    """
    again = {entry.job for entry in later}
    kept = [entry for entry in earlier if entry.job not in again] + list(later)
    return [entry for job in order for entry in kept if entry.job == job]


def read_entries(path: Path) -> list[Entry]:
    """Return the entries of a results file; none where there is no file."""
    return [Entry(**values) for values in json.loads(path.read_text())] if path.exists() else []


def write_entries(path: Path, entries: Iterable[Entry]) -> None:
    """Write a results file, whole."""
    draft = path.with_suffix(".partial")
    draft.write_text(json.dumps([round_floats(asdict(entry)) for entry in entries], indent=1) + "\n")
    draft.replace(path)


def round_floats(value: Any) -> Any:
    """Return a value with every number inside it cut to six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {key: round_floats(item) for key, item in value.items()}
    return [round_floats(item) for item in value] if isinstance(value, list | tuple) else value


def check_losses(job: str, losses: Mapping[str, float], tolerance: float) -> None:
    """Check that everybody trained the same thing.

    Parameters
    ----------
    job
        For the message.
    losses
        Final loss of each contestant, "ours" among them.
    tolerance
        Largest relative difference.

    Raises
    ------
    LossMismatchError
        Naming every contestant whose loss differs by more.
    """
    wrong = []
    for name, loss in losses.items():
        expected = losses["ours"]
        if not abs(loss - expected) <= tolerance * expected:
            wrong.append(f"{name} ended at {loss:.5f}, expected {expected:.5f}")
    if wrong:
        raise LossMismatchError(f"{job}: final losses differ by more than {tolerance:.1%}: {'; '.join(wrong)}")
