"""Progress on standard error: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Timer
from typing import TYPE_CHECKING, Any

from autoencode.cli.output import announce
from autoencode.printable import make_printable

if TYPE_CHECKING:
    from autoencode.model.setup import Setup

LINE_SECONDS = 1.0
"""How often at most an epoch is a line of its own, where there is no terminal."""

SILENT_SECONDS = 2.5
"""For how long nothing is said at most of what goes on, where there is no terminal."""

FIRST_EPOCH, MEASURING = "the first epoch", "measuring what was learnt"

LONG_SECONDS = 10.0
"""From how many seconds on a training is called long, and said how long it takes before it begins."""

REACHED = 0.5
"""Share of the rate of a large matrix product that a training reaches."""


def _make_bar(*, transient: bool) -> Any:
    """Return a live line on standard error: a bar, then a text."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=8), TextColumn("{task.fields[state]}"))
    return Progress(*(columns if transient else columns[1:]), console=Console(stderr=True), transient=transient)


def _is_terminal() -> bool:
    from rich.console import Console

    return Console(stderr=True).is_terminal


def _describe(record: Any, seconds_left: float, unit: str) -> str:
    """Return one epoch as a text that leaves room for a bar in 80 columns.

    Where the first epoch compiles, no time left is told by it; the kernel, which leaves its state in host memory, does
    not.
    """
    import numpy as np

    from autoencode.estimators import format_seconds

    monitored = record.monitored_loss
    best = 0 if np.isnan(monitored).all() else int(np.nanargmin(monitored))
    parts = [f"epoch {record.epoch}/{record.epochs}", f"loss {record.loss[best]:.4f}"]
    if record.validation_loss is not None:
        parts.append(f"held-out {record.validation_loss[best]:.4f}")
    parts.append(f"{record.samples_per_second:,.0f}{unit}")
    is_steady = record.epoch > 1 or isinstance(record.state.best_loss, np.ndarray)
    if is_steady and record.epoch < record.epochs:
        parts.append(f"{format_seconds(seconds_left)} left")
    return " · ".join(parts)


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
    announce(f"training {title}")
    with _show_bar() if _is_terminal() else _show_lines() as show, ExitStack() as waiting:
        waiting.enter_context(show_waiting(FIRST_EPOCH))

        def show_between(record: Any) -> None:
            waiting.close()
            show(record)
            if record.epoch == record.epochs:
                waiting.enter_context(show_waiting(MEASURING))

        yield show_between


@contextmanager
def _show_lines() -> Iterator[Callable[[Any], None]]:
    """Show an epoch as a line of its own, a second after the last one."""
    from autoencode.estimators import ProgressLines

    lines = ProgressLines()
    said = 0.0

    def show(record: Any) -> None:
        nonlocal said
        left = lines.seconds_left(record)
        if record.epoch in (1, record.epochs) or time.monotonic() - said >= LINE_SECONDS:
            announce(_describe(record, left, " samples/s"))
            said = time.monotonic()

    yield show


@contextmanager
def _show_bar() -> Iterator[Callable[[Any], None]]:
    """Show all epochs in one live line, which begins when the first has ended."""
    from autoencode.estimators import ProgressLines

    lines = ProgressLines()
    bar = _make_bar(transient=False)
    task: Any = None

    def show(record: Any) -> None:
        nonlocal task
        if task is None:
            task = bar.add_task("", total=record.epochs, state="")
            bar.start()
        bar.update(task, completed=record.epoch, state=_describe(record, lines.seconds_left(record), "/s"))
        if record.epoch == record.epochs:
            bar.stop()  # what is said from now on stands below

    try:
        yield show
    finally:
        bar.stop()


def announce_time(setup: Setup, samples: int) -> None:
    """Say of a long training, before it begins, how long it will take.

    It is reckoned from the products of the network and a measured product: a rough figure, meant to tell minutes from
    hours. The time left that is shown with each epoch is measured.

    Parameters
    ----------
    setup
        What is known before the training.
    samples
        How many samples are read; those that are held out are not left out here.
    """
    import numpy as np

    from autoencode.model.assembly import make_blueprint
    from autoencode.model.progress import format_seconds

    square = np.ones((512, 512), np.float32)
    np.matmul(square, square)  # the first one starts threads
    start = time.perf_counter()
    np.matmul(square, square)
    operations_per_second = 2 * len(square) ** 3 / (time.perf_counter() - start)
    # A product and its gradients, which are two, each go into a sum.
    seconds = (
        6
        * make_blueprint(setup).multiplications
        * samples
        * setup.arguments.restarts
        * setup.arguments.epochs
        / (REACHED * operations_per_second)
    )
    if seconds > LONG_SECONDS:
        announce(
            f"it will take about {format_seconds(seconds)}; an interrupt (Ctrl-C) keeps the epochs that have ended"
        )


@contextmanager
def show_rows(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how many of many rows are done, with rate and time left; nothing where it takes less than a second.

    Parameters
    ----------
    title
        What is being done.
    total
        How many rows there are.

    Yields
    ------
    callable
        To be called with the number of rows that are done now.
    """
    from autoencode.estimators import format_seconds

    start = said = time.monotonic()
    terminal = _is_terminal()
    bar = _make_bar(transient=True) if terminal else None
    task: Any = None

    def update(done: int) -> None:
        nonlocal said, task
        now = time.monotonic()
        if done >= total or now - start < 1 or (bar is None and now - said < LINE_SECONDS and said != start):
            return
        said = now
        rate = done / (now - start)
        state = f"{done:,}/{total:,} · {rate:,.0f}/s · {format_seconds((total - done) / rate)} left"
        if bar is None:
            announce(f"{title} {state}")
            return
        if task is None:
            bar.start()
            task = bar.add_task(title, total=total, state=state)
        bar.update(task, completed=done, state=state)

    try:
        yield update
    finally:
        if bar is not None:
            bar.stop()


@contextmanager
def show_waiting(title: str) -> Iterator[None]:
    """Show that something is going on whose length is not known, such as the reading of a file.

    A terminal shows it at once; elsewhere it is a line, and only where it takes long.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        timer = Timer(SILENT_SECONDS, _say_if_heard, [f"{title} …"])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        return
    with console.status(Text(make_printable(title))):  # as Text, so that brackets in a path are no markup
        yield


def _say_if_heard(text: str) -> None:
    """Say something from a thread that nobody waits for."""
    with suppress(OSError, ValueError):  # standard error was closed
        announce(text)
