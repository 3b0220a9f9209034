"""Where a verb writes rows: a CSV, Parquet or NPY file, or a folder of images, by the ending of its name."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from autoencode.cli.output import announce, print_table
from autoencode.exceptions import InvalidInputError
from autoencode.files import keep_elsewhere
from autoencode.options import SET_NAMES

FIGURE_ENDINGS = (".png", ".svg", ".pdf")
PAGE_ENDINGS = (".html", ".htm")
TABLE_ENDINGS = (".csv", ".parquet")
STANDARD_OUTPUT = "-"
"""The name under which standard output is asked for; it gets CSV."""

_TRIED_BYTES = 4096

Target = Annotated[
    str,
    typer.Argument(
        metavar="OUTPUT",
        help="What to write: .csv, .parquet, .npy, a folder of images ending in /, or -, which is standard output.",
    ),
]


def check_target(output: str, data: str, argument: str = "OUTPUT") -> None:
    """Check, before anything is computed, that a name can be written to.

    Parameters
    ----------
    output
        What shall be written.
    data
        What is read for it, which must not be written over.
    argument
        What the name came as.

    Raises
    ------
    InvalidInputError
        If its ending is unknown, it cannot be written there, or it is a part of what is read.
    """
    if output == STANDARD_OUTPUT:
        return
    path = Path(output)
    is_folder = output.endswith("/") or not path.suffix
    if not is_folder and path.suffix.lower() not in (*TABLE_ENDINGS, ".npy"):
        raise InvalidInputError(
            f"{argument}: expected a name that ends in .csv, .parquet or .npy, or a folder of images ending in /, "
            f"got {output!r}."
        )
    check_place(argument, path, is_folder=is_folder)
    check_apart(argument, path, data)


def check_file(argument: str, path: Path, endings: Sequence[str], data: str) -> None:
    """Check, before anything is computed, that a file of one of some kinds can be written.

    Parameters
    ----------
    argument
        What the name came as.
    path
        The file.
    endings
        Those that its name may have.
    data
        What is read for it, which must not be written over.

    Raises
    ------
    InvalidInputError
        If its ending is unknown, it cannot be written there, or it is a part of what is read.
    """
    if str(path) == STANDARD_OUTPUT and ".csv" in endings:
        return
    if path.suffix.lower() not in endings:
        *others, last = endings
        known = f"{', '.join(others)} or {last}" if others else last
        raise InvalidInputError(f"{argument}: expected a name that ends in {known}, got {str(path)!r:.100}.")
    check_place(argument, path)
    check_apart(argument, path, data)


def check_place(argument: str, path: Path, *, is_folder: bool = False) -> None:
    """Check that a file, or a folder in place of that name, can be written where it shall be.

    Raises
    ------
    InvalidInputError
        If its folder is not there or takes no files, or something else has that name.
    OSError
        If the disk is full.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = None
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"{argument}: {str(path)!r:.100} cannot be written: {_say(error)}.") from error
    if not is_folder and mode is not None and stat.S_ISDIR(mode):
        raise InvalidInputError(f"{argument}: {path} is a folder.")
    if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InvalidInputError(f"{argument}: {path} is a pipe, socket or device; give the name of a file.")
    if is_folder and mode is not None and not stat.S_ISDIR(mode):
        raise InvalidInputError(f"{argument}: {path} is a file; expected a folder, or no file yet.")
    if path.parent.exists() and not path.parent.is_dir():
        raise InvalidInputError(f"{argument}: {path} cannot be written, for {path.parent} is a file, no folder.")
    if not path.parent.is_dir():
        raise InvalidInputError(f"{argument}: there is no folder {path.parent}; make it first.")
    _try_writing(argument, path, path.parent)


def check_folder(argument: str, folder: Path) -> None:
    """Check that a folder, which may have to be made with those above it, can be written to.

    Raises
    ------
    InvalidInputError
        If it cannot.
    OSError
        If the disk is full.
    """
    try:
        above = next(place for place in (folder, *folder.parents) if place.exists())
    except OSError as error:
        raise InvalidInputError(f"{argument}: {str(folder)!r:.100} cannot be written: {_say(error)}.") from error
    if not above.is_dir():
        raise InvalidInputError(f"{argument}: {folder} cannot be made, for {above} is a file, no folder.")
    _try_writing(argument, folder, above)


def _try_writing(argument: str, path: Path, folder: Path) -> None:
    """Write a little where a result shall be written, for nothing else tells whether that can be done."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(_TRIED_BYTES))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(error.errno, error.strerror, str(folder)) from error
        place = "" if path == folder else f", for nothing can be written to {folder}"
        raise InvalidInputError(f"{argument}: {path} cannot be written{place}: {_say(error)}.") from error


def _say(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def write_or_keep(write: Callable[[str], object], output: str) -> None:
    """Write a result; where its place does not take it any more, keep it among the temporary files, and say where.

    Parameters
    ----------
    write
        Writes it to a path.
    output
        Where it shall be; ``"-"`` is standard output, which gets CSV.

    Raises
    ------
    OSError
        Why it is not where it shall be, whether it could be kept or not.
    """
    if output == STANDARD_OUTPUT:
        _write_out(write)
        return
    try:
        write(output)
    except (OSError, InvalidInputError):
        with contextlib.suppress(OSError, InvalidInputError):  # the first error says more
            ending = "/" * output.endswith("/")
            kept = keep_elsewhere(lambda path: write(f"{path}{ending}"), os.path.basename(output.rstrip("/")))
            announce(f"what could not be written to {output} is kept in {kept}")
        raise


def _write_out(write: Callable[[str], object]) -> None:
    """Write a result as CSV to standard output."""
    with tempfile.TemporaryDirectory(prefix="autoencode-") as folder:
        path = Path(folder) / "out.csv"
        write(str(path))
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()


def check_apart(argument: str, path: Path, data: str) -> None:
    """Check that what shall be written is no part of what is read.

    Raises
    ------
    InvalidInputError
        If it is a file that is read, or lies in a folder that is.
    """
    import glob

    if data in SET_NAMES:
        return
    target = os.path.realpath(path) + os.sep
    given = os.path.expanduser(data)
    if any(target.startswith(os.path.realpath(source) + os.sep) for source in (given, *glob.glob(given))):
        raise InvalidInputError(
            f"{argument}: {path} is read for this, or lies in the folder that is; give another name."
        )


# Of more than twice as many, a terminal shows so many.
_MOST_ROWS = 200


def print_rows(header: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()) -> None:
    """Print rows: a table in a terminal, the first of very many; all as CSV where a file or a program reads them.

    Parameters
    ----------
    header
        The names of the columns.
    rows
        Their cells; numbers are shortened in a terminal only.
    right
        Which columns are numbers.
    """
    import csv

    if sys.stdout.isatty():
        shown = rows[: _MOST_ROWS if len(rows) > 2 * _MOST_ROWS else len(rows)]
        cells = [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in shown]
        print_table(header, cells, right=right)
        if len(shown) < len(rows):
            announce(f"… and {len(rows) - len(shown):,} more; --json, or an output file, has all")
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(_guard, header))
    writer.writerows([_guard(cell) for cell in row] for row in rows)


def _guard(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula.

    Examples
    --------
    >>> _guard("=1+1"), _guard(-1.5)
    ("'=1+1", -1.5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
