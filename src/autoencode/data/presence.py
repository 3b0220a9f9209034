"""Whether what samples shall be read from is there and can be read, told before anything heavy is imported."""

from __future__ import annotations

import glob
import os
import stat
from pathlib import Path

from autoencode.data.regular_file import expand_path, not_found, open_file, show_path, unreadable
from autoencode.data.standard_input import STANDARD_INPUT, check_piped
from autoencode.exceptions import DataNotFoundError, InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.options import SET_NAMES


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that goes through folders without end: links that lead back would make the search endless.

    Raises
    ------
    InvalidInputError
        If it has ``**``.
    """
    if "**" in pattern:
        name = show_path(Path(pattern))
        raise InvalidInputError(f"{name}: ** is not read; write a * for each folder, as in 'parts/*/*.csv'")


def check_set_name(name: str) -> None:
    """Check that there is a named set of that name.

    Raises
    ------
    InvalidInputError
        If there is none; the nearest name is suggested.
    """
    if name not in SET_NAMES:
        nearest = end_with_nearest(str(name).lower(), SET_NAMES)
        raise InvalidInputError(f"name: expected one of {', '.join(SET_NAMES)}, got {name!r}{nearest}")


def check_presence(data: str) -> None:
    """Check that a named set, a file, a pattern or a folder is there and can be opened; nothing of it is read.

    Parameters
    ----------
    data : str
        As `find_source` takes it.

    Raises
    ------
    DataNotFoundError
        If there is no such file or folder, no file fits the pattern, or it cannot be read.
    InvalidInputError
        If it is a pipe or a device, or no path at all.
    """
    if data.partition(":")[0] in SET_NAMES:
        return
    if data == STANDARD_INPUT:
        check_piped()
        return
    path = expand_path(data)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        _check_inside(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    else:
        _check_open(path, mode)


def _check_inside(path: Path) -> None:
    """Check what a path that does not exist itself stands for: an array of an .npz file, or the files of a pattern."""
    text = str(path)
    if ".npz:" in text:
        open_file(Path(text.rpartition(":")[0])).close()
    elif not glob.has_magic(text):
        raise not_found(path)
    else:
        check_pattern(text)
        if not glob.glob(text):
            raise DataNotFoundError(f"{show_path(path)}: no file fits this pattern")


def _check_open(path: Path, mode: int) -> None:
    if not stat.S_ISDIR(mode):
        open_file(path).close()
        return
    try:
        os.scandir(path).close()
    except OSError as error:
        raise unreadable(path, error) from error
