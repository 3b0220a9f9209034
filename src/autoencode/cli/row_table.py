"""A table of results, a row a sample: its ids first, then what was found, then the sample's own other columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autoencode.arrow import pa

if TYPE_CHECKING:
    import numpy as np

OURS = frozenset(
    ["row", "row_name", "score", "p_value", "flagged", "anomaly", "reason_1", "reason_2", "reason_3", "nearest"]
)
"""Names of our columns; one of the table's own that is called so gets another."""


def make_row_table(
    own: Any, ids: Sequence[str], rows: np.ndarray, row_names: Sequence[str] | None, found: dict[str, Any]
) -> tuple[pa.Table, list[str]]:
    """Return the table, and the names of the samples' own columns in it.

    Parameters
    ----------
    own
        The samples' own cells, in the order of the table; None of what is no table.
    ids
        Which of these columns name the rows.
    rows, row_names
        The number of each sample, and what it is called, if anything.
    found
        What was found, a column each.
    """
    columns: dict[str, Any] = {"row": pa.array(rows)}
    cells = {} if own is None else dict(zip(own.column_names, own.columns, strict=True))
    taken = list(cells)
    own_names = {name: _find_free(name, OURS | set(found) | (set(taken) - {name})) for name in taken}
    first = [name for name in ids if name in own_names]
    columns |= {own_names[name]: cells[name] for name in first}
    if row_names is not None:
        columns["row_name"] = pa.array(row_names)
    columns |= found
    columns |= {own_names[name]: cells[name] for name in taken if name not in first}
    return pa.table(columns), list(own_names.values())


def make_reason_columns(reasons: Sequence[Sequence[str] | None], most: int) -> dict[str, pa.Array]:
    """Return a column for the first, the second, … reason of each sample; None has none."""
    return {
        f"reason_{number + 1}": pa.array(
            [given[number] if given is not None and number < len(given) else None for given in reasons], pa.string()
        )
        for number in range(most)
    }


def _find_free(name: str, taken: Any) -> str:
    """Return the name of a column of the table, or one like it where ours has that name."""
    return name if name not in taken else _find_free(f"{name} in DATA", taken)
