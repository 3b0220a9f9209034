"""A column of numbers, as one feature and the flag of its missing cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.arrow import pa
from autoencode.exceptions import InvalidInputError, InvalidRowError
from autoencode.printable import quote
from autoencode.tables.column_type import parse_type
from autoencode.tables.missing_flag import FlaggedColumn
from autoencode.tables.number_map import NumberMap, fit_number_map, restore_number_map
from autoencode.tables.stored_fields import take

if TYPE_CHECKING:
    from autoencode.tables.column_type import GroupKind

# Up to here float64 has every whole number.
EXACT = 2**53
# Where scores are cut: farther than any of a training of less than 10¹² rows, and float32 still has squares of it.
MOST_SCORE = 1e6


def read_numbers(
    name: str, array: pa.ChunkedArray, *, exact: bool = True, finite: bool = True
) -> Float64[np.ndarray, " rows"]:
    """Return a column's cells as float64, NaN where missing.

    Raises
    ------
    InvalidInputError
        If, where they are to be finite, a cell is infinite or, where exact, a whole number beyond 2**53.
    """
    try:
        numbers = array.cast(pa.float64(), safe=exact).to_numpy()
    except pa.ArrowInvalid as error:
        raise InvalidInputError(
            f"column {quote(name)} holds whole numbers beyond 2**53, which float64 cannot tell apart; drop it, or "
            "make it text if they are names."
        ) from error
    infinite = np.isinf(numbers)
    if finite and infinite.any():
        row = int(infinite.argmax())
        raise InvalidRowError(
            f"column {quote(name)} is {numbers[row]} in row \0; replace it by a number, or drop it.", row
        )
    return numbers


def map_numbers(
    name: str, numbers: Float64[np.ndarray, " rows"], number_map: NumberMap, *, cut: bool
) -> Float64[np.ndarray, " rows"]:
    """Return the scores of a column's numbers, 0 where they are NaN; cut at ±`MOST_SCORE` if asked for.

    Raises
    ------
    InvalidInputError
        If they are not to be cut, and a number lies so far out that float32 cannot hold its score.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scores = np.where(np.isnan(numbers), 0.0, number_map.apply(numbers))
    if cut:
        return np.clip(scores, -MOST_SCORE, MOST_SCORE)
    too_far = ~(np.abs(scores) <= np.finfo(np.float32).max)
    if too_far.any():
        row = int(too_far.argmax())
        raise InvalidRowError(
            f"column {quote(name)} is {numbers[row]:g} in row \0, too far from its values in training; drop that row.",
            row,
        )
    return scores


def _fit_into(numbers: Float64[np.ndarray, " rows"], kind: pa.DataType) -> Float64[np.ndarray, " rows"]:
    """Return numbers as near as a type can hold them: whole ones for integers, and none beyond its range."""
    if pa.types.is_integer(kind):
        limits = np.iinfo(kind.to_pandas_dtype())
        return np.clip(np.rint(numbers), max(limits.min, -EXACT), min(limits.max, EXACT))
    if pa.types.is_decimal(kind):
        end = 10.0 ** (kind.precision - kind.scale)
        most = min(end - 10.0**-kind.scale, end * (1 - 1e-12))
    else:
        most = float(np.finfo(kind.to_pandas_dtype()).max)
    return np.clip(numbers, -most, most)


@dataclass(frozen=True)
class NumericColumn(FlaggedColumn):
    """How a column of numbers becomes features.

    Attributes
    ----------
    name
        The column's name.
    type
        Its Arrow type, as text.
    number_map
        From its numbers to features and back.
    missing
        How many cells of training, and of rows held out, were missing; without any there is no flag, unless what
        training did not have is encoded.
    encodes_unseen
        Whether what training did not have is encoded too, not refused.
    """

    kind: ClassVar[str] = "numeric"
    group: ClassVar[GroupKind] = "numeric"
    name: str
    type: str
    number_map: NumberMap
    missing: int
    encodes_unseen: bool = False

    @classmethod
    def fit(
        cls, name: str, array: pa.ChunkedArray, scaling: str, weights: Float64[np.ndarray, " rows"] | None = None
    ) -> NumericColumn:
        """Fit the column to its training cells."""
        numbers = read_numbers(name, array)
        missing = np.isnan(numbers)
        weights = None if weights is None else weights[~missing]
        number_map = fit_number_map(name, numbers[~missing], scaling, weights)
        return cls(name, str(array.type), number_map, int(missing.sum()))

    @property
    def deviation(self) -> float:
        """The standard deviation of its numbers in training, as `decode_numbers` counts."""
        return self.number_map.deviation

    def describe(self) -> tuple[str, str]:
        """Return what the column is read as, and a note."""
        words = "whole number" if "int" in self.type else "number"
        return words, self.number_map.describe() + self.missing_note

    def encode(self, array: pa.ChunkedArray) -> Float32[np.ndarray, "rows features"]:
        """Return the features of cells."""
        missing = self.find_missing(array)
        numbers = read_numbers(self.name, array, exact=not self.encodes_unseen, finite=not self.encodes_unseen)
        scores = map_numbers(self.name, numbers, self.number_map, cut=self.encodes_unseen)
        return self.join_flag(scores, missing)

    def decode_numbers(self, features: Float[np.ndarray, "rows features"]) -> Float64[np.ndarray, " rows"]:
        """Return the numbers that features stand for, in the column's units, not rounded; NaN where missing."""
        numbers = self.number_map.invert(features[:, 0].astype(np.float64))
        return np.where(self.read_flag(features), np.nan, numbers)

    def decode(self, features: Float[np.ndarray, "rows features"]) -> pa.Array:
        """Return the cells that features stand for, in the column's type."""
        numbers, kind = self.decode_numbers(features), parse_type(self.type)
        missing = np.isnan(numbers)
        return pa.array(_fit_into(np.where(missing, 0, numbers), kind), mask=missing).cast(kind)

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON can hold it."""
        return {"kind": self.kind, "type": self.type, "missing": self.missing, "map": self.number_map.to_dict()}

    @classmethod
    def from_dict(cls, name: str, content: Any) -> NumericColumn:
        """Return the column that `to_dict` gave."""
        number_map = restore_number_map(take(content, "map", dict))
        return cls(name, take(content, "type", str), number_map, take(content, "missing", int, least=0))
