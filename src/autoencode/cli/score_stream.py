"""New samples in CSV, record by record: what is piped in as it comes, and a file some of whose rows are none."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.cli.piped import RecordStream
from autoencode.cli.samples import MOST_NAMED, keep_trained, trained_columns
from autoencode.exceptions import AutoencodeError, CorruptDataError, InvalidInputError
from autoencode.printable import list_names

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.data.samples import Reading
    from autoencode.data.table_options import TableOptions
    from autoencode.model.fitted import Fitted


def is_csv_piped() -> bool:
    """Return whether what is piped in begins as CSV does, which can be judged record by record."""
    from autoencode.data.compression import name_compression
    from autoencode.data.regular_file import INPUT_FILE
    from autoencode.data.standard_input import check_piped
    from autoencode.data.table_formats import CSV, find_by_content

    check_piped()
    head: bytes = sys.stdin.buffer.peek(1)[:512]  # type: ignore[attr-defined]
    if not head or head.startswith((b"\xff\xfe", b"\xfe\xff")) or name_compression(head) is not None:
        return False
    with tempfile.TemporaryDirectory(prefix="autoencode-") as folder:
        path = Path(folder) / INPUT_FILE
        path.write_bytes(head)
        return find_by_content(path) is CSV


SEPARATORS = (",", ";", "\t", "|", " ")
"""What may stand between two cells, where that of training was found out."""


@contextlib.contextmanager
def open_csv(data: str) -> Iterator[BufferedReader | None]:
    """Open CSV to read its records: what is piped in, or one plain file; None where it is neither."""
    from autoencode.data.compression import name_compression
    from autoencode.data.regular_file import read_head
    from autoencode.data.table_formats import CSV, find_by_content

    if data == "-":
        yield sys.stdin.buffer if is_csv_piped() else None  # type: ignore[misc]
        return
    path = Path(data)
    if not path.is_file() or find_by_content(path) is not CSV or name_compression(read_head(path)) is not None:
        yield None
        return
    with path.open("rb") as file:
        yield file


@dataclasses.dataclass
class RecordSamples:
    """CSV read as the samples of training were, block by block.

    Attributes
    ----------
    fitted
        What says how samples are read, and of which columns.
    stream
        The CSV.
    """

    fitted: Fitted
    stream: BufferedReader

    def blocks(self) -> Iterator[tuple[Samples, str]]:
        """Yield samples as they come; of a record that is no row an empty one, and why.

        Raises
        ------
        InvalidInputError
            If the header lacks a column of training.
        """
        from autoencode.data.regular_file import INPUT_FILE

        assert self.fitted.reading is not None
        options = self.fitted.reading.table
        stream = RecordStream(self.stream, self._read_first)
        with tempfile.TemporaryDirectory(prefix="autoencode-") as folder:
            path = Path(folder) / INPUT_FILE
            for records in stream.blocks():
                table = options.having(header=stream.has_header, skip=None, separator=stream.separator)
                reading = dataclasses.replace(self.fitted.reading, table=table)
                yield from self._read(stream.header, records, path, reading)

    def _read_first(self, line: bytes) -> tuple[str, bool]:
        """Return what stands between the cells of the first line, and whether it names the columns of training.

        Raises
        ------
        InvalidInputError
            If it does not, and cannot be a sample of a table whose columns had no names either.
        """
        assert self.fitted.reading is not None
        table, known = self.fitted.reading.table, trained_columns(self.fitted) or []
        own = [] if table.separator is None else [table.separator]
        found = {separator: _split(line, table, separator) for separator in [*own, *SEPARATORS]}
        for separator, cells in found.items():
            if set(known) <= set(cells):
                return separator, True
        if all(re.fullmatch(r"column_\d+", name) for name in known):  # as columns without names are called
            for separator, cells in found.items():
                if len(cells) == len(known):
                    return separator, False
        cells = max(found.values(), key=lambda cells: len(set(known) & set(cells)))
        missing = [name for name in known if name not in cells]
        raise InvalidInputError(
            f"the first line lacks columns that the detector was fitted to: {list_names(missing, MOST_NAMED)}"
        )

    def _read(self, header: bytes, records: list[bytes], path: Path, reading: Reading) -> Iterator[tuple[Samples, str]]:
        from autoencode import data

        path.write_bytes(header + b"".join(records))
        try:
            samples = data.read(path, reading=reading)
            if len(samples) != len(records):
                raise CorruptDataError(f"{samples.name}: {len(records)} records were read as {len(samples)} rows")
        except AutoencodeError as error:
            if len(records) == 1:  # where it stands in the file of this block says nothing
                yield _make_empty(header, reading), re.sub(r"^[^:]*: (row \d+[^:]*: )?", "", str(error))
                return
            middle = len(records) // 2
            yield from self._read(header, records[:middle], path, reading)
            yield from self._read(header, records[middle:], path, reading)
            return
        # Of a block's file no line says where a record came from.
        samples, _ = keep_trained(self.fitted, dataclasses.replace(samples, line_of=None), samples.name)
        yield samples, ""


def _split(line: bytes, table: TableOptions, separator: str) -> list[str]:
    """Return the cells of a line."""
    encoding = "utf-8-sig" if table.encoding in (None, "utf-8") else table.encoding
    text = line.decode(encoding or "utf-8", "replace").rstrip("\r\n")
    text = re.sub(" +", " ", text.strip(" ")) if separator == " " else text
    return [cell.strip() for cell in next(csv.reader([text], delimiter=separator), [])]


def _make_empty(header: bytes, reading: Reading) -> Samples:
    """Return one row without cells."""
    import pyarrow as pa

    from autoencode.data import Samples

    names = _split(header, reading.table, reading.table.separator or ",")
    return Samples(pa.table({name: pa.array([None], pa.string()) for name in names}), "-", reading)


def print_block(table: Any, own: list[str], *, header: bool) -> bool:
    """Write rows as CSV to standard output, and return whether somebody still reads it."""
    from autoencode.data.table_writing import write_csv

    buffer = io.BytesIO()
    write_csv(table, buffer, own, header=header)
    sys.stdout.buffer.write(buffer.getvalue())
    sys.stdout.flush()
    return not getattr(getattr(sys.stdout.buffer, "raw", None), "is_gone", False)


@contextlib.contextmanager
def collect_tables(write: Callable[[Any, list[str]], None]) -> Iterator[Callable[[Any, list[str]], None]]:
    """Collect the tables of blocks; when the block of code ends, write them as one."""
    import pyarrow as pa

    tables: list[Any] = []
    names: list[str] = []

    def add(table: Any, own: list[str]) -> None:
        tables.append(table)
        names[:] = own

    yield add
    if tables:
        write(pa.concat_tables(tables, promote_options="permissive"), names)
