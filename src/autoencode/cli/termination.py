"""The wish that the process ends (SIGTERM), as an exception, so that a training can save what it has."""

from __future__ import annotations

import signal
import threading

__all__ = ["Terminated", "raise_when_terminated"]


class Terminated(BaseException):
    """The process was asked to end.

    It is no KeyboardInterrupt, which the command-line library would take for its own.
    """


def _terminate(_signal: int, _frame: object) -> None:
    raise Terminated


def raise_when_terminated() -> None:
    """Let SIGTERM raise `Terminated` in the main thread, the only one that may take signals."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminate)
