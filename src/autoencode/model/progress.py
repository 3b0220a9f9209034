"""A training's progress in words: one line an epoch."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

import numpy as np

if TYPE_CHECKING:
    from autoencode.training import EpochRecord


def format_seconds(seconds: float) -> str:
    """Return a duration for people.

    Examples
    --------
    >>> format_seconds(0.25), format_seconds(75), format_seconds(7260)
    ('0.25 s', '1:15 min', '2:01 h')
    """
    if seconds < 59.5:  # from there on it would be called 60 s
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d} h"


def describe_epoch(record: EpochRecord, seconds_left: float) -> str:
    """Return one epoch as a line: epoch, loss, held-out loss, seconds, samples per second, time left.

    With several restarts, the losses are those of the restart with the lowest monitored loss.
    """
    monitored = record.monitored_loss
    best = 0 if np.isnan(monitored).all() else int(np.nanargmin(monitored))
    width = len(str(record.epochs))
    parts = [f"epoch {record.epoch:>{width}}/{record.epochs}", f"loss {record.loss[best]:.4f}"]
    if record.validation_loss is not None:
        parts.append(f"held-out {record.validation_loss[best]:.4f}")
    parts += [format_seconds(record.seconds), f"{record.samples_per_second:,.0f} samples/s"]
    if record.epoch < record.epochs:
        parts.append(f"{format_seconds(seconds_left)} left")
    if len(record.loss) > 1:
        parts.append(f"best of {len(record.loss)} restarts")
    return " · ".join(parts)


class ProgressLines:
    """A callback that writes one plain line an epoch.

    Parameters
    ----------
    stream
        Where to; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None):
        self.stream = stream
        self._seconds: list[float] = []

    def seconds_left(self, record: EpochRecord) -> float:
        """Return how long the remaining epochs will take, by the median of those after the first, which compiles."""
        self._seconds.append(record.seconds)
        steady = self._seconds[1:] or self._seconds
        return float(np.median(steady)) * (record.epochs - record.epoch)

    def __call__(self, record: EpochRecord) -> None:
        """Write the line of one epoch."""
        print(describe_epoch(record, self.seconds_left(record)), file=self.stream or sys.stderr, flush=True)
