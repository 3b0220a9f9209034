"""Samples read block by block, in their order: what files larger than memory are read as."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from autoencode.data.regular_file import show_path
from autoencode.data.samples import Samples
from autoencode.exceptions import CorruptDataError

Block = TypeVar("Block")


@dataclass(frozen=True)
class BlockRequest:
    """What is wanted of samples that are read block by block.

    Attributes
    ----------
    rows
        Of a block at most.
    columns
        Of a table, those that are wanted, as far as they are there; None: all.
    numbers
        Of these, the ones that hold numbers, where earlier samples do not tell how text is read.
    has_cells
        Whether `Samples.own_cells` of a block is asked for: all columns as they stand in the file.
    """

    rows: int
    columns: tuple[str, ...] | None = None
    numbers: tuple[str, ...] = ()
    has_cells: bool = False


@dataclass(frozen=True, eq=False)
class SampleBlocks:
    """Samples that can be read block by block.

    Attributes
    ----------
    name
        What they are called, in words.
    columns
        The names of all columns of a table; None of an array.
    read
        Begins to read, and yields the blocks in the order of the samples.
    """

    name: str
    columns: tuple[str, ...] | None
    read: Callable[[], Iterator[Samples]]


def read_ahead(blocks: Generator[Block, None, None]) -> Iterator[Block]:
    """Yield what a generator yields, of which the next is made on a second thread meanwhile."""
    with ThreadPoolExecutor(1, thread_name_prefix="autoencode-read") as reading:
        coming = reading.submit(next, blocks, None)
        try:
            while (block := coming.result()) is not None:
                coming = reading.submit(next, blocks, None)
                yield block
        finally:
            wait([coming])
            blocks.close()


@contextmanager
def watch_file(path: Path) -> Iterator[None]:
    """Refuse what was read of a file that was written to, or exchanged, meanwhile: it is no one state of it.

    Raises
    ------
    CorruptDataError
        If it was, also in place of what went wrong in reading it.
    """
    before = _identify(path)
    try:
        yield
    except Exception as error:
        if _identify(path) != before:
            raise _say_changed(path) from error
        raise
    if _identify(path) != before:
        raise _say_changed(path)


def _identify(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _say_changed(path: Path) -> CorruptDataError:
    return CorruptDataError(f"{show_path(path)}: changed while it was read; wait until it is written, or copy it first")
