"""The classes of images, from a CSV file beside them that names the files in one column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autoencode.arrow import pa
from autoencode.data.image_files import name_inside
from autoencode.data.regular_file import show_path
from autoencode.data.table_files import TableFiles
from autoencode.exceptions import AutoencodeError, AutoencodeWarning
from autoencode.notice import warn_user
from autoencode.printable import quote

_STEMS = ("labels", "metadata")
_ENDINGS = (".csv", ".tsv")
_LABEL_NAMES = ("label", "class", "target")


def is_label_file(path: Path) -> bool:
    """Tell whether a file is called as one of classes is: labels.csv, metadata.csv."""
    return path.stem.lower() in _STEMS and path.suffix.lower() in _ENDINGS


def find_label_file(root: Path, others: Sequence[Path]) -> Path | None:
    """Return the file of a folder's classes: labels.csv, metadata.csv, or the only CSV file in it."""
    found = [path for path in others if path.parent == root and path.suffix.lower() in _ENDINGS]
    called = sorted((path for path in found if is_label_file(path)), key=lambda path: path.stem.lower())
    return called[0] if called else found[0] if len(found) == 1 else None


def read_labels(path: Path, root: Path, files: Sequence[Path]) -> np.ndarray | None:
    """Read the classes of images; None where the file names none of them.

    Parameters
    ----------
    path
        The CSV file. The column whose cells are the files, with or without their ending, names them; the only other
        one, or the one called label, class or target, has the classes.
    root, files
        The folder and the images.

    Returns
    -------
    array of str, or None
        One for each image; empty where there is none for it.

    Warns
    -----
    AutoencodeWarning
        If it cannot be read, does not say a class for each of the images, or says one of an image that is not there.
    """
    name = show_path(path)
    try:
        table: pa.Table = TableFiles((path,), name).read().values  # pyright: ignore[reportAssignmentType]
    except AutoencodeError as error:
        if is_label_file(path):
            _warn(f"{error!s:.400}; the images have no labels")
        return None
    columns = {
        column: ["" if cell is None else str(cell) for cell in cells] for column, cells in table.to_pydict().items()
    }
    known = _name_files(root, files)
    matches = {column: sum(word in known for word in words) for column, words in columns.items()}
    names = max(matches, key=lambda column: matches[column])
    if not matches[names]:
        if is_label_file(path):
            _warn(f"{name}: names none of the images in any column, so that they have no labels")
        return None
    others = [column for column in columns if column != names]
    called = [column for column in others if column.lower() in _LABEL_NAMES]
    if len(called or others) != 1:
        _warn(f"{name}: has {len(others):,} columns beside {quote(names)}; call one of them label, and it is one")
        return None
    return _match(name, columns[names], columns[(called or others)[0]], known, files)


def _name_files(root: Path, files: Sequence[Path]) -> dict[str, int]:
    """Return the number of each image by what it may be called; what several are called is left out."""
    known: dict[str, int] = {}
    for number, file in enumerate(files):
        inside = name_inside(file, root)
        stem = inside.removesuffix(file.suffix)
        for word in {inside, stem, file.name, file.stem}:
            known[word] = -1 if word in known else number
    return {word: number for word, number in known.items() if number >= 0}


def _match(
    name: str, words: Sequence[str], classes: Sequence[str], known: dict[str, int], files: Sequence[Path]
) -> np.ndarray:
    labels = [""] * len(files)
    strangers = [word for word in words if word not in known]
    for word, label in zip(words, classes, strict=True):
        if word in known:
            labels[known[word]] = label
    bare = [file for file, label in zip(files, labels, strict=True) if not label]
    said = [f"{_count(strangers, 'name')} without an image, such as {quote(strangers[0])}"] if strangers else []
    said += [f"{_count(bare, 'image')} without a label, such as {show_path(bare[0])}"] if bare else []
    if said:
        _warn(f"{name}: has {' and '.join(said)}")
    return np.array(labels)


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things):,} {word}{'s' * (len(things) > 1)}"


def _warn(message: str) -> None:
    warn_user(message, AutoencodeWarning, cause=message)
