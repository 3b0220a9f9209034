"""The run folder: what a training leaves behind, readable at any instant.

::

    runs/NAME/
        config.json        what was asked for, and of which samples
        history.jsonl      one line an epoch, appended as it trains; a torn last line is ignored
        model.safetensors  the model
        optimizer.safetensors  what its optimiser knows, for a training that goes on
        result.json        figures of the finished run, or of one that ended early
        scored.jsonl       of a detector: one line for each time that it judged samples
        versions/N/        of a detector: the files of its other versions
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.files import write_whole
from autoencode.json_object import put_last, read_object
from autoencode.runs.checkpoint import CHECKPOINTS, has_checkpoint, remove_checkpoints
from autoencode.runs.claim import hold_folder, is_held

RunStatus = Literal["finished", "interrupted", "diverged", "running", "killed"]


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers, without importing it
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _finite(value: Any) -> Any:
    """Replace what JSON has no number for: NaN and the infinities become null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):
        return _finite(_plain(value))
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """Return strict JSON; NumPy arrays and numbers become lists and numbers, NaN and infinities null.

    Examples
    --------
    >>> import numpy as np
    >>> json_text({"a": np.float32(0.5), "b": float("nan")}, indent=None)
    '{"a": 0.5, "b": null}'
    """
    return json.dumps(_finite(value), indent=indent, allow_nan=False, default=_plain)


def _append(path: Path, line: bytes) -> None:
    """Append a whole line; what a killed process left of a last one is cut off, and what a full disk takes of this."""
    with path.open("a+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        if file.read(1) not in (b"", b"\n"):
            file.seek(0)
            end = file.readall().rfind(b"\n") + 1
            file.truncate(end)
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
        except OSError as error:
            file.truncate(end)
            raise OSError(error.errno, error.strerror, str(path)) from error


def _read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the JSON objects of a file's lines; a torn last line is ignored."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    records = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ModelFileError(f"line {number} of {path} is no JSON: {error}") from error
        if not isinstance(record, dict):
            raise ModelFileError(f"line {number} of {path} is no JSON object.")
        records.append(record)
    return records


@dataclass(frozen=True)
class RunFolder:
    """A run's folder.

    Attributes
    ----------
    path
        The folder.
    """

    path: Path

    @classmethod
    def create(cls, path: str | Path, config: dict[str, Any]) -> RunFolder:
        """Make the folder, or begin anew in one of the same name, and write its configuration.

        Raises
        ------
        InvalidInputError
            If the folder cannot be made or written.
        """
        folder = cls(Path(path))
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            folder.clear()
            write_whole(folder.config, json_text(put_last(config, "columns")).encode())
        except OSError as error:
            raise InvalidInputError(f"path: no run can be written to {path}: {error.strerror or error}.") from error
        return folder

    def clear(self) -> None:
        """Remove what a training leaves; the configuration last: without it nothing passes for a run."""
        remove_checkpoints(self.path)
        for stale in (self.result, self.optimizer, self.model, self.history, self.config):
            stale.unlink(missing_ok=True)

    def retell(self, task: dict[str, Any], names: Collection[str]) -> RunFolder:
        """Say some things anew in the configuration, such as where the samples lie now; return the folder."""
        config = self.read_config()
        told = config | {name: task[name] for name in names if name in task}
        if told != config:
            write_whole(self.config, json_text(put_last(told, "columns")).encode())
        return self

    def reopen(self, epoch: int) -> None:
        """Let a training that was cut off go on in the folder.

        Parameters
        ----------
        epoch
            The number of the last epoch that its checkpoint has; later lines of the history are cut off.

        Raises
        ------
        OSError
            If the folder cannot be written to.
        """
        lines = [line for line in self.read_history() if int(line.get("epoch", 0)) <= epoch]
        if self.history.exists():
            write_whole(self.history, "".join(json_text(line, indent=None) + "\n" for line in lines).encode())
        self.result.unlink(missing_ok=True)

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Make the folder and keep other trainings out of it, until the block ends or the process is gone.

        Raises
        ------
        RunTakenError
            If another training is being written into it.
        InvalidInputError
            If it cannot be made.
        """
        with hold_folder(self.path):
            yield

    @property
    def config(self) -> Path:
        """The file of the configuration."""
        return self.path / "config.json"

    @property
    def history(self) -> Path:
        """The file of the epochs."""
        return self.path / "history.jsonl"

    @property
    def model(self) -> Path:
        """The model file."""
        return self.path / "model.safetensors"

    @property
    def optimizer(self) -> Path:
        """The file of what the optimiser knows."""
        return self.path / "optimizer.safetensors"

    @property
    def result(self) -> Path:
        """The file of the finished run's figures."""
        return self.path / "result.json"

    @property
    def checkpoints(self) -> tuple[Path, ...]:
        """The files of the last two checkpoints, which a training that ended has not."""
        return tuple(self.path / name for name in CHECKPOINTS)

    @property
    def can_resume(self) -> bool:
        """Whether a training was cut off here that can go on."""
        return has_checkpoint(self.path) and self.status in ("killed", "interrupted")

    @property
    def scored(self) -> Path:
        """The file of what a detector judged."""
        return self.path / "scored.jsonl"

    @property
    def status(self) -> RunStatus:
        """How far the run is.

        "finished"; "interrupted" or "diverged", with the model so far where there is one; without a result "running",
        where a living process writes into the folder, else "killed".
        """
        if not self.result.is_file():
            return "running" if is_held(self.path) else "killed"
        result = self.read_result(brief=True)
        if result.get("finished") is True:
            return "finished"
        return "diverged" if result.get("diverged") is True else "interrupted"

    def append_epoch(self, record: dict[str, Any]) -> None:
        """Append one epoch's line to the history, whole or not at all, and flush it to the disk.

        Raises
        ------
        OSError
            If the disk is full, or the folder is gone; it names the file, which is as it was.
        """
        _append(self.history, (json_text(record, indent=None) + "\n").encode())

    def append_scored(self, record: dict[str, Any]) -> None:
        """Append a line about samples that a detector judged; see `append_epoch`."""
        _append(self.scored, (json_text(record, indent=None) + "\n").encode())

    def read_scored(self) -> list[dict[str, Any]]:
        """Return the lines about what was judged, the first first; a torn last one is ignored."""
        return _read_lines(self.scored)

    def read_config(self, *, brief: bool = False) -> dict[str, Any]:
        """Return the configuration; if brief, perhaps without its columns, which may be very many.

        Raises
        ------
        ModelFileError
            If there is none, or it is no JSON object.
        """
        return read_object(self.config, without="columns" if brief else None)

    def read_result(self, *, brief: bool = False) -> dict[str, Any]:
        """Return the figures of the finished or interrupted run; if brief, perhaps without the errors of its columns.

        Raises
        ------
        ModelFileError
            If there are none yet, or they are no JSON object.
        """
        return read_object(self.result, without="column_errors" if brief else None)

    def read_history(self) -> list[dict[str, Any]]:
        """Return the epochs so far; a torn last line, as a killed process leaves it, is ignored.

        Raises
        ------
        ModelFileError
            If a line that is not the last one is no JSON object.
        """
        return _read_lines(self.history)

    def write_result(self, result: dict[str, Any]) -> None:
        """Write the finished run's figures, whole."""
        write_whole(self.result, json_text(put_last(result, "column_errors")).encode())
