"""Tables of numbers, booleans, categories and dates as float32 features, and back."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from autoencode.arrow import pa
from autoencode.exceptions import InvalidInputError, ModelFileError, SampleShapeError
from autoencode.features.column_choice import Column, choose_columns, complete_format, restore_column
from autoencode.features.column_match import count_gaps, match_type
from autoencode.features.column_type import parse_type
from autoencode.features.encoding_choices import EncodingChoices
from autoencode.features.id_column import ID_REASON
from autoencode.features.number_block import Placed, encode_at_once
from autoencode.features.number_map import NUMERIC_SCALINGS
from autoencode.features.stored_fields import take
from autoencode.features.table_library import LIBRARIES, ArrowTable, ColumnFormat, read_table, write_table
from autoencode.nearest import end_with_nearest
from autoencode.printable import list_names, quote
from autoencode.types import ColumnDescription, FeatureGroup


class TableEncoder(TransformerMixin, BaseEstimator):
    """A table's columns as float32 features, and features as a table: fitted, invertible.

    A number becomes one feature of about unit size, a boolean one that is 0 or 1, a date one that counts time. Text,
    and what the table itself stores as categories, becomes one feature a category, of which one is 1, with one more
    for every other value and, where training had missing cells, one for those. The other kinds have missing cells
    filled and flagged by a feature of their own, where training had any. A column that is constant, or text whose
    values hardly come back (names, identifiers), has no features; `describe` says so.

    Parameters
    ----------
    numeric_scaling
        How numbers and dates are scaled: "standard", to mean 0 and standard deviation 1, or "quantile", to a normal
        distribution, which suits columns with long tails.
    max_categories
        The most categories of a column that have a feature of their own, ≥ 1; the others are read as "other".
    min_frequency
        The least share of rows that must hold such a category, in [0, 1).
    drop
        Names of columns to leave out.
    ids
        Names of columns that name the rows, and are left out; an `Autoencoder` finds them.
    unseen
        "refuse" what training did not have, or "encode" it, for a detector: every column then flags missing cells;
        numbers and dates are cut at 10⁶ scaled units; a constant column has features, with scale 1, or as a category.

    Attributes
    ----------
    columns_
        One object a column, in the table's order, with its ``name``, ``kind`` ("numeric", "boolean", "category",
        "datetime", "constant" or "left out") and what was fitted.
    ids_
        The names of the columns that are ids.
    groups_
        The features that stand for each column, as `FeatureGroup`; a column's flag of missing cells follows its values.
    n_features_in_, feature_names_in_
        Number of columns, and their names where X had names.
    library_
        The library of the table: "pandas", "polars", "pyarrow" or "numpy"; `inverse_transform` gives it back.

    Notes
    -----
    Columns are found by name: their order does not matter, columns that training did not have are ignored, and those
    without features need not be there. The columns of an array are called x0, x1, … A column is read as it was in
    training, whatever its cells look like later: digits as text where it held text, text as numbers, dates or truth
    values where it held those and all of it can be read so.

    A cell comes back as its own library has it, within float32 precision: integers rounded, dates rounded to the
    column's resolution, time zones and categories kept. A rare category comes back as "other" (or missing, where the
    categories are numbers), a constant as itself, and a column that was left out as missing.

    Examples
    --------
    >>> table = {"weight": [3.1, 2.5, None], "species": ["cat", "dog", "cat"]}
    >>> import pyarrow as pa
    >>> encoder = TableEncoder().fit(pa.table(table))
    >>> list(encoder.get_feature_names_out())
    ['weight', 'weight is missing', 'species=cat', 'species=dog', 'species=other']
    >>> encoder.inverse_transform(encoder.transform(pa.table(table))).to_pydict()["species"]
    ['cat', 'dog', 'cat']
    """

    def __init__(
        self, *, numeric_scaling="standard", max_categories=32, min_frequency=0.002, drop=(), ids=(), unseen="refuse"
    ):
        self.numeric_scaling = numeric_scaling
        self.max_categories = max_categories
        self.min_frequency = min_frequency
        self.drop = drop
        self.ids = ids
        self.unseen = unseen

    def fit(self, X: Any, y: Any = None, *, validation: Any = None) -> TableEncoder:
        """Learn how each column of a table is read.

        Parameters
        ----------
        X
            A table of pandas, polars or pyarrow (or any that narwhals knows), or a two-dimensional array; at least two
            rows.
        y
            Ignored.
        validation
            Another table of these columns that is to be transformed, such as rows that are held out. Nothing is learnt
            from it but which columns may have missing cells.

        Returns
        -------
        TableEncoder
            Itself.

        Raises
        ------
        InvalidInputError
            If a column cannot be read, or none has anything to learn; the message names it and says what to do.
        """
        del y
        choices, dropped = self._check_parameters()
        table = read_table(X, unread=set(dropped))
        for argument, names in (("drop", dropped), ("ids", self.ids)):
            for name in set(names).difference(table.names):
                nearest = end_with_nearest(name, table.names)
                raise InvalidInputError(f"{argument}: X has no column {quote(name)}{nearest}")
        left_out = dict.fromkeys(dropped, "dropped, as asked") | dict.fromkeys(self.ids, ID_REASON)
        rows = len(table.columns[0])
        if rows < 2:
            raise InvalidInputError(f"X has {rows} sample(s), and a minimum of 2 is required: one shows no spread.")
        gaps = {} if validation is None else count_gaps(validation, table, set(left_out))
        columns = choose_columns(table, left_out, choices, gaps)
        if all(not column.groups for column in columns):
            reasons = "; ".join(f"{quote(c.name)}: {c.kind}, {c.describe()[1]}" for c in columns[:3])
            raise InvalidInputError(f"X has no column to learn from ({reasons}).")
        formats = [complete_format(*pair) for pair in zip(table.formats, columns, strict=True)]
        self._set_fitted(table.library, table.labels, columns, formats)
        return self

    def _check_parameters(self) -> tuple[EncodingChoices, list[str]]:
        """Return the constructor's arguments, checked."""
        scaling, most, least, drop = self.numeric_scaling, self.max_categories, self.min_frequency, self.drop
        if not isinstance(scaling, str) or scaling not in NUMERIC_SCALINGS:
            nearest = end_with_nearest(scaling, NUMERIC_SCALINGS)
            raise InvalidInputError(
                f"numeric_scaling must be one of {', '.join(NUMERIC_SCALINGS)}, got {scaling!r}{nearest}"
            )
        if not isinstance(most, int | np.integer) or isinstance(most, bool) or most < 1:
            raise InvalidInputError(f"max_categories must be a whole number ≥ 1, got {most!r}.")
        if not isinstance(least, int | float | np.number) or isinstance(least, bool) or not 0 <= least < 1:
            raise InvalidInputError(f"min_frequency must be a number in [0, 1), got {least!r}.")
        for name, value in (("drop", drop), ("ids", self.ids)):
            if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset):
                raise InvalidInputError(f"{name} must be a list of column names, got {value!r}.")
        if self.unseen not in ("refuse", "encode"):
            raise InvalidInputError(f"unseen must be 'refuse' or 'encode', got {self.unseen!r}.")
        return EncodingChoices(scaling, int(most), float(least), self.unseen), [str(name) for name in drop]

    def _set_fitted(self, library: str, labels: list[Any], columns: list[Column], formats: list[ColumnFormat]) -> None:
        self.library_ = library
        self.columns_ = tuple(columns)
        self.ids_ = tuple(column.name for column in columns if column.describe()[1] == ID_REASON)
        self._labels, self._formats = tuple(labels), tuple(formats)
        groups = [(column.name, *group) for column in columns for group in column.groups]
        stops = accumulate(width for _, _, width in groups)
        self.groups_ = tuple(
            FeatureGroup(name, kind, stop - width, stop)
            for (name, kind, width), stop in zip(groups, stops, strict=True)
        )
        self.n_features_in_ = len(columns)
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if library != "numpy" and all(isinstance(label, str) for label in labels):
            self.feature_names_in_ = np.array(labels, dtype=object)

    def transform(self, X: Any) -> Float32[np.ndarray, "samples features"]:
        """Return a table's features.

        Parameters
        ----------
        X
            A table with the columns of training, in any order, of any library; or, by position, an array.

        Returns
        -------
        array of shape (samples, features), float32
            All finite.

        Raises
        ------
        InvalidInputError
            If a column is not there, holds something else than in training, or, where `unseen` is "refuse", has missing
            cells for the first time or numbers too far out.
        """
        check_is_fitted(self)
        arrays = self._find_columns(X)
        rows = len(next(iter(arrays.values())))
        features = np.empty((rows, self.groups_[-1].stop), np.float32)
        placed, start = [], 0
        for column in self.columns_:
            if column.groups:
                placed.append(Placed(column, arrays[column.name], start))
            start += sum(width for _, width in column.groups)
        for column, array, start in encode_at_once(placed, features):
            encoded = column.encode(match_type(column, array))
            features[:, start : start + encoded.shape[1]] = encoded
        return features

    def _find_columns(self, X: Any) -> dict[str, pa.ChunkedArray]:
        """Return the columns of a table that have features, by name."""
        needed = {column.name for column in self.columns_ if column.groups}
        table = read_table(X, wanted=needed if self.library_ != "numpy" else None)
        if "numpy" in (table.library, self.library_):
            try:
                validate_data(self, X, reset=False, skip_check_array=True)  # it warns where one side has no names
            except ValueError as error:
                raise SampleShapeError(str(error)) from error
            return {column.name: array for column, array in zip(self.columns_, table.columns, strict=True)}
        absent = needed.difference(table.names)
        lacking = [column.name for column in self.columns_ if column.name in absent]
        if lacking:
            named = list_names(lacking, 5)
            raise SampleShapeError(f"X lacks columns that training had: {named}; give them, under these names.")
        return dict(zip(table.names, table.columns, strict=True))

    def inverse_transform(self, X: Float[np.ndarray, "samples features"], *, library: str | None = None) -> Any:
        """Return the table that features stand for.

        Parameters
        ----------
        X
            Features, or reconstructions of them.
        library
            "pandas", "polars", "pyarrow" or "numpy"; None gives the library of training.

        Returns
        -------
        table
            Every column of training, in order and of its type; see the Notes of the class.

        Raises
        ------
        InvalidInputError
            If X does not have the features of training, or is not finite.
        """
        check_is_fitted(self)
        features = np.asarray(X)
        width = self.groups_[-1].stop
        if features.ndim != 2 or features.shape[1] != width:
            raise SampleShapeError(f"X must have the shape (samples, {width}), got {features.shape}.")
        if features.dtype.kind not in "fiub" or not np.isfinite(features).all():
            raise InvalidInputError("X must hold finite numbers; look for reconstructions that are not.")

        arrays, start = [], 0
        for column in self.columns_:
            stop = start + sum(width for _, width in column.groups)
            arrays.append(pa.chunked_array([column.decode(features[:, start:stop])]))
            start = stop
        table = ArrowTable(self.library_, list(self._labels), arrays, list(self._formats))
        return write_table(table, library or self.library_)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the name of each feature, such as "age", "age is missing" or "deck=C"; no two are the same."""
        check_is_fitted(self)
        if input_features is not None:
            given = np.asarray(input_features, dtype=object)
            if hasattr(self, "feature_names_in_") and not np.array_equal(self.feature_names_in_, given):
                raise InvalidInputError("input_features is not equal to feature_names_in_")
            if len(given) != self.n_features_in_:
                count = self.n_features_in_
                raise InvalidInputError(f"input_features should have length equal to number of features ({count}).")
        names: dict[str, None] = {}
        for name in (name for column in self.columns_ for name in column.feature_names):
            unique, count = name, 1
            while unique in names:
                count += 1
                unique = f"{name} ({count})"
            names[unique] = None
        return np.array(list(names), dtype=object)

    def describe(self) -> list[ColumnDescription]:
        """Return how each column was read, in the table's order."""
        check_is_fitted(self)
        rows = []
        for column in self.columns_:
            words, note = column.describe()
            rows.append(ColumnDescription(column.name, words, sum(width for _, width in column.groups), note))
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted encoder as JSON can hold it; `from_dict` gives one back that gives the same bits."""
        check_is_fitted(self)
        choices, dropped = self._check_parameters()
        columns = [
            {"label": label, **column.to_dict(), "format": form.to_dict()}
            for label, column, form in zip(self._labels, self.columns_, self._formats, strict=True)
        ]
        return {
            **choices._asdict(),
            "drop": dropped,
            "library": self.library_,
            "columns": columns,
        }

    @classmethod
    def from_dict(cls, content: Any) -> TableEncoder:
        """Return the encoder that `to_dict` gave.

        Raises
        ------
        ModelFileError
            If it is not one.
        """
        drop, stored, library = (take(content, *part) for part in (("drop", list), ("columns", list), ("library", str)))
        encoder = cls(
            numeric_scaling=take(content, "numeric_scaling", str),
            max_categories=take(content, "max_categories", int),
            min_frequency=take(content, "min_frequency", float),
            drop=tuple(drop),
            unseen=take(content, "unseen", str, default="refuse"),
        )
        try:
            encoder._check_parameters()
        except InvalidInputError as error:
            raise ModelFileError(f"the table encoder's {error}") from error
        if library not in LIBRARIES:
            raise ModelFileError(f"the table encoder is of the library {library[:50]!r}, which is none of ours.")
        labels = [_take_label(column) for column in stored]
        if len({str(label) for label in labels}) != len(labels):
            raise ModelFileError("the table encoder has two columns of one name.")
        columns = [
            restore_column(str(label), column, encoder.unseen) for label, column in zip(labels, stored, strict=True)
        ]
        if all(not column.groups for column in columns):
            raise ModelFileError("the table encoder has no column with features.")
        formats = [
            ColumnFormat.from_dict(take(content, "format", dict), parse_type(column.type))
            for content, column in zip(stored, columns, strict=True)
        ]
        encoder._set_fitted(library, labels, columns, formats)
        encoder.ids = encoder.ids_
        return encoder

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _take_label(column: Any) -> str | int:
    """Return a stored column's name as its table has it."""
    if isinstance(column, dict) and type(column.get("label")) is int and abs(column["label"]) < 2**63:
        return column["label"]
    return take(column, "label", str)
