"""Missing cells of a column, and the feature that flags them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from autoencode.arrow import pa
from autoencode.exceptions import InvalidRowError
from autoencode.printable import quote

if TYPE_CHECKING:
    from autoencode.tables.column_type import GroupKind


class FlaggedColumn:
    """A column that has, where training had missing cells, a last feature which says so."""

    group: ClassVar[GroupKind]
    name: str
    missing: int
    encodes_unseen: bool

    @property
    def flagged(self) -> bool:
        """Whether a feature says which cells are missing."""
        return self.missing > 0 or self.encodes_unseen

    @property
    def groups(self) -> tuple[tuple[GroupKind, int], ...]:
        """Kind and number of features of each of the column's groups."""
        return ((self.group, 1), ("flag", 1)) if self.flagged else ((self.group, 1),)

    @property
    def feature_names(self) -> list[str]:
        """The names of its features."""
        return [self.name, f"{self.name} is missing"][: len(self.groups)]

    @property
    def missing_note(self) -> str:
        """The end of a note about the column: how many of its cells were missing in training."""
        return f"; missing in {count_rows(self.missing)}" if self.missing else ""

    def find_missing(self, array: pa.ChunkedArray) -> Bool[np.ndarray, " rows"]:
        """Return which cells are missing.

        Raises
        ------
        InvalidRowError
            If there are any, and had been none in training; the message names the column and how many rows.
        """
        missing = find_missing(array)
        count = int(missing.sum())
        if count and not self.flagged:
            raise InvalidRowError(
                f"column {quote(self.name)} is missing in {count_rows(count)} (first in row \0), but had no "
                "missing cells in training, so nothing was learnt about them; fill or drop them, or train on some.",
                int(missing.argmax()),
            )
        return missing

    def join_flag(
        self, values: Float64[np.ndarray, " rows"], missing: Bool[np.ndarray, " rows"]
    ) -> Float32[np.ndarray, "rows features"]:
        """Return features: values and, where training had missing cells, the flag of those."""
        columns = [values, missing] if self.flagged else [values]
        return np.stack(columns, axis=1, dtype=np.float32, casting="unsafe")

    def read_flag(self, features: Float[np.ndarray, "rows features"]) -> Bool[np.ndarray, " rows"]:
        """Return which cells the flag says are missing."""
        return features[:, 1] >= 0.5 if self.flagged else np.zeros(len(features), bool)


def find_missing(array: pa.ChunkedArray) -> Bool[np.ndarray, " rows"]:
    """Return which cells of a column are missing: null, or NaN."""
    if pa.types.is_floating(array.type):
        return np.isnan(array.to_numpy())
    if not array.null_count:
        return np.zeros(len(array), bool)
    return array.is_null().to_numpy()


def count_rows(rows: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if rows == 1 else f"{rows:,} rows"
