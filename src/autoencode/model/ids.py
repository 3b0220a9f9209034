"""Which columns of samples are ids: those that the reading says, and those that are found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import narwhals as nw

from autoencode.data.samples import Reading
from autoencode.data.table_options import TableOptions
from autoencode.tables.id_column import ID_REASON, find_ids
from autoencode.types import ColumnDescription


def list_ids(frame: Any, reading: Reading | None) -> tuple[str, ...]:
    """Return the names of the columns that name the rows: those that the reading says, and those that are found.

    Parameters
    ----------
    frame
        A narwhals frame; anything else has no ids.
    reading
        How it was read, where that is known.
    """
    if not isinstance(frame, nw.DataFrame):
        return ()
    options = None if reading is None else reading.table
    asked, amounts = (options.ids, _list_amounts(options)) if options else ((), set())
    rest = [name for name in frame.columns if str(name) not in asked and str(name) not in amounts]
    found = find_ids(_read_id_columns(frame, rest))
    # Where nothing else is there, it is what the rows are of.
    found = found if len(found) < len(rest) else ()
    return tuple(str(name) for name in frame.columns if str(name) in {*asked, *found})


def list_described_ids(columns: Iterable[ColumnDescription]) -> tuple[str, ...]:
    """Return which columns were read as ids, by how each was read."""
    return tuple(column.column for column in columns if column.note == ID_REASON)


def _list_amounts(options: TableOptions) -> set[str]:
    """Return the columns that shall be numbers, and so name no rows."""
    asked = options.asked if options.settled else options.types
    return {name for name in asked if options.types.get(name) == "number"}


def _read_id_columns(frame: nw.DataFrame, names: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the columns that may be ids as Arrow arrays; not those of values that no column can have."""
    import pyarrow as pa

    is_arrow, kinds = frame.implementation.is_pyarrow(), frame.schema
    for name in names:
        if is_arrow:  # of a wide table, a Series a column would take seconds
            yield name, frame.to_native().column(name)
        elif kinds[name].is_numeric() or kinds[name] in (nw.String, nw.Object):
            with contextlib.suppress(pa.ArrowException, TypeError, ValueError, OverflowError):
                yield str(name), pa.chunked_array([frame.get_column(name).to_arrow()])
