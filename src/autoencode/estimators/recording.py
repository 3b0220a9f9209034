"""Training into a run folder: every epoch on disk as it ends, the model saved even when interrupted."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np

import autoencode
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.storage import check_savable
from autoencode.runs import RunFolder
from autoencode.training import EpochRecord

__all__ = ["fit_recorded"]


def _describe_versions() -> dict[str, str]:
    import jax

    return {
        "autoencode": autoencode.__version__,
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
    }


def fit_recorded(
    model: Autoencoder,
    X: Any,
    path: str | Path,
    *,
    data: str,
    validation: Any = None,
    callbacks: tuple = (),
) -> RunFolder:
    """Fit a model and leave a run folder behind, readable at any instant.

    Parameters
    ----------
    model
        The estimator, fitted in place.
    X, validation
        As for `Autoencoder.fit`.
    path
        The run's folder; what an earlier run of that name left in it is replaced.
    data
        What the samples are, in words.
    callbacks
        Called with an `EpochRecord` after every epoch, beside the model's own.

    Returns
    -------
    RunFolder
        With configuration, history, model and result.

    Raises
    ------
    KeyboardInterrupt
        As it came, after the model of the epochs so far was saved.
    """
    check_savable(model)  # before hours of training, not after
    parameters = {
        name: value if isinstance(value, str | int | float | tuple | None) else repr(value)
        for name, value in model.get_params(deep=False).items()
    }
    folder = RunFolder.create(path, {"data": data, "parameters": parameters, "versions": _describe_versions()})
    finished, earlier = False, getattr(model, "networks_", None)

    def append(record: EpochRecord) -> None:
        folder.append_epoch(
            {
                "epoch": record.epoch,
                "loss": record.loss,
                "validation_loss": record.validation_loss,
                "seconds": record.seconds,
                "samples_per_second": record.samples_per_second,
            }
        )

    try:
        model._fit(X, validation=validation, callbacks=(append, *callbacks))
        finished = True
    finally:
        # Only what this training gave: where it failed before its first epoch, an earlier fit must not pass for it.
        if getattr(model, "networks_", earlier) is not earlier:
            model.save(folder.model)
            folder.write_result(describe_fit(model, finished=finished))
    return folder


def describe_fit(model: Autoencoder, *, finished: bool) -> dict[str, Any]:
    """Return the figures of a training as plain values."""
    kept = model.restarts_[model.best_restart_]
    return {
        "finished": finished,
        "settings": model.settings_.to_dict(),
        "seed": model.seed_,
        "epochs": model.history_.epochs,
        "seconds": float(model.history_.seconds.sum()),
        "seconds_per_epoch": model.history_.seconds_per_epoch,
        "parameters": model.summary().parameters,
        "loss": kept.loss,
        "validation_loss": kept.validation_loss,
        "chosen_by": "training loss" if kept.validation_loss is None else "held-out loss",
        "best_restart": model.best_restart_,
        "restarts": [restart.to_dict() for restart in model.restarts_],
        "diagnosis": [finding.text for finding in model.diagnosis_],
    }
