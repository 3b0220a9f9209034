"""Cells of a table as text: as they came, and as a reconstruction has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from autoencode.report.study import CellColumn, StudySamples
from autoencode.report.wording import say, shorten

__all__ = ["count_decimals", "decode_cell", "find_shades", "show_cell", "show_duration"]

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
    number = float(cell) + 0.0  # a negative zero is zero
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


def count_decimals(step: float) -> int:
    """Return how many decimals of a second a time of that resolution has: 0, 3, 6 or 9.

    Examples
    --------
    >>> count_decimals(60.0), count_decimals(1e-3)
    (0, 3)
    """
    return 0 if step >= 1 else round(-math.log10(step))


def show_duration(seconds: float, step: float) -> str:
    """Return a duration in days where all of its column are whole days, else in seconds.

    Examples
    --------
    >>> show_duration(172_800.0, 86_400.0), show_duration(-1.5, 1e-3)
    ('2 days', '−1.500 s')
    """
    text = f"{seconds / DAY:.0f} days" if step == DAY else f"{seconds:.{count_decimals(step)}f} s"
    return text.replace("-", "−")


def _show_time(seconds: float, inverse: Mapping[str, Any]) -> str:
    """Return a date, a time of day or a duration of so many seconds from its column's origin."""
    kind, step, origin = inverse["type"], inverse["step"], inverse["origin"]
    ticks = round(seconds / step)
    if kind.startswith("duration"):
        return show_duration(ticks * step, step)
    is_clock = kind.startswith(("time32", "time64"))
    least, end = (0, DAY) if is_clock else (FIRST_SECOND, LAST_SECOND + 1)
    ticks = min(max(ticks, math.ceil((least - origin) / step)), math.ceil((end - origin) / step) - 1)
    a_second = 10 ** count_decimals(step)
    whole, rest = divmod(ticks, a_second) if a_second > 1 else (round(ticks * step), 0)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=origin + whole)
    fraction = f".{rest:0{count_decimals(step)}d}" if a_second > 1 else ""
    if is_clock:
        return f"{moment:%H:%M:%S}{fraction}"
    day = f"{moment.year:04d}-{moment:%m-%d}"
    return day if step == DAY else f"{day} {moment:%H:%M:%S}{fraction}{'Z' if 'tz=' in kind else ''}"


def _fit_whole(number: float, kind: str) -> float:
    """Return the nearest whole number that an integer type such as "uint8" holds, and float64 tells apart."""
    limits = np.iinfo(kind)
    return float(np.clip(np.rint(number), max(limits.min, -(2**53)), min(limits.max, 2**53)))


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
    if len(part) > 1 and part[1] >= 0.5:
        return None
    if column.kind == "boolean":
        return bool(part[0] >= 0.5)
    number = _invert(inverse["map"], float(part[0])) if "map" in inverse else float(part[0])
    if column.kind == "datetime":
        return _show_time(number, inverse)
    return _fit_whole(number, inverse["type"]) if "int" in inverse.get("type", "") else number


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
