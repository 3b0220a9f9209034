"""The model file: one safetensors file with its configuration as JSON in the metadata. No pickle, no code."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.files import write_whole

# What safetensors reads at most, with room for the names of the tensors.
_MOST_CONFIGURATION_BYTES = 95_000_000
# How many times as long a file may be as what is stored of it; in a file system's holes there is nothing but zeros.
_MOST_EXPANSION = 100
_BLOCK = 2**16

FORMAT_VERSION = 4
"""4 since detectors, and of their files alone: others have 3, so that earlier versions read them. 3 since recipes: the
settings name the parts of the network. 2 since tables: a configuration may hold a table encoder and how the samples
were read. All are read."""


def digest_content(tensors: Mapping[str, np.ndarray], text: str) -> str:
    """Return the SHA-256 of a text and of arrays with their names, types and shapes, in hexadecimal digits."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        array = np.asarray(tensors[name], order="C")
        digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _refuse_holes(path: Path) -> None:
    """Refuse a file that hardly stores anything of its length, which no training writes, before memory is asked for."""
    if not hasattr(os, "SEEK_DATA"):  # Windows
        return
    size = path.stat().st_size
    least, stored, place = min(size, max(_BLOCK, size // _MOST_EXPANSION)), 0, 0
    with path.open("rb") as file:
        while stored < least:
            try:
                start = os.lseek(file.fileno(), place, os.SEEK_DATA)
                place = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            except OSError as error:
                if error.errno != errno.ENXIO:  # a file system that does not know of holes
                    return
                raise ModelFileError(
                    f"{path} is no model: it is {size:,} bytes long, but only {stored:,} of them are stored, the rest "
                    "is a hole."
                ) from error
            stored += place - start


def encode_model(tensors: dict[str, np.ndarray], configuration: dict[str, Any]) -> bytes:
    """Return the bytes of a model file, the same ones for the same content.

    Parameters
    ----------
    tensors
        The model's arrays by name.
    configuration
        Everything else of the model, as JSON can hold it.

    Raises
    ------
    InvalidInputError
        If the configuration is too long to be read again, as of a mixed table of hundreds of thousands of columns.
    """
    from safetensors.numpy import save

    text = json.dumps(configuration, allow_nan=False)
    if len(text) > _MOST_CONFIGURATION_BYTES:
        raise InvalidInputError(
            f"what the model knows of its columns takes {len(text):,} bytes, and a model file holds "
            f"{_MOST_CONFIGURATION_BYTES:,}; train on fewer columns."
        )
    metadata = {
        "format": "autoencode",
        "format_version": str(FORMAT_VERSION if "detector" in configuration else 3),
        "configuration": text,
        "sha256": digest_content(tensors, text),
    }
    content = memoryview(save({name: np.asarray(array, order="C") for name, array in tensors.items()}, metadata))
    # The library writes the header's fields in an order of chance.
    head, start = _read_header(content)
    header = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return b"".join([len(header).to_bytes(8, "little"), header, content[start:]])


def decode_model(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the tensors and the configuration that `encode_model` was given.

    Raises
    ------
    ModelFileError
        If the bytes are not those of a model file, whole and of a version that is known.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(content)
        metadata = _read_header(memoryview(content))[0].get("__metadata__", {})
    except (SafetensorError, ValueError, TypeError, AttributeError) as error:
        raise ModelFileError(f"these bytes are no model file: {' '.join(str(error).split())}") from error
    return tensors, _check_content("these bytes", tensors, metadata)


def _read_header(content: memoryview) -> tuple[dict[str, Any], int]:
    """Return the header of a safetensors file, and where its tensors begin."""
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(bytes(content[8:start])), start


def write_model_file(path: str | Path, tensors: dict[str, np.ndarray], configuration: dict[str, Any]) -> Path:
    """Write a model file, whole.

    Parameters
    ----------
    path
        The file's name; its folder must exist.
    tensors
        The model's arrays by name.
    configuration
        Everything else of the model, as JSON can hold it.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InvalidInputError
        If the configuration is too long to be read again, as of a mixed table of hundreds of thousands of columns.
    """
    path = Path(path)
    try:
        content = encode_model(tensors, configuration)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error
    write_whole(path, content)
    return path


def _find_fault(path: Path) -> str:
    """Return what is wrong with a file that safetensors refused: such files begin with a length and a JSON object."""
    with path.open("rb") as file:
        return "is a damaged model file" if file.read(9)[8:] == b"{" else "is not a model file"


def read_model_file(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a model file and check that it is whole.

    Parameters
    ----------
    path
        The file's name.

    Returns
    -------
    tensors, configuration
        As they were given to `write_model_file`, bit for bit.

    Raises
    ------
    ModelFileError
        If the file is missing, not a model file of ours, cut, changed, or written by a newer version.

    Notes
    -----
    Sizes are checked against the file's length before anything is allocated, and no code is run.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    try:
        if not path.is_file():  # nor a pipe, which would wait for ever
            raise ModelFileError(f"there is no model file at {path}.")
        _refuse_holes(path)  # and safetensors would say of a file that may not be read that it is not there
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            _check_version(str(path), metadata)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        if isinstance(error, ModelFileError):
            raise
        fault = "cannot be read" if isinstance(error, OSError) else _find_fault(path)
        raise ModelFileError(f"{path} {fault}: {' '.join(str(error).split())}") from error
    return tensors, _check_content(str(path), tensors, metadata)


def _check_version(what: str, metadata: dict[str, str]) -> None:
    if metadata.get("format") != "autoencode":
        raise ModelFileError(f"{what} is a safetensors file, but not a model of autoencode's.")
    version = metadata.get("format_version", "")
    if not version.isdecimal() or int(version) > FORMAT_VERSION:
        raise ModelFileError(
            f"{what} has format version {version!r}, and this autoencode reads up to {FORMAT_VERSION}; "
            f"install a newer autoencode."
        )


def _check_content(what: str, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> dict[str, Any]:
    """Return the configuration that metadata hold, having checked that it and the tensors are those written."""
    _check_version(what, metadata)
    text = metadata.get("configuration", "")
    if metadata.get("sha256") != digest_content(tensors, text):
        raise ModelFileError(f"{what} is damaged: its content does not match its checksum.")
    try:
        configuration = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{what} is damaged: its configuration is no JSON ({error}).") from error
    if not isinstance(configuration, dict):
        raise ModelFileError(f"{what} is damaged: its configuration is no JSON object.")
    return configuration
