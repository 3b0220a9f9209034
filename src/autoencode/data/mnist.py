"""`mnist`: 70,000 handwritten digits of 28 × 28, looked for on this machine, else downloaded, always checked."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from jaxtyping import Float32, UInt8

from autoencode.data.dataset import Dataset, FileReport
from autoencode.data.download import MirrorsFailed, download
from autoencode.data.idx import IDX_BYTES, encode_idx, hash_idx, read_idx
from autoencode.data.place import Place, is_offline, list_places, survey, user_cache
from autoencode.exceptions import CorruptDataError, DataNotFoundError, InvalidInputError

MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
"""Where the files are downloaded from, in turn; ``AUTOENCODE_MNIST_MIRRORS`` (with commas) takes their place."""

_MAX_BYTES = 2**26
_DIGIT_SHAPE = (28, 28)


@dataclass(frozen=True)
class MnistFile:
    """One of the four files: its name without ``.gz``, and the MD5 of its uncompressed content."""

    name: str
    md5: str
    dimensions: int


MNIST_FILES = (
    MnistFile("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb", 3),
    MnistFile("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624", 1),
    MnistFile("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea", 3),
    MnistFile("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637", 1),
)
"""Images and labels to train on, then images and labels held out."""


def load_mnist(*, folder: str | os.PathLike[str] | None = None, offline: bool | None = None) -> Dataset:
    """Load MNIST from the first place that has it, downloading it where none does.

    Parameters
    ----------
    folder : path or None
        A folder to look in first. Where it has some of the files but not all, that is an error; where it has none,
        ``$AUTOENCODE_DATA/mnist`` and the user cache are looked at, then the mirrors are asked.
    offline : bool or None
        True never downloads; None asks ``AUTOENCODE_OFFLINE``.

    Returns
    -------
    Dataset
        60,000 samples to train on and 10,000 held out, each of 784 features: bytes / 255, so 0 is paper and 1 is ink.

    Raises
    ------
    DataNotFoundError
        If no place has the files and they cannot be downloaded.
    CorruptDataError
        If a file was found whose content is not that of MNIST; other places are then not tried.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86(11), 2278-2324.
    """
    places = list_places("mnist", _names(), folder)
    place = _choose(places, must_hold=folder is not None)
    if place is None:
        place = _complete(places[-1], places, offline, None)
    train, train_labels, test, test_labels = _read_place(place)
    return Dataset(
        name="mnist",
        train=_scale(train),
        test=_scale(test),
        sample_shape=_DIGIT_SHAPE,
        train_labels=train_labels.astype(np.int64),
        test_labels=test_labels.astype(np.int64),
        source=f"MNIST, read from {place.folder}",
    )


def fetch_mnist(
    *,
    folder: str | os.PathLike[str] | None = None,
    offline: bool | None = None,
    announce: Callable[[str], None] | None = None,
) -> Path:
    """Make sure that MNIST is on this machine, and say in which folder.

    Parameters
    ----------
    folder : path or None
        The folder that shall hold it; files that are missing there are downloaded into it. None accepts
        ``$AUTOENCODE_DATA/mnist`` or the user cache where it is there already, else downloads into the user cache.
    offline : bool or None
        True never downloads; None asks ``AUTOENCODE_OFFLINE``.
    announce : callable or None
        Called with a line of text before each download.

    Returns
    -------
    Path
        A folder with the four files, all of them checked.

    Raises
    ------
    DataNotFoundError
        If the files cannot be had.
    CorruptDataError
        If a file is there already whose content is not that of MNIST.
    """
    places = list_places("mnist", _names(), folder, others=folder is None)
    place = _choose(places, must_hold=False)
    if place is None:
        place = _complete(places[-1], places, offline, announce)
    _read_place(place)
    assert place.folder is not None
    return place.folder


def find_mnist(folder: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the first folder that has all four files, unread; None where there is none."""
    places = list_places("mnist", _names(), folder)
    return next((place.folder for place in places if place.is_complete), None)


def verify_mnist(*, folder: str | os.PathLike[str] | None = None) -> tuple[FileReport, ...]:
    """Compare each file with what it must be.

    Parameters
    ----------
    folder : path or None
        The folder to check. None checks the one that `load_mnist` would read, or else the first with
        any of the files.

    Returns
    -------
    tuple of FileReport
        One for each of the four files, those missing included.

    Raises
    ------
    DataNotFoundError
        If there is no file to check.
    """
    places = list_places("mnist", _names(), folder, others=folder is None)
    candidates = sorted((place for place in places if place.found), key=lambda place: not place.is_complete)
    if not candidates:
        _fail(places, "there is nothing to check")
    return tuple(_report(file, candidates[0].found.get(file.name)) for file in MNIST_FILES)


def _names() -> tuple[str, ...]:
    return tuple(file.name for file in MNIST_FILES)


def _choose(places: tuple[Place, ...], *, must_hold: bool) -> Place | None:
    """Return the first complete place; a corrupt file before it is an error, and so is a first place half full."""
    for number, place in enumerate(places):
        if place.is_complete:
            return place
        if must_hold and number == 0 and place.found:
            raise DataNotFoundError(
                f"mnist: {place.describe()}; put the missing files there (`autoencode data fetch mnist --folder "
                f"{place.folder}` does), or leave out the folder"
            )
        with _advise(place):
            for file in MNIST_FILES:
                if file.name in place.found:
                    _check_file(place.found[file.name], file)
    return None


def _complete(
    target: Place, places: tuple[Place, ...], offline: bool | None, announce: Callable[[str], None] | None
) -> Place:
    """Download what is missing in the target, and return it complete."""
    assert target.folder is not None
    if is_offline(offline):
        _fail(places, "and nothing is downloaded while offline (offline=True or AUTOENCODE_OFFLINE)")
    for file in MNIST_FILES:
        if file.name in target.found:
            continue
        try:
            download(
                f"{file.name}.gz",
                target.folder,
                mirrors=_mirrors(),
                check=lambda content, file=file: _check_file(content, file),
                max_bytes=_MAX_BYTES,
                announce=announce,
            )
        except MirrorsFailed as error:
            _fail(places, f"and no mirror gave {file.name}.gz: {'; '.join(error.reasons)}", error)
    return survey(target.label, target.folder, _names())


def _mirrors() -> tuple[str, ...]:
    given = os.environ.get("AUTOENCODE_MNIST_MIRRORS", "").split(",")
    return tuple(mirror.strip() for mirror in given if mirror.strip()) or MNIST_MIRRORS


def _fail(places: tuple[Place, ...], why: str, cause: Exception | None = None) -> NoReturn:
    looked = "; ".join(place.describe() for place in places)
    raise DataNotFoundError(
        f"mnist: not found, {why}. Looked in: {looked}. What to do: run `autoencode data fetch mnist` where there is "
        f"a network, copy its folder to {user_cache('mnist')}, or set AUTOENCODE_DATA to the folder that holds mnist"
    ) from cause


def _read_file(source: Path | bytes, file: MnistFile) -> UInt8[np.ndarray, "*lengths"]:
    return read_idx(source, dimensions=file.dimensions, dtype=np.uint8, max_bytes=_MAX_BYTES)


def _check_md5(path: Path | str, file: MnistFile, array: np.ndarray) -> None:
    # IDX leaves no freedom: the array gives back the very bytes, so the file need not be uncompressed twice.
    found = hashlib.md5(encode_idx(array), usedforsecurity=False).hexdigest()
    if found != file.md5:
        raise CorruptDataError(f"{path}: expected content with MD5 {file.md5}, found {found}")


def _check_file(source: Path | bytes, file: MnistFile) -> None:
    _check_md5(IDX_BYTES if isinstance(source, bytes) else source, file, _read_file(source, file))


def _read_place(place: Place) -> list[np.ndarray]:
    """Read the four files; the checks that can say what is wrong come before the MD5, which cannot."""
    paths = [place.found[name] for name in _names()]
    with _advise(place):
        arrays = [_read_file(path, file) for path, file in zip(paths, MNIST_FILES, strict=True)]
        check_pair(arrays[0], arrays[1], paths[0], paths[1])
        check_pair(arrays[2], arrays[3], paths[2], paths[3])
        for path, file, array in zip(paths, MNIST_FILES, arrays, strict=True):
            _check_md5(path, file, array)
    return arrays


@contextmanager
def _advise(place: Place) -> Iterator[None]:
    """Add what to do to the error about a corrupt file."""
    try:
        yield
    except (CorruptDataError, InvalidInputError) as error:
        again = f"autoencode data fetch mnist --folder {shlex.quote(str(place.folder))}"
        raise CorruptDataError(f"{error}; delete the file and run `{again}`") from error


def check_pair(images: np.ndarray, labels: np.ndarray, images_path: Path, labels_path: Path) -> None:
    """Raise `CorruptDataError` unless images and labels can belong together."""
    if images.shape[1:] != _DIGIT_SHAPE:
        raise CorruptDataError(f"{images_path}: expected images of {_DIGIT_SHAPE}, found {images.shape[1:]}")
    if len(labels) != len(images):
        raise CorruptDataError(
            f"{labels_path}: expected {len(images)} labels, one an image of {images_path.name}, found {len(labels)}"
        )
    wrong = np.flatnonzero(labels > 9)
    if wrong.size:
        raise CorruptDataError(
            f"{labels_path}: expected labels 0 to 9, found {labels[wrong[0]]} at position {wrong[0]}"
        )


def _report(file: MnistFile, path: Path | None) -> FileReport:
    if path is None:
        return FileReport(file.name, None, 0, file.md5, None, False, "missing")
    problem, found, size = None, None, 0
    try:
        size = path.stat().st_size
        found = hash_idx(path, max_bytes=_MAX_BYTES)
        if found != file.md5:
            problem = f"expected content with MD5 {file.md5}, found {found}"
    except (CorruptDataError, InvalidInputError, OSError) as error:
        problem = str(error).removeprefix(f"{path}: ")
    return FileReport(file.name, path, size, file.md5, found, problem is None, problem)


def _scale(images: UInt8[np.ndarray, "samples rows columns"]) -> Float32[np.ndarray, "samples features"]:
    return np.divide(images.reshape(len(images), -1), np.float32(255), dtype=np.float32)
