"""The .npz format: a zip file of .npy arrays, of which only the one asked for is read."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from autoencode.data.compression import DEFLATE_EXPANSION
from autoencode.data.extent import Extent, measure_array
from autoencode.data.npy import read_npy, read_shape
from autoencode.data.regular_file import check_head, open_file, show_path
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.printable import list_names, quote

_MOST_MEMBERS, _MOST_NAMED = 10_000, 5


def read_npz(path: Path, member: str | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """Read one array of an .npz file, and the array ``y`` beside it as labels where there is one for each sample.

    Parameters
    ----------
    path : Path
        The file.
    member : str or None
        The array's name. None takes ``X``, or the only one (``y`` left out).

    Returns
    -------
    values : array
        Numbers, as `read_npy` reads them.
    labels : array of shape (samples,), or None
        Numbers or words.

    Raises
    ------
    CorruptDataError
        If the file is no zip file, damaged, or declares more than it can hold.
    InvalidInputError
        If there is no such array, or it holds anything but numbers.
    DataNotFoundError
        If the file cannot be read.
    """
    file_name = show_path(path)
    check_head(path, b"PK", "an .npz file")
    with open_file(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = _list_members(archive, file_name)
                name = _choose(list(members), member, file_name)
                values = _read_member(archive, members[name], f"{file_name}:{name}", "biuf")
                labels = None
                if "y" in members and name != "y":
                    labels = _read_labels(archive, members["y"], f"{file_name}:y", len(values) if values.ndim else 0)
                return values, labels
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeDecodeError) as error:
            if isinstance(error, CorruptDataError):
                raise
            raise CorruptDataError(f"{file_name}: is a damaged .npz file: {error!s:.150}") from error


def measure_npz(path: Path, member: str | None = None) -> Extent:
    """Return the extent of the array that `read_npz` would read; it raises the same errors, and BadZipFile."""
    name = show_path(path)
    with open_file(path) as file, zipfile.ZipFile(file) as archive:
        members = _list_members(archive, name)
        entry = members[_choose(list(members), member, name)]
        _check_stored(entry, name)
        with archive.open(entry) as stream:
            dtype, _, shape = read_shape(stream, name, stored_bytes=entry.file_size)
    return replace(measure_array(shape, dtype), may_lie_in_files=True)


def _list_members(archive: zipfile.ZipFile, file_name: str) -> dict[str, zipfile.ZipInfo]:
    """Return the arrays by name; names are only looked up, never used as paths, but a hostile one is refused."""
    members: dict[str, zipfile.ZipInfo] = {}
    entries = archive.infolist()
    if len(entries) > _MOST_MEMBERS:
        raise CorruptDataError(f"{file_name}: expected at most {_MOST_MEMBERS:,} arrays, found {len(entries):,}")
    for entry in entries:
        name = entry.filename.removesuffix(".npy")
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            raise CorruptDataError(f"{file_name}: expected names of arrays, found the path {quote(entry.filename)}")
        if name in members:
            raise CorruptDataError(f"{file_name}: expected names that differ, found {quote(name)} twice")
        if entry.filename.endswith(".npy"):
            members[name] = entry
    return members


def _choose(names: list[str], member: str | None, file_name: str) -> str:
    if not names:
        raise InvalidInputError(f"{file_name}: holds no arrays; is it another kind of zip file?")
    if member is not None:
        if member in names:
            return member
        known, nearest = list_names(names, _MOST_NAMED), end_with_nearest(member, names)
        raise InvalidInputError(f"{file_name}: has no array {quote(member)}, only {known}{nearest}")
    candidates = [name for name in names if name != "y"] or names
    if "X" in candidates:
        return "X"
    if len(candidates) == 1:
        return candidates[0]
    known = list_names(candidates, _MOST_NAMED)
    raise InvalidInputError(
        f"{file_name}: has several arrays ({known}) and none is X; choose one, as in {file_name}:{candidates[0]}"
    )


def _check_stored(entry: zipfile.ZipInfo, name: str) -> None:
    """Check that an array is stored as it can be read."""
    if entry.flag_bits & 1:
        raise InvalidInputError(f"{name}: is encrypted, which is not read; store it without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InvalidInputError(f"{name}: is compressed by a method that NumPy does not write; store it by savez")


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, kinds: str) -> np.ndarray:
    _check_stored(entry, name)
    most = entry.compress_size * (DEFLATE_EXPANSION if entry.compress_type == zipfile.ZIP_DEFLATED else 1)
    if entry.file_size > most:
        raise CorruptDataError(
            f"{name}: declares {entry.file_size:,} bytes, but is stored in {entry.compress_size:,}, which hold at most "
            f"{most:,}"
        )
    with archive.open(entry) as stream:
        array = read_npy(stream, name, stored_bytes=entry.file_size, kinds=kinds)
        # Reading to the end makes zipfile compare the checksum.
        if stream.read(1):
            raise CorruptDataError(f"{name}: holds more than the {entry.file_size:,} bytes it declares")
    return array


def _read_labels(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, samples: int) -> np.ndarray | None:
    """Return ``y`` where it is a class for each sample; anything else of that name is not asked for, so left alone."""
    try:
        labels = _read_member(archive, entry, name, "biufU")
    except InvalidInputError:
        return None
    return labels.ravel() if labels.size == samples and max(labels.shape, default=0) == samples else None
