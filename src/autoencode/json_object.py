"""JSON objects in files that may be large, or come from anybody: bounded, and readable without their last part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autoencode.exceptions import ModelFileError

# What is longer is read from its beginning alone where that is enough.
_HEAD_BYTES = 2**20
# A million columns take less. What JSON holds may take twenty times its length in memory.
_MOST_BYTES = 2**27


def put_last(content: dict[str, Any], key: str) -> dict[str, Any]:
    """Return an object with one of its keys last, if it has it, so that it can be read without that part."""
    return dict(sorted(content.items(), key=lambda item: item[0] == key))


def read_object(path: Path, *, without: str | None = None) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    Parameters
    ----------
    path
        The file.
    without
        A key that may be left out, with all after it. It is where the file is longer than 1 MiB, indented by two, and
        names the key within the first of it; no more is read then.

    Raises
    ------
    ModelFileError
        If it is no file, cannot be read, is longer than 128 MiB, or holds no JSON object.
    """
    if not path.is_file():  # nor a pipe, which would wait for ever
        raise ModelFileError(f"there is no {path.name} in {path.parent}; name the folder of a run.")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            # No string holds a line break, and what lies deeper is indented more.
            end = -1 if without is None or len(head) < _HEAD_BYTES else head.find(f',\n  "{without}": '.encode())
            text = head[:end] + b"}" if end > 0 else head + file.read(_MOST_BYTES - len(head) + 1)
        if len(text) > _MOST_BYTES:
            raise ModelFileError(f"{path} is longer than {_MOST_BYTES >> 20} MiB, which no training writes.")
        value = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        fault = "cannot be read" if isinstance(error, OSError) else "is no JSON"
        raise ModelFileError(f"{path} {fault}: {error}") from error
    if not isinstance(value, dict):
        raise ModelFileError(f"{path} is no JSON object.")
    return value
