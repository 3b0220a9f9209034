"""Checkpoints of one training: written where it can be cut, and read to go on from there with the same bits."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autoencode.exceptions import ModelFileError, RunWarning
from autoencode.interruption import is_asked_to_end
from autoencode.model.preparation import Preparation
from autoencode.notice import warn_user
from autoencode.runs import RunFolder, json_text
from autoencode.runs.checkpoint import read_checkpoint, write_checkpoint
from autoencode.runs.model_file import digest_content
from autoencode.training import EpochRecord, TrainState
from autoencode.training.snapshot import Cut, EpochPart, fill_state, list_state

SECONDS_BETWEEN = 60.0
"""Between two checkpoints at least."""

MOST_COST = 0.02
"""The share of a training's time that its checkpoints may take."""

_LOOK_ONLY = ("verbose", "callbacks", "warm_start", "random_state")
_HISTORY = ("loss", "validation_loss", "seconds", "samples_per_second")


def digest_samples(prepared: Preparation) -> str:
    """Return the SHA-256 of the scaled features that a training is given, those held out among them, and of weights."""
    names = ("scaled", "held_out", "weights", "held_out_weights")
    arrays = {name: getattr(prepared, name) for name in names}
    return digest_content({name: array for name, array in arrays.items() if array is not None}, "")


def describe_identity(prepared: Preparation) -> dict[str, Any]:
    """Return what decides the numbers of a training: two that agree in it give the same model.

    Returns
    -------
    dict
        The constructor's arguments, the seed, the engine, the model it goes on from, the samples; as JSON holds it.
    """
    setup = prepared.setup
    arguments = {name: _name(value) for name, value in vars(setup.arguments).items() if name not in _LOOK_ONLY}
    return {
        **arguments,
        "seed": int(setup.seed),
        "engine": setup.settings["engine"],
        "epochs_before": 0 if prepared.earlier is None else prepared.earlier.history.epochs,
        "from": None if prepared.earlier is None else prepared.earlier.fingerprint,
        "samples": digest_samples(prepared),
    }


def _name(value: Any) -> Any:
    """Return an argument as JSON can hold it; what is no plain value goes by its name."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float | np.number):
        return float(value) if isinstance(value, float | np.floating) else int(value)
    if isinstance(value, list | tuple):
        return [_name(item) for item in value]
    return getattr(value, "__qualname__", type(value).__qualname__)


class Checkpoints:
    """The checkpoints of a training in its run's folder.

    Parameters
    ----------
    run
        The run's folder.
    identity
        What `describe_identity` says of the training.
    seconds
        Between two of them at least; None is a minute, and so long that they take at most a fiftieth of the time.
    begun
        Called once something of the training can be kept.
    stays
        Whether there is one of the end, too, which the run keeps.
    """

    def __init__(
        self,
        run: RunFolder,
        identity: dict[str, Any],
        seconds: float | None,
        begun: Callable[[], object],
        *,
        stays: bool = False,
    ) -> None:
        self._stays = stays
        self._run, self._task = run, hashlib.sha256(json_text(identity).encode()).hexdigest()
        self._seconds, self._begun = seconds, begun
        self._due = time.monotonic() + (SECONDS_BETWEEN if seconds is None else seconds)
        self._last: tuple[int, int, int] | None = None

    def read(self, state: TrainState) -> tuple[Cut, list[EpochRecord]] | None:
        """Return where the training was cut, and its epochs until then; None where there is no checkpoint.

        The run is as it was at the cut: later epochs are no more in its history.

        Parameters
        ----------
        state
            The state before the first epoch, whose arrays those of the checkpoint take the place of.

        Raises
        ------
        ModelFileError
            If no checkpoint that is there can be used.
        """
        if not any(path.is_file() for path in self._run.checkpoints):
            return None
        tensors, content = read_checkpoint(self._run.path, self._task)
        try:
            epoch, step, chunk = (int(content[name]) for name in ("epoch", "step", "chunk"))
            sums = tuple(tensors[f"sums.{place}"] for place in range(int(content["sums"])))
            arrays = {name.removeprefix("state."): array for name, array in tensors.items()}
            cut = Cut(epoch, EpochPart(step, chunk, sums or None), float(content["seconds"]), fill_state(state, arrays))
            records = _read_records(tensors, epoch, int(content["epochs"]), cut.state)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"the checkpoint in {self._run.path} is not complete: {error}") from error
        self._run.reopen(cut.epoch)
        self._last = cut.place
        return cut, records

    def tell(self, take: Callable[[], Cut], records: Sequence[EpochRecord], epochs: int) -> None:
        """Write a checkpoint where the training can be cut, if one is due, or the process was asked to end.

        Parameters
        ----------
        take
            Takes the cut.
        records
            Of the epochs until then.
        epochs
            The number of the last epoch that is planned.
        """
        self._begun()
        if time.monotonic() >= self._due or is_asked_to_end():
            self._write(take(), records, epochs)

    def conclude(self, records: Sequence[EpochRecord]) -> None:
        """Write a checkpoint at the end of the last epoch where one is to stay."""
        if self._stays:
            self.leave(records)

    def leave(self, records: Sequence[EpochRecord]) -> None:
        """Write a checkpoint at the end of the last epoch, where the training ends early and none is as late."""
        if not records:
            return
        cut = Cut(records[-1].epoch, EpochPart(), 0.0, records[-1].state)
        if self._last is None or self._last < cut.place:
            self._write(cut, records, records[-1].epochs)

    def _write(self, cut: Cut, records: Sequence[EpochRecord], epochs: int) -> None:
        begin = time.monotonic()
        sums = cut.part.sums or ()
        tensors = {f"state.{name}": array for name, array in list_state(cut.state).items()}
        tensors |= {f"sums.{place}": array for place, array in enumerate(sums)}
        tensors |= _store_records(records)
        content = {
            "task": self._task,
            "epoch": cut.epoch,
            "step": cut.part.step,
            "chunk": cut.part.chunk,
            "sums": len(sums),
            "seconds": cut.seconds,
            "epochs": epochs,
        }
        try:
            write_checkpoint(self._run.path, tensors, content)
            self._last = cut.place
        except OSError as error:
            warn_user(
                f"no checkpoint can be written to {self._run.path}: {error.strerror}; the training goes on.",
                RunWarning,
                cause="checkpoint",
            )
        now = time.monotonic()
        self._due = now + (max(SECONDS_BETWEEN, (now - begin) / MOST_COST) if self._seconds is None else self._seconds)


def _store_records(records: Sequence[EpochRecord]) -> dict[str, np.ndarray]:
    """Return the losses and times of epochs as arrays."""
    columns = {name: [getattr(record, name) for record in records] for name in _HISTORY}
    return {
        f"history.{name}": np.asarray(values, np.float64)
        for name, values in columns.items()
        if values and values[0] is not None
    }


def _read_records(tensors: dict[str, np.ndarray], epoch: int, epochs: int, state: TrainState) -> list[EpochRecord]:
    """Return the epochs up to one; all have the last state, of which alone there is one."""
    if "history.loss" not in tensors:
        return []
    columns: dict[str, Any] = {name: tensors.get(f"history.{name}") for name in _HISTORY}
    count = len(tensors["history.loss"])
    return [
        EpochRecord(
            epoch=epoch - count + place + 1,
            epochs=epochs,
            state=state,
            loss=columns["loss"][place],
            validation_loss=None if columns["validation_loss"] is None else columns["validation_loss"][place],
            seconds=float(columns["seconds"][place]),
            samples_per_second=float(columns["samples_per_second"][place]),
        )
        for place in range(count)
    ]
