"""The run folder: what a training leaves behind, readable at any instant.

::

    runs/NAME/
        config.json        what was asked for, and of which samples
        history.jsonl      one line an epoch, appended as it trains; a torn last line is ignored
        model.safetensors  the model
        result.json        figures of the finished run
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.files import write_whole
from autoencode.json_object import put_last, read_object

__all__ = ["RunFolder", "RunStatus", "json_text"]

RunStatus = Literal["finished", "interrupted", "running or killed"]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _finite(value: Any) -> Any:
    """Replace what JSON has no number for: NaN and the infinities become null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _finite(_plain(value))
    return None if isinstance(value, float) and not np.isfinite(value) else value


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """Return strict JSON; NumPy arrays and numbers become lists and numbers, NaN and infinities null.

    Examples
    --------
    >>> json_text({"a": np.float32(0.5), "b": float("nan")}, indent=None)
    '{"a": 0.5, "b": null}'
    """
    return json.dumps(_finite(value), indent=indent, allow_nan=False, default=_plain)


def _cut_torn_line(file: BinaryIO) -> None:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 1))
    if file.read(1) not in (b"", b"\n"):
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


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
            # Before the configuration, so that a process killed in between leaves no model beside another's.
            for stale in (folder.result, folder.model, folder.history):
                stale.unlink(missing_ok=True)
            write_whole(folder.config, json_text(put_last(config, "columns")).encode())
        except OSError as error:
            raise InvalidInputError(f"path: no run can be written to {path}: {error.strerror or error}.") from error
        return folder

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Make the folder and keep other trainings out of it, until the block ends or the process is gone.

        Raises
        ------
        InvalidInputError
            If another training is being written into it, or it cannot be made.

        Notes
        -----
        The lock is the system's own, on the folder itself: it leaves no file, and a killed process holds none. Where
        the system or the file system has no such locks, nobody is kept out.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidInputError(
                f"path: the folder {self.path} cannot be made: {error.strerror or error}."
            ) from error
        with contextlib.ExitStack() as stack:
            try:
                import fcntl

                handle = os.open(self.path, os.O_RDONLY)
                stack.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InvalidInputError(
                    f"path: another training is being written into {self.path}; wait for it, or name another folder."
                ) from error
            except (ImportError, OSError):
                pass  # no such locks here
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
    def result(self) -> Path:
        """The file of the finished run's figures."""
        return self.path / "result.json"

    @property
    def status(self) -> RunStatus:
        """How far the run is: "finished"; "interrupted", with the model so far; else it is running or was killed."""
        if not self.result.is_file():
            return "running or killed"
        return "finished" if self.read_result(brief=True).get("finished") is True else "interrupted"

    def append_epoch(self, record: dict[str, Any]) -> None:
        """Append one epoch's line to the history and flush it to the disk.

        What a killed process left of a last line is cut off first, so that two lines are never joined.
        """
        line = (json_text(record, indent=None) + "\n").encode()
        with self.history.open("a+b") as file:
            _cut_torn_line(file)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

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
        if not self.history.is_file():
            return []
        lines = self.history.read_text(encoding="utf-8", errors="replace").split("\n")
        records = []
        for number, line in enumerate(lines[:-1], start=1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise ModelFileError(f"line {number} of {self.history} is no JSON: {error}") from error
            if not isinstance(record, dict):
                raise ModelFileError(f"line {number} of {self.history} is no JSON object.")
            records.append(record)
        return records

    def write_result(self, result: dict[str, Any]) -> None:
        """Write the finished run's figures, whole."""
        write_whole(self.result, json_text(put_last(result, "column_errors")).encode())
