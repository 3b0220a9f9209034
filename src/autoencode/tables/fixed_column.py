"""A column that has no features: constant in training, or left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float, Float32

from autoencode.arrow import pa
from autoencode.exceptions import ModelFileError
from autoencode.printable import quote
from autoencode.tables.column_type import parse_type, read_constants, show_constant, write_constants
from autoencode.tables.stored_fields import take

if TYPE_CHECKING:
    from autoencode.tables.column_type import GroupKind


@dataclass(frozen=True)
class FixedColumn:
    """A column that is the same in every reconstruction: its one value, or missing.

    Attributes
    ----------
    name
        The column's name.
    type
        Its Arrow type, as text.
    value
        The one value, in a list; empty where the column is left out.
    reason
        Why it is left out, in words.
    """

    groups: ClassVar[tuple[tuple[GroupKind, int], ...]] = ()
    feature_names: ClassVar[tuple[str, ...]] = ()
    name: str
    type: str
    value: tuple[Any, ...]
    reason: str

    @classmethod
    def fit(cls, name: str, array: pa.ChunkedArray) -> FixedColumn:
        """Return the column of one value."""
        return cls(name, str(array.type), tuple(write_constants(array.slice(0, 1).combine_chunks())), "")

    @property
    def kind(self) -> str:
        """What the column is: "constant" or "left out"."""
        return "constant" if self.value else "left out"

    def describe(self) -> tuple[str, str]:
        """Return what the column is read as, and a note."""
        return self.kind, self.reason or f"always {show_constant(self.value[0], parse_type(self.type))}"

    def encode(self, array: pa.ChunkedArray) -> Float32[np.ndarray, "rows features"]:
        """Return no features."""
        return np.zeros((len(array), 0), np.float32)

    def decode(self, features: Float[np.ndarray, "rows features"]) -> pa.Array:
        """Return the one value, or missing cells."""
        kind = parse_type(self.type)
        if not self.value:
            return pa.nulls(len(features), kind)
        return read_constants(list(self.value), kind).take(pa.array(np.zeros(len(features), np.int64)))

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON can hold it."""
        return {"kind": self.kind, "type": self.type, "value": list(self.value), "reason": self.reason}

    @classmethod
    def from_dict(cls, name: str, content: Any) -> FixedColumn:
        """Return the column that `to_dict` gave."""
        kind, value = take(content, "type", str), take(content, "value", list)
        reason = take(content, "reason", str)
        if len(value) > 1 or not (value or reason):
            raise ModelFileError(f"the table encoder's column {quote(name)} is constant, but has {len(value)} values.")
        read_constants(value, parse_type(kind))
        return cls(name, kind, tuple(value), reason)
