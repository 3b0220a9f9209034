"""What an optimiser knows of a run's training, in a file of its own beside the model, which is shipped without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from autoencode.exceptions import ModelFileError
from autoencode.model.fitted import Fitted
from autoencode.runs import RunFolder, read_model_file, write_model_file


def save_optimizer(fitted: Fitted, folder: RunFolder) -> None:
    """Write what is kept of the optimiser into a run, whole; nothing where nothing is.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if fitted.optimizer is not None:
        told = {"optimizer": fitted.arguments.optimizer, "fingerprint": fitted.fingerprint}
        write_model_file(folder.optimizer, dict(fitted.optimizer), told)


def read_optimizer(fitted: Fitted, model: Path) -> tuple[Mapping[str, np.ndarray] | None, str]:
    """Return what is kept of the optimiser beside a model's file; where nothing is, None, and why in words.

    Parameters
    ----------
    fitted
        What the file holds.
    model
        The file.
    """
    path = RunFolder(model.parent).optimizer
    if not path.is_file():
        return None, f"there is no {path.name} beside the model"
    try:
        arrays, told = read_model_file(path)
    except ModelFileError as error:
        return None, str(error).removesuffix(".")
    if told.get("fingerprint") != fitted.fingerprint:
        return None, f"{path} is of another model"
    return arrays, ""
