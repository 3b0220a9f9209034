"""How many of a hundred planted errors are among the hundred highest scores; ours beside an isolation forest."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from comparisons import count_found
from ours import detect_errors, source_folder
from planting import KINDS, PER_KIND, PLANS, Columns, plant
from protocol import SEEDS, data_folder
from score_files import keep_scores

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FOREST", "encode_one_hot", "make_table", "measure_planted"]

FOREST = "IsolationForest"


def read_columns(name: str) -> Columns:
    """Return a table's columns as `planting` wants them."""
    import autoencode as ae

    table = ae.data.read(data_folder("tables") / f"{name}.csv").values
    columns = {}
    for column in table.column_names:
        cells = table[column].to_pylist()
        is_number = all(isinstance(cell, float | int | None) and not isinstance(cell, bool) for cell in cells)
        columns[column] = np.array(cells, dtype=np.float64 if is_number else object)
    return {column: values for column, values in columns.items() if column not in PLANS[name].left_out}


def make_table(columns: Columns) -> pa.Table:
    """Return the columns as a table, as a file would give it: whole numbers as integers, missing cells as nulls."""
    import pyarrow as pa

    arrays = {}
    for name, values in columns.items():
        if values.dtype == object:
            arrays[name] = pa.array(values.tolist())
        else:
            missing = np.isnan(values)
            kind = pa.int64() if np.all(values[~missing] % 1 == 0) else pa.float64()
            arrays[name] = pa.array(values, mask=missing).cast(kind)
    return pa.table(arrays)


def encode_one_hot(columns: Columns) -> np.ndarray:
    """Return numbers with the median in missing cells, and a column of 0 and 1 for each category."""
    features = []
    for values in columns.values():
        if values.dtype == object:
            features += [values == category for category in sorted({cell for cell in values if cell is not None})]
        else:
            features.append(np.where(np.isnan(values), np.nanmedian(values), values))
    return np.stack(features, axis=1).astype(np.float64)


def score_with_forest(columns: Columns, seed: int) -> np.ndarray:
    from sklearn.ensemble import IsolationForest

    rows = encode_one_hot(columns)
    return -IsolationForest(random_state=seed).fit(rows).score_samples(rows)


def measure_planted(cache: Path, *, peers_only: bool = False) -> dict[str, Any]:
    """Return, by table, the rows, and by detector and kind the errors found with each seed."""
    results = {}
    for name, plan in PLANS.items():
        columns = read_columns(name)
        found: dict[str, dict[str, list[int]]] = {}
        for seed in SEEDS:
            planted = plant(columns, plan, seed)
            scores = {FOREST: score_with_forest(planted.columns, seed)}
            if not peers_only:
                table = make_table(planted.columns)
                path = source_folder(cache) / f"planted-{name}-{seed}.npz"
                scores["ours"] = keep_scores(path, partial(detect_errors, table, seed)).scores
            for detector, given in scores.items():
                by_kind = found.setdefault(detector, {kind: [] for kind in KINDS})
                for kind, rows in planted.rows.items():
                    by_kind[kind].append(count_found(given, rows, PER_KIND * len(KINDS)))
        results[name] = {"rows": len(next(iter(columns.values()))), "found": found}
        print(f"  {name} done", file=sys.stderr, flush=True)
    return results
