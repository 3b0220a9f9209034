"""The standard streams of a process: what cannot be printed costs no work, whoever has closed them."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import Any


class Outlet(io.FileIO):
    """An open file whose writing never fails: what nobody reads, or there is no room for, is lost.

    Attributes
    ----------
    failure
        The first error of writing, or None. That the reader, such as ``head``, has gone is none.
    is_gone
        Whether the reader has gone, or nothing can be written any more.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.failure: OSError | None = None
        self.is_gone = False

    def write(self, content: Any, /) -> int:
        """Write what can be written, and return how many bytes are done with."""
        try:
            while (count := super().write(content)) is None:  # a pipe that does not wait, and is full
                select.select([], [self], [])
        except OSError as error:
            if error.errno != errno.EPIPE and self.failure is None:
                self.failure = error
            self.is_gone = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(content)
        return count


def open_streams() -> Outlet:
    """Open standard output and standard error anew, so that neither can stop the process; return the first.

    One that was closed when the process began leads nowhere, and no file that is opened later takes its number.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdin = sys.stdin or open(0, encoding="utf-8")  # noqa: SIM115
    output, messages = Outlet(1), Outlet(2)
    for name, outlet in (("stdout", output), ("stderr", messages)):
        earlier = getattr(sys, name)
        if earlier is not None:
            earlier.flush()
        # A terminal of few letters must not stop a run.
        stream = io.TextIOWrapper(
            io.BufferedWriter(outlet),
            encoding=getattr(earlier, "encoding", None),
            errors="replace",
            line_buffering=outlet.isatty() or outlet is messages,
        )
        setattr(sys, name, stream)
    return output
