"""The columns that a model rebuilds worst: what a page shows of a wide table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autoencode.evaluation import ColumnError
from autoencode.report.study import CellColumn, StudySamples

MOST_COLUMNS = 100
"""Of a wide table, so many columns are listed."""


def order_columns(errors: Sequence[ColumnError], baseline: Sequence[ColumnError]) -> list[int]:
    """Return the indices of errors, the worst first: the largest share of the mean sample's; what is no number last.

    Examples
    --------
    >>> errors = [ColumnError(name, "numeric", error, "", "") for name, error in (("a", 1.0), ("b", 3.0))]
    >>> order_columns(errors, [ColumnError(name, "numeric", 4.0, "", "") for name in "ab"])
    [1, 0]
    """

    def share(index: int) -> float:
        error, mean = errors[index].error, baseline[index].error
        if not (math.isfinite(error) and math.isfinite(mean)) or error == mean == 0:
            return -1.0
        return error / mean if mean else math.inf

    return sorted(range(len(errors)), key=lambda index: -share(index))


def order_rows(samples: StudySamples, indices: Sequence[int] | np.ndarray) -> list[int]:
    """Return the indices of the columns that have features, those first that are furthest off in some samples.

    A column is as far off as the one of its features that is, in standard deviations of that feature.
    """
    columns = [index for index, column in enumerate(samples.columns) if column.start < column.stop]
    if not columns:
        return []
    truth = samples.features[indices].astype(np.float64)
    scale = samples.features.astype(np.float64).std(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.square((truth - samples.rebuilt[indices]) / np.where(scale > 0, scale, 1.0)).sum(axis=0)
    starts = [samples.columns[index].start for index in columns]
    furthest = np.maximum.reduceat(np.nan_to_num(off, nan=np.inf), starts)
    return [columns[index] for index in np.argsort(-furthest, kind="stable")]


def narrow(samples: StudySamples) -> StudySamples:
    """Return samples with the columns that are rebuilt worst alone, in the table's order."""
    order = order_columns(samples.column_errors, samples.column_baseline)
    worst = set(list(dict.fromkeys(samples.column_errors[index].column for index in order))[:MOST_COLUMNS])
    columns: list[CellColumn] = []
    kept: list[int] = []
    for column in samples.columns:
        if column.name in worst and column.start < column.stop:
            columns.append(replace(column, start=len(kept), stop=len(kept) + column.stop - column.start))
            kept.extend(range(column.start, column.stop))
    return replace(
        samples,
        columns=tuple(columns),
        features=samples.features[:, kept],
        rebuilt=samples.rebuilt[:, kept],
        shape=(len(columns),),
    )
