"""`find_source`: what was given (a path, a named set, an array, a data frame) as a source of samples; and `read`."""

from __future__ import annotations

import glob
import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict, Unpack, runtime_checkable

from autoencode.data.array_files import ARRAY_ENDINGS, ArrayFile
from autoencode.data.extent import Extent
from autoencode.data.image_files import ENDINGS as IMAGE_ENDINGS
from autoencode.data.images import ImageFolder
from autoencode.data.memory import find_in_memory
from autoencode.data.named_sets import load, names
from autoencode.data.presence import check_pattern
from autoencode.data.regular_file import expand_path, name_content, not_found, read_head, show_path, unreadable
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_files import TABLE_ENDINGS, TableFiles
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import AutoencodeError, DataNotFoundError, InvalidInputError

__all__ = ["NamedSource", "Source", "find_source", "measure", "read"]

_ENDINGS = ".csv, .tsv, .csv.gz, .tsv.gz, .parquet, .npy, .npz, .idx, -ubyte, .png, .jpg, .webp"


class TableKeywords(TypedDict, total=False):
    """The parts of `TableOptions`, as `read` takes them."""

    encoding: str
    separator: str
    header: bool
    skip: int
    missing: tuple[str, ...]
    decimal: str
    thousands: str
    dates: str
    types: Mapping[str, str]
    ids: tuple[str, ...]
    table: str
    drop: tuple[str, ...]


@runtime_checkable
class Source(Protocol):
    """Anything that samples can be read from."""

    @property
    def name(self) -> str:
        """What it is called, in words."""
        ...

    def read(self) -> Samples:
        """Read the samples; twice gives the same."""
        ...


@dataclass(frozen=True)
class NamedSource:
    """A named set, or the part of it that is held out."""

    set_name: str
    is_held_out: bool = False

    @property
    def name(self) -> str:
        """The name it is asked for by."""
        return f"{self.set_name}:test" if self.is_held_out else self.set_name

    def measure(self) -> Extent:
        """Return how large the set is, what it holds out included."""
        known = names()[self.set_name]
        count = known.train_samples + known.test_samples
        size = count * math.prod(known.sample_shape) * 4
        return Extent(count, known.sample_shape, size, 3 * size)

    def read(self) -> Samples:
        """Load the set, each sample in its own shape.

        Raises
        ------
        DataNotFoundError
            If the set is in none of the places looked at and cannot be downloaded.
        CorruptDataError
            If a file was found whose content is not what it must be.
        """
        found = load(self.set_name)
        shape = found.sample_shape
        # Images that are scored later are brought to the same form.
        reading = Reading("named", size=shape, colour="grey") if len(shape) == 2 else Reading("named")
        train, test = found.train.reshape(-1, *shape), found.test.reshape(-1, *shape)
        if self.is_held_out:
            return Samples(test, self.name, reading, found.test_labels)
        return Samples(train, self.name, reading, found.train_labels, held_out=test, held_out_labels=found.test_labels)


def read(
    data: Any,
    *,
    size: int | tuple[int, int] | None = None,
    colour: Literal["auto", "grey", "rgb"] = "auto",
    crop: bool = False,
    reading: Reading | None = None,
    **table: Unpack[TableKeywords],
) -> Samples:
    """Read samples, wherever they are.

    Parameters
    ----------
    data : path, str, array, data frame, Samples or Source
        What `find_source` takes.
    size : int, (height, width) or None
        Images: to how many pixels each is resized; one number stands for a square. None leaves them as they are.
    colour : {"auto", "grey", "rgb"}
        Images: "auto" is grey where all of them are, else rgb.
    crop : bool
        Images: cut off what does not fit the shape of `size`, instead of stretching.
    reading : Reading or None
        How earlier samples were read, to read these the same way; takes the place of `size`, `colour` and `crop`.
    **table
        Tables: what `TableOptions` has, as in ``decimal=","``, ``drop=["name"]`` or ``types={"code": "text"}``.

    Returns
    -------
    Samples
        In the order of the rows; of files by their names.

    Raises
    ------
    InvalidInputError
        If nothing can be read from what was given.
    DataNotFoundError
        If there is no such file, folder or set.
    CorruptDataError
        If a file is damaged.

    Examples
    --------
    >>> read([[1, 2], [3, 4], [5, 6]])
    Samples('the array', array of 3 × 2)
    >>> read("digits").values.shape
    (1437, 8, 8)
    """
    wanted = _read_as(size, colour, crop=crop)
    if table:
        if wanted is not None or reading is not None:
            raise InvalidInputError(f"{next(iter(table))}: applies to tables; leave size, colour, crop and reading out")
        samples = _check_samples(find_source(data, reading=Reading("table", table=TableOptions(**table))))
        if samples.reading.kind != "table":
            raise InvalidInputError(f"{next(iter(table))}: expected a table to apply it to, got {samples.name}")
        return samples
    if wanted is None:
        return _check_samples(find_source(data, reading=reading))
    if reading is not None:
        raise InvalidInputError("reading: give either it, or size, colour and crop")
    samples = _check_samples(find_source(data, reading=wanted))
    if samples.reading.kind != "images":
        raise InvalidInputError(
            f"size, colour, crop: expected images to apply them to, got {samples.name}; leave them out"
        )
    return samples


def measure(
    data: Any,
    *,
    size: int | tuple[int, int] | None = None,
    colour: Literal["auto", "grey", "rgb"] = "auto",
    crop: bool = False,
    reading: Reading | None = None,
) -> Extent | None:
    """Find out how large samples are before they are read, by headers, sizes of files and first rows.

    Parameters
    ----------
    data, size, colour, crop, reading
        As for `read`.

    Returns
    -------
    Extent or None
        None where it does not show, or a file is damaged, which `read` says.

    Raises
    ------
    InvalidInputError
        If nothing can be read from what was given.
    DataNotFoundError
        If there is no such file, folder or set.

    Examples
    --------
    >>> extent = measure("digits")
    >>> extent.count, extent.shape
    (1797, (8, 8))
    """
    source = find_source(data, reading=reading or _read_as(size, colour, crop=crop))
    measure_source = getattr(source, "measure", None)  # a source of the user's own need not have it
    try:
        return None if measure_source is None else measure_source()
    except (AutoencodeError, ValueError, OSError, zipfile.BadZipFile):  # it is damaged; `read` says where
        return None


def _read_as(
    size: int | tuple[int, int] | None, colour: Literal["auto", "grey", "rgb"], *, crop: bool
) -> Reading | None:
    """Return how images are read; None where nothing is asked for."""
    if size is None and colour == "auto" and not crop:
        return None
    sides = (size, size) if isinstance(size, int) else size
    return Reading("images", sides, None if colour == "auto" else colour, "crop" if crop else "resize")


def find_source(data: Any, *, reading: Reading | None = None) -> Source:
    """Find what to read samples from, before any is read.

    Parameters
    ----------
    data : path, str, array, data frame, Samples or Source
        A named set (``"digits"``; ``"mnist:test"`` for what it holds out): a file of that name is written
        ``"./digits"``. A file: ``.csv``, ``.tsv`` (both also with ``.gz``), ``.parquet``, ``.npy``, ``.npz``
        (``X`` or its only array; ``"file.npz:NAME"`` for another), IDX, or an image. A pattern such as
        ``"parts/*.csv"``, or a folder: CSV and Parquet files that are parts of one table, read in the order of their
        names, those that begin with a dot or underscore left out. A folder of images, whose sub-folders are their
        classes. Or what is in memory: numbers, or a frame of pandas, polars or pyarrow.
    reading : Reading or None
        How earlier samples were read: later images are brought to the same size and colour.

    Returns
    -------
    Source
        Its ``read()`` gives the samples.

    Raises
    ------
    InvalidInputError
        If it is nothing that samples can be read from.
    DataNotFoundError
        If there is no such file, folder or set.

    Examples
    --------
    >>> find_source("mnist:test").name
    'mnist:test'
    """
    if isinstance(data, str) and (named := _find_named(data)) is not None:
        return named
    if isinstance(data, str | os.PathLike):
        return _find_path(data, reading)
    # An open file has a name and can be read, but gives bytes.
    if isinstance(data, Source) and not hasattr(data, "seek"):
        return data
    return find_in_memory(data)


def _check_samples(source: Source) -> Samples:
    samples = source.read()
    if not isinstance(samples, Samples):
        raise InvalidInputError(f"{type(source).__name__}.read(): expected Samples, got {type(samples).__name__}")
    return samples


def _find_named(text: str) -> NamedSource | None:
    name, colon, part = text.partition(":")
    if name not in names():
        return None
    if colon and part != "test":
        raise InvalidInputError(f"{text!r:.100}: expected {name}, or {name}:test for the samples that it holds out")
    return NamedSource(name, is_held_out=bool(colon))


def _find_path(given: str | os.PathLike[str], reading: Reading | None) -> Source:
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
    if ending.endswith(TABLE_ENDINGS):
        return TableFiles((path,), name, _options(reading))
    if ending.endswith(IMAGE_ENDINGS):
        return _find_images(path, reading)
    if found := name_content(read_head(path)):
        raise InvalidInputError(f"{name}: is {found}")
    raise InvalidInputError(f"{name}: its ending does not say what it is; expected one of {_ENDINGS}")


def _find_inside(path: Path, reading: Reading | None) -> Source:
    """Find what a path that does not exist itself stands for: an array of an .npz file, or the files of a pattern."""
    text = str(path)
    if ".npz:" in text:
        file, _, member = text.rpartition(":")
        return ArrayFile(Path(file), show_path(path), member)
    if glob.has_magic(text):
        return _find_matches(text, reading)
    raise not_found(path)


def _find_folder(folder: Path, reading: Reading | None) -> Source:
    try:
        entries = [entry for entry in sorted(folder.iterdir()) if _is_part(entry)]
    except OSError as error:
        raise unreadable(folder, error) from error
    endings = [entry.name.lower() for entry in entries]
    if not entries:
        raise DataNotFoundError(f"{show_path(folder)}: the folder is empty; expected CSV or Parquet files, or images")
    if not any(ending.endswith(TABLE_ENDINGS) for ending in endings):
        if any(ending.endswith(ARRAY_ENDINGS) for ending in endings):
            raise InvalidInputError(f"{show_path(folder)}: is a folder of arrays; give one of its files")
        return _find_images(folder, reading)
    advice = f"take it out, or give a pattern such as '{show_path(folder)}/*.csv'"
    return _join(entries, show_path(folder), advice, _options(reading))


def _find_matches(pattern: str, reading: Reading | None) -> TableFiles:
    name = show_path(Path(pattern))
    check_pattern(pattern)
    matches = [path for path in map(Path, sorted(glob.glob(pattern))) if _is_part(path)]
    if not matches:
        raise DataNotFoundError(f"{name}: no file fits this pattern")
    return _join(matches, name, "make the pattern fit only the parts of one table", _options(reading))


def _is_part(path: Path) -> bool:
    """Tell whether a file is not hidden, nor a mark of a program that wrote the parts, such as ``_SUCCESS``."""
    return not path.name.startswith((".", "_"))


def _options(reading: Reading | None) -> TableOptions:
    return TableOptions() if reading is None else reading.table


def _join(paths: list[Path], where: str, advice: str, options: TableOptions) -> TableFiles:
    """Take the files as parts of one table, or none of them: what is left out in silence would be missed in vain."""
    for path in paths:
        if not path.name.lower().endswith(TABLE_ENDINGS) or path.is_dir():
            raise InvalidInputError(f"{where}: {show_path(path)} is neither CSV nor Parquet; {advice}")
    reached: dict[str, Path] = {}
    for path in paths:
        twin = reached.setdefault(os.path.realpath(path), path)
        if twin is not path:
            raise InvalidInputError(
                f"{where}: {show_path(path)} and {show_path(twin)} are one file, whose rows would count twice; remove "
                "the link"
            )
    return TableFiles(tuple(paths), f"{len(paths)} file{'s' * (len(paths) != 1)} of {where}", options)


def _find_images(path: Path, reading: Reading | None) -> ImageFolder:
    reading = reading or Reading("images")
    return ImageFolder(path, size=reading.size, colour=reading.colour or "auto", fit=reading.fit)
