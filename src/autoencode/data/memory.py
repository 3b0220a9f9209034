"""Sources that are in memory already: arrays, and the data frames of other libraries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autoencode.data.samples import Reading, Samples
from autoencode.data.table_schema import check_table
from autoencode.exceptions import InvalidInputError

__all__ = ["MemoryArray", "MemoryTable", "find_in_memory"]

_ADVICE = "give numbers, a data frame, or the path of a file or folder"


@dataclass(frozen=True, eq=False)
class MemoryArray:
    """An array, or what NumPy makes one of."""

    data: Any
    name: str = "the array"

    def read(self) -> Samples:
        """Return the array as it is; only objects are turned into numbers.

        Raises
        ------
        InvalidInputError
            If it holds anything but real numbers, or some cells are masked.
        """
        data = self.data
        if np.ma.isMaskedArray(data) and np.ma.is_masked(data):
            raise InvalidInputError("the array has masked cells; fill them first, such as by .filled(value)")
        try:
            values = np.asarray(data)
            if values.dtype == object:
                values = values.astype(np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            reason = str(error).split("\n")[0]
            raise InvalidInputError(f"expected an array of numbers, got {type(data).__name__}: {reason}") from error
        if values.dtype.kind not in "biuf":
            raise InvalidInputError(f"expected an array of numbers, got one of {values.dtype}; {_ADVICE}")
        return Samples(values, self.name, Reading("array"))


@dataclass(frozen=True, eq=False)
class MemoryTable:
    """A data frame of pandas, polars, pyarrow or another library that narwhals knows."""

    data: Any
    name: str = "the table"

    def read(self) -> Samples:
        """Return the frame as a table of pyarrow, without the index of pandas.

        Raises
        ------
        InvalidInputError
            If two columns have one name, or a column holds what a table cannot.
        """
        import narwhals as nw
        import pyarrow as pa

        try:
            table = nw.maybe_reset_index(nw.from_native(self.data, eager_only=True)).to_arrow()
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise _explain(error) from error
        return Samples(check_table("the table", table), self.name, Reading("table"))


def find_in_memory(data: Any) -> MemoryArray | MemoryTable:
    """Return the source of what is no path: a frame is a table, anything else an array.

    Raises
    ------
    InvalidInputError
        If it is neither.
    """
    if data is None or isinstance(data, dict | set | bytes):
        raise InvalidInputError(f"expected samples, got {type(data).__name__}; {_ADVICE}")
    if isinstance(data, np.ndarray | list | tuple):
        return MemoryArray(data)
    import narwhals as nw

    try:
        native = nw.from_native(data, pass_through=True, allow_series=True)
    except nw.exceptions.NarwhalsError as error:
        raise _explain(error) from error
    if isinstance(native, nw.DataFrame):
        return MemoryTable(data)
    if isinstance(native, nw.LazyFrame):
        raise InvalidInputError("expected a data frame, got a lazy one; call its .collect() first")
    if isinstance(native, nw.Series):
        raise InvalidInputError("expected a data frame, got one column; make a frame of it, such as by .to_frame()")
    if hasattr(data, "toarray"):
        raise InvalidInputError(f"expected a dense array, got {type(data).__name__}; call its .toarray() first")
    if not hasattr(data, "__array__") and not hasattr(data, "__dlpack__"):
        raise InvalidInputError(f"expected samples, got {type(data).__name__}; {_ADVICE}")
    return MemoryArray(data)


def _explain(error: Exception) -> InvalidInputError:
    # pyarrow gives what happened, then in which column.
    reason = " ".join(" ".join(map(str, error.args)).split())
    return InvalidInputError(f"the table cannot be read: {reason:.300}")
