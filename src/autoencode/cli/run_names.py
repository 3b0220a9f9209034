"""The names of runs: one for a new run, the model that a name stands for, and all that there are below `runs/`."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.exceptions import InvalidInputError, ModelFileError, RunTakenError
from autoencode.files import is_draft
from autoencode.interruption import before_end
from autoencode.json_object import read_object
from autoencode.nearest import end_with_nearest

if TYPE_CHECKING:
    from autoencode.runs import Claim

RUNS = Path("runs")
REPORT = "report.html"
"""What a report is called in a run's folder."""

SEVERAL = ("sweep", "reproduction")
"""What has several runs inside, and is no run of one model."""

KINDS = {
    "autoencoder": "the run of an autoencoder",
    "detector": "a detector that is kept",
    "sweep": "a sweep",
    "reproduction": "a reproduction",
}

_CONFIG, _MODEL = "config.json", "model.safetensors"
_MOST_NAMES = 10_000
# What file systems take.
_LONGEST_NAME = 255


def is_run(folder: Path) -> bool:
    """Return whether a folder is a run's: whether it has a configuration as a training writes it."""
    return isinstance(_read_config(folder).get("parameters"), dict)


def find_kind(folder: Path) -> str | None:
    """Return what lies in a folder: a key of `KINDS`; None where no verb has made it."""
    config = _read_config(folder)
    kind = config.get("kind", "autoencoder")
    if kind in SEVERAL:
        return kind
    known = kind if kind in KINDS else "autoencoder"
    return known if isinstance(config.get("parameters"), dict) else None


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        return read_object(folder / _CONFIG, without="columns")
    except (ModelFileError, OSError, ValueError):
        return {}


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
        return [path for path in folder.iterdir() if path.is_dir() and not is_draft(path.name)]
    except OSError:  # one that cannot be looked into hides no other
        return []


def find_run(name: str, *, several: bool = False) -> Path:
    """Return the folder of a run.

    Parameters
    ----------
    name
        Its name below `runs/`, or its folder.
    several
        Whether it may be one that has several runs inside.

    Raises
    ------
    ModelFileError
        If there is none; the nearest name is suggested.
    """
    for folder in (RUNS / name, Path(name)):
        kind = find_kind(folder)
        if kind in SEVERAL and not several:
            inside = [f"{name}/{path.name}" for path in sorted(_list_folders(folder)) if is_run(path)]
            raise ModelFileError(f"{name} is {KINDS[kind]}, with runs inside; name one of {', '.join(inside)}.")
        if kind is not None:
            return folder
    stem, _, number = name.rpartition("@")
    if stem and number.isdecimal():
        from autoencode.runs.versions import find_version

        return find_version(find_run(stem), int(number))
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
        if (folder / _MODEL).is_file():
            return folder / _MODEL
    except ModelFileError as error:
        if "@" in model:
            raise
        known = [path.as_posix() for path in list_runs()]
        raise ModelFileError(
            f"there is no model {model!r}: no such file, no folder with {_MODEL}, and no run in {RUNS}/"
            f"{end_with_nearest(model, known)}"
        ) from error
    from autoencode.runs import RunFolder

    reasons = {"running": " yet: its training is going on", "killed": ": its training was killed"}
    raise ModelFileError(f"{folder} has no model{reasons.get(RunFolder(folder).status, '')}.")


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


@contextlib.contextmanager
def claim_run(
    name: str | None,
    data: str,
    *,
    force: bool,
    option: str = "--run",
    resume: bool = False,
    kind: str = "autoencoder",
) -> Iterator[Claim]:
    """Claim the folder of a new run; where its training ends early, say what is left.

    Parameters
    ----------
    name
        What was asked for: a name below `runs/`, or a path with a slash. None takes the data's name, with -2, -3, …
        where it is taken.
    data
        What is trained on.
    force
        Whether a run of that name may be replaced, once the new one is whole.
    option
        What the name came as.
    resume
        Whether a run of that name that was cut off shall go on.
    kind
        What is to lie there.

    Yields
    ------
    Claim
        The folder, which exists.

    Raises
    ------
    RunTakenError
        If there is a run of that name already, or another training is being written into it.
    InvalidInputError
        If the folder has other files in it, or cannot be made.
    """
    from autoencode.runs import claim_folder

    with contextlib.ExitStack() as stack:
        if name is None:
            claim = _claim_free(stack, derive_name(data))
        else:
            folder = check_run(name, force=force or resume, option=option, kind=kind)
            claim = stack.enter_context(claim_folder(folder, replace=force, resume=resume))
        try:
            with before_end(lambda: _leave(claim)):
                yield claim
        except BaseException as error:
            _leave(claim, is_refused=isinstance(error, InvalidInputError | ModelFileError))
            raise


def _claim_free(stack: contextlib.ExitStack, stem: str) -> Claim:
    """Claim the first folder below `runs/` that is free."""
    from autoencode.runs import claim_folder, is_free

    if RUNS.exists() and not RUNS.is_dir():
        raise InvalidInputError(f"--run: {RUNS} is a file; give --run with a path.")
    for number in range(1, _MOST_NAMES):
        folder = RUNS / (stem if number == 1 else f"{stem}-{number}")
        if not is_free(folder):
            continue
        with contextlib.suppress(RunTakenError):  # just now, by another process
            return stack.enter_context(claim_folder(folder, replace=False))
    raise InvalidInputError(f"--run: {RUNS}/{stem}-{_MOST_NAMES} and all before are taken; give a name with --run.")


def _leave(claim: Claim, *, is_refused: bool = False) -> None:
    """Say what a training that ended early, or was refused, has left; remove what nothing came of."""
    from autoencode.cli.output import announce
    from autoencode.runs import RunFolder
    from autoencode.runs.checkpoint import drop_plan, has_checkpoint

    run = RunFolder(claim.path)
    drop_plan(run.path)
    said = []
    if claim.replaces:
        said.append(f"the earlier run in {claim.target} is as it was")
    can_resume = has_checkpoint(run.path) and run.status != "finished"
    if run.model.is_file():
        so_far = "" if run.status == "finished" else " of the epochs so far"
        said.append(f"the model{so_far} is saved in {run.path}")
    elif claim.replaces and run.history.is_file():
        said.append(f"the new one, without a model, lies in {run.path}")
    elif not can_resume and run.status != "finished":
        for own in (run.result, run.history, run.config):
            own.unlink(missing_ok=True)
    if can_resume and not is_refused:
        said += [text for text in [say_finished(run.path)] if text]
        said.append(f"go on with: autoencode runs resume {name_run(run.path)}")
    if said:
        announce("; ".join(said))


def say_finished(folder: Path) -> str:
    """Return how many of the trainings inside of a run are finished; nothing of a run that has none inside."""
    from autoencode.runs import RunFolder
    from autoencode.runs.checkpoint import list_trainings

    names = list_trainings(folder)
    done = sum(RunFolder(folder / name).status == "finished" for name in names)
    return f"{done} of {len(names)} trainings are finished" if names else ""


def name_run(folder: Path) -> str:
    """Return the word by which a shell names a run's folder."""
    return shlex.quote(folder.name if folder.parent == RUNS else str(folder))


def check_run(name: str | None, *, force: bool, option: str = "--run", kind: str = "autoencoder") -> Path:
    """Return the folder of a new run of that name, which is not made; of one without a name, the one above it.

    Parameters
    ----------
    name
        A name below `runs/`, or a path with a slash; None where it will be that of the data.
    force
        Whether a run of that name may be replaced.
    option
        What the name came as.
    kind
        What is to lie there; what is of another kind is never replaced.

    Raises
    ------
    RunTakenError
        If there is a run of that name already, or another training is being written into it.
    InvalidInputError
        If the folder has other files in it, or cannot be written to.
    """
    from autoencode.cli.targets import check_folder
    from autoencode.runs import is_free, is_held

    if name is None:
        check_folder(option, RUNS)
        return RUNS
    if not name.strip():
        raise InvalidInputError(f"{option}: expected a name or a path, got an empty one.")
    folder = Path(name) if "/" in name else RUNS / name
    if name == "." or folder.name == ".." or "\0" in name:
        raise InvalidInputError(f"{option}: expected a name or a path, got {name!r}.")
    if len(os.fsencode(folder.name)) > _LONGEST_NAME:
        raise InvalidInputError(f"{option}: {name!r:.100} is too long; expected at most {_LONGEST_NAME} bytes.")
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"{option}: {folder} is a file.")
    if is_held(folder):
        raise RunTakenError(
            f"{option}: another training is being written into {folder}; wait for it, or give another name."
        )
    found = find_kind(folder)
    if found is None and not is_free(folder):
        raise InvalidInputError(f"{option}: {folder} is a folder with other files in it; give another name.")
    if found not in (None, kind):
        raise RunTakenError(f"{option}: {folder} is {KINDS[found]}; give another name, or remove it.")
    if found is not None and not force:
        advice = "--resume goes on with it, or says it again" if kind in SEVERAL else "--force replaces it"
        raise RunTakenError(f"{option}: there is a run in {folder} already; {advice}.")
    check_folder(option, folder if found is None else folder.parent)
    return folder
