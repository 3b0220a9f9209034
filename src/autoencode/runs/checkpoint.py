"""Checkpoints of a run: where its training can go on. Two are kept, for the later one may be torn.

A run of several trainings has each in a run of its own inside. These are its checkpoint, and a file names them.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.exceptions import ModelFileError, RunWarning
from autoencode.files import write_whole
from autoencode.json_object import read_object
from autoencode.notice import warn_user

if TYPE_CHECKING:
    import numpy as np

CHECKPOINT, EARLIER_CHECKPOINT = CHECKPOINTS = ("checkpoint.safetensors", "checkpoint-earlier.safetensors")
"""The files of the last two checkpoints, the later one first."""

TRAININGS = "checkpoint.json"
"""The file that names the trainings inside of a run that has several, until it is handed over."""

PASSING = ("training-1", "training-2")
"""What trainings inside of a run are called that go with its checkpoint: the run's own model holds what they learnt."""


def has_checkpoint(folder: Path) -> bool:
    """Return whether a run's folder holds a checkpoint."""
    return any((folder / name).is_file() for name in (*CHECKPOINTS, TRAININGS))


def plan_trainings(folder: Path, names: Sequence[str]) -> None:
    """Write down which trainings a run has inside; what of them is there is its checkpoint from now on.

    Parameters
    ----------
    folder
        The run's.
    names
        Of the trainings' folders in it.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    write_whole(folder / TRAININGS, json.dumps({"trainings": list(names)}).encode())


def list_trainings(folder: Path) -> list[str]:
    """Return the names of the trainings that a run which is not handed over has inside; none of any other."""
    try:
        names = read_object(folder / TRAININGS).get("trainings")
    except (ModelFileError, OSError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def drop_plan(folder: Path) -> None:
    """Remove what names the trainings inside, where none of them has anything to go on from."""
    if not any(folder.glob("*/config.json")):
        with suppress(OSError):
            (folder / TRAININGS).unlink()


def write_checkpoint(folder: Path, tensors: dict[str, np.ndarray], content: dict[str, Any]) -> None:
    """Write a checkpoint, whole; the last one becomes the earlier one.

    Parameters
    ----------
    folder
        The run's.
    tensors, content
        What it holds: arrays by name, and the rest as JSON can hold it.

    Raises
    ------
    OSError
        If the disk is full; the last checkpoint is still there.
    """
    from autoencode.runs.model_file import write_model_file

    if (folder / CHECKPOINT).is_file():
        os.replace(folder / CHECKPOINT, folder / EARLIER_CHECKPOINT)
    write_model_file(folder / CHECKPOINT, tensors, {"checkpoint": content})


def read_checkpoint(folder: Path, task: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the last checkpoint that is whole, as `write_checkpoint` was given it.

    Parameters
    ----------
    folder
        The run's.
    task
        What the checkpoint must say that it is of, under that key; another training's is foreign.

    Raises
    ------
    ModelFileError
        If none can be used.
    """
    from autoencode.runs.model_file import read_model_file

    faults = []
    for path in (folder / name for name in CHECKPOINTS):
        if not path.is_file():
            continue
        try:
            tensors, configuration = read_model_file(path)
            content = configuration.get("checkpoint")
            if not isinstance(content, dict) or content.get("task") != task:
                raise ModelFileError(f"{path} is no checkpoint of this training.")
        except ModelFileError as error:
            faults.append(str(error))
            continue
        if faults:
            warn_user(f"{' '.join(faults)} The one before it, {path.name}, is used.", RunWarning, cause="checkpoint")
            with suppress(OSError):  # else the next one would take the place of this one
                os.replace(path, folder / CHECKPOINT)
        return tensors, content
    raise ModelFileError(f"no checkpoint in {folder} can be used: {' '.join(faults)} Train anew under another name.")


def remove_checkpoints(folder: Path) -> None:
    """Remove the checkpoints of a run, of which there may be none."""
    for name in (*CHECKPOINTS, TRAININGS):
        with suppress(OSError):  # what cannot be removed is no matter beside a run that is finished
            (folder / name).unlink()
    for name in PASSING:  # after the file by which they would be gone on with
        shutil.rmtree(folder / name, ignore_errors=True)
