"""A column whose different cells are too many to be held: text, where some of its first cells can be nothing else."""

from __future__ import annotations

from autoencode.arrow import pa, pc, strings
from autoencode.data.cell_table import WEAK_MISSING
from autoencode.data.table_options import DATE_ORDERS, TableOptions
from autoencode.data.text_cells import GLANCED_AT, NEEDS_TRIMMING, TextColumn, any_match, is_padded, trim, without
from autoencode.data.text_dates import read_dates, read_iso, read_times
from autoencode.data.text_numbers import BARE_NUMBER, read_marked_numbers
from autoencode.stored_tables import has_more_values, map_column

MANY_VALUES = 2**20


def is_text_of_many(column: TextColumn, options: TableOptions) -> bool:
    """Tell whether a column is text for certain, of more than `MANY_VALUES` different cells.

    What its first cells are not, all of them are not either.
    """
    if column.kind not in (None, "text") or not has_more_values(column.cells, MANY_VALUES):
        return False
    if column.kind == "text" or column.is_code:
        return True
    first = column.cells.slice(0, MANY_VALUES).unique().drop_null().slice(0, GLANCED_AT)
    present, _ = without(trim(first).drop_null(), {*WEAK_MISSING, *options.missing})
    if pc.all(pc.is_in(pc.utf8_lower(present), value_set=strings(["true", "false"]))).as_py():
        return False
    marks = TableOptions(decimal=options.decimal, thousands=options.thousands)
    if read_marked_numbers(present, marks, by_scale=False):
        return False
    return read_times(present) is None and read_iso(present) is None and not read_dates(present, DATE_ORDERS)


def tidy_text(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the cells as `take_text` does: without blanks at their ends where all have some, none of blanks alone."""
    if not any_match(cells, NEEDS_TRIMMING):
        return cells
    padded = is_padded(cells)

    def tidy(part: pa.ChunkedArray, _: pa.DataType) -> pa.ChunkedArray:
        trimmed = trim(part)
        return trimmed if padded else pc.if_else(pc.is_valid(trimmed), part, None)

    return map_column(tidy, cells, cells.type)


def find_bare_numbers(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Tell which cells are numbers without marks; null where one is missing."""
    clean = trim if any_match(cells, NEEDS_TRIMMING) else lambda part: part
    return pa.chunked_array([pc.match_substring_regex(clean(part), BARE_NUMBER) for part in cells.chunks], pa.bool_())
