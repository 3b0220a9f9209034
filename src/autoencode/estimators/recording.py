"""Training into a run folder: every epoch on disk as it ends, the model saved even when interrupted."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import autoencode
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.evidence import spread_rows
from autoencode.estimators.history import History
from autoencode.estimators.preparation import Preparation, prepare
from autoencode.estimators.storage import check_savable
from autoencode.runs import RunFolder
from autoencode.training import EpochRecord

__all__ = ["describe_versions", "fit_recorded"]


def describe_versions() -> dict[str, str]:
    """Return the versions of the programs that a model's numbers depend on, by name."""
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
    data: str | None = None,
    validation: Any = None,
    callbacks: tuple = (),
    ready: Callable[[Autoencoder], None] | None = None,
) -> RunFolder:
    """Fit a model and leave a run folder behind, readable at any instant.

    Parameters
    ----------
    model
        The estimator, fitted in place.
    X, validation
        As for `Autoencoder.fit`.
    path
        The run's folder; what an earlier run of that name left in it is replaced, once the samples and the arguments
        are found to be good.
    data
        What the samples are, in words; None takes the name of their source.
    callbacks
        Called with an `EpochRecord` after every epoch, beside the model's own.
    ready
        Called with the model before its first epoch, when the samples are checked and every "auto" is derived.

    Returns
    -------
    RunFolder
        With configuration, history, model and result.

    Raises
    ------
    InvalidInputError
        If an argument or the samples cannot be used, or another training is being written into the folder.
    KeyboardInterrupt
        As it came, after the model of the epochs so far was saved.
    """
    check_savable(model)  # before hours of training, not after
    earlier = getattr(model, "networks_", None)
    prepared = prepare(model, X, validation)
    first_epoch = model.history_.epochs if prepared.goes_on else 0
    folder = RunFolder(Path(path))
    if ready is not None:
        ready(model)

    def record_epoch(record: EpochRecord) -> None:
        folder.append_epoch(_describe_epoch(record.epoch, History.from_records([record]), 0))

    with folder.claim():
        RunFolder.create(path, _describe_task(model, prepared, data))
        finished = False
        try:
            model._train(prepared, (record_epoch, *callbacks))
            finished = True
        finally:
            # Only what this training gave: where it failed before its first epoch, an earlier fit must not pass for it.
            if getattr(model, "networks_", earlier) is not earlier:
                model.save(folder.model)
                _complete_history(folder, model.history_, first_epoch)
                folder.write_result(
                    {**describe_fit(model, finished=finished), "column_errors": _describe_errors(model, prepared)}
                )
    return folder


def _describe_task(model: Autoencoder, prepared: Preparation, data: str | None) -> dict[str, Any]:
    """Return what is trained, on which samples, and with which versions."""
    encoder = model.table_encoder_
    names = getattr(model, "feature_names_in_", None)
    columns = None if names is None else [{"column": str(name)} for name in names]
    return {
        "data": prepared.source if data is None else data,
        "reading": None if model.reading_ is None else model.reading_.to_dict(),
        "samples": len(prepared.scaled),
        "held_out": 0 if prepared.held_out is None else len(prepared.held_out),
        "sample_shape": model.sample_shape_,
        "columns": columns if encoder is None else [row._asdict() for row in encoder.describe()],
        "parameters": {
            name: value if isinstance(value, str | int | float | tuple | None) else repr(value)
            for name, value in model.get_params(deep=False).items()
        },
        "engine": model.settings_.engine,
        "versions": describe_versions(),
    }


def _complete_history(folder: RunFolder, history: History, first_epoch: int) -> None:
    """Append the epochs that the model knows and the file does not: an interrupt may come between the two."""
    written = folder.read_history()
    for place in range(int(written[-1]["epoch"]) if written else first_epoch, history.epochs):
        folder.append_epoch(_describe_epoch(place + 1, history, place))


def _describe_epoch(epoch: int, history: History, place: int) -> dict[str, Any]:
    """Return the line of an epoch of that number, from its place in a history."""
    return {
        "epoch": epoch,
        "loss": history.loss[place],
        "validation_loss": None if history.validation_loss is None else history.validation_loss[place],
        "seconds": history.seconds[place],
        "samples_per_second": history.samples_per_second[place],
    }


def _describe_errors(model: Autoencoder, prepared: Preparation) -> list[dict[str, Any]] | None:
    """Return the errors of a table's columns, on held-out samples where there are any, at most some thousands."""
    if model.table_encoder_ is None:
        return None
    rows = spread_rows(prepared.scaled if prepared.held_out is None else prepared.held_out)
    return [asdict(error) for error in model._representation.column_errors((), rows, model._rebuild(rows))]


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
