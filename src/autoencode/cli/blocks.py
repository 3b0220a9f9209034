"""Samples that a verb reads block by block, and what it makes of them, written in their order as it comes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from autoencode.cli.budget import MOST_NUMBERS, Budget
from autoencode.cli.output import announce
from autoencode.cli.samples import MOST_NAMED, join_parts, keep_trained, read_input, trained_columns
from autoencode.printable import list_names

if TYPE_CHECKING:
    from autoencode.data.extent import Extent
    from autoencode.data.sample_blocks import BlockRequest
    from autoencode.data.samples import Samples
    from autoencode.model.fitted import Fitted

HELD_BYTES = 96
"""What is held at once of each number of a block that a network is applied to: the number, its float32 feature, its
reconstruction, differences of both in float64, and what is written."""


@dataclasses.dataclass(frozen=True)
class InputBlocks:
    """The samples that a verb was given, block by block.

    Attributes
    ----------
    count
        How many there are, or about.
    read
        Begins to read, and yields the blocks.
    """

    count: int
    read: Callable[[], Iterator[Samples]]


class Results(NamedTuple):
    """What was made of a block: as `write_samples` takes it."""

    values: Any
    row_names: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    own: Collection[str] = ()


def open_input(model: Fitted, data: str, budget: Budget, *, has_cells: bool = True) -> InputBlocks:
    """Open samples: those that take more than a block are read block by block where they can be, the others at once.

    Parameters
    ----------
    model
        What says how they are read.
    data
        Samples, as the command line names them.
    budget
        The memory that they may take.
    has_cells
        Whether the cells of ids are wanted, where the model knows some.
    """
    encoder = model.table_encoder
    has_ids = has_cells and encoder is not None and bool(encoder.ids)
    return find_input(model, data, budget, has_cells=has_ids) or cut_samples(read_input(model, data))


def find_input(
    model: Fitted,
    data: str,
    budget: Budget,
    *,
    has_cells: bool,
    held_bytes: int = HELD_BYTES,
    most: int = MOST_NUMBERS,
) -> InputBlocks | None:
    """Open samples that take more than a block, and can be read block by block; None of others.

    Parameters
    ----------
    model, data, budget
        As for `open_input`.
    has_cells
        Whether the cells of a table as they stand in its file are wanted.
    held_bytes
        What is held at once of each number of a block.
    most
        Rows of a block at most.
    """
    from autoencode.data.source import find_blocks

    if data == "-":
        return None
    counts: list[int] = []

    def choose(extent: Extent) -> BlockRequest | None:
        from autoencode.data.sample_blocks import BlockRequest

        rows = min(most, budget.count_rows(extent, model.format.width, held_bytes))
        counts.append(extent.count)
        names = trained_columns(model)
        wanted = None if names is None else tuple(names)
        return BlockRequest(rows, wanted, _list_numbers(model), has_cells) if rows < extent.count else None

    found = find_blocks(data, choose, reading=model.reading)
    if found is None:
        return None
    _say_left_out(model, found.columns)

    def read() -> Iterator[Samples]:
        for samples in found.read():
            yield keep_trained(model, samples, data)[0]

    return InputBlocks(counts[0], read)


def _list_numbers(model: Fitted) -> tuple[str, ...]:
    """Return the columns of training that held numbers."""
    names, encoder = trained_columns(model) or [], model.table_encoder
    kinds = {} if encoder is None else {column.name: column.kind for column in encoder.columns}
    return tuple(name for name in names if encoder is None or kinds.get(name) == "numeric")


def _say_left_out(model: Fitted, columns: Sequence[str] | None) -> None:
    known, dropped = trained_columns(model), () if model.reading is None else model.reading.table.drop
    if columns is None or known is None:
        return
    extra = [name for name in columns if name not in known and name not in dropped]
    if extra and len(extra) < len(columns):
        announce(f"left out, for the model was not trained on them: {list_names(extra, MOST_NAMED)}")


def cut_samples(samples: Samples, most: int = MOST_NUMBERS) -> InputBlocks:
    """Return samples that were read at once as blocks of at most so many rows."""
    import math

    values: Any = samples.values
    rows = min(most, max(1, MOST_NUMBERS // max(1, math.prod(values.shape[1:]))))
    own: Any = functools.cache(samples.own_cells)

    def cut(start: int) -> Samples:
        # A table is sliced by place and length, an array by two places.
        part = values.slice(start, rows) if hasattr(values, "column_names") else values[start : start + rows]
        line_of, names = samples.line_of, samples.row_names
        return dataclasses.replace(
            samples,
            values=part,
            labels=None if samples.labels is None else samples.labels[start : start + rows],
            row_names=None if names is None else names[start : start + rows],
            cells=None if samples.cells is None else lambda: own().slice(start, rows),
            line_of=None if line_of is None else lambda row: line_of(start + row),
        )

    def read() -> Iterator[Samples]:
        yield from map(cut, range(0, len(values), rows))

    return InputBlocks(len(values), read)


class _ReadingFailed(Exception):
    """What was given cannot be read or used: no fault of the place that is written to."""


def write_results(blocks: InputBlocks, output: str, title: str, make: Callable[[Samples, int], Results]) -> int:
    """Make something of each block, and write it in the order of the samples; return how many there were.

    Parameters
    ----------
    blocks
        The samples.
    output
        The file or folder.
    title
        What is being done.
    make
        Makes the results of a block of samples, the first of which has the place that is given.

    Raises
    ------
    OSError
        If the place cannot be written to; the results are then kept among the temporary files, where these take them.
    """
    from autoencode.cli.progress import show_rows
    from autoencode.cli.targets import write_or_keep

    counts: list[int] = []

    def write(path: str) -> None:
        done = 0
        with _open_target(path) as add, show_rows(title, blocks.count) as update:
            for count, results in _compute(blocks, make):
                add(results)
                done += count
                update(done)
        counts.append(done)

    try:
        write_or_keep(write, output)
    except _ReadingFailed as failed:
        error = failed.args[0]
        raise error from error.__cause__
    return counts[0]


def _compute(blocks: InputBlocks, make: Callable[[Samples, int], Results]) -> Iterator[tuple[int, Results]]:
    from autoencode.model.samples import naming_lines

    first = 0
    try:
        for samples in blocks.read():
            with naming_lines(samples, first):
                results = make(samples, first)
            yield len(samples), results
            first += len(samples)
    except Exception as error:
        raise _ReadingFailed(error) from error


@contextmanager
def _open_target(path: str) -> Iterator[Callable[[Results], None]]:
    """Open a file that results are written to as they come; a folder of images is written when all are there."""
    from autoencode.data.table_writing import open_blocks
    from autoencode.data.writing import FILE_ENDINGS, write_samples

    if path.lower().endswith(FILE_ENDINGS):
        with ExitStack() as stack:
            file = stack.enter_context(open_blocks(path))
            yield lambda results: file.add(
                results.values, row_names=results.row_names, columns=results.columns, own=results.own
            )
        return
    every: list[Results] = []
    yield every.append
    row_names = None if every[0].row_names is None else [name for one in every for name in one.row_names or ()]
    write_samples(join_parts([one.values for one in every]), path, row_names=row_names)
