"""Cells that were filled in among a table's own, in the words and marks of its file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.arrow import pa, pc

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.estimators.filling import FilledColumn


DAYS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
)
TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
"""How files write dates and times; others are filled as 2024-12-31."""


def write_cells(samples: Samples, filled: Sequence[FilledColumn]) -> pa.Table:
    """Return a table's own cells, those of its file, with what was filled in.

    Parameters
    ----------
    samples
        The table as it was read.
    filled
        Of some of its columns.
    """
    table: Any = samples.own_cells()
    values: Any = samples.values
    for column in filled:
        own = table.column(column.name).combine_chunks()
        cells = column.cells.to_pylist()
        if pa.types.is_string(own.type) or pa.types.is_large_string(own.type):
            cells = _say(cells, values.column(column.name), own, samples.reading.table.decimal)
        mask = np.zeros(len(own), bool)
        mask[column.rows] = True
        place = table.column_names.index(column.name)
        replaced = pc.replace_with_mask(own, pa.array(mask), pa.array(cells).cast(own.type))
        table = table.set_column(place, column.name, replaced)
    return table


def write_draws(samples: Samples, drawn: Sequence[Sequence[FilledColumn]]) -> pa.Table:
    """Return several filled tables below each other, after a column that numbers them from 1."""
    tables = [write_cells(samples, filled) for filled in drawn]
    name = "draw"
    while name in tables[0].column_names:
        name = f"{name}_"
    numbers = (np.full(len(table), number) for number, table in enumerate(tables, 1))
    return pa.concat_tables(
        [table.add_column(0, name, pa.array(number)) for table, number in zip(tables, numbers, strict=True)]
    )


def _say(cells: Sequence[Any], values: Any, own: Any, decimal: str | None) -> list[str]:
    """Return cells as a file has them: in the commonest text that stands for the same, else numbers by its mark."""
    texts: dict[Any, Counter[str]] = {}
    for value, text in zip(values.to_pylist(), own.to_pylist(), strict=True):
        if value is not None:
            texts.setdefault(value, Counter())[text] += 1
    known = {value: counts.most_common(1)[0][0] for value, counts in texts.items()}
    form = _find_form(known)
    return [known[cell] if cell in known else _say_other(cell, decimal, form) for cell in cells]


def _find_form(known: dict[Any, str]) -> str | None:
    """Return how the dates of a file are written; None where that is not known, or there are none."""
    dates = [(value, text) for value, text in known.items() if isinstance(value, date)]
    forms = (day + time for day in DAYS for time in TIMES) if dates else ()
    return next((form for form in forms if all(value.strftime(form) == text for value, text in dates)), None)


def _say_other(cell: Any, decimal: str | None, form: str | None) -> str:
    if isinstance(cell, date) and form is not None:
        return cell.strftime(form)
    if not isinstance(cell, float):
        return str(cell)
    text = f"{cell:.6f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if decimal == "," else text
