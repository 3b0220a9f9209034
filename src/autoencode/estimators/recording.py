"""Training into a run folder: every epoch on disk as it ends, the model saved even when interrupted."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autoencode.estimators.autoencoder import Autoencoder, hold_fitted, prepare, train_prepared
from autoencode.exceptions import InvalidInputError, ModelFileError, RunWarning, TrainingDivergedError
from autoencode.files import keep_elsewhere
from autoencode.interruption import before_end, hold
from autoencode.model.checkpoint import Checkpoints, describe_identity
from autoencode.model.fitted import Fitted
from autoencode.model.history import History
from autoencode.model.learnt import list_arguments
from autoencode.model.model_file import check_savable, read_model, save_model
from autoencode.model.optimizer_file import save_optimizer
from autoencode.model.preparation import Preparation
from autoencode.model.restarts import spread_rows
from autoencode.model.setup import Setup
from autoencode.model.versions import describe_surroundings
from autoencode.notice import warn_user
from autoencode.runs import Claim, RunFolder, claim_folder
from autoencode.runs.begun import begin_run, find_begun, read_seed
from autoencode.runs.checkpoint import remove_checkpoints
from autoencode.training import EpochRecord


@dataclass(frozen=True, eq=False)
class Start:
    """A model that a training goes on from.

    Attributes
    ----------
    name
        What it is called.
    fitted
        What it holds, with its optimiser where that was kept.
    """

    name: str
    fitted: Fitted


def fit_recorded(
    model: Autoencoder,
    X: Any,
    path: str | Path | Claim,
    *,
    data: str | None = None,
    validation: Any = None,
    callbacks: tuple = (),
    ready: Callable[[Setup], None] | None = None,
    resume: bool = False,
    checkpoint_every: float | None = None,
    keep_checkpoint: bool = False,
    command: dict[str, Any] | None = None,
    start: Start | None = None,
) -> RunFolder:
    """Fit a model and leave a run folder behind, readable at any instant.

    Parameters
    ----------
    model
        The estimator, fitted in place.
    X, validation
        As for `Autoencoder.fit`.
    path
        The run's folder. An earlier run in it is replaced once the new one is whole; until then the new one lies in the
        first free folder of the names NAME-2, NAME-3, … beside it, and stays there if the training ends early. Or a
        claim on a folder, whose owner lets the new run replace the earlier one.
    data
        What the samples are, in words; None takes the name of their source.
    callbacks
        Called with an `EpochRecord` after every epoch, beside the model's own.
    ready
        Called before the first epoch with all that is known then: the samples are checked, every "auto" is derived.
    resume
        Go on where a training of the same samples and settings was cut off in that folder, with the bits of one that
        was not. It starts where there is none; the model of one that is finished is read.
    checkpoint_every
        Seconds between two checkpoints; None is a minute, or so long that they take at most a fiftieth of the time.
    keep_checkpoint
        Leave a checkpoint of the end of the training in the run, which else has none when it is finished.
    command
        How a program asks for the same training again; kept in the configuration.
    start
        A model that the training goes on from, whatever the estimator holds and `warm_start` says.

    Returns
    -------
    RunFolder
        With configuration, history, model and result.

    Raises
    ------
    RunTakenError
        If another training is being written into the folder, of which nothing was touched.
    InvalidInputError
        If an argument or the samples cannot be used; on resuming, if they are not those of before.
    ModelFileError
        On resuming, if no checkpoint that is there can be used.
    OSError
        If the model cannot be written; the message says where it was saved instead.
    TrainingDivergedError
        If every restart diverged; with `patience`, after the best weights until then were saved.
    KeyboardInterrupt
        As it came, after the model of the epochs so far was saved.

    Notes
    -----
    A history or a checkpoint that cannot be written, as on a full disk, costs the training nothing: `RunWarning` names
    it, and the history's lines are written as soon as the disk takes them. A training that ends before its first epoch
    does leaves at most a checkpoint. Once there is something to keep, and until the model is saved, the end of the
    process by a signal is held off; a signal leaves a checkpoint too.
    """
    check_savable(list_arguments(model))  # before hours of training, not after
    with contextlib.ExitStack() as stack:
        claim, place = (path, path.target) if isinstance(path, Claim) else (None, Path(path))
        if claim is None and resume:
            claim = stack.enter_context(claim_folder(place, replace=False, resume=True))
        seed = read_seed(find_begun(claim)) if resume and claim is not None else None
        if start is not None:
            hold_fitted(model, start.fitted)
        prepared = prepare(model, X, validation, seed=seed, earlier=None if start is None else start.fitted)
        if claim is None:
            claim = stack.enter_context(claim_folder(place))
        task = _describe_task(prepared, data, start) | ({} if command is None else {"command": command})
        task |= {"keeps_checkpoint": True} if keep_checkpoint else {}
        folder = begin_run(claim, task, resume=resume)
        if folder.status == "finished":
            hold_fitted(model, _read_finished(folder))
        else:
            keep = partial(Checkpoints, folder, task["identity"], checkpoint_every, stays=keep_checkpoint)
            _record(model, prepared, folder, callbacks, keep, ready)
        if claim is not path:
            claim.hand_over()
    return RunFolder(claim.path)


def record_part(prepared: Preparation, place: Path, begin: Callable[[], tuple]) -> Fitted:
    """Train what was prepared as a part of something larger, in a run of its own, and return what was learnt.

    Parameters
    ----------
    prepared
        What the training starts from.
    place
        The run's folder. A training of the same samples and settings that was cut off there goes on; one that is
        finished is not repeated.
    begin
        Called before the first epoch of what is not finished; each that it returns is called with the record of every
        epoch.

    Raises
    ------
    RunTakenError, InvalidInputError, ModelFileError, TrainingDivergedError, OSError
        As of `fit_recorded`.
    """
    with claim_folder(place, replace=False, resume=True) as claim:
        model = Autoencoder(**vars(prepared.setup.arguments))
        task = _describe_task(prepared, None, None)
        run = begin_run(claim, task, resume=True)
        if run.status == "finished":
            hold_fitted(model, _read_finished(run))
        else:
            _record(model, prepared, run, begin(), partial(Checkpoints, run, task["identity"], None))
        claim.hand_over()
    return model.fitted_


def _read_finished(run: RunFolder) -> Fitted:
    """Return what a finished training learnt.

    Raises
    ------
    ModelFileError
        If the model is torn, or another one than the run's.
    """
    fitted, told = read_model(run.path), run.read_result(brief=True).get("fingerprint")
    if told not in (None, fitted.fingerprint):
        raise ModelFileError(
            f"{run.model} is not the model that was trained there; remove {run.path} to train it anew."
        )
    return fitted


def _record(
    model: Autoencoder,
    prepared: Preparation,
    folder: RunFolder,
    callbacks: tuple,
    keep: Callable[..., Checkpoints],
    ready: Callable[[Setup], None] | None = None,
) -> None:
    """Train, and leave nothing of a training that ended before there was something to keep."""
    try:
        with before_end(lambda: _drop_unbegun(folder)):
            if ready is not None:
                ready(prepared.setup)
            _train_recorded(model, prepared, folder, callbacks, keep)
    except BaseException:
        _drop_unbegun(folder)
        raise


def _drop_unbegun(folder: RunFolder) -> None:
    """Remove the configuration of a training that ended before its first epoch did: there is nothing to configure."""
    left = (folder.history, folder.result, folder.model, *folder.checkpoints)
    if not any(path.exists() for path in left):
        folder.config.unlink(missing_ok=True)


def _train_recorded(
    model: Autoencoder, prepared: Preparation, folder: RunFolder, callbacks: tuple, keep: Callable[..., Checkpoints]
) -> None:
    """Train, and leave epochs, model and figures in a folder, however the training ends."""
    earlier = getattr(model, "fitted_", None)
    first_epoch = 0 if prepared.earlier is None else prepared.earlier.history.epochs
    finished, diverged = False, False
    with contextlib.ExitStack() as held:
        is_held: list[bool] = []

        def hold_end(_: EpochRecord | None = None) -> None:
            if not is_held:  # from now on there is something to save
                held.enter_context(hold())
                is_held.append(True)

        try:
            train_prepared(model, prepared, (hold_end, _HistoryWriter(folder), *callbacks), keep(begun=hold_end))
            _check_converged(model.fitted_)
            finished = True
        except TrainingDivergedError:
            diverged = True
            raise
        finally:
            # Only what this training gave: where it failed before its first epoch, an earlier fit must not pass for it.
            fitted = getattr(model, "fitted_", earlier)
            if fitted is not None and fitted is not earlier:
                # First what training gave, then what must be computed from it, which may fail too.
                _save(fitted, folder)
                result = {**describe_fit(fitted, finished=finished), "diverged": diverged, "column_errors": None}
                _keep_optimizer(fitted, folder)
                folder.write_result(result)
                _complete_history(folder, fitted.history, first_epoch)
                if finished and fitted.format.is_mixed:
                    folder.write_result(result | {"column_errors": _describe_errors(fitted, prepared)})
            elif diverged:
                folder.write_result({"finished": False, "diverged": True})
            if diverged:
                remove_checkpoints(folder.path)


def _check_converged(model: Fitted) -> None:
    """Raise what `fit` only warns of where it keeps the best weights until then."""
    if not np.isfinite(model.history.monitored_loss[-1]).any():
        raise TrainingDivergedError(next(found.text for found in model.diagnosis if found.name == "diverged"))


class _HistoryWriter:
    """Writes every epoch into the run's history; those that the disk does not take wait until it does."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._waiting: list[dict[str, Any]] = []
        self._failed = False

    def __call__(self, record: EpochRecord) -> None:
        self._waiting.append(_describe_epoch(record.epoch, History.from_records([record]), 0))
        try:
            while self._waiting:
                self._folder.append_epoch(self._waiting[0])
                del self._waiting[0]
        except OSError as error:
            if not self._failed:
                _warn(self._folder, f"{error.strerror}; the training goes on.")
            self._failed = True


def _warn(folder: RunFolder, text: str) -> None:
    warn_user(f"the epochs cannot be written to {folder.history}: {text}", RunWarning, cause="history")


def _save(model: Fitted, folder: RunFolder) -> None:
    """Save the model in the run's folder; where that fails, among the system's temporary files."""
    try:
        save_model(model, folder.model)
    except (OSError, InvalidInputError) as error:  # a full disk; or the folder is gone
        number, reason = (error.errno, error.strerror) if isinstance(error, OSError) else (errno.ENOENT, str(error))
        try:
            place = keep_elsewhere(partial(save_model, model), folder.model.name)
        except (OSError, InvalidInputError):
            raise error from None
        raise OSError(number, f"{reason}; the model was saved in {place} instead", str(folder.model)) from error


def _keep_optimizer(model: Fitted, folder: RunFolder) -> None:
    """Save what the optimiser knows; a training that goes on can do without."""
    try:
        save_optimizer(model, folder)
    except OSError as error:
        text = f"what the optimiser knows cannot be written to {folder.optimizer}: {error.strerror}; a training that "
        warn_user(text + "goes on from here starts it anew.", RunWarning, cause="optimizer")


def _describe_task(prepared: Preparation, data: str | None, start: Start | None) -> dict[str, Any]:
    """Return what is trained, on which samples, from which model on, and with which versions."""
    setup, earlier = prepared.setup, prepared.earlier
    encoder, names = setup.table_encoder, setup.format.columns.names
    columns = None if names is None else [{"column": name} for name in names]
    return {
        "data": prepared.source if data is None else data,
        "reading": None if setup.reading is None else setup.reading.to_dict(),
        "samples": len(prepared.scaled),
        "held_out": 0 if prepared.held_out is None else len(prepared.held_out),
        "sample_shape": setup.format.sample_shape,
        "columns": columns if encoder is None else [row._asdict() for row in encoder.describe()],
        "parameters": {
            name: value if isinstance(value, str | int | float | tuple | None) else repr(value)
            for name, value in vars(setup.arguments).items()
        },
        **{name: setup.settings[name] for name in ("engine", "block_rows", "window_blocks")},
        **describe_surroundings(),
        "identity": describe_identity(prepared),
    } | ({} if earlier is None else {"from": {"name": start and start.name, "fingerprint": earlier.fingerprint}})


def _complete_history(folder: RunFolder, history: History, first_epoch: int) -> None:
    """Append the epochs that the model knows and the file does not, for an interrupt or a full disk came between."""
    written = folder.read_history()
    places = range(int(written[-1]["epoch"]) if written else first_epoch, history.epochs)
    try:
        for place in places:
            folder.append_epoch(_describe_epoch(place + 1, history, place))
    except OSError as error:
        _warn(folder, f"{error.strerror}; the model file has all of them.")


def _describe_epoch(epoch: int, history: History, place: int) -> dict[str, Any]:
    """Return the line of an epoch of that number, from its place in a history."""
    return {
        "epoch": epoch,
        "loss": history.loss[place],
        "validation_loss": None if history.validation_loss is None else history.validation_loss[place],
        "seconds": history.seconds[place],
        "samples_per_second": history.samples_per_second[place],
    }


def _describe_errors(model: Fitted, prepared: Preparation) -> list[dict[str, Any]]:
    """Return the errors of a table's columns, on held-out samples where there are any, at most some thousands."""
    rows = spread_rows(prepared.scaled if prepared.held_out is None else prepared.held_out)
    return [dict(vars(error)) for error in model.column_errors(rows)]


def describe_fit(model: Fitted, *, finished: bool) -> dict[str, Any]:
    """Return the figures of a training as plain values."""
    kept = model.restarts[model.best_restart]
    return {
        "finished": finished,
        "fingerprint": model.fingerprint,
        "settings": dict(model.settings),
        "seed": model.seed,
        "epochs": model.history.epochs,
        "seconds": float(model.history.seconds.sum()),
        "seconds_per_epoch": model.history.seconds_per_epoch,
        "parameters": model.summary().parameters,
        "loss": kept.loss,
        "validation_loss": kept.validation_loss,
        "chosen_by": "training loss" if kept.validation_loss is None else "held-out loss",
        "best_restart": model.best_restart,
        "restarts": [restart.to_dict() for restart in model.restarts],
        "diagnosis": [finding.text for finding in model.diagnosis],
    }
