"""What a user hands over as samples or codes: opened, checked, and numbers made flat."""

from __future__ import annotations

import contextlib
import functools
import math
import numbers
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
from jaxtyping import Float, Int

from autoencode.data.samples import Reading
from autoencode.data.source import Source, find_source
from autoencode.data.split import hold_out_rows
from autoencode.exceptions import InvalidInputError, InvalidRowError, SampleShapeError
from autoencode.model.matrix import read_matrix
from autoencode.printable import list_names, quote
from autoencode.stored_arrays import pick_rows
from autoencode.stored_tables import pick_table_rows
from autoencode.tables.column_match import read_number_text

MOST_MEASURED = 10_000
"""On how many samples at most a result is measured, so that it takes seconds."""

WHOLE_IN_FLOAT64 = 2**53
"""Up to this size every whole number is a float64 of its own."""


class Columns(NamedTuple):
    """The columns of samples: how many, and their names, where they have some.

    Numbers of a flat sample are columns too.
    """

    length: int
    names: tuple[str, ...] | None = None

    def list_names(self) -> list[str]:
        """Return the names; "x0", "x1", … where there are none."""
        return [f"x{place}" for place in range(self.length)] if self.names is None else list(self.names)


@dataclass(frozen=True, eq=False)
class Opened:
    """Samples that were opened, and not yet looked at.

    Attributes
    ----------
    values
        A table, as a narwhals frame; or anything else that was given, such as an array.
    source
        What they are, in words.
    reading
        How they were read, where they came from a file, a folder or a named set.
    argument
        The argument that they came as, for messages.
    labels, row_names
        What their source calls each, or None.
    """

    values: Any
    source: str
    reading: Reading | None
    argument: str
    labels: Sequence[Any] | np.ndarray | None = None
    row_names: Sequence[str] | None = None

    @property
    def count(self) -> int:
        """How many samples there are; 0 where they are none."""
        values = self.values
        if hasattr(values, "shape") or not hasattr(values, "__len__"):
            return (getattr(values, "shape", None) or np.shape(np.asarray(values)) or (0,))[0]
        return len(values)

    def keep(self, places: Int[np.ndarray, " places"]) -> Opened:
        """Return the samples at ascending places; where these are all, as they are."""
        return self if len(places) == self.count else self.take(places)

    def take(self, places: Int[np.ndarray, " places"], argument: str | None = None) -> Opened:
        """Return the samples at some places, an array or a table, without labels and names."""
        is_sparse = hasattr(self.values, "toarray")  # which is refused later, in words
        values = self.values if is_sparse or isinstance(self.values, nw.DataFrame) else np.asarray(self.values)
        return replace(
            self, values=pick_samples(values, places), argument=argument or self.argument, labels=None, row_names=None
        )


def open_samples(X: Any, *, reading: Reading | None = None, argument: str = "X") -> Opened:
    """Open samples: read what is a path, a named set or another source; take arrays and tables as they are.

    Parameters
    ----------
    X
        Whatever `find_source` takes, or samples that are open already.
    reading
        How the training samples were read; the same is done again.
    argument
        The argument that they came as.

    Raises
    ------
    InvalidInputError
        If they are no samples; the readers raise other errors of the package's own.
    """
    if isinstance(X, Opened):
        return X
    values, samples = _find_frame(X, argument), None
    is_stream = hasattr(values, "__arrow_c_stream__") and not isinstance(values, nw.DataFrame)
    is_stream = is_stream and not hasattr(values, "__array__")  # else it is one column
    if isinstance(X, str | os.PathLike) or is_stream or (isinstance(values, Source) and callable(values.read)):
        samples = find_source(X, reading=reading).read()
        values = _find_frame(samples.values, argument)
    if hasattr(values, "collect_schema") and not isinstance(values, nw.DataFrame):
        raise InvalidInputError(f"{argument} is a lazy frame of type {type(values).__name__}; collect it first.")
    if not isinstance(values, nw.DataFrame):
        _refuse_foreign(values, argument)
    if isinstance(values, nw.DataFrame) and not values.columns:
        raise InvalidInputError(f"{argument} is a data frame without columns; at least 1 feature is required.")
    if samples is None:
        return Opened(values, "samples in memory", None, argument)
    return Opened(values, samples.name, samples.reading, argument, samples.labels, samples.row_names)


def _find_frame(X: Any, argument: str) -> Any:
    """Return a table as a narwhals frame, anything else as it is."""
    try:
        return nw.from_native(X, eager_only=True, pass_through=True)
    except ValueError as error:  # such as columns that share a name
        raise InvalidInputError(f"{argument}: {' '.join(str(error).split())}") from error
    except (AttributeError, TypeError):  # what only looks like a table
        return X


def _refuse_foreign(X: Any, argument: str) -> None:
    """Refuse what is neither an array nor rows of numbers, such as a table of a library that is not known."""
    is_array = any(hasattr(X, name) for name in ("__array__", "__array_interface__", "toarray", "collect_schema"))
    if not is_array and not isinstance(X, Sequence | numbers.Number):
        raise InvalidInputError(
            f"{argument} is of type {type(X).__name__:.100}, of which no samples are read; give an array, a data frame "
            "of pandas, polars or pyarrow, or the path of a file."
        )


def _has_gap(column: Any) -> bool:
    """Return whether a cell of a column, of narwhals or of pyarrow, is missing."""
    if isinstance(column, nw.Series):
        return column.null_count() > 0 or (column.dtype.is_float() and bool(column.is_nan().any()))
    import pyarrow as pa

    return column.null_count > 0 or (pa.types.is_floating(column.type) and bool(np.isnan(column.to_numpy()).any()))


def are_numbers(values: Any) -> bool:
    """Return whether samples are an array, or a table of numbers alone without missing cells or booleans.

    A column of Python objects is left to scikit-learn, which says what in it is no number.
    """
    if not isinstance(values, nw.DataFrame):
        return True
    numeric = all(dtype.is_numeric() or dtype == nw.Object for dtype in values.schema.values())
    return numeric and not has_gaps(values)


def has_gaps(values: Any) -> bool:
    """Return whether samples are a table with a missing cell."""
    if not isinstance(values, nw.DataFrame):
        return False
    # Of a wide table of pyarrow, a Series a column would take seconds.
    columns = values.to_native().columns if values.implementation.is_pyarrow() else values.iter_columns()
    return any(_has_gap(column) for column in columns)


def read_numbers(
    opened: Opened, columns: Columns | None, shape: tuple[int, ...] = (), *, finite: bool = True
) -> tuple[np.ndarray, tuple[int, ...], Columns]:
    """Check samples of numbers as scikit-learn does, and make them flat.

    Parameters
    ----------
    opened
        Finite numbers, shape (n, features) or (n, …), or a table of them.
    columns, shape
        Those of training, and the shape of one sample there; None where these are the samples of training.
    finite
        Whether what is missing or infinite is refused, and whole numbers that float64 rounds.

    Returns
    -------
    samples, sample_shape, columns
        A float32 or float64 array of shape (n, features), the shape of one sample as it came, and its columns.

    Raises
    ------
    SampleShapeError
        If samples do not have the features, or the shape, of those of training.
    InvalidInputError
        If they are not finite numbers, or too few.
    """
    values: Any = opened.values
    name, names = opened.argument, None
    if isinstance(values, nw.DataFrame):
        known = None if columns is None else columns.names
        values = _take_columns(values, known, name)
        values = _check_columns(values if columns is None else _read_text(values, name), name, finite=finite)
        names = tuple(values.columns) if all(isinstance(label, str) for label in values.columns) else None
        values = values.to_native()
    else:
        _refuse_unusable(values, name)
    sample_shape = _many_axes(values)
    if sample_shape:
        if columns is not None:
            _check_sample_shape(sample_shape, shape, name)
        values = np.asarray(values)
        values = values.reshape(len(values), math.prod(sample_shape))
    try:
        samples = read_matrix(values, least=2 if columns is None else 1, finite=finite)
    except (TypeError, ValueError) as error:
        if isinstance(error, TypeError) and np.ndim(values):  # scikit-learn's answer to sparse samples and to objects
            raise
        raise _explain(error, values, name, np.float64) from error
    found = Columns(samples.shape[1], names)
    if columns is not None and found.length != columns.length:
        words = f"X has {found.length} features, but Autoencoder is expecting {columns.length} features as input."
        raise SampleShapeError(words if name == "X" else f"{name}: {words}")
    return samples, sample_shape or (found.length,), found


def _explain(error: Exception, values: Any, name: str, dtype: type) -> InvalidInputError:
    """Say in one line why scikit-learn refused numbers; where one of them is not finite, which is the first."""
    numbers = np.empty(0)
    with contextlib.suppress(TypeError, ValueError), np.errstate(over="ignore"):  # what is too large is infinite
        numbers = np.asarray(values).astype(dtype, casting="same_kind" if np.iscomplexobj(values) else "unsafe")
    if numbers.ndim != 2 or np.isfinite(numbers).all():
        words = " ".join(str(error).split())
        kind = SampleShapeError if "features" in words and "expecting" in words else InvalidInputError
        return kind(words if name == "X" else f"{name}: {words}")
    row, place = np.argwhere(~np.isfinite(numbers))[0]
    names = getattr(values, "column_names", getattr(values, "columns", None))  # of pyarrow, else of other frames
    feature = f"feature {place}" if names is None else f"column {names[place]!r}"
    found = "NaN" if np.isnan(numbers[row, place]) else "infinity"
    words = f"{name} contains {found}: {feature} of sample \0; correct it, or leave the sample out."
    return InvalidRowError(words, int(row))


def _take_columns(frame: nw.DataFrame, names: Sequence[str] | None, argument: str) -> nw.DataFrame:
    """Return the columns of training by their names, where they have some."""
    if names is None or frame.columns == list(names):
        return frame
    there = set(frame.columns)
    missing = [name for name in names if name not in there]
    if missing:
        raise SampleShapeError(f"{argument} lacks {list_names(missing)} of the columns that the model was fitted on.")
    return frame.select(list(names))


def _read_text(frame: nw.DataFrame, argument: str) -> nw.DataFrame:
    """Return a table in which text stands as the numbers that it is, and NaN where a column is empty."""
    found = {}
    for name, dtype in frame.schema.items():
        if dtype == nw.String:
            what = f"column {quote(name)}" if argument == "X" else f"{argument}: column {quote(name)}"
            found[name] = read_number_text(what, frame.get_column(name).to_arrow()).to_numpy()
        elif dtype == nw.Unknown and frame.get_column(name).null_count() == len(frame):
            found[name] = np.full(len(frame), np.nan)
    make = functools.partial(nw.new_series, dtype=nw.Float64(), backend=frame.implementation)
    return frame.with_columns(*(make(name, numbers) for name, numbers in found.items())) if found else frame


def _check_columns(frame: nw.DataFrame, argument: str, *, finite: bool) -> nw.DataFrame:
    """Check that every column of a table holds numbers alone; return the table."""
    checked = frame
    if frame.implementation.is_pyarrow():  # of a wide table, a Series a column would take seconds
        every = zip(frame.schema.items(), frame.to_native().columns, strict=True)
        checked = frame.select([name for (name, dtype), column in every if column.null_count or not dtype.is_float()])
    for column in checked.iter_columns():
        if finite and column.null_count():
            raise InvalidRowError(
                f"{argument} contains NaN: column {quote(column.name)} has {column.null_count()} missing cells, and "
                "there were none in training, first in row \0; fill or drop them, or fit on samples that have some.",
                int(column.is_null().to_numpy().argmax()),
            )
        if not (column.dtype.is_numeric() or column.dtype == nw.Object):
            raise InvalidInputError(
                f"column {quote(column.name)} of {argument} is of type {column.dtype}, but the model was fitted on "
                "numbers."
            )
        if finite and column.dtype.is_integer() and len(column):
            _check_whole(int(column.min()), int(column.max()), f"column {quote(column.name)} of {argument}")
    return frame


def _check_whole(low: int, high: int, what: str) -> None:
    if max(abs(low), abs(high)) > WHOLE_IN_FLOAT64:
        raise InvalidInputError(
            f"{what} has whole numbers beyond 2**53, such as {high if high > WHOLE_IN_FLOAT64 else low}, which float64 "
            "cannot tell apart; if they are names, not amounts, make them text, else subtract or divide first."
        )


def _refuse_unusable(X: Any, name: str) -> None:
    """Refuse what NumPy would turn into numbers without a word, and wrongly."""
    if isinstance(X, np.ma.MaskedArray) and np.ma.getmaskarray(X).any():
        raise InvalidInputError(f"{name} has masked values; fill them first, as with {name}.filled(0).")
    kind = getattr(getattr(X, "dtype", None), "kind", "")
    if kind in ("M", "m"):
        raise InvalidInputError(f"{name} holds dates or durations; turn them into numbers first, such as days.")
    if kind in ("i", "u") and isinstance(X, np.ndarray) and X.size:
        _check_whole(int(X.min()), int(X.max()), name)


def _check_sample_shape(sample_shape: tuple[int, ...], expected: tuple[int, ...], name: str) -> None:
    same_size = math.prod(sample_shape) == math.prod(expected)
    if not same_size or (len(expected) > 1 and sample_shape != expected):
        raise SampleShapeError(f"{name} has samples of shape {sample_shape}, but the model was fitted on {expected}.")


def _many_axes(X: Any) -> tuple[int, ...]:
    """Return the shape of one sample where it has more than one axis, else an empty tuple."""
    if isinstance(X, list | tuple):
        try:
            X = np.asarray(X)
        except ValueError:  # ragged; scikit-learn's check says so
            return ()
    return tuple(X.shape[1:]) if getattr(X, "ndim", 0) > 2 else ()


def check_codes(codes: Any, code_size: int) -> np.ndarray:
    """Check codes that are to be decoded.

    Parameters
    ----------
    codes
        An array of finite numbers, shape (n, code_size).
    code_size
        The fitted model's.

    Returns
    -------
    array
        The codes as float32.

    Raises
    ------
    SampleShapeError
        If a code has another number of units.
    InvalidInputError
        If they are not finite numbers.
    """
    try:
        with np.errstate(over="ignore"):  # it is refused as infinite
            array = read_matrix(codes, dtypes=(np.float32,))
    except ValueError as error:
        raise _explain(error, codes, "codes", np.float32) from error
    if array.shape[1] != code_size:
        raise SampleShapeError(f"codes must have {code_size} units each, as the model's do; got {array.shape[1]}.")
    return array


def shape_samples(samples: np.ndarray, sample_shape: tuple[int, ...]) -> np.ndarray:
    """Return flat samples in the shape of those of training."""
    return samples if len(sample_shape) < 2 else samples.reshape(len(samples), *sample_shape)


def number_rows(count: int) -> Int[np.ndarray, " rows"]:
    """Return the places of so many samples, in the smallest type that holds them: of very many they take memory."""
    return np.arange(count, dtype=np.int32 if count < 2**31 else np.int64)


def pick_samples(samples: Any, places: Int[np.ndarray, " places"]) -> Any:
    """Return some of checked samples, an array or a table; from what lies in files, block by block."""
    if isinstance(samples, np.ndarray):
        return pick_rows(samples, places)
    if isinstance(samples, nw.DataFrame) and samples.implementation.is_pyarrow():
        return nw.from_native(pick_table_rows(samples.to_native(), places), eager_only=True)
    return samples[places]


@dataclass(frozen=True, eq=False)
class PickedSamples:
    """Some of checked samples, which are picked when a slice of them is asked for: all at once may be too large.

    Attributes
    ----------
    samples
        All of them.
    places
        Which, ascending.
    """

    samples: Any
    places: Int[np.ndarray, " places"]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, part: slice) -> Any:
        places = self.places[part]
        if not len(places):
            return self.samples[:0]
        first, last = int(places[0]), int(places[-1])
        return pick_samples(self.samples[first : last + 1], places - first)


def split_samples(samples: Any, fraction: float, seed: int) -> tuple[Any, Any]:
    """Split the rows of an array or table into those to train on and the share that is held out, in their order.

    Raises
    ------
    InvalidInputError
        If one of the two parts would be empty.
    """
    try:
        train_rows, held_out_rows = hold_out_rows(len(samples), fraction, seed)
    except InvalidInputError as error:
        raise InvalidInputError(f"validation_fraction={fraction}: {error}") from error
    return samples[train_rows], samples[held_out_rows]


@contextlib.contextmanager
def counting_rows(rows: Sequence[int] | np.ndarray) -> Iterator[None]:
    """Of some rows that are looked at alone, name in an error the place of the row among all."""
    try:
        yield
    except InvalidRowError as error:
        if error.row is None:
            raise
        raise error.moved(int(rows[error.row])) from error


@contextlib.contextmanager
def naming_lines(samples: Any, first: int = 0) -> Iterator[None]:
    """Name the line of the file in an error about a row of samples that were read from one.

    Of a block of samples, `first` is the place of its first row among all.
    """
    try:
        yield
    except InvalidRowError as error:
        line_of = getattr(samples, "line_of", None)
        if error.row is None or (line_of is None and not first):
            raise
        line = "" if line_of is None else line_of(error.row)
        raise error.moved(first + error.row, line=line) from error


def spread_places(
    count: int, most: int = MOST_MEASURED, weights: Float[np.ndarray, " samples"] | None = None
) -> Int[np.ndarray, " places"]:
    """Return the places of evenly spaced samples: at most so many of `count`.

    Those of weighted ones are evenly spaced in weight: one of twice another's is there twice as often, on average.

    Examples
    --------
    >>> spread_places(9, most=3).tolist()
    [0, 4, 8]
    >>> spread_places(4, weights=np.array([1.0, 1.0, 4.0, 2.0])).tolist()
    [0, 2, 2, 3]
    """
    if weights is not None:
        ends, drawn = np.cumsum(weights, dtype=np.float64), min(count, most)
        return np.searchsorted(ends / ends[-1], (np.arange(drawn) + 0.5) / drawn)
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.int64)
