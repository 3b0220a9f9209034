"""Missing cells of a column, and the feature that flags them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from autoencode.exceptions import InvalidRowError
from autoencode.printable import quote

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["count_rows", "describe_missing", "find_missing", "join_flag", "read_flag", "refuse_missing"]


def find_missing(array: pa.ChunkedArray) -> Bool[np.ndarray, " rows"]:
    """Return which cells of a column are missing: null, or NaN."""
    import pyarrow as pa

    if pa.types.is_floating(array.type):
        return np.isnan(array.to_numpy())
    if not array.null_count:
        return np.zeros(len(array), bool)
    return array.is_null().to_numpy()


def refuse_missing(name: str, missing: Bool[np.ndarray, " rows"], flagged: bool) -> None:
    """Refuse missing cells in a column that had none in training.

    Raises
    ------
    InvalidRowError
        If there are any; the message names the column and how many rows.
    """
    count = int(missing.sum())
    if count and not flagged:
        raise InvalidRowError(
            f"column {quote(name)} is missing in {count_rows(count)} (first in row \0), but had no "
            "missing cells in training, so nothing was learnt about them; fill or drop them, or train on some.",
            int(missing.argmax()),
        )


def join_flag(
    values: Float64[np.ndarray, " rows"], missing: Bool[np.ndarray, " rows"], flagged: bool
) -> Float32[np.ndarray, "rows features"]:
    """Return a column's features: its values and, where training had missing cells, the flag of those."""
    columns = [values, missing] if flagged else [values]
    return np.stack(columns, axis=1, dtype=np.float32, casting="unsafe")


def read_flag(features: Float[np.ndarray, "rows features"], flagged: bool) -> Bool[np.ndarray, " rows"]:
    """Return which cells the flag says are missing."""
    return features[:, 1] >= 0.5 if flagged else np.zeros(len(features), bool)


def count_rows(rows: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if rows == 1 else f"{rows:,} rows"


def describe_missing(missing: int) -> str:
    """Return the end of a note about a column with so many missing cells in training."""
    return f"; missing in {count_rows(missing)}" if missing else ""
