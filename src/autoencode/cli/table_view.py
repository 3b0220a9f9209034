"""How a table was read, column by column: what `autoencode data show` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autoencode.arrow import pa, pc

if TYPE_CHECKING:
    from autoencode.data.samples import Samples

_MOST_SHOWN = 3


@dataclass(frozen=True)
class ColumnView:
    """How one column was read.

    Attributes
    ----------
    column
        Its name.
    read_as
        As `TableEncoder.describe` has it; "left out" where nothing is learnt of it.
    first
        Its first cells, as they stand in the file.
    missing
        How many of its cells are missing.
    odd
        Cells that are not like the others: words read as missing, or what made it text; each with its row.
    note
        Why it is left out, or how it was read.
    """

    column: str
    read_as: str
    first: tuple[str, ...]
    missing: int
    odd: tuple[dict[str, Any], ...]
    note: str


def view_columns(samples: Samples) -> list[ColumnView]:
    """Return how each column of a table was read, those that were left out by the user last.

    Parameters
    ----------
    samples : Samples
        A table.
    """
    import narwhals as nw

    from autoencode.model.ids import list_ids
    from autoencode.tables.column_choice import choose_columns
    from autoencode.tables.encoding_choices import EncodingChoices
    from autoencode.tables.id_column import ID_REASON
    from autoencode.tables.table_library import read_table

    table: Any = samples.values
    cells: Any = samples.own_cells()
    ids = list_ids(nw.from_native(table), samples.reading)
    columns = choose_columns(read_table(table), dict.fromkeys(ids, ID_REASON), EncodingChoices(), {})
    described = {column.name: column.describe() for column in columns}
    views = []
    for name in [*table.column_names, *(name for name in cells.column_names if name not in table.column_names)]:
        own = cells.column(name) if name in cells.column_names else table.column(name)
        first = tuple("" if cell is None else str(cell) for cell in own.slice(0, _MOST_SHOWN).to_pylist())
        if name not in described:
            dropped = name in samples.reading.table.drop
            why = "asked for by --drop" if dropped else "counts the rows, as pandas writes its index"
            views.append(ColumnView(name, "left out", first, 0, (), why))
            continue
        column, (read_as, note) = table.column(name), described[name]
        views.append(ColumnView(name, read_as, first, column.null_count, _find_odd(column, own), note))
    return views


def _find_odd(column: Any, own: Any) -> tuple[dict[str, Any], ...]:
    """Return cells that are not like the others: words read as missing, or the few words among numbers."""
    from autoencode.data.text_numbers import BARE_NUMBER

    if not pa.types.is_string(own.type):
        return ()
    text = pc.utf8_trim_whitespace(own)
    odd = pc.and_(pc.is_null(column), pc.greater(pc.utf8_length(text), 0))
    if pa.types.is_string(column.type):
        is_number = pc.fill_null(pc.match_substring_regex(text, BARE_NUMBER), False)
        share = (pc.sum(is_number).as_py() or 0) / max(1, len(text) - column.null_count)
        if 0.5 < share < 1:
            odd = pc.or_(odd, pc.and_(pc.invert(is_number), pc.is_valid(column)))
    seen: dict[str, int] = {}
    for row in pc.indices_nonzero(pc.fill_null(odd, False)).to_pylist():
        seen.setdefault(own[row].as_py(), row)
        if len(seen) == _MOST_SHOWN:
            break
    return tuple({"row": row, "cell": cell} for cell, row in seen.items())
