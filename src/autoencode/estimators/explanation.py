"""Why a sample is abnormal: what each feature adds to its score, what would be expected of it, whom it resembles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float64, Int

from autoencode.estimators.cells import read_number_columns, read_table_columns
from autoencode.estimators.samples import name_columns
from autoencode.estimators.sequence_representation import SequenceRepresentation, join_steps
from autoencode.evaluation import conformal_p_values
from autoencode.evaluation.wording import say_number, say_percent
from autoencode.report.study import CellColumn
from autoencode.types import FeatureMatrix

__all__ = ["Explanation", "Reason", "explain"]

ALIKE = 20
"""How many normal samples, alike in every other column, say what is expected of one."""

WHOLE_SAID = 1e15
"""Below this a whole number is said digit by digit."""


@dataclass(frozen=True)
class Reason:
    """One column of one sample, beside what would be expected of it.

    Attributes
    ----------
    column
        Its name.
    value
        The sample's: a number, text, a truth value, or None where it is missing.
    expected, spread
        Of normal samples that are alike in every other column: the mean and the standard deviation of numbers; else
        what is most frequent, and its share. None where numbers are missing in all of them.
    share
        Of the sample's anomaly score, that the column adds.
    """

    column: str
    value: float | str | bool | None
    expected: float | str | bool | None
    spread: float | None
    share: float

    def __str__(self) -> str:
        found = "is missing" if self.value is None else f"is {_say(self.value)}"
        if isinstance(self.expected, float) and self.spread is not None:
            return f"{self.column} {found}, expected {_say_interval(self.expected, self.spread)}"
        expected = "missing" if self.expected is None else _say(self.expected)
        share = "" if self.spread is None else f" ({say_percent(round(self.spread, 2))})"
        return f"{self.column} {found}, expected {expected}{share}"


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why samples are as abnormal as they are.

    Attributes
    ----------
    columns
        Their names; of samples of several axes, of every number.
    contributions
        What each column adds to the anomaly score, ≥ 0, in units of the scaled features; of samples of several axes in
        their shape. A sample's add up to its `scores`.
    scores, p_values
        Anomaly score, high is abnormal, and conformal p-value of each sample.
    nearest
        The place, in the samples of `fit`, of the normal sample nearest to each.
    reasons
        Of each sample, the columns that add most, the first most; none that adds nothing.
    """

    columns: tuple[str, ...]
    contributions: Float64[np.ndarray, "samples ..."]
    scores: Float64[np.ndarray, " samples"]
    p_values: Float64[np.ndarray, " samples"]
    nearest: Int[np.ndarray, " samples"]
    reasons: tuple[tuple[Reason, ...], ...]

    def __len__(self) -> int:
        return len(self.scores)

    def __str__(self) -> str:
        return "\n".join(
            f"sample {place}: p = {say_number(p_value, 2)}; {'; '.join(map(str, reasons)) or 'no reasons'}"
            for place, (p_value, reasons) in enumerate(zip(self.p_values.tolist(), self.reasons, strict=True))
        )


def explain(detector: Any, samples: Any, rows: FeatureMatrix, rebuilt: FeatureMatrix, *, reasons: int) -> Explanation:
    """Explain checked samples; see `AnomalyDetector.explain`.

    Parameters
    ----------
    detector
        Fitted.
    samples
        As the detector's representation checked them.
    rows, rebuilt
        Their scaled features, and the reconstructions of these.
    reasons
        How many a sample.
    """
    model, score = detector.autoencoder_, detector._score
    representation = model._representation
    normal = representation.decode(model._scaling.invert(score.normal_rows.astype(np.float32)))
    if isinstance(representation, SequenceRepresentation):
        samples = representation.decode(samples)
    columns, normal_columns = _read_columns(detector, samples), _read_columns(detector, normal)
    scores, added, nearest = score.explain(rows, rebuilt)
    by_feature = join_steps(representation, added)
    by_column = np.stack([by_feature[:, column.start : column.stop].sum(axis=1) for column in columns], axis=1)
    found = []
    for sample, shares in enumerate(by_column / np.maximum(scores, np.finfo(float).tiny)[:, None]):
        squares = join_steps(representation, (score.normal_rows - rows[sample]) ** 2)
        total = squares.sum(axis=1)
        most = [place for place in np.argsort(-shares, kind="stable")[:reasons].tolist() if shares[place] > 0]
        found.append(
            tuple(
                _find_reason(columns[place], normal_columns[place], sample, (squares, total), float(shares[place]))
                for place in most
            )
        )
    return Explanation(
        tuple(column.name for column in columns),
        by_column if representation.encoder is not None else by_column.reshape(len(rows), *representation.sample_shape),
        scores,
        conformal_p_values(detector.calibration_scores_, scores),
        detector.reference_[nearest],
        tuple(found),
    )


def _read_columns(detector: Any, samples: Any) -> tuple[CellColumn, ...]:
    """Return the cells of checked or decoded samples, column by column."""
    representation = detector.autoencoder_._representation
    if representation.encoder is not None:
        native = samples.to_native() if isinstance(samples, nw.DataFrame) else samples
        return read_table_columns(representation.encoder, native, ())
    shape = representation.sample_shape
    names = name_columns(detector if representation.kind is None else detector.autoencoder_)
    if representation.kind == "picture":
        names = [str(list(place)) for place in np.ndindex(*shape)]
    return read_number_columns(names, np.asarray(samples).reshape(len(samples), -1), "")


def _find_reason(
    column: CellColumn,
    normal: CellColumn,
    sample: int,
    distances: tuple[Float64[np.ndarray, "normal features"], Float64[np.ndarray, " normal"]],
    share: float,
) -> Reason:
    """Hold one cell against those of the normal samples that are alike in every other column.

    The distances are squared: by feature, and of all.
    """
    squares, total = distances
    others = total - squares[:, column.start : column.stop].sum(axis=1)
    near = np.flatnonzero(others <= np.partition(others, min(ALIKE, len(others)) - 1)[min(ALIKE, len(others)) - 1])
    alike = near[np.argsort(others[near], kind="stable")[:ALIKE]].tolist()
    expected, spread = _sum_up([_read_cell(normal, place) for place in alike], column.kind)
    return Reason(column.name, _read_cell(column, sample), expected, spread, share)


def _read_cell(column: CellColumn, place: int) -> float | str | bool | None:
    cell = column.cells[place]
    return None if isinstance(cell, float) and np.isnan(cell) else cell


def _sum_up(cells: Sequence[float | str | bool | None], kind: str) -> tuple[Any, float | None]:
    """Return what is expected of cells like these, and its spread or its share."""
    known = [cell for cell in cells if cell is not None]
    if kind == "datetime" and known:
        return sorted(known)[len(known) // 2], None
    if kind == "numeric" and known:
        numbers = np.array(known, np.float64)
        return float(numbers.mean()), float(numbers.std())
    value, count = Counter(cells).most_common(1)[0]
    return value, count / len(cells)


def _say(value: float | str | bool) -> str:
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < WHOLE_SAID else say_number(value, 4)


def _say_interval(expected: float, spread: float) -> str:
    """Return a mean and a deviation, the mean to the digits that the deviation leaves it."""
    if spread == 0:
        return _say(expected)
    place = int(np.floor(np.log10(spread))) - 1
    if not -5 <= place <= 6:
        return f"{say_number(expected, 3)} ± {say_number(spread, 2)}"
    decimals = max(0, -place)
    return f"{round(expected, -place):,.{decimals}f} ± {round(spread, -place):,.{decimals}f}"
