"""The fewest cells whose change makes a flagged sample normal, by one detector, or by a pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import narwhals as nw
import numpy as np

from autoencode.estimators.repair import Cell, Repair, repair
from autoencode.model.detector import DetectorPair
from autoencode.model.format import Format
from autoencode.model.grouped_detector import Detector, GroupedDetector


def repair_jointly(detector: Detector, samples: Any) -> tuple[Repair, ...]:
    """Return the repair of each checked sample that is flagged; see `AnomalyDetector.repair`.

    By a pair, what either of the two proposes is put into the sample, and the pair judges it again.

    Parameters
    ----------
    detector
        What it learnt, or both.
    samples
        As the detector's format checked them.
    """
    if isinstance(detector, GroupedDetector):
        return _repair_by_group(detector, samples)
    if not isinstance(detector, DetectorPair):
        return repair(detector, samples)
    flagged = np.flatnonzero(detector.measure(samples) > detector.threshold)
    if not len(flagged):
        return ()
    chosen, form = samples[flagged], detector.fitted.format
    found: dict[int, Repair] = {}
    for part in detector.parts:
        proposed = [one for one in repair(part, chosen) if one.cells and one.sample not in found]
        if not proposed:
            continue
        changed = change_cells(form, chosen[np.array([one.sample for one in proposed])], proposed)
        scores = detector.measure(changed)
        found |= {one.sample: one for one, score in zip(proposed, scores, strict=True) if score <= detector.threshold}
    return tuple(
        Repair(place, found[number].cells if number in found else ()) for number, place in enumerate(flagged.tolist())
    )


def _repair_by_group(detector: GroupedDetector, samples: Any) -> tuple[Repair, ...]:
    """Repair each sample by what judges its group, which stays the same."""
    members, found = detector.find_members(samples), []
    for number in np.unique(members).tolist():
        places = np.flatnonzero(members == number)
        for one in repair_jointly(detector.judges[number], samples[places]):
            is_moved = any(cell.column == detector.column for cell in one.cells)
            found.append(Repair(int(places[one.sample]), () if is_moved else one.cells))
    return tuple(sorted(found, key=lambda one: one.sample))


def change_cells(form: Format, samples: Any, repairs: Iterable[Repair]) -> Any:
    """Return checked samples with what is proposed for them, a repair for each, in their order."""
    cells = [{cell.column: cell.proposed for cell in one.cells} for one in repairs]
    if not isinstance(samples, nw.DataFrame):
        changed = np.array(samples, np.result_type(samples, np.float32))
        names = list(map(str, form.list_columns()))
        for row, proposed in enumerate(cells):
            for name, value in proposed.items():
                changed[row, names.index(name)] = np.nan if value is None else value
        return changed
    columns = [name for name in samples.columns if any(name in proposed for proposed in cells)]
    series = [_replace(samples[name], [proposed.get(name, _OWN) for proposed in cells]) for name in columns]
    return samples.with_columns(*series) if series else samples


_OWN = object()
"""Stands for a cell that stays."""


def _replace(series: nw.Series, cells: list[Any]) -> nw.Series:
    """Return a column with other cells, of the same type."""
    values = [own if cell is _OWN else cell for own, cell in zip(series.to_list(), _read(series, cells), strict=True)]
    return nw.new_series(series.name, values, series.dtype, backend=series.implementation)


def _read(series: nw.Series, cells: list[Any]) -> Iterator[Any]:
    """Return cells as a column holds them: dates and times are read from their text."""
    for cell in cells:
        if isinstance(cell, str) and series.dtype in (nw.Date, nw.Datetime):
            moment = datetime.fromisoformat(cell)
            yield moment.date() if series.dtype == nw.Date else moment
        else:
            yield cell


def list_changes(repairs: Iterable[Repair]) -> dict[str, dict[int, Cell]]:
    """Return what is proposed, by column and place."""
    changes: dict[str, dict[int, Cell]] = {}
    for one in repairs:
        for cell in one.cells:
            changes.setdefault(cell.column, {})[one.sample] = cell.proposed
    return changes
