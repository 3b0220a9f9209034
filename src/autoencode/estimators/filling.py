"""Missing cells of samples filled in by a fitted model, and held against the mean where cells are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Bool, Float, Float64, Int

from autoencode.arrow import pa
from autoencode.evaluation.explanation import say_cell
from autoencode.evaluation.wording import say_number, say_percent
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.arguments import derive_seed
from autoencode.model.filling import FilledPart, draw_scaled, fill_scaled, is_variational
from autoencode.model.fitted import Fitted
from autoencode.notice import warn_user
from autoencode.printable import quote
from autoencode.tables.missing_flag import find_missing
from autoencode.tables.table_library import read_table
from autoencode.types import FeatureMatrix

HIDDEN, LEAST_HIDDEN = 0.1, 20
"""The share of the known cells of a column that is hidden to see how well it is filled; at least so many, where that is
no more than half of them."""

WORSE = 1.02
"""So many times the error of the mean is said to be worse: less is chance."""

TRAINING = {
    "hidden": (128,),
    "code_size": 32,
    "corruption": "masking(share=0.3)",
    "restarts": 4,
    "schedule": "cosine",
}
"""What fills best of what was tried; `benchmarks/LOG.md` has the figures."""

MOST_EPOCHS, LEAST_EPOCHS, FEW_ROWS = 200, 20, 2_000
"""Passes over up to so few rows, and over many."""

MOST_DECIMALS = 5
"""Numbers are rounded to the decimals that known ones have, where these have no more."""


@dataclass(frozen=True, eq=False)
class FilledColumn:
    """What is filled in in one column.

    Attributes
    ----------
    name
        The column's.
    rows
        The places of the cells that were missing.
    cells
        What each becomes, in the column's type.
    place
        Which of the columns of training it is; −1 where only its name counts.
    """

    name: str
    rows: Int[np.ndarray, " missing"]
    cells: pa.Array
    place: int = -1


@dataclass(frozen=True)
class FilledCheck:
    """How well a column is filled where its cells are known, beside what is simplest.

    Attributes
    ----------
    column
        Its name.
    measure
        Of numbers and dates "deviations", the root mean squared error in standard deviations of the column; of others
        "share wrong".
    error, simple_error
        Of the model, and of the mean or of the most frequent value.
    simple
        The mean, or the most frequent value.
    """

    column: str
    measure: str
    error: float
    simple_error: float
    simple: Any

    def say(self) -> tuple[str, str, str]:
        """Return both errors and what is simplest, in words."""
        errors = (self.error, self.simple_error)
        if self.measure == "deviations":
            error, simple = (f"{say_number(one, 3)} deviations" for one in errors)
        else:
            error, simple = (f"{say_percent(round(one, 3))} wrong" for one in errors)
        is_cell = isinstance(self.simple, float | str | bool)
        return error, simple, say_cell(self.simple) if is_cell else str(self.simple)

    def __str__(self) -> str:
        error, simple, what = self.say()
        return f"{quote(self.column)} is {error}, by {what} alone {simple}: that is the better guess"


@dataclass(frozen=True, eq=False)
class _Column:
    """A column with features: where they are, which cells are missing, and what makes cells of features."""

    name: str
    place: int
    part: FilledPart
    missing: Bool[np.ndarray, " samples"]
    is_number: bool
    decode: Callable[[Float[np.ndarray, "some features"]], pa.Array]
    stop: int


@dataclass(frozen=True, eq=False)
class Filling:
    """What is filled in, column by column, and how well where cells are known.

    Attributes
    ----------
    columns
        Those that have missing cells.
    checks
        Of these, those of whose known cells enough could be hidden.
    """

    columns: tuple[FilledColumn, ...]
    checks: tuple[FilledCheck, ...]

    def warn(self) -> None:
        """Say in which columns the mean, or the most frequent value, were the better guess."""
        worse = [check for check in self.checks if check.error > WORSE * check.simple_error]
        if worse:
            warn_user(
                f"of known cells that were hidden and filled: {'; '.join(map(str, worse))}.",
                DiagnosisWarning,
                cause="filled worse than by the mean",
            )


def choose_training(rows: int, *, draws: bool = False) -> dict[str, Any]:
    """Return the arguments of an `Autoencoder` that is trained to fill so many rows: networks that masking teaches.

    Parameters
    ----------
    rows
        How many there are.
    draws
        Whether several fillings are to be drawn: then the networks are variational.
    """
    epochs = min(MOST_EPOCHS, max(LEAST_EPOCHS, MOST_EPOCHS * FEW_ROWS // max(1, rows)))
    return {**TRAINING, "epochs": epochs} | ({"bottleneck": "gaussian(beta=0.1)"} if draws else {})


def fill(fitted: Fitted, samples: Any) -> Filling:
    """Return what is filled in in each column of checked samples; see `Autoencoder.fill`.

    Parameters
    ----------
    fitted
        What was learnt.
    samples
        As its format checked them, where numbers need not be finite.

    Raises
    ------
    InvalidInputError
        If samples are pictures or sequences, or a number is infinite.
    """
    scaled, columns = _read_scaled(fitted, samples)
    if not any(column.missing.any() for column in columns):
        return Filling((), ())
    filled = _name_cells(fitted, _fill(fitted, scaled, columns), scaled, columns)
    return Filling(filled, tuple(check_filling(fitted, scaled, columns)))


def draw(fitted: Fitted, samples: Any, count: int, random_state: Any) -> tuple[tuple[FilledColumn, ...], ...]:
    """Return several fillings of checked samples, each of codes that are drawn; see `Autoencoder.fill`.

    Raises
    ------
    InvalidInputError
        If the model is not variational, or as of `fill`.
    """
    if not is_variational(fitted):
        raise InvalidInputError('draws need a variational model; train one with bottleneck="gaussian(beta=0.1)".')
    scaled, columns = _read_scaled(fitted, samples)
    missing = np.stack([column.missing for column in columns], axis=1)
    random = np.random.default_rng(derive_seed(random_state))
    drawn = draw_scaled(fitted, scaled, [column.part for column in columns], missing, random)
    return tuple(_name_cells(fitted, filled, scaled, columns) for filled in islice(drawn, count))


def _name_cells(
    fitted: Fitted, filled: FeatureMatrix, scaled: FeatureMatrix, columns: Sequence[_Column]
) -> tuple[FilledColumn, ...]:
    return tuple(
        FilledColumn(column.name, np.flatnonzero(column.missing), _decode(fitted, filled, scaled, column), column.place)
        for column in columns
        if column.missing.any()
    )


def check_filling(fitted: Fitted, scaled: FeatureMatrix, columns: Sequence[_Column]) -> list[FilledCheck]:
    """Hide some known cells of each column that has missing ones, fill all, and hold these against what is simplest."""
    random, hidden = np.random.default_rng(0), {}
    for column in columns:
        known = np.flatnonzero(~column.missing)
        count = max(LEAST_HIDDEN, round(HIDDEN * len(known)))
        if column.missing.any() and 2 * count <= len(known):
            hidden[column.name] = np.sort(random.choice(known, count, replace=False))
    if not hidden:
        return []
    more = [
        replace(column, missing=column.missing | np.isin(np.arange(len(scaled)), hidden.get(column.name, [])))
        for column in columns
    ]
    filled, found = _fill(fitted, scaled, more), []
    for column, hiding in zip(columns, more, strict=True):
        if column.name in hidden:
            rows = hidden[column.name]
            parts = (scaled[rows], filled[rows], scaled[~hiding.missing])
            found.append(_compare(column, *(column.decode(_invert(fitted, part, column)) for part in parts)))
    return found


def _compare(column: _Column, truth: pa.Array, filled: pa.Array, known: pa.Array) -> FilledCheck:
    exact, given, others = (cells.to_numpy(zero_copy_only=False) for cells in (truth, filled, known))
    if exact.dtype.kind in "iufmM":  # numbers, durations and dates
        kind = exact.dtype
        exact, given, others = (_as_numbers(cells) for cells in (exact, given, others))
        spread, mean = others.std() or 1.0, float(others.mean())
        error, simple = (float(np.sqrt(((guess - exact) ** 2).mean()) / spread) for guess in (given, mean))
        told = str(np.array(mean).astype(np.int64).astype(kind)) if kind.kind in "mM" else mean
        return FilledCheck(column.name, "deviations", error, simple, told)
    usual = max(sorted(set(others.tolist()), key=str), key=others.tolist().count)
    error, simple = float(np.mean(given != exact)), float(np.mean([usual != cell for cell in exact.tolist()]))
    return FilledCheck(column.name, "share wrong", error, simple, usual)


def _as_numbers(cells: np.ndarray) -> Float64[np.ndarray, " cells"]:
    return (cells.astype(np.int64) if cells.dtype.kind in "mM" else cells).astype(np.float64)


def _fill(fitted: Fitted, scaled: FeatureMatrix, columns: Sequence[_Column]) -> FeatureMatrix:
    missing = np.stack([column.missing for column in columns], axis=1)
    return fill_scaled(fitted, scaled, [column.part for column in columns], missing)


def _invert(fitted: Fitted, scaled: FeatureMatrix, column: _Column) -> Float[np.ndarray, "samples features"]:
    return fitted.scaling.invert(scaled)[:, column.part.start : column.stop]


def _decode(fitted: Fitted, filled: FeatureMatrix, scaled: FeatureMatrix, column: _Column) -> pa.Array:
    """Return the cells that were missing, numbers with no more decimals than those that are known."""
    cells = column.decode(_invert(fitted, filled[column.missing], column))
    if column.is_number and pa.types.is_floating(cells.type) and not column.missing.all():
        known = column.decode(_invert(fitted, scaled[~column.missing], column)).to_numpy(zero_copy_only=False)
        decimals = count_decimals(known)
        if decimals is not None:
            cells = pa.array(cells.to_numpy(zero_copy_only=False).round(decimals), cells.type)
    return cells


def count_decimals(numbers: Float64[np.ndarray, " known"]) -> int | None:
    """Return how many decimals numbers have, as far as float32 tells; None of more than five.

    Examples
    --------
    >>> count_decimals(np.array([1.0, 2.0])), count_decimals(np.array([0.25, 3.5])), count_decimals(np.array([1 / 3]))
    (0, 2, None)
    """
    numbers = numbers[np.isfinite(numbers)]
    near = np.maximum(np.abs(numbers), 1.0) * 1e-6
    exact = (places for places in range(MOST_DECIMALS + 1) if (abs(numbers.round(places) - numbers) <= near).all())
    return next(exact, None)


# ---------------------------------------------------------------------- reading


def _read_scaled(fitted: Fitted, samples: Any) -> tuple[FeatureMatrix, list[_Column]]:
    """Return scaled features of samples, anything in missing cells, and the columns."""
    if fitted.format.kind is not None:
        raise InvalidInputError(f"X holds {fitted.format.kind}s, of which no cells are filled; give rows of a table.")
    if fitted.format.encoder is not None:
        return _read_table(fitted, samples)
    if np.isinf(samples).any():
        row, place = np.argwhere(np.isinf(samples))[0]
        raise InvalidInputError(f"X is infinite in column {place} of sample {row}; only NaN is filled.")
    missing = np.isnan(samples)
    scaled = fitted.scaling.apply(np.where(missing, fitted.scaling.offset, samples).astype(samples.dtype))
    names = fitted.format.list_columns()
    return scaled, [
        _Column(
            name,
            place,
            FilledPart(place, place + 1),
            missing[:, place],
            True,
            lambda cells: pa.array(cells[:, 0]),
            place + 1,
        )
        for place, name in enumerate(names)
    ]


def _read_table(fitted: Fitted, table: nw.DataFrame) -> tuple[FeatureMatrix, list[_Column]]:
    """Encode a table whose missing cells hold another of their column, so that nothing in it is unknown."""
    encoder = fitted.format.encoder
    assert encoder is not None, "it is a mixed table"
    read = read_table(table.to_native(), unread={column.name for column in encoder.columns if not column.groups})
    arrays = dict(zip(read.names, read.columns, strict=True))
    columns, complete, start = [], {}, 0
    for place, column in enumerate(encoder.columns):
        width = sum(size for _, size in column.groups)
        array = arrays.get(column.name)
        if not width or array is None:
            complete[column.name] = pa.nulls(len(table)) if array is None else array
            continue
        missing = find_missing(array)
        if column.kind == "category" and not getattr(column, "values", ()):  # it knows no value to fill in
            missing = np.zeros_like(missing)
        complete[column.name] = _put_another(array, missing, column, width)
        is_flagged = len(column.groups) > 1
        part = FilledPart(
            start,
            start + width - is_flagged,
            categories=len(getattr(column, "values", ())),
            flag=start + 1 if is_flagged else None,
            usual=float(getattr(column, "usual", 0.0)),
        )
        columns.append(
            _Column(column.name, place, part, missing, column.kind == "numeric", column.decode, start + width)
        )
        start += width
    return fitted.scaling.apply(encoder.encode(pa.table(complete))), columns


def _put_another(array: Any, missing: Bool[np.ndarray, " rows"], column: Any, width: int) -> Any:
    """Return a column with one of its known cells in place of the missing; of none, with a cell of training."""
    if not missing.any():
        return array
    if missing.all():
        return pa.chunked_array([column.decode(np.zeros((1, width), np.float32)).take(pa.array([0] * len(array)))])
    return array.take(pa.array(np.where(missing, int(np.argmin(missing)), np.arange(len(array)))))


# ---------------------------------------------------------------------- writing


def put_cells(samples: Any, filled: Sequence[FilledColumn]) -> Any:
    """Return samples, an array or a table of any library, with what was filled in; all other cells are as they were."""
    if not isinstance(samples, nw.DataFrame):
        whole = np.array(samples)
        for column in filled:
            whole[column.rows, column.place] = column.cells.to_numpy(zero_copy_only=False)
        return whole
    # By its place where training had no names.
    names = [one.name if one.name in samples.columns else samples.columns[one.place] for one in filled]
    columns = (
        samples.get_column(name).scatter(one.rows, one.cells.to_pylist())
        for name, one in zip(names, filled, strict=True)
    )
    return samples.with_columns(*columns).to_native()
