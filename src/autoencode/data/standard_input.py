"""What is piped into the program, kept in a file for as long as it runs, so that it can be read twice."""

from __future__ import annotations

import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from autoencode.data.regular_file import INPUT_FILE
from autoencode.exceptions import DataNotFoundError

STANDARD_INPUT = "-"
"""The name under which standard input is asked for."""


def check_piped() -> None:
    """Check that something is piped in, for which a terminal would wait.

    Raises
    ------
    DataNotFoundError
        If standard input is closed or a terminal.
    """
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise DataNotFoundError("-: expected a table on standard input, as in `cat data.csv | autoencode … -`")


@cache
def _open_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder that is removed as the program ends."""
    return tempfile.TemporaryDirectory(prefix="autoencode-")


@cache
def keep_input() -> Path:
    """Copy standard input into a file, once.

    Raises
    ------
    DataNotFoundError
        If there is none.
    OSError
        If the disk is full.
    """
    check_piped()
    path = Path(_open_folder().name) / INPUT_FILE
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path
