"""Tables of pandas, polars, pyarrow and NumPy as Arrow columns, and Arrow columns back as such tables."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from autoencode.arrow import pa, pc
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.printable import quote
from autoencode.stored_tables import map_column
from autoencode.tables.column_type import find_family, parse_type, read_constants, write_constants
from autoencode.tables.stored_fields import take

LIBRARIES = ("pandas", "polars", "pyarrow", "numpy")
"""The libraries whose tables are given back as they came; a table of another comes back as one of pyarrow."""

# What pandas and NumPy may be asked to convert a column to when it is given back.
DTYPES = re.compile(
    r"u?int(8|16|32|64)|float(16|32|64)|bool|object|str|string|boolean|U?Int(8|16|32|64)"
    r"|Float(32|64)|(datetime64|timedelta64)\[(s|ms|us|ns)\]"
)
ARROW_DTYPE, CATEGORICAL, ENUM, STRING_VIEW = "[pyarrow]", "Categorical", "Enum", "string_view"
# A categorical column's levels are kept with the model up to so many, so that its size has an end.
MOST_LEVELS = 10_000


@dataclass(frozen=True)
class ColumnFormat:
    """How a column is stored in its own library, beyond what its values say.

    Attributes
    ----------
    dtype
        The library's own name for its type where that needs one; else empty.
    index_type
        The Arrow type of a categorical column's codes; else empty.
    levels
        A categorical column's levels, in order.
    ordered
        Whether their order means something.
    nan
        Whether a missing number is NaN and not null.
    """

    dtype: str = ""
    index_type: str = ""
    levels: tuple[Any, ...] = ()
    ordered: bool = False
    nan: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the format as JSON can hold it."""
        levels = {"index_type": self.index_type, "levels": list(self.levels), "ordered": self.ordered}
        return {"dtype": self.dtype, "nan": self.nan, **(levels if self.index_type else {})}

    @classmethod
    def from_dict(cls, content: Any, kind: pa.DataType) -> ColumnFormat:
        """Return the format that `to_dict` gave, of a column whose values have an Arrow type."""
        dtype, nan = take(content, "dtype", str), take(content, "nan", bool)
        if not _suits(dtype, kind) or (nan and kind not in ("double", "float", "halffloat")):
            raise ModelFileError(f"the table encoder has a column of type {kind} that would be {dtype[:50]!r}.")
        if "index_type" not in content:
            return cls(dtype, nan=nan)
        index_type, levels = take(content, "index_type", str), take(content, "levels", list)

        if not pa.types.is_integer(parse_type(index_type)):
            raise ModelFileError(f"the table encoder has a column whose codes are {index_type!r}, not integers.")
        if len(read_constants(levels, kind).unique()) != len(levels):
            raise ModelFileError("the table encoder has a categorical column with a level twice.")
        return cls(dtype, index_type, tuple(levels), take(content, "ordered", bool), nan)


def _suits(dtype: str, kind: pa.DataType) -> bool:
    """Return whether a column of an Arrow type may have a library's own type."""
    if dtype in ("", "object", ARROW_DTYPE):
        return True
    if dtype in (ENUM, STRING_VIEW, "str", "string"):
        return find_family(kind) == "text"
    names = {"bool": "bool", "boolean": "bool", "float16": "halffloat", "float32": "float", "float64": "double"}
    arrow = dtype.lower().replace("datetime64", "timestamp").replace("timedelta64", "duration")
    return DTYPES.fullmatch(dtype) is not None and names.get(arrow, arrow) == str(kind)


_PLAIN = ColumnFormat()


class ArrowTable(NamedTuple):
    """A table's columns as Arrow arrays, none of them dictionary-encoded.

    Attributes
    ----------
    library
        One of `LIBRARIES`.
    labels
        The columns' names as the table has them: text, or whole numbers in pandas.
    columns
        One array a column.
    formats
        How each is stored in the table.
    """

    library: str
    labels: list[Any]
    columns: list[pa.ChunkedArray]
    formats: list[ColumnFormat]

    @property
    def names(self) -> list[str]:
        """The columns' names as text."""
        return [str(label) for label in self.labels]


def read_table(X: Any, *, wanted: Collection[str] | None = None, unread: Collection[str] = ()) -> ArrowTable:
    """Return a table's columns as Arrow arrays.

    Parameters
    ----------
    X
        A table of pandas, polars, pyarrow or of any library that narwhals knows; or a two-dimensional array, whose
        columns are called x0, x1, …
    wanted
        The names of the columns to read, where not all are; those that the table lacks are left out. An array is read
        whole.
    unread
        The names of columns that may be of any type.

    Raises
    ------
    InvalidInputError
        If X is no table, has two columns of one name, or a column that is neither numbers, booleans, text nor dates.
    """
    import narwhals.stable.v2 as nw

    try:
        frame = nw.from_native(X, eager_only=True)
        labels = list(frame.to_native().columns) if frame.implementation.is_pandas() else frame.columns
        _refuse_labels(labels)
    except nw.exceptions.DuplicateError:
        _refuse_labels(list(getattr(X, "column_names", None) or X.columns))
        raise
    except (TypeError, AttributeError) as error:
        if hasattr(X, "collect"):
            raise InvalidInputError("X is a lazy table; collect it first, with X.collect().") from error
        return _read_array(X)
    library = str(frame.implementation.value)
    library = library if library in LIBRARIES else "pyarrow"
    kept = [index for index, label in enumerate(labels) if wanted is None or str(label) in wanted]
    if frame.implementation.is_pyarrow():  # the columns as they are: of a wide table a Series each would take seconds
        columns = frame.to_native().columns
        pairs = [_read_arrow(columns[index], labels[index], labels[index] in unread) for index in kept]
    else:
        pairs = [_read_column(frame.get_column(labels[index]), library, str(labels[index]) in unread) for index in kept]
    columns, formats = [array for array, _ in pairs], [form for _, form in pairs]
    return ArrowTable(library, [labels[index] for index in kept], columns, formats)


def find_library(X: Any) -> str:
    """Return the library of a table, "pyarrow" for one that is none of ours; "numpy" for what is no table."""
    import narwhals.stable.v2 as nw

    try:
        library = str(nw.from_native(X, eager_only=True).implementation.value)
    except (TypeError, AttributeError, nw.exceptions.DuplicateError):
        return "numpy"
    return library if library in LIBRARIES else "pyarrow"


def _refuse_labels(labels: list[Any]) -> None:
    """Refuse columns whose names are neither text nor whole numbers, or are not all different."""
    seen = set()
    for label in labels:
        if not isinstance(label, str | int) or isinstance(label, bool):
            raise InvalidInputError(f"column names must be text or whole numbers, got {label!r}; rename that column.")
        if str(label) in seen:
            raise InvalidInputError(f"X has more than one column called {quote(label)}; rename or drop all but one.")
        seen.add(str(label))
    if not labels:
        raise InvalidInputError("X is a table without columns: 0 feature(s), while a minimum of 1 is required.")


def _read_column(series: Any, library: str, unread: bool) -> tuple[pa.ChunkedArray, ColumnFormat]:
    """Return one column of a table as an Arrow array, and its format; nulls where its type need not be read."""
    name = str(series.name)
    try:
        array = series.to_arrow()
        kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
        if unread and find_family(kind) is None:
            return pa.chunked_array([pa.nulls(len(array))]), ColumnFormat()
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        if unread:
            return pa.chunked_array([pa.nulls(len(series))]), ColumnFormat()
        raise InvalidInputError(
            f"column {quote(name)} holds values of several types, or of one that no column can have ({error}); make it "
            "numbers or text first, or drop it."
        ) from error
    array = pa.chunked_array([array]) if isinstance(array, pa.Array) else array
    dtype = str(series.to_native().dtype) if library in ("pandas", "polars") else ""
    if library == "polars":
        dtype = CATEGORICAL if dtype == CATEGORICAL else ENUM if dtype.startswith("Enum(") else ""
    elif dtype.endswith(ARROW_DTYPE):
        dtype = ARROW_DTYPE
    elif not DTYPES.fullmatch(dtype):
        dtype = ""
    plain, form = _as_plain(name, array, dtype)
    # The levels of a categorical column of polars are those of every such column that the process has seen.
    return plain, replace(form, dtype="", levels=()) if dtype == CATEGORICAL else form


def _read_arrow(array: pa.ChunkedArray, name: str, unread: bool) -> tuple[pa.ChunkedArray, ColumnFormat]:
    """Return a column of an Arrow table, and its format; nulls where its type need not be read."""
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    if unread and find_family(kind) is None:
        return pa.chunked_array([pa.nulls(len(array))]), ColumnFormat()
    return _as_plain(name, array, "")


def _as_plain(name: str, array: pa.ChunkedArray, dtype: str) -> tuple[pa.ChunkedArray, ColumnFormat]:
    """Return an array whose values are not dictionary-encoded, and its format."""
    kind, coded = array.type, ColumnFormat(dtype) if dtype else _PLAIN
    is_coded = pa.types.is_dictionary(kind)
    if is_coded:
        array, kind = array.unify_dictionaries(), kind.value_type
    elif pa.types.is_string_view(kind):  # few of Arrow's functions take it
        kind, coded = pa.large_string(), ColumnFormat(STRING_VIEW)
    if is_coded and find_family(kind) in ("text", "numbers", "nothing"):
        coded = ColumnFormat(dtype, str(array.type.index_type), _list_levels(array), array.type.ordered)
    if array.type != kind and find_family(kind):
        array = map_column(pc.cast, array, kind)
    if is_coded and pa.types.is_floating(kind):  # a missing category is null
        array = pc.if_else(pc.is_nan(array), None, array)
    family = find_family(kind)
    if family is None:
        raise InvalidInputError(
            f"column {quote(name)} holds {str(kind)[:80]}, and a column must hold numbers, booleans, text or dates; "
            "turn it into such columns, or drop it."
        )
    if pa.types.is_floating(kind) and not array.null_count and np.isnan(array.to_numpy()).any():
        coded = replace(coded, nan=True)
    return array, coded


def _list_levels(array: pa.ChunkedArray) -> tuple[Any, ...]:
    """Return the levels of a dictionary-encoded array as JSON can hold them; none where there are too many."""
    if not array.num_chunks or len(array.chunk(0).dictionary) > MOST_LEVELS:
        return ()
    levels = write_constants(array.chunk(0).dictionary.drop_null())
    return tuple(level for level in dict.fromkeys(levels) if not isinstance(level, float) or np.isfinite(level))


def _read_array(X: Any) -> ArrowTable:
    """Return the columns of an array, or of what NumPy makes one of."""
    if hasattr(X, "toarray"):
        raise InvalidInputError("X is a sparse array, and a table must be dense; make it one with X.toarray().")
    if isinstance(X, np.ma.MaskedArray):
        raise InvalidInputError("X is a masked array; give its missing cells as NaN, with X.filled(np.nan).")
    try:
        array = np.asarray(X)
        if array.dtype.kind in "US" and not isinstance(X, np.ndarray):  # a list of numbers and text, all made text
            array = np.asarray(X, object)
    except ValueError as error:
        raise InvalidInputError(f"X must be a table or a two-dimensional array: {error}") from error
    if array.dtype.kind == "c":
        raise InvalidInputError("Complex data not supported; give real and imaginary parts as columns of their own.")
    if array.ndim != 2:
        raise InvalidInputError(
            f"Expected 2D array, got {array.ndim}D array instead: X must be a table, or an array with one row a "
            "sample. Reshape your data with X.reshape(-1, 1) if it is one column."
        )
    if array.shape[1] == 0:
        raise InvalidInputError(f"X has 0 feature(s) (shape={array.shape}) while a minimum of 1 is required.")
    columns = []
    for index in range(array.shape[1]):
        cells = array[:, index]
        try:
            cells = pa.array(cells.tolist() if cells.dtype == object else cells, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise InvalidInputError(
                f"column 'x{index}' holds values of several types, or of one that no column can have ({error}); make "
                "it numbers or text first."
            ) from error
        dtype = array.dtype.name if DTYPES.fullmatch(array.dtype.name) else "object"
        columns.append(_as_plain(f"x{index}", pa.chunked_array([cells]), dtype))
    labels = [f"x{index}" for index in range(array.shape[1])]
    return ArrowTable("numpy", labels, *map(list, zip(*columns, strict=True)))


def write_table(table: ArrowTable, library: str) -> Any:
    """Return a table of a library.

    Raises
    ------
    InvalidInputError
        If the library is none of `LIBRARIES`, or not installed.
    """
    if library not in LIBRARIES:
        raise InvalidInputError(f"library must be one of {', '.join(LIBRARIES)}, got {library!r}.")
    own = library == table.library
    cells = [_as_stored(array, form) for array, form in zip(table.columns, table.formats, strict=True)]
    if library == "pyarrow":
        return pa.Table.from_arrays(cells, names=table.names)
    try:
        if library == "polars":
            return _write_polars(table, cells)
        if library == "pandas":
            return _write_pandas(table, cells, own)
    except ImportError as error:
        raise InvalidInputError(
            f"the table is one of {library}, which is not installed: pip install {library}."
        ) from error
    return _write_array(table, cells)


def _as_stored(array: pa.ChunkedArray, form: ColumnFormat) -> pa.ChunkedArray:
    """Return an array with NaN for missing numbers, or dictionary-encoded, where its format says so."""
    if form.nan:
        array = array.fill_null(pa.scalar(float("nan"), array.type))
    if form.dtype == STRING_VIEW and not form.index_type:
        return array.cast(pa.string_view())
    if not form.index_type:
        return array
    levels = read_constants(list(form.levels), array.type)
    codes = pc.index_in(array.combine_chunks(), levels, skip_nulls=True)
    codes = codes.cast(parse_type(form.index_type))
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, levels, ordered=form.ordered)])


def _write_polars(table: ArrowTable, cells: list[pa.ChunkedArray]) -> Any:
    import polars as pl

    series = []
    for name, array, form in zip(table.names, cells, table.formats, strict=True):
        column = pl.Series(name, pl.from_arrow(array))
        series.append(column.cast(pl.Enum(form.levels)) if form.dtype == ENUM and form.index_type else column)
    return pl.DataFrame(series)


def _write_pandas(table: ArrowTable, cells: list[pa.ChunkedArray], own: bool) -> Any:
    import pandas as pd

    columns = {}
    for index, (array, form) in enumerate(zip(cells, table.formats, strict=True)):
        dtype: Any = form.dtype if own and form.dtype not in (ENUM, STRING_VIEW) else ""
        if dtype == "str":
            dtype = pd.StringDtype(na_value=np.nan)
        elif dtype:
            dtype = pd.ArrowDtype(array.type) if dtype == ARROW_DTYPE else pd.api.types.pandas_dtype(dtype)
        if hasattr(dtype, "__from_arrow__"):
            columns[index] = array.to_pandas(types_mapper={array.type: dtype}.get)
        else:
            column = array.to_pandas()
            can_hold = dtype and not (array.null_count and dtype.kind in "biu")
            columns[index] = column.astype(dtype) if can_hold else column
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index(table.labels if own else table.names)
    return frame


def _write_array(table: ArrowTable, cells: list[pa.ChunkedArray]) -> Any:
    dtypes = {form.dtype for form in table.formats} if table.library == "numpy" else {"object"}
    dtype = np.dtype(dtypes.pop() if len(dtypes) == 1 else "object")
    if dtype.kind in "biu" and any(column.null_count for column in cells):  # of a column that was left out
        dtype = np.dtype("object" if dtype.kind == "b" else "float64")
    array = np.empty((len(cells[0]), len(cells)), dtype)
    for index, column in enumerate(cells):
        array[:, index] = column.to_pylist() if dtype.hasobject else column.to_numpy()
    return array
