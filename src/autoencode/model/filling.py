"""Missing features rebuilt from the others by the networks, until they no longer change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32

from autoencode.model.fitted import Fitted
from autoencode.types import FeatureMatrix

MOST_PASSES, STEADY, LEAST_CHANGE = 50, 10, 1e-3
"""Passes at most, after how many each goes half of the way only, and the change below which a feature stays."""

MOST_MISSING = 0.9
"""How likely a cell is taken to be missing at most, where what is expected of the others is divided by the rest."""


@dataclass(frozen=True)
class FilledPart:
    """The features of one column, as filling sees them.

    Attributes
    ----------
    start, stop
        Its values, without the flag of missing cells: one number, or one number a category.
    categories
        How many of these are categories that a cell can have, the first; 0 of a number.
    flag
        The place of the flag of missing cells; None where there is none.
    usual
        What stands in the values of a missing cell.
    """

    start: int
    stop: int
    categories: int = 0
    flag: int | None = None
    usual: float = 0.0


def fill_scaled(
    fitted: Fitted,
    scaled: FeatureMatrix,
    parts: Sequence[FilledPart],
    missing: Bool[np.ndarray, "samples parts"],
) -> FeatureMatrix:
    """Return scaled features with what the networks rebuild of the missing ones.

    These start at 0: numbers at their mean, of categories none. A pass rebuilds all features by all usable restarts,
    whose mean counts, and takes the missing ones of it; then again, until none changes. A network that was trained by
    masking has learnt what 0 stands for, and says all it knows in one pass: the next would take its guesses for facts.

    Parameters
    ----------
    fitted
        What was learnt.
    scaled
        As the networks see them; what stands at missing ones does not matter.
    parts, missing
        The columns, and which cells of them are missing.
    """
    filled, among = _blank(scaled, parts, missing), missing.any(axis=1)
    if among.any():
        filled[among] = _settle(fitted, filled[among], parts, missing[among])
    return filled


def draw_scaled(
    fitted: Fitted,
    scaled: FeatureMatrix,
    parts: Sequence[FilledPart],
    missing: Bool[np.ndarray, "samples parts"],
    random: np.random.Generator,
) -> Iterator[FeatureMatrix]:
    """Yield scaled features with what codes stand for that are drawn of each row, without an end.

    The network that is kept says of each code how sure it is, of what is there: of the row without its missing cells,
    where masking taught it these, else of the filled one.

    Parameters
    ----------
    fitted
        What was learnt, variational.
    scaled, parts, missing
        As of `fill_scaled`.
    random
        Draws the codes.
    """
    from autoencode.parts.bottlenecks.gaussian import LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE
    from autoencode.training.inference import map_rows

    filled = fill_scaled(fitted, scaled, parts, missing)
    seen = _blank(scaled, parts, missing) if has_masking(fitted) else filled
    mean, log_variance = np.split(np.asarray(map_rows(_encode_whole, fitted.network, seen)), 2, axis=1)
    deviation = np.exp(np.clip(log_variance, LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE) / 2)
    while True:
        codes = mean + deviation * random.standard_normal(mean.shape, np.float32)
        rebuilt, drawn = fitted.decode_scaled(codes), filled.copy()
        for part, own in zip(parts, missing.T, strict=True):
            drawn[own, part.start : part.stop] = _take(fitted, rebuilt[own], part)
        yield drawn


def _encode_whole(network: Any, row: Any) -> Any:
    """Return mean and logarithm of the variance of one row's code."""
    return network.network.encode(row)


def is_variational(fitted: Fitted) -> bool:
    """Return whether a model knows how sure it is of a code."""
    return str(fitted.settings.part_texts["bottleneck"]).startswith("gaussian")


def _blank(
    scaled: FeatureMatrix, parts: Sequence[FilledPart], missing: Bool[np.ndarray, "samples parts"]
) -> FeatureMatrix:
    """Return features, 0 where a cell is missing."""
    blank = scaled.copy()
    for part, rows in zip(parts, missing.T, strict=True):
        blank[rows, part.start : part.stop] = 0
        if part.flag is not None:
            blank[rows, part.flag] = 0
    return blank


def _settle(
    fitted: Fitted, rows: FeatureMatrix, parts: Sequence[FilledPart], missing: Bool[np.ndarray, "samples parts"]
) -> FeatureMatrix:
    moving = np.arange(len(rows))  # a row that stays is left alone, so that it does not matter among which it is
    for number in range(1 if has_masking(fitted) else MOST_PASSES):
        rebuilt = fitted.rebuild_by_usable(rows[moving])
        before = rows[moving]
        for part, own in zip(parts, missing[moving].T, strict=True):
            after = _take(fitted, rebuilt[own], part)
            old = before[own, part.start : part.stop]
            rows[moving[own], part.start : part.stop] = after if number < STEADY else (old + after) / 2
        moving = moving[np.abs(rows[moving] - before).max(axis=1) > LEAST_CHANGE]
        if not len(moving):
            break
    return rows


def _take(fitted: Fitted, rebuilt: FeatureMatrix, part: FilledPart) -> Float32[np.ndarray, "some features"]:
    """Return what a reconstruction says of a column, if its cell is not missing."""
    values = rebuilt[:, part.start : part.stop].copy()
    if part.categories:
        values[:, part.categories :] = 0
        return values / np.maximum(values.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    if part.flag is not None:
        share = np.clip(rebuilt[:, part.flag : part.flag + 1], 0, MOST_MISSING)
        values = (values - share * np.float32(part.usual)) / (1 - share)
    if fitted.feature_ends is not None:
        ends = fitted.scaling.apply(fitted.feature_ends)
        values = np.clip(values, ends[0, part.start], ends[1, part.start])
    return values


def has_masking(fitted: Fitted) -> bool:
    """Return whether a model was trained to rebuild what is masked."""
    return str(fitted.settings.part_texts["corruption"]).startswith("masking")
