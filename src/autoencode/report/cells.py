"""Cells of a table as text: as they came, and as a reconstruction has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from autoencode.report.study import CellColumn, StudySamples
from autoencode.report.wording import say, shorten

__all__ = ["decode_cell", "find_shades", "show_cell"]

DAY = 86_400
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Of the years 1 and 9999, since 1970."""

MOST_CELL_LETTERS = 60

SHADE_STEPS = (0.25, 0.5, 1.0, 2.0)
"""From how many standard deviations of its column on a number is shaded, and more strongly."""


def show_cell(cell: float | str | bool | None) -> str:
    """Return a cell as people read it.

    Examples
    --------
    >>> show_cell(None), show_cell(True), show_cell(12.0), show_cell(-0.123456), show_cell(2.05)
    ('missing', 'true', '12', '−0.1235', '2.05')
    """
    if cell is None:
        return "missing"
    if isinstance(cell, bool | np.bool_):
        return str(bool(cell)).lower()
    if isinstance(cell, str):
        return shorten(cell, MOST_CELL_LETTERS)
    number = float(cell)
    if number.is_integer() and abs(number) < 1e6:
        return f"{number:,.0f}".replace("-", "−")
    text = say(number)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _invert(number_map: Mapping[str, Any], score: float) -> float:
    """Return the number that a score stands for, as the table encoder's maps do."""
    if number_map["scaling"] == "standard":
        return score * number_map["scale"] + number_map["offset"]
    scores, knots = np.array(number_map["scores"]), np.array(number_map["knots"])
    slope = (knots[-1] - knots[0]) / (scores[-1] - scores[0])
    beyond = min(score - scores[0], 0) + max(score - scores[-1], 0)
    return float(np.interp(score, scores, knots) + slope * beyond)


def _show_time(seconds: float, inverse: Mapping[str, Any]) -> str:
    """Return a date, a time of day or a duration of so many seconds from its column's origin."""
    kind, step = inverse["type"], inverse["step"]
    rounded = round(seconds / step) * step
    if kind.startswith("duration"):
        return f"{say(rounded / DAY)} days" if step == DAY else f"{say(rounded, 6)} s"
    is_clock = kind.startswith("time") and not kind.startswith("timestamp")
    least, most = (0, DAY - 1) if is_clock else (FIRST_SECOND, LAST_SECOND)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(max(inverse["origin"] + rounded, least), most))
    if is_clock:
        return f"{moment:%H:%M:%S}"
    day = f"{moment.year:04d}-{moment:%m-%d}"
    return day if step == DAY else f"{day} {moment:%H:%M:%S}"


def decode_cell(column: CellColumn, features: Float[np.ndarray, " features"]) -> float | str | bool | None:
    """Return the cell that the features of one sample stand for.

    Parameters
    ----------
    column
        Of a mixed table, or of numbers, where the feature is the cell.
    features
        Of the whole sample.

    Returns
    -------
    float, str, bool or None
        None where it is missing, or the column has no features.

    Examples
    --------
    >>> deck = CellColumn("deck", "category", ["A"], 0, 3, {"texts": ["A", "B"], "missing": 0})
    >>> decode_cell(deck, np.array([0.2, 0.7, 0.1]))
    'B'
    """
    part, inverse = features[column.start : column.stop], column.inverse
    if len(part) == 0 or not np.isfinite(part).all():
        return None
    if column.kind == "category":
        texts = [*inverse["texts"], "other"]
        best = int(part.argmax())
        return texts[best] if best < len(texts) else None
    if inverse.get("missing") and part[1] >= 0.5:
        return None
    if column.kind == "boolean":
        return bool(part[0] >= 0.5)
    number = _invert(inverse["map"], float(part[0])) if "map" in inverse else float(part[0])
    if column.kind == "datetime":
        return _show_time(number, inverse)
    return float(round(number)) if "int" in inverse.get("type", "") and np.isfinite(number) else number


def find_shades(column: CellColumn, samples: StudySamples, places: Int[np.ndarray, " some"], scale: float) -> list[int]:
    """Return how strongly the cells of a column are shaded in some samples: from 0, rebuilt well, to 4.

    Parameters
    ----------
    column
        One of the samples' columns.
    samples
        All of them.
    places
        Which samples.
    scale
        The standard deviation of a numeric column's feature.
    """
    if column.start == column.stop:
        return [0] * len(places)
    truth, rebuilt = samples.features[places], samples.rebuilt[places]
    off = np.abs(truth[:, column.start].astype(np.float64) - rebuilt[:, column.start]) / (scale or 1.0)
    levels = []
    for sample, other, distance in zip(truth, rebuilt, off, strict=True):
        cell, guess = decode_cell(column, sample), decode_cell(column, other)
        is_measured = column.kind in ("numeric", "datetime") and cell is not None and guess is not None
        level = int(np.searchsorted(SHADE_STEPS, distance, side="right")) if is_measured else len(SHADE_STEPS)
        levels.append(0 if cell == guess else level)
    return levels
