"""What was detected, as the plain numbers and words that its report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
from jaxtyping import Bool, Int

from autoencode.evaluation.detection import Detection
from autoencode.model.feedback import MARK
from autoencode.model.grouped_detector import Detector
from autoencode.model.ids import list_described_ids
from autoencode.model.samples import Opened, open_samples
from autoencode.model.versions import describe_versions
from autoencode.report.abnormal_images import AbnormalImages, AbnormalRow
from autoencode.report.blocks import Marking
from autoencode.report.cells import show_cell
from autoencode.report.detecting import DetectionStudy, compose_detection

if TYPE_CHECKING:
    from autoencode.report import Report

FEWEST_ROWS, MOST_ROWS, MOST_IMAGES, MOST_LANES = 20, 2_000, 24, 64
"""Shown in a report: all that are flagged, within these numbers; so many as images, and so many lines of a step."""

MOST_MARKED = 2**18
"""How many cells a page has for the rows that a reader may mark."""


def report_detection(
    found: Detection, X: Any, *, against: Any = None, labels: Bool[np.ndarray, " samples"] | None = None
) -> Report:
    """Return the report of a detection: one HTML page that loads nothing from anywhere.

    Parameters
    ----------
    found
        What `detect` returned.
    X, against
        The samples that it was given.
    labels
        True where a sample is known to be an anomaly: then the report says how well they are found.

    Returns
    -------
    Report
        ``save(path)`` writes it; in a notebook it shows itself.

    Examples
    --------
    >>> from autoencode.estimators import detect
    >>> rows = np.random.default_rng(0).normal(size=(100, 3))
    >>> report_detection(detect(rows, random_state=0), rows).html[:15]
    '<!doctype html>'
    """
    from autoencode.report import Report, render_page

    return Report(render_page(compose_detection(study_detection(found, X, against=against, labels=labels))))


def report_judged(
    found: Detection, X: Any, places: Int[np.ndarray, " judged"], detector: Detector, name: str
) -> Report:
    """Return the report of samples that a kept detector judged, beside the normal samples that it keeps.

    Parameters
    ----------
    found
        What was found among the samples at `places`.
    X, places
        The samples, and which of them could be used.
    detector
        What judged them.
    name
        What it is called.
    """
    from autoencode.report import Report, render_page

    normal = open_samples(decode_references(detector), argument="against")
    order = np.argsort(detector.reference)
    nearest = order[np.searchsorted(detector.reference[order], found.explanation.nearest)]
    known = replace(normal, source=name, row_names=[f"row {place:,}" for place in detector.reference.tolist()])
    opened, own = open_samples(X), _read_own(X)
    if len(places) < opened.count:
        own = None if own is None else own[places]
        opened = replace(opened.take(places), row_names=[f"row {place:,}" for place in places.tolist()])
    study = _study(
        replace(found, explanation=replace(found.explanation, nearest=nearest)), opened, known, name, own=own
    )
    return Report(render_page(compose_detection(study)))


def decode_references(detector: Detector) -> Any:
    """Return the normal samples that a detector holds, as the samples of training were, those of both halves in one."""
    parts = []
    for part in detector.parts:
        features = part.fitted.scaling.invert(part.score.rows.astype(np.float32))
        parts.append(part.fitted.format.decode(features))
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return nw.concat([nw.from_native(part, eager_only=True) for part in parts]).to_native()


def study_detection(
    found: Detection, X: Any, *, against: Any = None, labels: Bool[np.ndarray, " samples"] | None = None
) -> DetectionStudy:
    """Return what there is to say of a detection; see `report_detection`."""
    samples = open_samples(X)
    normal = samples if against is None else open_samples(against, argument="against")
    return _study(found, samples, normal, None if against is None else normal.source, labels, own=_read_own(X))


def _study(
    found: Detection,
    samples: Opened,
    normal: Opened,
    reference: str | None,
    labels: Bool[np.ndarray, " samples"] | None = None,
    *,
    own: nw.DataFrame | None = None,
) -> DetectionStudy:
    images = _find_images(found, samples, normal)
    flagged = int(found.flagged[found.order[:MOST_ROWS]].sum())
    count = min(len(found.explanation), max(flagged, FEWEST_ROWS if images is None else MOST_IMAGES))
    ids = list_described_ids(found.columns)
    shown = [row for row in range(count) if row not in found.hidden]
    return DetectionStudy(
        found=found,
        source=samples.source,
        reference=reference,
        rows=tuple(_describe_row(found, samples, normal, row, ids) for row in shown),
        images=images,
        labels=labels,
        versions=", ".join(f"{name} {version}" for name, version in describe_versions().items()),
        marking=_offer_marks(found, samples if own is None else replace(samples, values=own), found.order[shown]),
    )


def _read_own(X: Any) -> nw.DataFrame | None:
    """Return the cells of a table as they stand in its file, where it came from one."""
    own = X.own_cells() if hasattr(X, "own_cells") else None
    return None if own is None else nw.from_native(own, eager_only=True)


def _offer_marks(found: Detection, samples: Opened, places: Int[np.ndarray, " rows"]) -> Marking | None:
    """Return what lets a reader mark rows of a table or of an array, with the cells by which they are known again."""
    table = samples.values
    columns = list(found.explanation.columns)
    if isinstance(table, nw.DataFrame):
        columns = list(map(str, table.columns))
    if found.kind is not None or not found.explanation.has_columns or MARK in columns:
        return None
    chosen = places[: MOST_MARKED // len(columns)]
    rows = table[chosen.tolist()].rows() if isinstance(table, nw.DataFrame) else np.asarray(table)[chosen]
    return Marking(columns, [[_write(cell) for cell in row] for row in rows])


def _write(cell: Any) -> str | None:
    """Return a cell as a file has it; None where it is missing."""
    if cell is None or cell != cell:
        return None
    return str(cell).lower() if isinstance(cell, bool | np.bool_) else str(cell)


def name_row(opened: Opened, place: int, ids: Sequence[str] = ()) -> str:
    """Return what a sample is called: its file, else its row; and its cells of the columns that name rows."""
    if place >= opened.count:
        return f"row {place - opened.count:,} of the feedback"
    name = f"row {place:,}" if opened.row_names is None else opened.row_names[place]
    if not ids:
        return name
    cells = zip(ids, _read_cells(opened, ids, place), strict=True)
    return ", ".join([name, *(f"{column} {cell}" for column, cell in cells)])


def _describe_row(found: Detection, samples: Opened, normal: Opened, number: int, ids: Sequence[str]) -> AbnormalRow:
    explanation, place = found.explanation, int(found.order[number])
    return AbnormalRow(
        name=name_row(samples, place, ids),
        nearest=name_row(normal, int(explanation.nearest[number]), ids),
        score=float(found.scores[place]),
        p_value=float(found.p_values[place]),
        flagged=bool(found.flagged[place]),
        reasons=(*found.reasons(number), *found.say_alike(number)),
        cells=tuple(map(_show, _read_cells(samples, explanation.columns, place))) if explanation.has_columns else (),
        shares=tuple(explanation.find_shares(number).tolist()) if explanation.has_columns else (),
    )


def _read_cells(samples: Opened, columns: Sequence[str], place: int) -> list[Any]:
    values = samples.values
    if isinstance(values, nw.DataFrame):
        row = values[[place]].row(0)
        cells = {str(name): cell for name, cell in zip(values.columns, row, strict=True)}
        return [cells.get(name) for name in columns]
    return np.asarray(values[place]).tolist()


def _show(cell: Any) -> str:
    """Return a cell as people read it; a date as text."""
    if isinstance(cell, int | float | np.number) and not isinstance(cell, bool):
        cell = float(cell)
        return show_cell(None if np.isnan(cell) else cell)
    return show_cell(cell if cell is None or isinstance(cell, bool) else str(cell))


def _find_images(found: Detection, samples: Opened, normal: Opened) -> AbnormalImages | None:
    """Return the first abnormal images; None where the samples are none."""
    shape = np.shape(samples.values)[1:]
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))
    if found.rebuilt is None or not is_image or (found.kind == "sequence" and shape[1] > MOST_LANES):
        return None
    places: Int[np.ndarray, " images"] = found.order[: min(MOST_IMAGES, len(found.explanation))]
    count = len(places)
    images = np.asarray(samples.values)[places].astype(np.float64)
    nearest = np.asarray(normal.values)[found.explanation.nearest[:count]].astype(np.float64)
    low, high = float(min(np.nanmin(images), np.nanmin(nearest))), float(max(np.nanmax(images), np.nanmax(nearest)))
    return AbnormalImages(
        samples=images,
        expected=found.rebuilt[:count].astype(np.float64),
        nearest=nearest,
        contributions=found.explanation.contributions[:count],
        value_range=(low, high) if low < high else (0.0, 1.0),
        are_sequences=found.kind == "sequence",
    )
