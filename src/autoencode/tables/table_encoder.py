"""Tables of numbers, booleans, categories and dates as float32 features, and back."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from autoencode.exceptions import InvalidInputError
from autoencode.tables.encoding_choices import EncodingChoices, check_choices
from autoencode.tables.table_columns import TableColumns
from autoencode.tables.table_library import find_library
from autoencode.types import ColumnDescription


def _part(path: str) -> Any:
    """Return an attribute that an encoder has once it is fitted: a part of what it learnt."""
    return property(lambda self: attrgetter(path)(self.fitted_))


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
        choices = EncodingChoices(self.numeric_scaling, self.max_categories, self.min_frequency, self.unseen)
        check_choices(choices, self.drop, self.ids)
        choices = choices._replace(max_categories=int(self.max_categories), min_frequency=float(self.min_frequency))
        drop = [str(name) for name in self.drop]
        self._hold(TableColumns.fit(X, choices, drop=drop, ids=self.ids, validation=validation))
        return self

    def _hold(self, fitted: TableColumns) -> None:
        self.fitted_ = fitted
        self.n_features_in_ = len(fitted.columns)
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if fitted.names is not None:
            self.feature_names_in_ = np.array(fitted.names, dtype=object)

    # ------------------------------------------------------------------ what was learnt

    columns_ = _part("columns")
    groups_ = _part("groups")
    ids_ = _part("ids")
    library_ = _part("library")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "fitted_")

    # ------------------------------------------------------------------ applying

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
        features = self.fitted_.encode(X)
        if "numpy" in (self.library_, find_library(X)):
            validate_data(self, X, reset=False, skip_check_array=True)  # it warns where one side has no names
        return features

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
        return self.fitted_.decode(X, library)

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
        return np.array(self.fitted_.list_features(), dtype=object)

    def describe(self) -> list[ColumnDescription]:
        """Return how each column was read, in the table's order."""
        check_is_fitted(self)
        return self.fitted_.describe()

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted encoder as JSON can hold it; `from_dict` gives one back that gives the same bits."""
        check_is_fitted(self)
        return self.fitted_.to_dict()

    @classmethod
    def from_dict(cls, content: Any) -> TableEncoder:
        """Return the encoder that `to_dict` gave.

        Raises
        ------
        ModelFileError
            If it is not one.
        """
        return cls.of(TableColumns.from_dict(content))

    @classmethod
    def of(cls, fitted: TableColumns) -> TableEncoder:
        """Return an encoder that holds fitted columns."""
        encoder = cls(**fitted.choices._asdict(), drop=fitted.drop, ids=fitted.ids)
        encoder._hold(fitted)
        return encoder

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
