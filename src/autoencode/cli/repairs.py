"""What would make flagged rows normal: written into a copy of the table, and listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.cli.anomalies import read_cell
from autoencode.cli.output import announce
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.estimators.marking import Judged
    from autoencode.model.grouped_detector import Detector

MOST_PRINTED = 10


def write_repairs(detector: Detector, samples: Samples, judged: Judged, path: str) -> list[dict[str, Any]]:
    """Write the samples' own table with the fewest cells changed that make flagged rows normal; return the changes.

    Parameters
    ----------
    detector
        That judges.
    samples
        What was judged, with all columns that were read.
    judged
        Which of them could be used.
    path
        The file.
    """
    import pyarrow as pa

    from autoencode.cli.filled_cells import write_cells
    from autoencode.cli.targets import write_or_keep
    from autoencode.data.writing import write_samples
    from autoencode.estimators.filling import FilledColumn
    from autoencode.estimators.joint_repair import list_changes, repair_jointly
    from autoencode.model.samples import open_samples

    values: Any = samples.values
    if not hasattr(values, "column_names"):
        raise InvalidInputError(f"--repair: expected a table, got {samples.name}.")
    form = detector.fitted.format
    checked = form.check(open_samples(samples).take(judged.places), reset=False, finite=False)
    repairs = repair_jointly(detector, checked)
    filled = []
    for column, cells in list_changes(repairs).items():
        rows = judged.places[np.array(list(cells))]
        found = pa.array(list(cells.values())).cast(values.column(column).type)
        filled.append(FilledColumn(column, rows, found))
    table = write_cells(samples, filled)
    write_or_keep(lambda place: write_samples(table, place, own=table.column_names), path)
    mended = sum(bool(one.cells) for one in repairs)
    announce(f"wrote {len(table):,} rows to {path}, {mended:,} of {len(repairs):,} flagged ones with other cells")
    return [
        {
            "row": int(judged.places[one.sample]),
            "cells": [
                {"column": cell.column, "value": read_cell(cell.value), "proposed": read_cell(cell.proposed)}
                for cell in one.cells
            ],
            "text": str(one).partition(": ")[2],
        }
        for one in repairs
    ]


def print_repairs(repairs: list[dict[str, Any]]) -> None:
    """Print the first changes, a line a row."""
    for repair in repairs[:MOST_PRINTED]:
        print(f"row {repair['row']}: {repair['text']}")
    if len(repairs) > MOST_PRINTED:
        announce(f"… and {len(repairs) - MOST_PRINTED:,} more; --json lists all")
