"""The run folder: what a training leaves behind, readable at any instant.

::

    runs/NAME/
        config.json        what was asked for and derived
        history.jsonl      one line an epoch, appended as it trains; a torn last line is ignored
        model.safetensors  the model
        result.json        figures of the finished run
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autoencode.exceptions import ModelFileError
from autoencode.files import write_whole

__all__ = ["RunFolder", "json_text"]


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
        """Make the folder, or begin anew in one of the same name, and write its configuration."""
        folder = cls(Path(path))
        folder.path.mkdir(parents=True, exist_ok=True)
        for stale in (folder.result, folder.model, folder.history):
            stale.unlink(missing_ok=True)
        write_whole(folder.config, json_text(config).encode())
        return folder

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

    def append_epoch(self, record: dict[str, Any]) -> None:
        """Append one epoch's line to the history and flush it to the disk."""
        with self.history.open("a", encoding="utf-8") as file:
            file.write(json_text(record, indent=None) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read_history(self) -> list[dict[str, Any]]:
        """Return the epochs so far; a torn last line, as a killed process leaves it, is ignored.

        Raises
        ------
        ModelFileError
            If a line that is not the last one is no JSON.
        """
        if not self.history.is_file():
            return []
        lines = self.history.read_text(encoding="utf-8", errors="replace").split("\n")
        records = []
        for number, line in enumerate(lines[:-1]):
            try:
                records.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise ModelFileError(f"line {number + 1} of {self.history} is no JSON: {error}") from error
        return records

    def write_result(self, result: dict[str, Any]) -> None:
        """Write the finished run's figures, whole."""
        write_whole(self.result, json_text(result).encode())
