"""The command line: one file a verb, errors as one line, exit codes that scripts can read.

Exit codes: 0 done; 1 the answer is no (a check failed); 2 bad usage or input; 3 training diverged; 4 out of memory or
disk; 70 a bug of ours; 129 hung up; 130 interrupted; 143 terminated.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autoencode.cli.streams import open_streams
from autoencode.cli.termination import WORDS, end_when_told
from autoencode.exceptions import AutoencodeError, AutoencodeWarning, TrainingDivergedError
from autoencode.interruption import HungUp, Terminated
from autoencode.printable import make_printable

HUNG_UP, INTERRUPTED, TERMINATED, BUG = 129, 130, 143, 70
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM)


def _fail(message: str, code: int) -> int:
    print(f"error: {make_printable(' '.join(message.split()))}", file=sys.stderr)
    return code


def _explain(error: BaseException) -> int:
    """Say in one line what went wrong and return the exit code that stands for it."""
    if isinstance(error, Terminated | KeyboardInterrupt):
        code = HUNG_UP if isinstance(error, HungUp) else TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        return _fail(WORDS[code - 128], code)
    # An error of ours may say in its own words what the system said first.
    if any(isinstance(e, OSError) and e.errno in NO_ROOM for e in (error, error.__cause__)):
        return _fail(f"no room left: {error}", 4)
    if isinstance(error, AutoencodeError):
        from autoencode.cli.spelling import spell

        return _fail(spell(str(error)), 3 if isinstance(error, TrainingDivergedError) else 2)
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return _fail(f"out of memory: {str(error) or 'the samples or the network are too large'}", 4)
    if isinstance(error, OSError):
        return _fail(str(error), 2)
    if os.environ.get("AUTOENCODE_DEBUG"):
        raise error
    return _fail(f"{type(error).__name__}: {error} (a bug; AUTOENCODE_DEBUG=1 shows where)", BUG)


def _explain_usage(error: Any) -> int:
    """Say in one line what was wrong with the command line; without a verb, show the help."""
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if not message or type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return 2
    hint = "" if context is None else f" ({context.command_path} --help shows what there is)"
    return _fail(f"{message}{hint}", 2)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Print warnings as one line each, without Python's file and line."""
    import warnings

    def show(message: Warning | str, *_details: object) -> None:
        from autoencode.cli.output import announce
        from autoencode.cli.spelling import spell

        words = " ".join(str(message).split())
        announce(f"warning: {spell(words) if isinstance(message, AutoencodeWarning) else words}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", AutoencodeWarning)
        warnings.showwarning = show  # pyright: ignore[reportAttributeAccessIssue]
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    Parameters
    ----------
    arguments
        The words after the program's name; `sys.argv` by default.

    Returns
    -------
    int
        See the module's docstring.
    """
    import typer

    from autoencode.cli.app import app

    command = typer.main.get_command(app)
    words = None if arguments is None else list(arguments)
    try:
        with _plain_warnings():
            code = command.main(args=words, prog_name="autoencode", standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        if hasattr(error, "format_message"):  # an error of the command-line library
            return _explain_usage(error)
        # The library turns an interrupt into an Abort, whose cause it is.
        return _explain(error.__cause__ if isinstance(error.__cause__, KeyboardInterrupt) else error)
    if code == INTERRUPTED:  # the library has taken the KeyboardInterrupt and says nothing
        return _explain(KeyboardInterrupt())
    return code if isinstance(code, int) else 0


def run() -> None:
    """Run the command line of this process and end it with the exit code."""
    output = open_streams()
    end_when_told()  # before all else: what is imported takes half a second
    code = main()
    sys.stdout.flush()
    if code - 128 in WORDS:  # all is saved, and Python's own end takes seconds on a busy machine
        os._exit(code)
    if output.failure is not None and code == 0:
        code = _fail(f"standard output: {output.failure.strerror}; the rest of it is lost", 4)
    sys.exit(code)
