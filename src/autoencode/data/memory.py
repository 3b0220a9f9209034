"""Sources that are in memory already: arrays, and the data frames of other libraries."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autoencode.arrow import pa
from autoencode.data.samples import Reading, Samples
from autoencode.data.table_options import TableOptions
from autoencode.data.table_schema import check_table, keep_columns
from autoencode.exceptions import InvalidInputError

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
    """A data frame of pandas, polars, pyarrow or another library that narwhals knows, or what gives one as Arrow does.

    Among the latter are pyarrow's record batches, their readers and data sets, and relations of DuckDB.
    """

    data: Any
    name: str = "the table"
    options: TableOptions = field(default_factory=TableOptions)

    def read(self) -> Samples:
        """Return the frame as a table of pyarrow, without the index of pandas.

        Raises
        ------
        InvalidInputError
            If two columns have one name, or a column holds what a table cannot.
        """
        table = self._convert(self.options)
        if len(table) == 0 and hasattr(self.data, "read_next_batch"):
            raise InvalidInputError(f"{self.name}: has columns but no rows left; a reader gives them only once")
        cells = self._convert_all if self.options.drop else None
        return Samples(table, self.name, Reading("table", table=self.options), cells=cells)

    @cached_property
    def _frame(self) -> Any:
        """The data as a frame of narwhals; cached, as a stream gives its rows once."""
        import narwhals as nw

        data = self.data
        if _is_dataset(data):
            data = data.to_table()
        elif not isinstance(nw.from_native(data, pass_through=True), nw.DataFrame):
            data = pa.table(data)
        return nw.maybe_reset_index(nw.from_native(data, eager_only=True))

    def _convert(self, options: TableOptions) -> pa.Table:

        try:
            frame = self._frame
            kept = set(keep_columns(self.name, list(map(str, frame.columns)), options))
            left_out = [column for column in frame.columns if str(column) not in kept]
            kept = frame.drop(left_out) if left_out else frame
            table = kept.to_arrow()
        except InvalidInputError:
            raise
        except (pa.ArrowException, OSError, RuntimeError, TypeError, ValueError, OverflowError) as error:
            raise _explain(error) from error
        return check_table(self.name, table)

    def _convert_all(self) -> pa.Table:
        """Return the table with the columns that are left out of the samples, where a table can hold them."""
        try:
            return self._convert(self.options.having(drop=()))
        except InvalidInputError:
            return self._convert(self.options)


def find_in_memory(data: Any, options: TableOptions) -> MemoryArray | MemoryTable:
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
    if isinstance(native, nw.DataFrame) or _is_dataset(data):
        return MemoryTable(data, options=options)
    if hasattr(data, "__arrow_c_stream__") and not isinstance(native, nw.Series):
        return MemoryTable(data, options=options)
    if isinstance(native, nw.LazyFrame):
        raise InvalidInputError("expected a data frame, got a lazy one; call its .collect() first")
    if isinstance(native, nw.Series):
        raise InvalidInputError("expected a data frame, got one column; make a frame of it, such as by .to_frame()")
    if hasattr(data, "toarray"):
        raise InvalidInputError(f"expected a dense array, got {type(data).__name__}; call its .toarray() first")
    if not hasattr(data, "__array__") and not hasattr(data, "__dlpack__"):
        raise InvalidInputError(f"expected samples, got {type(data).__name__}; {_ADVICE}")
    return MemoryArray(data)


def _is_dataset(data: Any) -> bool:
    """Tell whether it is a data set of pyarrow, which it is not imported for."""
    dataset = sys.modules.get("pyarrow.dataset")
    return dataset is not None and isinstance(data, dataset.Dataset)


def _explain(error: Exception) -> InvalidInputError:
    # pyarrow gives what happened, then in which column.
    reason = " ".join(" ".join(map(str, error.args)).split())
    return InvalidInputError(f"the table cannot be read: {reason:.300}")
