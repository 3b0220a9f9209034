"""The columns of tables: which names and kinds are taken, and how the tables of several files become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from autoencode.arrow import pa, pc
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import CorruptDataError, InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.printable import UNPRINTABLE, quote
from autoencode.stored_tables import map_column

_LONGEST_NAME = 500


def keep_columns(name: str, columns: Sequence[str], options: TableOptions) -> list[str]:
    """Return the columns that are not to be left out; none of those that are is judged.

    Raises
    ------
    InvalidInputError
        If a column to be left out is not there, or no column is left.
    """
    there, drop = set(columns), set(options.drop)
    for column in options.drop:
        if column not in there and not options.settled:
            raise InvalidInputError(f"drop: {name} has no column {quote(column)}{end_with_nearest(column, columns)}")
    kept = [column for column in columns if column not in drop]
    if columns and not kept:
        raise InvalidInputError(f"drop: leaves no column of {name}; leave out fewer")
    return kept


def check_names(name: str, columns: Sequence[str]) -> None:
    """Refuse column names that could not be told apart or shown.

    Raises
    ------
    InvalidInputError
        If a name is empty, appears twice, is longer than 500 characters, or has control characters.
    """
    for number, column in enumerate(columns, start=1):
        if not column.strip():
            raise InvalidInputError(
                f"{name}: column {number} of {len(columns)} has no name; name it, or leave it out "
                "(pandas writes its index so: use index=False)"
            )
        if len(column) > _LONGEST_NAME:
            raise InvalidInputError(
                f"{name}: the name of column {number} has {len(column):,} characters ({quote(column)}); "
                f"expected at most {_LONGEST_NAME}: is the first line a header?"
            )
        if UNPRINTABLE.search(column):
            raise InvalidInputError(
                f"{name}: the name of column {number}, {quote(column)}, has a line break or another control character; "
                "rename it"
            )
    repeated = [column for column, count in Counter(columns).items() if count > 1]
    if repeated:
        numbers = [number for number, column in enumerate(columns, start=1) if column == repeated[0]]
        raise InvalidInputError(
            f"{name}: {len(numbers)} columns are called {quote(repeated[0])} (numbers "
            f"{', '.join(map(str, numbers[:5]))}); rename all but one"
        )


def check_table(name: str, table: pa.Table) -> pa.Table:
    """Return a table whose columns hold one number, word or time a cell, without metadata, or refuse it.

    Raises
    ------
    InvalidInputError
        If a name cannot be used, or a column is nested, binary or of another kind that is no feature.
    """
    if not table.column_names:
        raise InvalidInputError(f"{name}: has no columns; expected at least one")
    check_names(name, table.column_names)
    for index, kind in enumerate(map(_decode, table.schema.types)):
        if pa.types.is_floating(kind) or pa.types.is_string(kind):
            continue  # most are; of 20,000 columns the questions below take longer than their cells
        if pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType):
            advice = "give each part a column of its own, or leave the column out"
        elif "binary" in str(kind) or pa.types.is_interval(kind):
            advice = "store numbers, text or times, or leave the column out"
        else:
            continue
        column = quote(table.column_names[index])
        raise InvalidInputError(f"{name}: column {column} holds {kind} cells, which is no feature; {advice}")
    return table.replace_schema_metadata(None)


def join_tables(names: Sequence[str], tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables below each other: one set of columns, in the first one's order; whole numbers may widen.

    Parameters
    ----------
    names : sequence of str
        What each table is called in messages.
    tables : sequence of pyarrow.Table
        At least one.

    Raises
    ------
    CorruptDataError
        If a table lacks a column or has one more, or a column is of another kind than before.
    """
    first = tables[0].column_names
    for name, table in zip(names[1:], tables[1:], strict=True):
        _compare_columns(names[0], first, name, table.column_names)
    ordered = [table.select(first) for table in tables] if len(tables) > 1 else list(tables)
    kinds = set(ordered[0].schema.types)
    if all(table.schema.equals(ordered[0].schema) for table in ordered) and kinds == set(map(_decode, kinds)):
        return pa.concat_tables(ordered)
    columns = [_join_column(names, [table.column(column) for table in tables], column) for column in first]
    return pa.table(columns, names=first)


def _compare_columns(first_name: str, first: Sequence[str], name: str, columns: Sequence[str]) -> None:
    there, before = set(columns), set(first)
    missing = [column for column in first if column not in there]
    added = [column for column in columns if column not in before]
    if missing:
        raise CorruptDataError(
            f"{name}: has no column {quote(missing[0])}, which {first_name} has{end_with_nearest(missing[0], added)}"
        )
    if added:
        raise CorruptDataError(f"{name}: has a column {quote(added[0])}, which {first_name} lacks")


def _join_column(names: Sequence[str], parts: Sequence[pa.ChunkedArray], column: str) -> pa.ChunkedArray:

    kind = _decode(parts[0].type)
    for name, part in zip(names[1:], parts[1:], strict=True):
        if part.type == parts[0].type and kind == part.type:
            continue
        merged = _merge(kind, _decode(part.type))
        if merged is None:
            raise CorruptDataError(
                f"{name}: column {quote(column)} holds {_decode(part.type)} cells, but {kind} in the files before it; "
                "one of them has a cell that does not belong there"
            )
        kind = merged
    cast = []
    for name, part in zip(names, parts, strict=True):
        try:
            cast.extend((part if part.type == kind else map_column(pc.cast, part, kind)).chunks)
        except pa.ArrowInvalid as error:
            raise CorruptDataError(
                f"{name}: column {quote(column)} cannot be read as {kind}, as other files need: {error!s:.150}"
            ) from error
    return pa.chunked_array(cast, type=kind)


def _decode(kind: pa.DataType) -> pa.DataType:

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _merge(first: pa.DataType, second: pa.DataType) -> pa.DataType | None:
    """Return the kind that holds the cells of both, None where there is none."""
    if pa.types.is_date(first) and pa.types.is_timestamp(second):
        return second
    if pa.types.is_timestamp(first) and pa.types.is_date(second):
        return first
    try:
        merged = pa.unify_schemas([pa.schema([("", first)]), pa.schema([("", second)])], promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None
    return merged.field(0).type
