"""The command line: one file a verb, errors as one line, exit codes that scripts can read.

Exit codes: 0 done; 1 the answer is no (a check failed); 2 bad usage or input; 3 training diverged; 4 out of memory or
disk; 70 a bug of ours; 130 interrupted; 143 terminated.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

import autoencode
from autoencode.cli import data, runs
from autoencode.cli.compare import compare
from autoencode.cli.decode import decode
from autoencode.cli.detect import detect
from autoencode.cli.encode import encode
from autoencode.cli.errors import errors
from autoencode.cli.export import export
from autoencode.cli.help_text import Verb
from autoencode.cli.output import plain_warnings
from autoencode.cli.recipes import recipes
from autoencode.cli.reconstruct import reconstruct
from autoencode.cli.report import report
from autoencode.cli.reproduce import reproduce
from autoencode.cli.sample import sample
from autoencode.cli.streams import open_streams
from autoencode.cli.summary import summary
from autoencode.cli.sweep import sweep
from autoencode.cli.termination import Terminated, raise_when_terminated
from autoencode.cli.train import train
from autoencode.cli.worst import worst
from autoencode.exceptions import AutoencodeError, TrainingDivergedError
from autoencode.printable import make_printable

__all__ = ["app", "main", "run"]

INTERRUPTED, TERMINATED, BUG = 130, 143, 70
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM)

app = typer.Typer(
    name="autoencode",
    help="A workbench for autoencoders: train one, see what was lost, compare models honestly.",
    epilog="Example: autoencode train digits",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (
    *(train, sweep, summary, errors, worst, detect, encode, decode, reconstruct, sample),
    *(compare, report, export, recipes),
):
    app.command(cls=Verb)(verb)
app.add_typer(runs.app, name="runs")
app.add_typer(data.app, name="data")
app.command(cls=Verb)(reproduce)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"autoencode {autoencode.__version__}")
        raise typer.Exit


@app.callback()
def set_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A workbench for autoencoders: train one, see what was lost, compare models honestly."""
    del version


def _fail(message: str, code: int) -> int:
    print(f"error: {make_printable(' '.join(message.split()))}", file=sys.stderr)
    return code


def _explain(error: BaseException) -> int:
    """Say in one line what went wrong and return the exit code that stands for it."""
    if isinstance(error, Terminated):
        return _fail("terminated.", TERMINATED)
    if isinstance(error, KeyboardInterrupt):
        return _fail("interrupted.", INTERRUPTED)
    # An error of ours may say in its own words what the system said first.
    if any(isinstance(e, OSError) and e.errno in NO_ROOM for e in (error, error.__cause__)):
        return _fail(f"no room left: {error}", 4)
    if isinstance(error, TrainingDivergedError):
        return _fail(str(error), 3)
    if isinstance(error, AutoencodeError):
        return _fail(str(error), 2)
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
    raise_when_terminated()
    command = typer.main.get_command(app)
    words = None if arguments is None else list(arguments)
    try:
        with plain_warnings():
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
    code = main()
    sys.stdout.flush()
    if output.failure is not None and code == 0:
        code = _fail(f"standard output: {output.failure.strerror}; the rest of it is lost", 4)
    sys.exit(code)
