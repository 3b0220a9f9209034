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

        table = self._reading.table
        records = RecordStream(self.stream, table.separator or ",", table.header is not False)
        with tempfile.TemporaryDirectory(prefix="autoencode-") as folder:
            path = Path(folder) / INPUT_FILE
            for number, block in enumerate(records.blocks()):
                if number == 0 and records.has_header:
                    self._check_header(records.header)
                yield from self._read(records.header, block, path)

    def _check_header(self, header: bytes) -> None:
        """Refuse a header that lacks a column of training: then no row can be read."""
        known, names = trained_columns(self.fitted) or [], self._read_names(header)
        missing = [name for name in known if name not in names]
        if missing:
            raise InvalidInputError(
                f"the header lacks columns that the detector was fitted to: {list_names(missing, MOST_NAMED)}"
            )

    def _read_names(self, header: bytes) -> list[str]:
        separator, encoding = self._reading.table.separator or ",", self._reading.table.encoding or "utf-8-sig"
        text = header.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
        return [name.strip() for name in next(csv.reader([text.rstrip("\r\n")], delimiter=separator), [])]

    @property
    def _reading(self) -> Reading:
        """How a block is read: as the samples of training were, with the header that stands above each."""
        reading = self.fitted.reading
        assert reading is not None
        options = reading.table
        has_header = options.header is not False
        return dataclasses.replace(reading, table=options.having(header=has_header, skip=None))

    def _read(self, header: bytes, records: list[bytes], path: Path) -> Iterator[tuple[Samples, str]]:
        from autoencode import data

        path.write_bytes(header + b"".join(records))
        try:
            samples = data.read(path, reading=self._reading)
            if len(samples) != len(records):
                raise CorruptDataError(f"{samples.name}: {len(records)} records were read as {len(samples)} rows")
        except AutoencodeError as error:
            if len(records) == 1:  # where it stands in the file of this block says nothing
                yield self._make_empty(header), re.sub(r"^[^:]*: (row \d+[^:]*: )?", "", str(error))
                return
            middle = len(records) // 2
            yield from self._read(header, records[:middle], path)
            yield from self._read(header, records[middle:], path)
            return
        # Of a block's file no line says where a record came from.
        samples, _ = keep_trained(self.fitted, dataclasses.replace(samples, line_of=None), samples.name)
        yield samples, ""

    def _make_empty(self, header: bytes) -> Samples:
        """Return one row without cells."""
        import pyarrow as pa

        from autoencode.data import Samples

        names = self._read_names(header)
        return Samples(pa.table({name: pa.array([None], pa.string()) for name in names}), "-", self._reading)


def print_block(table: Any, own: list[str], *, header: bool) -> bool:
    """Write rows as CSV to standard output, and return whether somebody still reads it."""
    from autoencode.data.writing import write_csv

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
