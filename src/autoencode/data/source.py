"""`find_source`: what was given (a path, a named set, an array, a data frame) as a source of samples; and `read`."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypedDict, Unpack, runtime_checkable

from autoencode.data.array_files import ArrayFile
from autoencode.data.extent import Extent
from autoencode.data.memory import find_in_memory
from autoencode.data.named_sets import load, names
from autoencode.data.path_source import find_path
from autoencode.data.sample_blocks import BlockRequest, SampleBlocks
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_files import TableFiles
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import AutoencodeError, InvalidInputError


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
        Images: to how many pixels each is resized; one number stands for a square. None takes their commonest size; of
        more than 32 × 32 pixels about as many as there are images, within 16 × 16 and 64 × 64.
    colour : {"auto", "grey", "rgb"}
        Images: "auto" is grey where all of them are, else rgb.
    crop : bool
        Images: cut off what does not fit the shape of `size`, instead of stretching.
    reading : Reading or None
        How earlier samples were read, to read these the same way; takes the place of the other keywords.
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
        return _read_table(data, TableOptions(**table), given=wanted is not None or reading is not None)
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


def _read_table(data: Any, options: TableOptions, *, given: bool) -> Samples:
    """Read a table as options say; `given` is whether others were given beside, which are for no table."""
    named = ", ".join(options.to_dict())
    if given:
        raise InvalidInputError(f"{named}: for a table; leave size, colour, crop and reading out")
    samples = _check_samples(find_source(data, reading=Reading("table", table=options)))
    if samples.reading.kind != "table":
        raise InvalidInputError(f"{named}: expected a table to apply this to, got {samples.name}; leave it out")
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
    return _measure_source(find_source(data, reading=reading or _read_as(size, colour, crop=crop)))


def find_blocks(
    data: str, choose: Callable[[Extent], BlockRequest | None], *, reading: Reading | None = None
) -> SampleBlocks | None:
    """Find what samples can be read from block by block.

    Parameters
    ----------
    data
        What the command line calls them.
    choose
        Says what is wanted of samples of an extent; None where they are to be read at once.
    reading
        How earlier samples were read.

    Returns
    -------
    SampleBlocks or None
        None where they are to be read at once, and where only all of them can be read: named sets, images, workbooks,
        JSON, SQLite, compressed text, and what is damaged, which `read` says.

    Raises
    ------
    InvalidInputError, DataNotFoundError, CorruptDataError
        As of `read`.
    """
    source = find_source(data, reading=reading)
    extent = _measure_source(source) if isinstance(source, ArrayFile | TableFiles) else None
    request = None if extent is None else choose(extent)
    return source.open_blocks(request) if request and isinstance(source, ArrayFile | TableFiles) else None


def _measure_source(source: Any) -> Extent | None:
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
        ``"./digits"``. A file: text with columns (``.csv``, ``.tsv``, ``.txt``, …) or JSON lines, also compressed
        with gzip, Zstandard, bzip2 or xz; Parquet, Arrow and Feather; ``.xlsx``, ``.xls``, ``.ods``; SQLite; ``.npy``,
        ``.npz`` (``X`` or its only array; ``"file.npz:NAME"`` for another), IDX, or an image. A pattern such as
        ``"parts/*.csv"``, or a folder: files that are parts of one table, read in the order of their names, those that
        begin with a dot or underscore left out; folders ``name=value`` give columns. A folder of images, or a pattern
        that fits some, whose sub-folders, or a CSV file beside them, are their classes. Or what is in memory: numbers,
        a frame of pandas, polars or pyarrow, a relation of DuckDB, or anything else with Arrow's C stream.
    reading : Reading or None
        How samples are read, or earlier ones were: the options of tables, the size and colour of images.

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
        return find_path(data, reading)
    # An open file has a name and can be read, but gives bytes.
    if isinstance(data, Source) and not hasattr(data, "seek"):
        return data
    return find_in_memory(data, TableOptions() if reading is None else reading.table)


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
