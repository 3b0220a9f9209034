"""One Parquet file, read with a check before and a sentence after."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from autoencode.data.extent import Extent, measure_table
from autoencode.data.regular_file import check_head, check_memory, show_path
from autoencode.data.table_schema import check_table
from autoencode.exceptions import CorruptDataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["measure_parquet", "read_parquet"]

# pandas stores an index without a name as such a column; a row number is no feature.
_INDEX = re.compile(r"__index_level_\d+__")


def read_parquet(path: Path) -> pa.Table:
    """Read a Parquet file; the unnamed index that pandas stores is left out.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    pyarrow.Table
        A row for each sample, which may be none.

    Raises
    ------
    CorruptDataError
        If the file is truncated, damaged or no Parquet file.
    InvalidInputError
        If a column is nested or binary, has no usable name, or the table does not fit in memory.
    DataNotFoundError
        If the file cannot be read.
    """
    import pyarrow as pa
    from pyarrow import parquet

    name = show_path(path)
    check_head(path, b"PAR1", "a Parquet file")
    try:
        # By its path: Arrow's threads may outlive Python, and shall hold no file of Python's then.
        with (
            pa.OSFile(os.fsencode(path)) as file,
            parquet.ParquetFile(file, page_checksum_verification=True) as content,
        ):
            # A compressed column of one value takes a few bytes, however many rows are declared.
            check_memory(name, content.metadata.num_rows * _count_row_bytes(content.schema_arrow))
            table = content.read()
        # A damaged page may hold text that is none, which would fail later, far from here.
        table.validate(full=True)
        table = table.drop_columns([column for column in table.column_names if _INDEX.fullmatch(column)])
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).split("\n")[0]
        raise CorruptDataError(f"{name}: is a damaged or truncated Parquet file: {reason:.200}") from error
    return check_table(name, table)


def measure_parquet(path: Path) -> Extent:
    """Return the extent of a Parquet file, as its metadata say."""
    from pyarrow import parquet

    metadata = parquet.read_metadata(path)
    return measure_table(metadata.num_rows, metadata.num_columns, text_bytes=path.stat().st_size)


def _count_row_bytes(schema: pa.Schema) -> int:
    """Count the bytes that a row takes at least; text takes its place in the column and what is in it."""
    from pyarrow import types

    return sum(-(-kind.bit_width // 8) if types.is_primitive(kind) else 4 for kind in schema.types)
