"""A column of booleans, as one feature that is 0 or 1 and the flag of its missing cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.arrow import pa
from autoencode.tables.missing_flag import FlaggedColumn, count_rows, find_missing
from autoencode.tables.stored_fields import take

if TYPE_CHECKING:
    from autoencode.tables.column_type import GroupKind


@dataclass(frozen=True)
class BooleanColumn(FlaggedColumn):
    """How a column of booleans becomes features.

    Attributes
    ----------
    name
        The column's name.
    true, missing
        How many cells of training were true, and how many, those of rows held out too, missing; without any missing
        there is no flag, unless what training did not have is encoded.
    usual
        The more frequent of the two, which stands for missing cells.
    encodes_unseen
        Whether what training did not have is encoded too, not refused.
    """

    kind: ClassVar[str] = "boolean"
    group: ClassVar[GroupKind] = "flag"
    type: ClassVar[str] = "bool"
    name: str
    true: int
    missing: int
    usual: bool
    encodes_unseen: bool = False

    @classmethod
    def fit(
        cls, name: str, array: pa.ChunkedArray, weights: Float64[np.ndarray, " rows"] | None = None
    ) -> BooleanColumn:
        """Fit the column to its training cells."""
        filled = array.fill_null(False) if array.null_count else array
        is_true, there = filled.to_numpy(), ~find_missing(array)
        counts = np.ones(len(array)) if weights is None else weights
        usual = bool(2 * counts[is_true].sum() > counts[there].sum())
        return cls(name, int(np.count_nonzero(is_true)), array.null_count, usual)

    def describe(self) -> tuple[str, str]:
        """Return what the column is read as, and a note."""
        return "true or false", f"true in {count_rows(self.true)}" + self.missing_note

    def encode(self, array: pa.ChunkedArray) -> Float32[np.ndarray, "rows features"]:
        """Return the features of cells."""
        missing = self.find_missing(array)
        return self.join_flag(array.fill_null(self.usual).to_numpy().astype(np.float64), missing)

    def decode(self, features: Float[np.ndarray, "rows features"]) -> pa.Array:
        """Return the cells that features stand for: true from a half on."""
        return pa.array(features[:, 0] >= 0.5, mask=self.read_flag(features))

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON can hold it."""
        return {"kind": self.kind, "true": self.true, "missing": self.missing, "usual": self.usual}

    @classmethod
    def from_dict(cls, name: str, content: Any) -> BooleanColumn:
        """Return the column that `to_dict` gave."""
        true, missing = (take(content, field, int, least=0) for field in ("true", "missing"))
        return cls(name, true, missing, take(content, "usual", bool))
