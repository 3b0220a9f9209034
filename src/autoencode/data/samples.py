"""`Samples`: what was read from somewhere; and `Reading`: how, so that later samples are read the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from autoencode.arrow import pa
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import InvalidInputError

_KINDS = ("array", "table", "images", "named")
_COLOURS = ("grey", "rgb", None)
_FITS = ("resize", "crop")
_LARGEST_SIDE = 65_535


@dataclass(frozen=True)
class Reading:
    """How a source is read: what a model keeps, so that later samples are read as those of training were.

    Parameters
    ----------
    kind : {"array", "table", "images", "named"}
        What the source is.
    size : tuple of int or None
        Images: height and width in pixels. None goes by the images' own sizes and their number.
    colour : {"grey", "rgb"} or None
        Images: one number a pixel, or three. None lets the images decide.
    fit : {"resize", "crop"}
        Images: how one of another shape is brought to `size`. "resize" stretches it; "crop" resizes it until its
        shorter side fits, then cuts the middle out.
    table : TableOptions
        Tables: what was asked for or found out about their text, such as the decimal mark and the kinds of columns.

    Raises
    ------
    InvalidInputError
        If a part is none of these.

    Examples
    --------
    >>> Reading.from_dict(Reading("images", size=(32, 32), colour="rgb").to_dict())
    Reading(kind='images', size=(32, 32), colour='rgb', fit='resize')
    """

    kind: Literal["array", "table", "images", "named"]
    size: tuple[int, int] | None = None
    colour: Literal["grey", "rgb"] | None = None
    fit: Literal["resize", "crop"] = "resize"
    table: TableOptions = field(default_factory=TableOptions, repr=False)

    def __post_init__(self) -> None:
        """Check every part: a reading may come from a file that somebody else wrote."""
        for part, value, known in (
            ("kind", self.kind, _KINDS),
            ("colour", self.colour, _COLOURS),
            ("fit", self.fit, _FITS),
        ):
            if not isinstance(value, str | None) or value not in known:
                raise InvalidInputError(f"{part}: expected one of {', '.join(map(str, known))}, got {value!r:.100}")
        if self.size is not None and not _is_size(self.size):
            raise InvalidInputError(
                f"size: expected height and width in pixels, each from 1 to {_LARGEST_SIDE}, got {self.size!r:.100}"
            )
        if not isinstance(self.table, TableOptions):
            raise InvalidInputError(f"table: expected TableOptions, got {self.table!r:.100}")

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as JSON can hold them."""
        parts = {
            "kind": self.kind,
            "size": None if self.size is None else list(self.size),
            "colour": self.colour,
            "fit": self.fit,
        }
        return parts | ({"table": self.table.to_dict()} if self.table else {})

    @classmethod
    def from_dict(cls, parts: Mapping[str, Any]) -> Reading:
        """Return the reading that `to_dict` gave, checked.

        Raises
        ------
        InvalidInputError
            If a part is missing, unknown or of a value that it cannot have.
        """
        if not isinstance(parts, Mapping) or set(parts) - {"table"} != {"kind", "size", "colour", "fit"}:
            raise InvalidInputError(f"reading: expected kind, size, colour and fit, got {parts!r:.100}")
        size = tuple(parts["size"]) if isinstance(parts["size"], list) else parts["size"]
        return cls(**{**parts, "size": size, "table": TableOptions.from_dict(parts.get("table", {}))})


def _is_size(size: object) -> bool:
    return (
        isinstance(size, tuple)
        and len(size) == 2
        and all(type(side) is int and 1 <= side <= _LARGEST_SIDE for side in size)
    )


@dataclass(frozen=True, eq=False, repr=False)
class Samples:
    """Samples read from somewhere, in an order that does not change.

    Parameters
    ----------
    values : array of shape (samples, …), or pyarrow.Table
        The samples: numbers, or a table with a row for each. A table of numbers alone is still a table.
    name : str
        In words, where they came from, such as ``"data.csv"``, ``"digits"`` or ``"12 files of photos/*.csv"``.
    reading : Reading
        How they were read.
    labels : array of shape (samples,), or None
        The class of each sample, where there are classes: names or numbers. They are never trained on.
    row_names : tuple of str, or None
        What each sample is called, such as its image file.
    held_out : array of shape (held-out samples, …), or None
        The samples that a named set holds out.
    held_out_labels : array of shape (held-out samples,), or None
        Their classes.
    cells : callable, or None
        Reads the table's own cells again, as they stand in its file: a pyarrow.Table of text where the file is text,
        of all its columns, those that were left out too, and a row for each sample. None where there is no such file.
    line_of : callable, or None
        Says in which line of its file a sample's row ends, by the sample's place, such as ``"79"`` or ``"3 of b.csv"``;
        empty where that is not known. None where there are no lines.

    Raises
    ------
    InvalidInputError
        If there are not as many labels or row names as samples.

    Examples
    --------
    >>> import numpy as np
    >>> samples = Samples(np.eye(3), "the identity", Reading("array"))
    >>> samples, len(samples)
    (Samples('the identity', array of 3 × 3), 3)
    """

    values: np.ndarray | pa.Table
    name: str
    reading: Reading
    labels: np.ndarray | None = None
    row_names: tuple[str, ...] | None = None
    held_out: np.ndarray | None = None
    held_out_labels: np.ndarray | None = None
    cells: Callable[[], pa.Table] | None = None
    line_of: Callable[[int], str] | None = None

    def __post_init__(self) -> None:
        """Check that there is one of each for every sample."""
        for part, count, samples in (
            ("labels", self.labels, self.values),
            ("row_names", self.row_names, self.values),
            ("held_out_labels", self.held_out_labels, self.held_out),
        ):
            if count is not None and (samples is None or len(count) != len(samples)):
                expected = 0 if samples is None else len(samples)
                raise InvalidInputError(f"{self.name}: {part}: expected {expected}, one a sample, got {len(count)}")

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        """Show sizes, never the numbers."""
        kind = "array" if isinstance(self.values, np.ndarray) else "table"
        held_out = "" if self.held_out is None else f", {len(self.held_out)} held out"
        return f"Samples({self.name!r}, {kind} of {' × '.join(map(str, self.values.shape))}{held_out})"

    def own_cells(self) -> pa.Table | None:
        """Return the table's cells as they came, for a file of results; None of samples that are no table."""
        if isinstance(self.values, np.ndarray):
            return None
        return self.values if self.cells is None else self.cells()

    def read(self) -> Samples:
        """Return the samples themselves, so that they are a source like any other."""
        return self
