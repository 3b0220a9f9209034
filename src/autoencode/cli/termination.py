"""The end of the process by a signal: Ctrl-C, SIGTERM, SIGHUP.

A thread of its own learns of a signal at once, whatever the main thread computes. Where something is held (a training
that has epochs to save), the main thread ends by itself; else the thread removes what shall not be left behind, says
so in a line, and ends the process with 130, 143 or 129.
"""

from __future__ import annotations

import os
import signal
import stat
import threading
from contextlib import suppress

from autoencode.interruption import clear_up, note, stand_still, wait_for_end

WORDS: dict[int, str] = {
    getattr(signal, name): words
    for name, words in (("SIGINT", "interrupted."), ("SIGTERM", "terminated."), ("SIGHUP", "hung up."))
    if hasattr(signal, name)  # Windows has no terminal that hangs up
}
"""What is said of each signal."""

GRACE_SECONDS = 1.5
"""How long the main thread may take to end the process once it holds nothing more."""

CLEARING_SECONDS = 1.0


def end_when_told() -> None:
    """Let signals end this process; one that was ignored when it began (`nohup`, a background job) stays ignored."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in WORDS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _take)
    threading.Thread(target=_watch, args=(reader,), name="autoencode-signals", daemon=True).start()


def _take(number: int, _frame: object) -> None:
    """Note a signal in the main thread. It never raises: JAX's code may be on the stack."""
    if WORDS[number] == "hung up.":
        _leave_closed_terminal()
    if not note(number):
        stand_still()


def _leave_closed_terminal() -> None:
    """Send what is still said nowhere, where the terminal that it went to is gone."""
    for descriptor in (1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(descriptor).st_mode) and not os.isatty(descriptor):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, descriptor)
                os.close(nowhere)


def _watch(reader: int) -> None:
    """Wait for a signal, and end the process once nothing is held."""
    number = 0
    while number not in WORDS:  # others may have handlers too
        number = os.read(reader, 1)[0]
    try:
        note(number)
        number = wait_for_end(GRACE_SECONDS)
        clearing = threading.Thread(target=_clear_and_say, args=(WORDS[number],), daemon=True)
        clearing.start()
        clearing.join(CLEARING_SECONDS)  # the main thread may stand still with a lock, or nobody read what is said
    finally:
        os._exit(128 + number)


def _clear_and_say(words: str) -> None:
    clear_up()
    # By the system's call, for the main thread may stand still in the middle of a print. A live line may be open,
    # which hides the cursor.
    line = f"\r\x1b[K\x1b[?25herror: {words}\n" if os.isatty(2) else f"error: {words}\n"
    with suppress(OSError):
        os.write(2, line.encode())
