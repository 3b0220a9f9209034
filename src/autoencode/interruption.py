"""Signals that ask a process to end: noted when they come, answered where nothing is lost by it.

A handler that raises may meet a callback of JAX's, which swallows what is raised or brings the process down in C++.
So handlers only note what came. What has something to keep holds the end off (`hold`) and asks now and then (`check`);
whatever shall not be left behind says how it is removed (`before_end`). The command line ends the process at once where
nothing is held; in a library's process only `keep_interrupts` touches a handler, and only while it lasts.
"""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Terminated(BaseException):
    """The process was asked to end (SIGTERM).

    It is no KeyboardInterrupt, which the command-line library would take for its own.
    """


class HungUp(Terminated):
    """The process's terminal or connection was closed (SIGHUP)."""


# All three are changed under the lock alone; it is one that a handler may take again, for it interrupts its own thread.
_changed = threading.Condition(threading.RLock())
_first: int | None = None
_pending: int | None = None
_holds: list[float] = []
_ends = False

_actions: list[Callable[[], object]] = []


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def check() -> None:
    """Raise what a signal that came asks for, once; only in the main thread.

    Raises
    ------
    KeyboardInterrupt, Terminated, HungUp
        After SIGINT, SIGTERM, SIGHUP.
    """
    global _pending
    if _pending is None or not _is_main():
        return
    number, _pending = _pending, None
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Terminated if number == signal.SIGTERM else HungUp


def is_asked_to_end() -> bool:
    """Return whether a signal came that `check` would answer."""
    return _pending is not None and _is_main()


@contextmanager
def hold(seconds: float = math.inf) -> Iterator[None]:
    """Hold the end of the process off while the block has something to keep.

    Parameters
    ----------
    seconds
        How long after a signal at most.

    Raises
    ------
    KeyboardInterrupt, Terminated, HungUp
        At the end of the block, where a signal came that nobody has asked for.
    """
    if not _is_main():
        yield
        return
    with _changed:
        ends = _ends
        _holds.append(seconds)
        _changed.notify_all()
    if ends:  # too late: what is made from now on would be left behind
        stand_still()
    try:
        yield
    finally:
        with _changed:
            _holds.remove(seconds)
            _changed.notify_all()
        check()


def note(number: int) -> bool:
    """Note a signal; the first one decides. Return whether something is held, which then ends by itself.

    Parameters
    ----------
    number
        The signal's number.
    """
    global _first, _pending, _ends
    with _changed:
        if _first is None:
            _first = _pending = number
            _ends = not _holds
        return not _ends


def wait_for_end(grace_seconds: float) -> int:
    """Wait, after a signal, until nothing is held any more, and return its number; in a thread of its own.

    Parameters
    ----------
    grace_seconds
        How long what was held may take to end the process by itself.
    """
    global _ends
    begin = time.monotonic()
    with _changed:
        while not _ends:
            while _holds and time.monotonic() < begin + max(_holds):
                rest = begin + max(_holds) - time.monotonic()
                _changed.wait(rest if math.isfinite(rest) else None)
            if _holds or not _changed.wait_for(lambda: bool(_holds), grace_seconds):
                _ends = True
        return _first or signal.SIGTERM


def stand_still() -> None:
    """Stop the thread that calls it, for another one ends the process."""
    time.sleep(10)
    os._exit(128 + (_first or signal.SIGTERM))


@contextmanager
def before_end(action: Callable[[], object]) -> Iterator[None]:
    """Have something done before a signal ends the process within the block.

    Parameters
    ----------
    action
        Called in another thread, while this one stands still or computes; an `OSError` of it is no matter.
    """
    _actions.append(action)
    try:
        yield
    finally:
        _actions.remove(action)


def clear_up() -> None:
    """Do what was asked for with `before_end`, the last first."""
    for action in reversed(_actions):
        with suppress(OSError):
            action()


@contextmanager
def keep_interrupts() -> Iterator[None]:
    """Let an interrupt (Ctrl-C) wait until the block or the next `check` in it.

    Only in the main thread, and where Python's own handler would raise `KeyboardInterrupt` anywhere. Other handlers are
    the user's, and are left alone.

    Raises
    ------
    KeyboardInterrupt, Terminated, HungUp
        At the end of the block, where a signal came.
    """
    default = signal.default_int_handler
    if not _is_main() or signal.getsignal(signal.SIGINT) is not default:
        try:
            yield
        finally:
            check()
        return
    signal.signal(signal.SIGINT, _keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, default)
        check()


def _keep(number: int, _frame: object) -> None:
    global _pending
    _pending = number
