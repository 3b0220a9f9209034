"""Files whose columns have kinds already: Parquet, and Arrow's own, which is Feather too."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autoencode.arrow import pa
from autoencode.data.extent import Extent, measure_table
from autoencode.data.regular_file import check_head, check_memory, damaged, read_head, show_path
from autoencode.data.sample_blocks import read_ahead, watch_file
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_names, keep_columns
from autoencode.stored_arrays import BLOCK_BYTES, is_large
from autoencode.stored_tables import store_table

# pandas stores an index without a name as such a column; a row number is no feature.
_INDEX = re.compile(r"__index_level_\d+__")
PARQUET_BUFFER_BYTES = 2**18
"""So much of a column is read at a time, where a file is read block by block."""

_STREAM_MARK = b"\xff\xff\xff\xff"


def read_parquet(path: Path, options: TableOptions) -> pa.Table:
    """Read a Parquet file; the unnamed index that pandas stores is left out.

    Parameters
    ----------
    path : Path
        The file.
    options : TableOptions
        `drop` is obeyed: such columns are not read.

    Returns
    -------
    pyarrow.Table
        A row for each sample, which may be none.

    Raises
    ------
    CorruptDataError
        If the file is truncated, damaged or no Parquet file.
    InvalidInputError
        If a column to be left out is not there, or the table does not fit in memory.
    DataNotFoundError
        If the file cannot be read.
    """
    from pyarrow import parquet

    name = show_path(path)
    check_head(path, b"PAR1", "a Parquet file")
    try:
        # By its path: Arrow's threads may outlive Python, and shall hold no file of Python's then.
        with (
            pa.OSFile(os.fsencode(path)) as file,
            parquet.ParquetFile(file, page_checksum_verification=True) as content,
        ):
            schema = content.schema_arrow
            kept = _keep(name, schema.names, options)
            # A compressed column of one value takes a few bytes, however many rows are declared.
            size = content.metadata.num_rows * _count_row_bytes(schema, kept)
            table = None
            if not is_large(size):
                check_memory(name, size)
                table = content.read(columns=None if len(kept) == len(schema.names) else kept)
                # A damaged page may hold text that is none, which would fail later, far from here.
                table.validate(full=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(name, "a damaged or truncated Parquet file", error) from error
    if table is None:
        return _store_parquet(path, kept, size)
    # Asked for `a`, pyarrow gives `a.b` too.
    return table if len(kept) == len(table.column_names) else table.select(kept)


def _store_parquet(path: Path, columns: Sequence[str], size: int) -> pa.Table:
    """Return the table of a file that is too large for memory: it lies in a file that is mapped."""
    part = ParquetPart.open(path)
    schema = pa.schema([part.schema.field(name) for name in columns])
    rows = max(1, BLOCK_BYTES // max(1, _count_row_bytes(schema, columns)))
    with watch_file(path):
        return store_table(schema, (table.cast(schema) for table in part.read(rows, tuple(columns))), size)


@dataclass(frozen=True, eq=False)
class ParquetPart:
    """A Parquet file as a part of a table, read block by block.

    Attributes
    ----------
    path
        The file.
    schema
        Its columns, but the unnamed index that pandas stores.
    """

    path: Path
    schema: pa.Schema

    is_text = False

    @classmethod
    def open(cls, path: Path) -> ParquetPart:
        """Read which columns a file has.

        Raises
        ------
        CorruptDataError, InvalidInputError, DataNotFoundError
            As of `read_parquet`.
        """
        check_head(path, b"PAR1", "a Parquet file")
        with _name_damage(show_path(path)), _open_parquet(path) as content:
            schema = content.schema_arrow.remove_metadata()
        kept = _keep(show_path(path), schema.names, TableOptions())
        return cls(path, pa.schema([schema.field(name) for name in kept]))

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return show_path(self.path)

    def read(self, rows: int, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Yield some columns, at most so many rows at a time."""
        return read_ahead(self._read(rows, columns))

    def _read(self, rows: int, columns: tuple[str, ...]) -> Generator[pa.Table, None, None]:
        with _name_damage(self.name), _open_parquet(self.path) as content:
            for batch in content.iter_batches(rows, columns=list(columns)):
                table = pa.Table.from_batches([batch])
                table.validate(full=True)
                yield table.select(columns)

    def line_of(self, row: int) -> str:  # noqa: ARG002 - what has lines needs it
        """Return nothing: there are no lines."""
        return ""


@contextmanager
def _open_parquet(path: Path) -> Iterator[Any]:
    from pyarrow import parquet

    # Read ahead, or column by column at once, it would be in memory as a whole.
    with (
        pa.OSFile(os.fsencode(path)) as file,
        parquet.ParquetFile(
            file, page_checksum_verification=True, pre_buffer=False, buffer_size=PARQUET_BUFFER_BYTES
        ) as content,
    ):
        yield content


@contextmanager
def _name_damage(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(name, "a damaged or truncated Parquet file", error) from error


def read_arrow(path: Path, options: TableOptions) -> pa.Table:
    """Read a file of Arrow's own format, or a stream of it that was saved; otherwise as `read_parquet`."""
    from pyarrow import ipc

    name = show_path(path)
    is_stream = read_head(path).startswith(_STREAM_MARK)
    if not is_stream:
        check_head(path, b"ARROW1", "an Arrow or Feather file")
    batches = []
    try:
        with pa.OSFile(os.fsencode(path)) as file:
            reader = ipc.open_stream(file) if is_stream else ipc.open_file(file)
            kept = _keep(name, reader.schema.names, options)
            indices = [reader.schema.names.index(column) for column in kept]
            read_bytes = 0
            for batch in reader if is_stream else map(reader.get_batch, range(reader.num_record_batches)):
                # A compressed column of one value takes a few bytes, so each batch is counted before the next.
                read_bytes += batch.nbytes
                check_memory(name, read_bytes)
                batches.append(batch.select(indices))
        table = pa.Table.from_batches(batches, pa.schema([reader.schema.field(index) for index in indices]))
        table.validate(full=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(name, "a damaged or truncated Arrow file", error) from error
    return table


def measure_parquet(path: Path) -> Extent:
    """Return the extent of a Parquet file, as its metadata say."""
    from pyarrow import parquet

    metadata = parquet.read_metadata(path)
    extent = measure_table(metadata.num_rows, metadata.num_columns, text_bytes=path.stat().st_size)
    return replace(extent, may_lie_in_files=True)


def _keep(name: str, columns: Sequence[str], options: TableOptions) -> list[str]:
    kept = [column for column in keep_columns(name, columns, options) if not _INDEX.fullmatch(column)]
    check_names(name, kept)
    return kept


def _count_row_bytes(schema: pa.Schema, kept: Sequence[str]) -> int:
    """Count the bytes that a row takes at least; text takes its place in the column and what is in it."""
    kinds = [field.type for field in schema if field.name in kept]
    return sum(-(-kind.bit_width // 8) if pa.types.is_primitive(kind) else 4 for kind in kinds)
