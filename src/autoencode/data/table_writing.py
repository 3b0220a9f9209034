"""Tables and arrays written to a CSV, Parquet or NumPy file, block by block: the bytes are those of one block."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.lib import format as npy_format

from autoencode.arrow import pa, pc
from autoencode.exceptions import InvalidInputError
from autoencode.files import open_whole

CELLS_AT_ONCE = 2**20
GROUP_ROWS, GROUP_CELLS = 2**20, 2**22
"""Rows of a row group of Parquet at most, and cells: how many follows from the columns alone, not from the blocks."""

_COLOURS = ("red", "green", "blue")


class Blocks(Protocol):
    """A file that is being written."""

    def add(
        self,
        values: np.ndarray | pa.Table,
        *,
        row_names: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        own: Collection[str] = (),
    ) -> None:
        """Write the next rows, which are of the kind of those before; the keywords are those of `write_samples`."""
        ...

    def end(self) -> None:
        """Write what is left to be written."""
        ...


@contextmanager
def open_blocks(path: str | os.PathLike[str]) -> Iterator[Blocks]:
    """Open a file to write rows into it block by block; it is there when all are written, whole or not at all.

    Parameters
    ----------
    path
        ``.csv``, ``.parquet`` or ``.npy``.

    Yields
    ------
    Blocks
        Its `add` takes what `write_samples` takes. However rows are cut into blocks, the file has the same bytes.

    Raises
    ------
    InvalidInputError, OSError
        As of `write_samples`.
    """
    target = Path(path)
    with ExitStack() as stack:
        stack.enter_context(name_target(target))
        file = stack.enter_context(open_whole(target))
        blocks: Blocks
        if target.suffix.lower() == ".npy":
            blocks = _NpyBlocks(file, target)
        elif target.suffix.lower() == ".csv":
            blocks = _CsvBlocks(file)
        else:
            # Into the same file by its path, as Arrow's threads shall hold no file of Python's.
            blocks = _ParquetBlocks(stack.enter_context(pa.OSFile(os.fsencode(file.name), "wb")))
            stack.callback(blocks.close)
        yield blocks
        blocks.end()


class _CsvBlocks:
    """A CSV file: the header with the first block."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._has_header = False

    def add(
        self,
        values: np.ndarray | pa.Table,
        *,
        row_names: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        own: Collection[str] = (),
    ) -> None:
        table = make_table(values, row_names, columns)
        write_csv(table, self._file, frozenset(own), header=not self._has_header)
        self._has_header = True

    def end(self) -> None:
        """Leave the file as it is."""


class _ParquetBlocks:
    """A Parquet file: rows wait until they are a row group."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = file
        self._writer: Any = None
        self._waiting: pa.Table | None = None

    def add(
        self,
        values: np.ndarray | pa.Table,
        *,
        row_names: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        own: Collection[str] = (),  # noqa: ARG002 - all cells are written as they are
    ) -> None:
        table = make_table(values, row_names, columns)
        if self._waiting is not None:
            table = pa.concat_tables([self._waiting, table])
        rows = min(GROUP_ROWS, max(1, GROUP_CELLS // table.num_columns))
        while len(table) > rows:
            self._write(table.slice(0, rows))
            table = table.slice(rows)
        self._waiting = table

    def end(self) -> None:
        if self._waiting is not None:
            self._write(self._waiting)
            self._writer.close()

    def close(self) -> None:
        """Let go of the file after an error: what is in it is thrown away."""
        if self._writer is not None and self._writer.is_open:
            with suppress(OSError, pa.ArrowException):
                self._writer.close()

    def _write(self, group: pa.Table) -> None:
        import pyarrow.parquet

        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._file, group.schema)
        # In one piece, as pages would end where pieces do.
        self._writer.write_table(group.combine_chunks(), row_group_size=GROUP_ROWS)


class _NpyBlocks:
    """A NumPy file: its header is written again when the number of rows is known."""

    def __init__(self, file: BinaryIO, target: Path) -> None:
        self._file, self._target = file, target
        self._count, self._begin = 0, 0
        self._like: np.ndarray | None = None

    def add(
        self,
        values: np.ndarray | pa.Table,
        *,
        row_names: Sequence[str] | None = None,  # noqa: ARG002 - there is no place for them
        columns: Sequence[str] | None = None,  # noqa: ARG002
        own: Collection[str] = (),  # noqa: ARG002
    ) -> None:
        if not isinstance(values, np.ndarray):
            raise InvalidInputError(
                f"path: a table needs a name that ends in .csv or .parquet, got {str(self._target)!r}"
            )
        if self._like is None:
            self._like = values[:0]
            self._write_header()
        self._count += len(values)
        self._file.write(np.ascontiguousarray(values).data if values.size else b"")

    def end(self) -> None:
        if self._like is not None:
            self._file.seek(0)
            self._write_header()

    def _write_header(self) -> None:
        # NumPy leaves room for a longer count in the header.
        assert self._like is not None
        shape = (self._count, *self._like.shape[1:])
        described = {"descr": npy_format.dtype_to_descr(self._like.dtype), "fortran_order": False, "shape": shape}
        npy_format.write_array_header_1_0(self._file, described)


def check_values(values: object) -> None:
    """Refuse what is neither an array of numbers nor a table."""
    if not isinstance(values, np.ndarray):
        if not isinstance(values, pa.Table):
            raise InvalidInputError(f"values: expected an array or a pyarrow.Table, got {type(values).__name__}")
    elif values.dtype.kind not in "biuf" or values.itemsize > 8 or values.ndim == 0:
        raise InvalidInputError(
            f"values: expected an array of numbers with an axis of samples, got {values.dtype} of shape {values.shape}"
        )


def check_names(argument: str, names: Sequence[str], count: int, share: str) -> None:
    """Refuse names that are no text, or too many or few."""
    if len(names) != count:
        raise InvalidInputError(f"{argument}: expected {count:,}, {share}, got {len(names):,}")
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise InvalidInputError(f"{argument}: expected text, got {wrong!r:.100}")


@contextmanager
def name_target(target: Path) -> Iterator[None]:
    """Name in every error what was to be written, not the temporary name."""
    try:
        if not target.parent.is_dir():
            raise InvalidInputError(f"path: the folder {str(target.parent)!r} does not exist; create it first")
        yield
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise InvalidInputError(f"{target}: cannot hold these values: {' '.join(str(error).split())}") from error
    except OSError as error:
        # What Arrow says beside the number names the temporary file.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno, reason, str(target)) from error


def make_table(
    values: np.ndarray | pa.Table, row_names: Sequence[str] | None, columns: Sequence[str] | None
) -> pa.Table:
    """Return values as a table, with the names of the rows before the other columns."""
    if isinstance(values, np.ndarray):
        features = math.prod(values.shape[1:])
        names = list(_name_features(values.shape[1:]) if columns is None else columns)
        check_names("columns", names, features, "one for each number of a sample")
        # Arrow has no numbers of the other byte order.
        flat = values.reshape(len(values), features).astype(values.dtype.newbyteorder("="), copy=False)
        arrays = [pa.array(flat[:, index]) for index in range(features)]
    elif columns is not None:
        raise InvalidInputError("columns: a table has names for its columns; leave columns out")
    else:
        names, arrays = values.column_names, values.columns
    if row_names is not None:
        names, arrays = ["row_name", *names], [pa.array(row_names, pa.string()), *arrays]
    if not names:
        raise InvalidInputError("values: expected at least one column, got none")
    twice, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise InvalidInputError(f"columns: expected names that differ, got {twice!r} twice; rename one")
    return pa.table(arrays, names=names)


def _name_features(shape: tuple[int, ...]) -> Iterator[str]:
    are_pixels = is_image(shape)
    for index in product(*map(range, shape)):
        words = [*map(str, index[:2]), *(_COLOURS[colour] for colour in index[2:])] if are_pixels else map(str, index)
        yield "_".join(["pixel" if are_pixels else "feature", *words])


def write_csv(table: pa.Table, file: BinaryIO, own: Collection[str] = (), *, header: bool = True) -> None:
    """Write a table as CSV into an open file, as `write_samples` does; without its header it goes on an earlier one."""
    names = (
        _write_cells("the header", pa.chunked_array([[name]], pa.string()), guarded=name not in own)
        for name in table.column_names
    )
    if header:
        file.write(",".join(name[0].as_py() for name in names).encode() + b"\n")
    # Many readers skip an empty line, so a missing cell that has no neighbour is quoted.
    missing = '""' if table.num_columns == 1 else ""
    rows = max(1, CELLS_AT_ONCE // table.num_columns)
    for start in range(0, table.num_rows, rows):
        block = table.slice(start, rows)
        named = zip(block.column_names, block.columns, strict=True)
        cells = (_write_cells(name, column, guarded=name not in own).fill_null(missing) for name, column in named)
        lines = _join(*cells, between=",")
        file.write("\n".join(lines.to_pylist()).encode() + b"\n")


def _write_cells(name: str, column: pa.ChunkedArray, *, guarded: bool = True) -> pa.ChunkedArray:
    """Return a column's cells as CSV has them, no formulas where guarded; missing cells stay missing."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    try:
        text = column.cast(pa.large_string())
    except pa.ArrowException as error:
        raise InvalidInputError(f"values: CSV cannot hold column {name!r} of type {kind}; write .parquet") from error
    if pa.types.is_floating(kind):
        # A whole number stays a float when it is read, and keeps its sign where it is −0.
        return pc.replace_substring_regex(text, r"^(-?[0-9]+)$", r"\1.0")
    if pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return text
    quoted = _join('"', pc.replace_substring(text, '"', '""'), '"')
    if not guarded:
        return pc.if_else(pc.match_substring_regex(text, '[,"\\r\\n]|^$'), quoted, text)
    is_formula = pc.match_substring_regex(text, r"^[=+\-@\t\r]")
    text = pc.if_else(is_formula, _join("'", text), text)
    return _join('"', pc.replace_substring(text, '"', '""'), '"')


def _join(*parts: str | pa.ChunkedArray, between: str = "") -> pa.ChunkedArray:

    kind = pa.large_string()
    text = (pa.scalar(part, kind) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*text, pa.scalar(between, kind))


def is_image(shape: tuple[int, ...]) -> bool:
    """Tell whether samples of a shape can be drawn as images."""
    return len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
