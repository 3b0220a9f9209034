"""The names of runs: one for a new run, the model that a name stands for, and all that there are below `runs/`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.json_object import read_object
from autoencode.nearest import end_with_nearest

__all__ = ["REPORT", "RUNS", "check_run", "claim_run", "derive_name", "find_model", "find_run", "is_run", "list_runs"]

RUNS = Path("runs")
REPORT = "report.html"
"""What a report is called in a run's folder."""

_CONFIG, _MODEL = "config.json", "model.safetensors"
_MOST_NAMES = 10_000
# What file systems take.
_LONGEST_NAME = 255


def is_run(folder: Path) -> bool:
    """Return whether a folder is a run's: whether it has a configuration as a training writes it."""
    try:
        content = read_object(folder / _CONFIG, without="columns")
    except (ModelFileError, OSError, ValueError):
        return False
    return isinstance(content.get("parameters"), dict)


def list_runs() -> list[Path]:
    """Return the runs below `runs/` by name, and those one folder deeper, as a reproduction leaves them.

    Returns
    -------
    list of Path
        Relative to `runs/`.
    """
    folders = _list_folders(RUNS)
    inner = [path for folder in folders if not is_run(folder) for path in _list_folders(folder)]
    return [path.relative_to(RUNS) for path in sorted([*folders, *inner]) if is_run(path)]


def _list_folders(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:  # one that cannot be looked into hides no other
        return []


def find_run(name: str) -> Path:
    """Return the folder of a run.

    Parameters
    ----------
    name
        Its name below `runs/`, or its folder.

    Raises
    ------
    ModelFileError
        If there is none; the nearest name is suggested.
    """
    for folder in (RUNS / name, Path(name)):
        if is_run(folder):
            return folder
    known = [path.as_posix() for path in list_runs()]
    if Path(name).is_dir():
        raise ModelFileError(f"{name} is no run's folder: it has no {_CONFIG} that a training wrote.")
    raise ModelFileError(f"there is no run {name!r} in {RUNS}/{end_with_nearest(name, known)}")


def find_model(model: str) -> Path:
    """Return the model file that a word stands for.

    Parameters
    ----------
    model
        A model file, a run's folder, or a run's name below `runs/`.

    Raises
    ------
    ModelFileError
        If there is none.
    """
    path = Path(model)
    if path.is_file():
        return path
    for folder in (path, RUNS / model):
        if (folder / _MODEL).is_file():
            return folder / _MODEL
    try:
        folder = find_run(model)
    except ModelFileError as error:
        known = [path.as_posix() for path in list_runs()]
        raise ModelFileError(
            f"there is no model {model!r}: no such file, no folder with {_MODEL}, and no run in {RUNS}/"
            f"{end_with_nearest(model, known)}"
        ) from error
    raise ModelFileError(f"{folder} has no model yet: its training is going on, or was killed.")


def derive_name(data: str) -> str:
    """Return the name of a run on this data.

    Examples
    --------
    >>> derive_name("data/my table.csv"), derive_name("parts/*.parquet"), derive_name("mnist:test")
    ('my-table', 'parts', 'mnist-test')
    """
    path = Path(data)
    while re.search(r"[*?\[]", path.name):
        path = path.parent
    stem = path.name.split(".")[0] or path.name
    name = re.sub(r"[^\w-]+", "-", stem if ":" not in path.name else path.name.replace(".", "-"), flags=re.ASCII)
    return name.strip("-_")[:60] or "run"


def claim_run(name: str | None, data: str, *, force: bool) -> Path:
    """Make the folder of a new run.

    Parameters
    ----------
    name
        What was asked for: a name below `runs/`, or a path with a slash. None takes the data's name, with -2, -3, …
        where it is taken.
    data
        What is trained on.
    force
        Whether a run of that name may be replaced.

    Returns
    -------
    Path
        The folder, which exists.

    Raises
    ------
    InvalidInputError
        If there is a run of that name already, or the folder has other files in it.
    """
    if name is None:
        stem = derive_name(data)
        for number in range(1, _MOST_NAMES):
            folder = RUNS / (stem if number == 1 else f"{stem}-{number}")
            try:
                folder.mkdir(parents=True)
            except FileExistsError:  # taken, perhaps just now by another process
                if not RUNS.is_dir():
                    raise InvalidInputError(f"--run: {RUNS} is a file; give --run with a path.") from None
                continue
            return folder
        raise InvalidInputError(f"--run: {RUNS}/{stem}-{_MOST_NAMES} and all before are taken; give a name with --run.")
    folder = check_run(name, force=force)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_run(name: str, *, force: bool) -> Path:
    """Return the folder of a new run of that name, which is not made.

    Parameters
    ----------
    name
        A name below `runs/`, or a path with a slash.
    force
        Whether a run of that name may be replaced.

    Raises
    ------
    InvalidInputError
        If there is a run of that name already, or the folder has other files in it.
    """
    if not name.strip():
        raise InvalidInputError("--run: expected a name or a path, got an empty one.")
    folder = Path(name) if "/" in name else RUNS / name
    if name == "." or folder.name == ".." or "\0" in name:
        raise InvalidInputError(f"--run: expected a name or a path, got {name!r}.")
    if len(os.fsencode(folder.name)) > _LONGEST_NAME:
        raise InvalidInputError(f"--run: {name!r:.100} is too long for a name; expected at most {_LONGEST_NAME} bytes.")
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"--run: {folder} is a file.")
    if is_run(folder):
        if not force:
            raise InvalidInputError(f"--run: there is a run in {folder} already; --force replaces it.")
    elif folder.is_dir() and any(folder.iterdir()):
        raise InvalidInputError(f"--run: {folder} is a folder with other files in it; give another name.")
    return folder
