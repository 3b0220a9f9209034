"""`TableColumns`: the columns of a table as float32 features, and back, as they were fitted; without scikit-learn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.arrow import pa
from autoencode.exceptions import InvalidInputError, ModelFileError, SampleShapeError
from autoencode.nearest import end_with_nearest
from autoencode.printable import list_names, quote
from autoencode.tables.column_choice import Column, choose_columns, complete_format, restore_column
from autoencode.tables.column_match import count_gaps, match_type
from autoencode.tables.column_type import find_family, parse_type
from autoencode.tables.datetime_column import DAY, TIME_FAMILIES, ticks_a_second
from autoencode.tables.encoding_choices import EncodingChoices, check_choices
from autoencode.tables.id_column import ID_REASON
from autoencode.tables.number_block import Placed, encode_at_once
from autoencode.tables.stored_fields import take
from autoencode.tables.table_library import LIBRARIES, ArrowTable, ColumnFormat, read_table, write_table
from autoencode.types import ColumnDescription, FeatureGroup


@dataclass(frozen=True, eq=False, kw_only=True)
class TableColumns:
    """The fitted columns of a table; what they do, `TableEncoder` says.

    Attributes
    ----------
    choices
        How they were to be read.
    drop
        Names of columns that were left out, as asked.
    library
        Of the table: "pandas", "polars", "pyarrow" or "numpy"; `decode` gives it back.
    columns
        One object a column, in the table's order.
    labels, formats
        The name of each as its table has it, and what its own library knows of it.
    """

    choices: EncodingChoices
    drop: tuple[str, ...]
    library: str
    columns: tuple[Column, ...]
    labels: tuple[Any, ...]
    formats: tuple[ColumnFormat, ...]

    @classmethod
    def fit(
        cls,
        X: Any,
        choices: EncodingChoices,
        *,
        drop: Sequence[str] = (),
        ids: Collection[str] = (),
        validation: Any = None,
        weights: Float64[np.ndarray, " rows"] | None = None,
    ) -> TableColumns:
        """Learn how each column of a table is read; see `TableEncoder.fit`. Of weights, > 0, each row has one."""
        table = read_table(X, unread=set(drop))
        for argument, names in (("drop", drop), ("ids", ids)):
            for name in set(names).difference(table.names):
                nearest = end_with_nearest(name, table.names)
                raise InvalidInputError(f"{argument}: X has no column {quote(name)}{nearest}")
        left_out = dict.fromkeys(drop, "dropped, as asked") | dict.fromkeys(ids, ID_REASON)
        rows = len(table.columns[0])
        if rows < 2:
            raise InvalidInputError(f"X has {rows} sample(s), and a minimum of 2 is required: one shows no spread.")
        gaps = {} if validation is None else count_gaps(validation, table, set(left_out))
        columns = choose_columns(table, left_out, choices, gaps, weights)
        if all(not column.groups for column in columns):
            reasons = "; ".join(f"{quote(c.name)}: {c.kind}, {c.describe()[1]}" for c in columns[:3])
            raise InvalidInputError(f"X has no column to learn from ({reasons}).")
        formats = [complete_format(*pair) for pair in zip(table.formats, columns, strict=True)]
        return cls(
            choices=choices,
            drop=tuple(drop),
            library=table.library,
            columns=tuple(columns),
            labels=tuple(table.labels),
            formats=tuple(formats),
        )

    @cached_property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """The features that stand for each column; a column's flag of missing cells follows its values."""
        groups = [(column.name, *group) for column in self.columns for group in column.groups]
        stops = accumulate(width for _, _, width in groups)
        return tuple(
            FeatureGroup(name, kind, stop - width, stop)
            for (name, kind, width), stop in zip(groups, stops, strict=True)
        )

    @property
    def width(self) -> int:
        """How many features there are."""
        return self.groups[-1].stop

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the columns that name the rows."""
        return tuple(column.name for column in self.columns if column.describe()[1] == ID_REASON)

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names of the columns; None where the table had none, or some that are no text."""
        is_named = self.library != "numpy" and all(isinstance(label, str) for label in self.labels)
        return self.labels if is_named else None

    def encode(self, X: Any) -> Float32[np.ndarray, "samples features"]:
        """Return a table's features; see `TableEncoder.transform`."""
        arrays = self._find_columns(X)
        rows = len(next(iter(arrays.values())))
        features = np.empty((rows, self.width), np.float32)
        placed, start = [], 0
        for column in self.columns:
            if column.groups:
                placed.append(Placed(column, arrays[column.name], start))
            start += sum(width for _, width in column.groups)
        for column, array, start in encode_at_once(placed, features):
            encoded = column.encode(match_type(column, array))
            features[:, start : start + encoded.shape[1]] = encoded
        return features

    def _find_columns(self, X: Any) -> dict[str, pa.ChunkedArray]:
        """Return the columns of a table that have features, by name."""
        needed = {column.name for column in self.columns if column.groups}
        table = read_table(X, wanted=needed if self.library != "numpy" else None)
        if "numpy" in (table.library, self.library):
            if len(table.columns) != len(self.columns):
                raise SampleShapeError(
                    f"X has {len(table.columns)} features, but TableEncoder is expecting {len(self.columns)} features "
                    "as input."
                )
            return {column.name: array for column, array in zip(self.columns, table.columns, strict=True)}
        absent = needed.difference(table.names)
        lacking = [column.name for column in self.columns if column.name in absent]
        if lacking:
            named = list_names(lacking, 5)
            raise SampleShapeError(f"X lacks columns that training had: {named}; give them, under these names.")
        return dict(zip(table.names, table.columns, strict=True))

    def decode(self, X: Float[np.ndarray, "samples features"], library: str | None = None) -> Any:
        """Return the table that features stand for; see `TableEncoder.inverse_transform`."""
        features = np.asarray(X)
        width = self.width
        if features.ndim != 2 or features.shape[1] != width:
            raise SampleShapeError(f"X must have the shape (samples, {width}), got {features.shape}.")
        if features.dtype.kind not in "fiub" or not np.isfinite(features).all():
            raise InvalidInputError("X must hold finite numbers; look for reconstructions that are not.")
        arrays, start = [], 0
        for column in self.columns:
            stop = start + sum(width for _, width in column.groups)
            arrays.append(pa.chunked_array([column.decode(features[:, start:stop])]))
            start = stop
        table = ArrowTable(self.library, list(self.labels), arrays, list(self.formats))
        return write_table(table, library or self.library)

    def list_features(self) -> list[str]:
        """Return the name of each feature; no two are the same."""
        names: dict[str, None] = {}
        for name in (name for column in self.columns for name in column.feature_names):
            unique, count = name, 1
            while unique in names:
                count += 1
                unique = f"{name} ({count})"
            names[unique] = None
        return list(names)

    def describe(self) -> list[ColumnDescription]:
        """Return how each column was read, in the table's order."""
        rows = []
        for column in self.columns:
            words, note = column.describe()
            rows.append(ColumnDescription(column.name, words, sum(width for _, width in column.groups), note))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return the columns as JSON can hold them; `from_dict` gives some back that give the same bits."""
        columns = [
            {"label": label, **column.to_dict(), "format": form.to_dict()}
            for label, column, form in zip(self.labels, self.columns, self.formats, strict=True)
        ]
        return {**self.choices._asdict(), "drop": list(self.drop), "library": self.library, "columns": columns}

    def to_content(self) -> dict[str, Any]:
        """Return what of the columns decides numbers: not in which types and library, and by which words, they came."""
        columns = [
            {"name": str(label), **_read_content(column)}
            for label, column in zip(self.labels, self.columns, strict=True)
        ]
        return {**self.choices._asdict(), "columns": columns}

    @classmethod
    def from_dict(cls, content: Any) -> TableColumns:
        """Return the columns that `to_dict` gave.

        Raises
        ------
        ModelFileError
            If they are none.
        """
        drop, stored, library = (take(content, *part) for part in (("drop", list), ("columns", list), ("library", str)))
        choices = EncodingChoices(
            take(content, "numeric_scaling", str),
            take(content, "max_categories", int),
            take(content, "min_frequency", float),
            take(content, "unseen", str, default="refuse"),
        )
        try:
            check_choices(choices, drop)
        except InvalidInputError as error:
            raise ModelFileError(f"the table encoder's {error}") from error
        if library not in LIBRARIES:
            raise ModelFileError(f"the table encoder is of the library {library[:50]!r}, which is none of ours.")
        labels = [_take_label(column) for column in stored]
        if len({str(label) for label in labels}) != len(labels):
            raise ModelFileError("the table encoder has two columns of one name.")
        columns = [
            restore_column(str(label), column, choices.unseen) for label, column in zip(labels, stored, strict=True)
        ]
        if all(not column.groups for column in columns):
            raise ModelFileError("the table encoder has no column with features.")
        formats = [
            ColumnFormat.from_dict(take(content, "format", dict), parse_type(column.type))
            for content, column in zip(stored, columns, strict=True)
        ]
        return cls(
            choices=choices,
            drop=tuple(map(str, drop)),
            library=library,
            columns=tuple(columns),
            labels=tuple(labels),
            formats=tuple(formats),
        )


def _take_label(column: Any) -> str | int:
    """Return a stored column's name as its table has it."""
    if isinstance(column, dict) and type(column.get("label")) is int and abs(column["label"]) < 2**63:
        return column["label"]
    return take(column, "label", str)


def _read_content(column: Column) -> dict[str, Any]:
    """Return a column as JSON can hold it, its values as they are in any type: numbers, texts, seconds of times."""
    content = column.to_dict()
    kind = parse_type(column.type)
    for field in {"value", "values"} & set(content):
        content[field] = [_read_value(value, kind) for value in content[field]]
    return {field: value for field, value in content.items() if field not in ("type", "reason")}


def _read_value(value: Any, kind: pa.DataType) -> Any:
    family = find_family(kind)
    if family in TIME_FAMILIES:
        per_second = ticks_a_second(kind)
        return value / per_second if per_second else float(value * DAY)
    return float(value) if family == "numbers" else value
