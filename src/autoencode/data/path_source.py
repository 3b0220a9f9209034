"""`find_path`: what a path stands for: a file, the parts of a table, the files of a pattern, a folder of images."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from autoencode.data.array_files import ARRAY_ENDINGS, ArrayFile
from autoencode.data.image_files import ENDINGS as IMAGE_ENDINGS
from autoencode.data.image_files import name_inside, natural_key
from autoencode.data.image_labels import is_label_file
from autoencode.data.images import ImageFolder
from autoencode.data.presence import check_pattern
from autoencode.data.regular_file import expand_path, name_content, not_found, read_head, show_path, unreadable
from autoencode.data.samples import Reading
from autoencode.data.standard_input import STANDARD_INPUT, keep_input
from autoencode.data.table_files import Keys, TableFiles
from autoencode.data.table_formats import FORMATS, PLAIN_ENDINGS, find_by_content, find_by_name
from autoencode.exceptions import DataNotFoundError, InvalidInputError

_PathSource: TypeAlias = ArrayFile | TableFiles | ImageFolder

_ENDINGS = ", ".join((*(ending for one in FORMATS for ending in one.endings), ".npy", ".npz", ".idx", *IMAGE_ENDINGS))
# What Hive, Spark and others call the folder of missing values.
_MISSING_KEY = "__HIVE_DEFAULT_PARTITION__"


def find_path(given: str | os.PathLike[str], reading: Reading | None) -> _PathSource:
    """Find what a path stands for; a path that exists is never taken for a pattern.

    Raises
    ------
    InvalidInputError
        If it is nothing that samples can be read from.
    DataNotFoundError
        If there is nothing.
    """
    reading = reading or Reading("images")
    if os.fspath(given) == STANDARD_INPUT:
        return TableFiles((path := keep_input(),), path.name, reading.table)
    path = expand_path(given)
    name = show_path(path)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:
        raise unreadable(path, error) from error
    if is_folder:
        return _find_folder(path, reading)
    if not exists:
        return _find_inside(path, reading)
    ending = path.name.lower()
    if ending.endswith(ARRAY_ENDINGS):
        return ArrayFile(path, name)
    if ending.endswith(IMAGE_ENDINGS):
        return _take_images(path, reading)
    if find_by_name(path.name) or find_by_content(path):
        return TableFiles((path,), name, reading.table)
    if found := name_content(read_head(path)):
        raise InvalidInputError(f"{name}: is {found}")
    raise InvalidInputError(f"{name}: its ending does not say what it is; expected one of {_ENDINGS}")


def _find_inside(path: Path, reading: Reading) -> _PathSource:
    """Find what a path that does not exist itself stands for: an array of an .npz file, or the files of a pattern."""
    text = str(path)
    if ".npz:" in text:
        file, _, member = text.rpartition(":")
        return ArrayFile(Path(file), show_path(path), member)
    if glob.has_magic(text):
        return _find_matches(text, reading)
    raise not_found(path)


def _find_folder(folder: Path, reading: Reading) -> _PathSource:
    entries = _list(folder)
    name = show_path(folder)
    if not entries:
        raise DataNotFoundError(f"{name}: the folder is empty; expected a table's files, or images")
    if any(_split_key(entry.name) and entry.is_dir() for entry in entries):
        return _join(_walk_keys(folder), folder, reading, "take it out")
    tables = [entry for entry in entries if find_by_name(entry.name) and not _is_plain(entry)]
    folders = [entry for entry in entries if entry.is_dir()]
    labels = [entry for entry in tables if is_label_file(entry)]
    if any(map(_is_image, entries)) or not tables or (folders and tables == labels):
        if not tables and any(entry.name.lower().endswith(ARRAY_ENDINGS) for entry in entries):
            raise InvalidInputError(f"{name}: is a folder of arrays; give one of its files")
        return _take_images(folder, reading)
    return _join(entries, folder, reading, f"take it out, or give a pattern such as '{name}/*{tables[0].suffix}'")


def _find_matches(pattern: str, reading: Reading) -> _PathSource:
    name = show_path(Path(pattern))
    check_pattern(pattern)
    matches = [path for path in map(Path, glob.glob(pattern)) if _is_part(path)]
    if not matches:
        raise DataNotFoundError(f"{name}: no file fits this pattern")
    parts = Path(pattern).parts
    root = Path(*parts[: next(number for number, part in enumerate(parts) if glob.has_magic(part))])
    if any(map(_is_image, matches)):
        matches += [path for path in _list(root) if is_label_file(path) and path not in matches]
        return _take_images(Path(pattern), reading, root, matches)
    return _join(matches, root, reading, "make the pattern fit only the parts of one table", name)


def _list(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if _is_part(entry)]
    except OSError as error:
        raise unreadable(folder, error) from error


def _is_part(path: Path) -> bool:
    """Tell whether a file is not hidden, nor a mark of a program that wrote the parts, such as ``_SUCCESS``."""
    return not path.name.startswith((".", "_"))


def _is_image(path: Path) -> bool:
    return path.name.lower().endswith(IMAGE_ENDINGS)


def _take_images(
    path: Path, reading: Reading, root: Path | None = None, files: Sequence[Path] | None = None
) -> ImageFolder:
    colour = reading.colour or "auto"
    return ImageFolder(path, size=reading.size, colour=colour, fit=reading.fit, root=root, files=files)


def _join(paths: list[Path], root: Path, reading: Reading, advice: str, name: str | None = None) -> TableFiles:
    """Take the files as parts of one table, or none of them: what is left out in silence would be missed in vain."""
    where = name or show_path(root)
    paths = sorted(paths, key=lambda path: natural_key(name_inside(path, root)))
    reached: dict[str, Path] = {}
    for path in paths:
        # A note that lies in a folder is no part of its table; what fits a pattern was meant.
        if not find_by_name(path.name) or (_is_plain(path) and name is None) or path.is_dir():
            raise InvalidInputError(f"{where}: {show_path(path)} is no part of a table; {advice}")
        twin = reached.setdefault(os.path.realpath(path), path)
        if twin is not path:
            raise InvalidInputError(
                f"{where}: {show_path(path)} and {show_path(twin)} are one file, whose rows would count twice; remove "
                "the link"
            )
    title = f"{len(paths)} file{'s' * (len(paths) != 1)} of {where}"
    keys = tuple(_read_keys(path.relative_to(root)) for path in paths)
    for path, found in zip(paths, keys, strict=True):
        if list(found) != list(keys[0]):
            raise InvalidInputError(
                f"{where}: {show_path(path)} lies in folders {_name(found)}, but {show_path(paths[0])} in "
                f"{_name(keys[0])}; give one of the folders"
            )
    return TableFiles(tuple(paths), title, reading.table, keys)


def _is_plain(path: Path) -> bool:
    return path.name.lower().endswith(PLAIN_ENDINGS)


def _walk_keys(root: Path) -> list[Path]:
    """Return the files in folders ``name=value``, and whatever else lies there, which `_join` refuses."""
    files, folders = [], [root]
    reached: dict[str, Path] = {}
    while folders:
        folder = folders.pop()
        twin = reached.setdefault(os.path.realpath(folder), folder)
        if twin is not folder:
            raise InvalidInputError(
                f"{show_path(root)}: {show_path(folder)} and {show_path(twin)} are one folder, whose rows would count "
                "twice; remove the link"
            )
        for entry in _list(folder):
            (folders if _split_key(entry.name) and entry.is_dir() else files).append(entry)
    if not files:
        raise DataNotFoundError(f"{show_path(root)}: its folders are empty; expected a table's files in them")
    return files


def _split_key(name: str) -> tuple[str, str] | None:
    key, equals, value = name.partition("=")
    return (unquote(key), unquote(value)) if key and equals else None


def _read_keys(path: Path) -> Keys:
    """Return what the folders of a file say, the outermost first."""
    pairs = [pair for part in path.parts[:-1] if (pair := _split_key(part))]
    return {key: None if value == _MISSING_KEY else value for key, value in pairs}


def _name(keys: Keys) -> str:
    return "/".join(f"{key}=…" for key in keys) or "that name no column"
