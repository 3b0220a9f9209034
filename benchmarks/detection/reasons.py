"""How often the first reason of a flagged row is the cell that was planted; ours, TreeSHAP and the largest residual."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from environments import CONTESTANTS, python_of
from planted_cells import SETS, PlantedCells, encode_alike, plant_cells
from planted_errors import make_table
from planting import Columns
from repairs import find_imputed, find_recovered, find_right

import autoencode
from autoencode.estimators.table_cells import read_cells
from autoencode.model.detector import rebuild_samples

__all__ = ["METHODS", "PLANTED_SEEDS", "fit_normal", "measure_reasons", "tell_rows"]

HERE = Path(__file__).resolve().parent
METHODS = ("ours", "TreeSHAP", "residual")
"""That name a column; see the page."""
PLANTED_SEEDS = (1, 2, 3)
RATE = 0.01


def tell_rows(columns: Columns) -> Any:
    """Return columns as a detector is given them: as an array where these are numbers without names, else a table."""
    if list(columns) == [f"x{place}" for place in range(len(columns))]:
        return np.stack(list(columns.values()), axis=1)
    return make_table(columns)


def fit_normal(planted: PlantedCells, seed: int) -> Any:
    """Return a detector that is fitted to the rows without errors; of few rows it flags at the least rate there is."""
    count = len(next(iter(planted.train.values())))
    rate = max(RATE, 1.0001 / (round(count / 4) + 1))
    detector = autoencode.AnomalyDetector(contaminated=False, false_alarm_rate=rate, random_state=seed)
    return detector.fit(tell_rows(planted.train))


def name_by_residual(detector: Any, rows: Any) -> list[str]:
    """Return the column of each row's largest residual, in deviations of those of normal rows."""
    learnt, samples = detector.fitted_, detector._check(rows)
    scaled, rebuilt = rebuild_samples(learnt.fitted, samples)
    off = np.abs(scaled - rebuilt) / (learnt.score.points.residual.std(axis=0) + 1e-9)
    columns = [column for column in read_cells(learnt.fitted.format, samples) if column.stop > column.start]
    largest = np.stack([off[:, column.start : column.stop].max(axis=1) for column in columns], axis=1).argmax(axis=1)
    return [columns[place].name for place in largest]


def name_by_shap(planted: PlantedCells, seed: int) -> list[str]:
    """Return the column that makes each row most abnormal to an isolation forest, one-hot encoded."""
    train, rows, owners = encode_alike(planted.train, planted.planted)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.npz"
        np.savez(file, train=train, planted=rows)
        subprocess.run([python_of(CONTESTANTS["shap"]), HERE / "tree_shap.py", file, str(seed)], check=True)
        added = np.load(file.with_name("added.npy"))
    names = list(planted.train)
    by_column = np.stack([added[:, owners == place].sum(axis=1) for place in range(len(names))], axis=1)
    return [names[place] for place in by_column.argmin(axis=1)]


def find_named(planted: PlantedCells, named: Sequence[Sequence[str]]) -> np.ndarray:
    """Return in which rows a planted cell is among those named."""
    return np.array([bool(set(names) & set(places)) for names, places in zip(named, planted.places, strict=True)])


def measure_reasons() -> dict[str, Any]:
    """Return, by set and kind, how many rows were planted and flagged, and of how many each method names the cell."""
    results: dict[str, Any] = {}
    for name in SETS:
        by_kind: dict[str, dict[str, int]] = {}
        for seed in PLANTED_SEEDS:
            planted = plant_cells(name, seed)
            rows = tell_rows(planted.planted)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", autoencode.AutoencodeWarning)
                detector = fit_normal(planted, seed)
            flagged = detector.predict(rows) < 0
            reasons, repairs = detector.explain(rows, reasons=16).reasons, detector.repair(rows)
            changed = np.zeros(len(flagged), int)
            changed[[one.sample for one in repairs]] = [len(one.cells) for one in repairs]
            either = [
                [one.column for place, one in enumerate(given[:3]) if not place or one.either] for given in reasons
            ]
            hits = {
                "planted": np.ones(len(flagged), bool),
                "flagged": flagged,
                "ours": flagged & find_named(planted, [names[:1] for names in either]),
                "two named": flagged & np.array([len(names) > 1 for names in either]),
                "either": flagged & find_named(planted, either),
                "TreeSHAP": flagged & find_named(planted, [[one] for one in name_by_shap(planted, seed)]),
                "residual": flagged & find_named(planted, [[one] for one in name_by_residual(detector, rows)]),
                "repaired": changed > 0,
                "one cell": changed == 1,
                "right cells": find_right(planted, repairs),
                "recovered": find_recovered(planted, repairs, reasons),
                "KNN, told": find_right(planted, repairs) & find_imputed(planted),
            }
            for kind in dict.fromkeys(planted.kinds):
                found = by_kind.setdefault(kind, dict.fromkeys(hits, 0))
                for what, rows_hit in hits.items():
                    found[what] += int(rows_hit[np.array(planted.kinds) == kind].sum())
        results[name] = by_kind
        print(f"  {name} done", file=sys.stderr, flush=True)
    return results
