"""A training's progress on standard error: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["announce", "show_epochs"]


def announce(text: str) -> None:
    """Write a line for people to standard error."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def show_epochs(title: str) -> Iterator[Callable[[Any], None]]:
    """Show a training epoch by epoch.

    Parameters
    ----------
    title
        What is being trained.

    Yields
    ------
    callable
        To be called with each `EpochRecord`.
    """
    from rich.console import Console

    from autoencode.estimators import ProgressLines, describe_epoch

    console = Console(stderr=True)
    lines = ProgressLines()
    if not console.is_terminal:
        announce(f"training {title}")
        yield lines
        return
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[epoch]}"),
        console=console,
    ) as bar:
        task = bar.add_task(title, total=None, epoch="compiling")

        def update(record: Any) -> None:
            text = describe_epoch(record, lines.seconds_left(record))
            bar.update(task, completed=record.epoch, total=record.epochs, epoch=text)

        yield update
