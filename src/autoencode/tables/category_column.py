"""A column of categories, as one feature a category, one for every other value and one for missing cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.arrow import pa, pc
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.printable import quote
from autoencode.tables.column_type import find_family, parse_type, read_constants, show_constant, write_constants
from autoencode.tables.missing_flag import FlaggedColumn, count_rows
from autoencode.tables.stored_fields import take

if TYPE_CHECKING:
    from autoencode.tables.column_type import GroupKind

OTHER = "other"
"""What rare values, and values that training did not have, come back as in a column of text."""

NAMED_IN_NOTE = 6


def count_values(
    array: pa.ChunkedArray, weights: Float64[np.ndarray, " rows"] | None = None
) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Return the distinct values of a column but missing ones, how many cells hold each, and what these weigh.

    The one that weighs most comes first; of values that weigh the same, that which sorts first, so that the order of
    rows does not matter. Without weights a cell weighs 1.
    """
    counted = pc.value_counts(array)
    counted = counted.filter(counted.field("values").is_valid())
    values, counts = counted.field("values"), counted.field("counts").to_numpy()
    sums = counts
    if weights is not None:
        present = array.drop_null()
        sums = np.bincount(pc.index_in(present, values).to_numpy(), weights[array.is_valid().to_numpy()])
    by_value = pc.array_sort_indices(values).to_numpy()
    order = by_value[np.argsort(-sums[by_value], kind="stable")]
    return values.take(order), counts[order], sums[order]


@dataclass(frozen=True)
class CategoryColumn(FlaggedColumn):
    """How a column of categories becomes features: one a category, then one for other values, then one for missing.

    Attributes
    ----------
    name
        The column's name.
    type
        The Arrow type of its values, as text.
    values
        The categories that have a feature of their own, the most frequent first.
    rare, rare_rows
        How many values of training are read as "other", and how many rows hold one of them.
    missing
        How many cells of training, and of rows held out, were missing; without any, missing has no feature and is read
        as "other", unless what training did not have is encoded.
    encodes_unseen
        Whether what training did not have is encoded too, not refused.
    """

    kind: ClassVar[str] = "category"
    name: str
    type: str
    values: tuple[Any, ...]
    rare: int
    rare_rows: int
    missing: int
    encodes_unseen: bool = False

    @classmethod
    def fit(
        cls,
        name: str,
        array: pa.ChunkedArray,
        max_categories: int,
        min_frequency: float,
        weights: Float64[np.ndarray, " rows"] | None = None,
    ) -> CategoryColumn:
        """Fit the column to its training cells."""
        values, counts, sums = count_values(array, weights)
        if find_family(array.type) == "text":
            # A value that is called "other" is one of the others, however frequent.
            named = ~pc.equal(values, pa.scalar(OTHER, values.type)).to_numpy(zero_copy_only=False)
            values, counts, sums = values.filter(pa.array(named)), counts[named], sums[named]
        frequent = sums >= min_frequency * (len(array) if weights is None else weights.sum())
        frequent &= np.cumsum(frequent) <= max_categories
        kept = tuple(write_constants(values.filter(pa.array(frequent))))
        rare = int((~frequent).sum())
        return cls(name, str(array.type), kept, rare, int(counts[~frequent].sum()), array.null_count)

    @property
    def groups(self) -> tuple[tuple[GroupKind, int], ...]:
        """Kind and number of features of each of the column's groups."""
        return (("category", len(self.values) + 1 + self.flagged),)

    @property
    def feature_names(self) -> list[str]:
        """The names of its features."""
        names = [f"{self.name}={value}" for value in (*self.values, OTHER)]
        return [*names, f"{self.name} is missing"] if self.flagged else names

    def describe(self) -> tuple[str, str]:
        """Return what the column is read as, and a note."""
        kind = parse_type(self.type)
        count, named = len(self.values), [show_constant(value, kind) for value in self.values[:NAMED_IN_NOTE]]
        words = "1 category" if count == 1 else f"{count} categories"
        note = f"{words}: {', '.join(named + ['…'] * (count > NAMED_IN_NOTE))}"
        if self.rare:
            note += f"; {self.rare:,} rare, in {count_rows(self.rare_rows)}, read as {OTHER!r}"
        return "category", note + (f"; missing, in {count_rows(self.missing)}, is one more" if self.flagged else "")

    def encode(self, array: pa.ChunkedArray) -> Float32[np.ndarray, "rows features"]:
        """Return the features of cells."""
        values = read_constants(list(self.values), parse_type(self.type))
        try:
            array = array if array.type == values.type else array.cast(values.type)
        except pa.ArrowInvalid as error:
            if not self.encodes_unseen:
                raise InvalidInputError(
                    f"column {quote(self.name)} holds values that training's could not be: {error}."
                ) from error
            array, values = (cells.cast(pa.float64(), safe=False) for cells in (array, values))  # none but numbers
        indices = pc.index_in(array, values, skip_nulls=True).fill_null(len(self.values)).to_numpy()
        if self.flagged:
            indices = indices + array.is_null().to_numpy()
        features = np.zeros((len(array), self.groups[0][1]), np.float32)
        features[np.arange(len(array)), indices] = 1
        return features

    def decode(self, features: Float[np.ndarray, "rows features"]) -> pa.Array:
        """Return the cells that features stand for: the category with the largest number."""
        kind = parse_type(self.type)
        last = [OTHER if find_family(kind) == "text" else None, None]
        cells = pa.concat_arrays([read_constants(list(self.values), kind), pa.array(last, kind)])
        return cells.take(pa.array(features.argmax(axis=1)))

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON can hold it."""
        counts = {"rare": self.rare, "rare_rows": self.rare_rows, "missing": self.missing}
        return {"kind": self.kind, "type": self.type, "values": list(self.values), **counts}

    @classmethod
    def from_dict(cls, name: str, content: Any) -> CategoryColumn:
        """Return the column that `to_dict` gave."""
        kind, values = take(content, "type", str), take(content, "values", list)
        if len(read_constants(values, parse_type(kind)).unique()) != len(values):
            raise ModelFileError(f"the table encoder's column {quote(name)} has a category twice.")
        counts = (take(content, field, int, least=0) for field in ("rare", "rare_rows", "missing"))
        return cls(name, kind, tuple(values), *counts)
