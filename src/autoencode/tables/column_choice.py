"""The choice of what a column is read as, from its cells in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from autoencode.arrow import pa
from autoencode.exceptions import ModelFileError
from autoencode.printable import quote
from autoencode.stored_tables import has_more_values
from autoencode.tables.boolean_column import BooleanColumn
from autoencode.tables.category_column import OTHER, CategoryColumn
from autoencode.tables.column_type import find_family, parse_type
from autoencode.tables.datetime_column import TIME_FAMILIES, DatetimeColumn
from autoencode.tables.encoding_choices import EncodingChoices
from autoencode.tables.fixed_column import FixedColumn
from autoencode.tables.missing_flag import find_missing
from autoencode.tables.number_block import fit_at_once
from autoencode.tables.numeric_column import EXACT, NumericColumn, read_numbers
from autoencode.tables.stored_fields import take
from autoencode.tables.table_library import ArrowTable, ColumnFormat

Weights = Float64[np.ndarray, " rows"]

Column = NumericColumn | BooleanColumn | CategoryColumn | DatetimeColumn | FixedColumn

_CLASSES: dict[str, type[Column]] = {
    "numeric": NumericColumn,
    "boolean": BooleanColumn,
    "category": CategoryColumn,
    "datetime": DatetimeColumn,
    "constant": FixedColumn,
    "left out": FixedColumn,
}
_FAMILIES = {
    "numeric": ("numbers",),
    "category": ("text", "numbers"),
    "datetime": TIME_FAMILIES,
}

# Text of more different values than this, and than half of its rows, names the rows.
FEW_VALUES = 10
NAMING_SHARE = 0.5
MOST_VALUES = 100_000
"""Text of more different values names the rows too, however many rows there are: so many can be counted."""

# The least share of a column's rows that must hold one of the categories that have a feature of their own.
LEAST_COVERED = 0.2


def choose_columns(
    table: ArrowTable,
    left_out: Mapping[str, str],
    choices: EncodingChoices,
    gaps: Mapping[str, int],
    weights: Weights | None = None,
) -> list[Column]:
    """Choose what each column of a table is read as, and fit it to its training cells.

    Parameters
    ----------
    table
        The training rows, at least one.
    left_out
        The names of the columns that are not read, with the reason in words.
    choices
        What the encoder was told.
    gaps
        How many cells other rows, which are to be encoded, lack in each column that lacks any.
    weights
        How much each row counts, > 0; None: all the same.
    """
    columns: list[Column] = []
    known = fit_at_once(table, left_out, choices, weights)
    for name, array, form in zip(table.names, table.columns, table.formats, strict=True):
        if name in left_out:
            column = FixedColumn(name, str(array.type), (), left_out[name])
        else:
            column = known.get(name) or choose_column(
                name, array, bool(form.index_type), choices, has_gaps=name in gaps, weights=weights
            )
        if name in gaps and not isinstance(column, FixedColumn):
            column = replace(column, missing=column.missing + gaps[name])
        columns.append(column)
    return columns


def choose_column(
    name: str,
    array: pa.ChunkedArray,
    categorical: bool,
    choices: EncodingChoices,
    *,
    has_gaps: bool = False,
    weights: Weights | None = None,
) -> Column:
    """Choose what a column is read as, and fit it to its training cells.

    Parameters
    ----------
    name
        The column's name.
    array
        Its training cells, at least one.
    categorical
        Whether the table itself stores the column as categories, be they text or numbers.
    choices
        What the encoder was told.
    has_gaps
        Whether other rows, which are to be encoded, have missing cells: then it is not constant.
    weights
        How much each row counts, > 0; None: all the same.

    Returns
    -------
    Column
        A `FixedColumn` where there is nothing to learn: every cell is missing or the same, or the column is text whose
        values hardly come back. Where what training did not have is encoded, the same in every cell is no reason: it is
        fitted as what it holds, a number that float64 cannot tell from its neighbours as a category.
    """
    family, missing = find_family(array.type), find_missing(array)
    if missing.all():
        return FixedColumn(name, str(array.type), (), "every cell is missing")
    # It refuses infinities, which are no constant either.
    numbers = read_numbers(name, array, exact=False) if family == "numbers" else np.zeros(1)
    is_constant = not missing.any() and not has_gaps and array[0] == array[-1] and not has_more_values(array, 1)
    if is_constant and choices.unseen == "refuse":
        return FixedColumn.fit(name, array)
    categorical = categorical or (is_constant and abs(numbers[0]) > EXACT)
    column = _fit_column(name, array, categorical, choices, weights)
    return _encode_unseen(column) if choices.unseen == "encode" else column


def _encode_unseen(column: Column) -> Column:
    """Return a column that encodes what training did not have; one without features has nowhere to do so."""
    return column if isinstance(column, FixedColumn) else replace(column, encodes_unseen=True)


def _fit_column(
    name: str, array: pa.ChunkedArray, categorical: bool, choices: EncodingChoices, weights: Weights | None
) -> Column:
    """Fit a column of more than one value to its training cells, by what it holds."""
    family = find_family(array.type)
    if family == "booleans":
        return BooleanColumn.fit(name, array, weights)
    if family == "text" and has_more_values(array, MOST_VALUES):
        reason = f"more than {MOST_VALUES:,} different values say which row it is, not of what kind"
        return FixedColumn(name, str(array.type), (), reason)
    if family == "text" or categorical:
        column = CategoryColumn.fit(name, array, choices.max_categories, choices.min_frequency, weights)
        return _choose_category(column, array, weights)
    if family == "numbers":
        return NumericColumn.fit(name, array, choices.numeric_scaling, weights)
    return DatetimeColumn.fit(name, array, choices.numeric_scaling, weights)


def _choose_category(column: CategoryColumn, array: pa.ChunkedArray, weights: Weights | None) -> Column:
    """Return the column, or that it is left out where its values name the rows or hardly come back."""
    present, distinct = len(array) - column.missing, len(column.values) + column.rare
    covered, whole = present - column.rare_rows, present
    if weights is not None:
        covered = weights[column.encode(array)[:, : len(column.values)].any(axis=1)].sum()
        whole = weights[array.is_valid().to_numpy()].sum()
    if distinct > max(FEW_VALUES, NAMING_SHARE * present):
        reason = f"{distinct:,} different values in {present:,} rows say which row it is, not of what kind"
    elif covered < LEAST_COVERED * whole:
        share = 100 * covered / whole
        reason = f"of {distinct:,} different values, the frequent ones cover only {share:.0f} % of the rows"
    else:
        return column
    return FixedColumn(column.name, column.type, (), reason)


def restore_column(name: str, content: Any, unseen: str) -> Column:
    """Return the column that its `to_dict` gave; `unseen` is the encoder's.

    Raises
    ------
    ModelFileError
        If it is not one.
    """
    kind = take(content, "kind", str)
    if kind not in _CLASSES:
        raise ModelFileError(
            f"the table encoder's column {quote(name)} is of the kind {kind[:50]!r}, which there is not."
        )
    column = _CLASSES[kind].from_dict(name, content)
    family = find_family(parse_type(column.type))
    if kind in _FAMILIES and family not in _FAMILIES[kind]:
        raise ModelFileError(f"the table encoder's column {quote(name)} is {kind}, but of the type {column.type!r}.")
    return _encode_unseen(column) if unseen == "encode" else column


def complete_format(form: ColumnFormat, column: Column) -> ColumnFormat:
    """Return a format whose levels have all that the column's cells can come back as."""
    if not form.index_type or not isinstance(column, CategoryColumn | FixedColumn):
        return form
    is_fixed = isinstance(column, FixedColumn)
    levels = form.levels or (column.value if is_fixed else column.values)
    may_be_other = not is_fixed and (column.rare or not form.levels) and find_family(parse_type(column.type)) == "text"
    if may_be_other and OTHER not in levels:
        levels = (*levels, OTHER)
    fits = len(levels) <= np.iinfo(form.index_type).max
    return replace(form, levels=levels, index_type=form.index_type if fits else "int32")
