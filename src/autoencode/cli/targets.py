"""Where a verb writes rows: a CSV, Parquet or NPY file, or a folder of images, by the ending of its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from autoencode.exceptions import InvalidInputError
from autoencode.options import SET_NAMES

__all__ = ["TABLE_ENDINGS", "Target", "check_apart", "check_figure", "check_target", "print_rows"]

TABLE_ENDINGS = (".csv", ".parquet")

Target = Annotated[
    str,
    typer.Argument(metavar="OUTPUT", help="What to write: .csv, .parquet, .npy, or a folder of images ending in /."),
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
        If its ending is unknown, its folder is not there, or it is a part of what is read.
    """
    path = Path(output)
    is_folder = output.endswith("/") or not path.suffix
    if not is_folder and path.suffix.lower() not in (*TABLE_ENDINGS, ".npy"):
        raise InvalidInputError(
            f"{argument}: expected a name that ends in .csv, .parquet or .npy, or a folder of images ending in /, "
            f"got {output!r}."
        )
    if not path.parent.is_dir():
        raise InvalidInputError(f"{argument}: there is no folder {path.parent}; make it first.")
    if not is_folder and path.is_dir():
        raise InvalidInputError(f"{argument}: {path} is a folder.")
    check_apart(argument, path, data)


def check_apart(argument: str, path: Path, data: str) -> None:
    """Check that what shall be written is no part of what is read.

    Raises
    ------
    InvalidInputError
        If it is a file that is read, or lies in a folder that is.
    """
    import glob
    import os

    if data in SET_NAMES:
        return
    target = os.path.realpath(path) + os.sep
    given = os.path.expanduser(data)
    if any(target.startswith(os.path.realpath(source) + os.sep) for source in (given, *glob.glob(given))):
        raise InvalidInputError(
            f"{argument}: {path} is read for this, or lies in the folder that is; give another name."
        )


def check_figure(figure: Path, data: str) -> None:
    """Check, before anything is computed, that a picture can be written.

    Parameters
    ----------
    figure
        The picture.
    data
        What is read for it, which must not be written over.

    Raises
    ------
    InvalidInputError
        If its ending is unknown, its folder is not there, or it is a part of what is read.
    """
    if figure.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InvalidInputError(f"--figure: expected a name that ends in .png, .svg or .pdf, got {str(figure)!r}.")
    if not figure.parent.is_dir():
        raise InvalidInputError(f"--figure: there is no folder {figure.parent}; make it first.")
    check_apart("--figure", figure, data)


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
    import sys

    from autoencode.cli.output import announce, print_table

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
