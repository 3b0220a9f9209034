"""The fewest cells whose change makes a flagged sample normal, with values for them that were scored again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float32, Float64

from autoencode.estimators.explanation import explain, read_cell, sum_up_numbers
from autoencode.estimators.replacement import find_nearest, replace_cells, score_again
from autoencode.estimators.table_cells import read_cells
from autoencode.evaluation.explanation import find_place, say_cell
from autoencode.exceptions import InvalidInputError
from autoencode.model.detector import FittedDetector, rebuild_samples
from autoencode.report.study import CellColumn
from autoencode.tables.category_column import OTHER

MOST_CELLS, MOST_TRIED = 3, 6
"""Cells that are changed at most, and columns of a sample that are tried, those of its first reasons."""

FEW = 5
"""Of so many normal samples, the most alike, a cell is taken."""

DIGITS = 6
"""Numbers are proposed to so many decimals of their column's deviation, as float32 has them."""

MOST_NUMBERS = 2**22
"""Numbers of samples that are scored again at a time, so that they stay small in memory."""

Cell = float | str | bool | None


@dataclass(frozen=True)
class RepairedCell:
    """A cell, and what is proposed for it; None where it is missing, or better were."""

    column: str
    value: Cell
    proposed: Cell

    def __str__(self) -> str:
        value, proposed = ("missing" if cell is None else say_cell(cell) for cell in (self.value, self.proposed))
        return f"{self.column} {value} → {proposed}"


@dataclass(frozen=True)
class Repair:
    """The fewest cells whose change makes a flagged sample normal.

    Attributes
    ----------
    sample
        Its place among those that were given.
    cells
        One to three, with what is proposed for each: so changed, the sample was scored again, and is not flagged. None
        where no three cells were found.
    """

    sample: int
    cells: tuple[RepairedCell, ...]

    def __str__(self) -> str:
        said = "; ".join(map(str, self.cells))
        return f"sample {self.sample}: {said or f'no change of {MOST_CELLS} cells or fewer makes it normal'}"


@dataclass(frozen=True, eq=False)
class _Trial:
    """A sample with other cells in some columns, as scaled features, and the places of these columns."""

    sample: int
    places: tuple[int, ...]
    row: Float32[np.ndarray, " features"]


@dataclass(frozen=True, eq=False)
class _Judged:
    """A trial, its score, and the cells that were proposed."""

    trial: _Trial
    score: float
    cells: tuple[Cell, ...]


def repair(detector: FittedDetector, samples: Any) -> tuple[Repair, ...]:
    """Return, for each of checked samples that is flagged, its repair; see `AnomalyDetector.repair`.

    Parameters
    ----------
    detector
        What it learnt.
    samples
        As the detector's format checked them.

    Raises
    ------
    InvalidInputError
        If they are pictures or sequences.
    """
    form = detector.fitted.format
    if form.kind is not None:
        raise InvalidInputError(f"X holds {form.kind}s, of which no cells are repaired; give rows of a table.")
    rows, rebuilt = rebuild_samples(detector.fitted, samples)
    flagged = np.flatnonzero(detector.score.measure(rows, rebuilt) > detector.threshold)
    if not len(flagged):
        return ()
    samples, rows = samples[flagged], rows[flagged]
    columns = read_cells(form, samples)
    known = {column.name: place for place, column in enumerate(columns)}
    reasons = explain(detector, samples, reasons=MOST_TRIED).reasons
    tried = [[known[reason.column] for reason in given] for given in reasons]
    proposals = _Proposals.of(detector, columns)
    found: dict[int, _Judged] = {}
    for size in range(1, MOST_CELLS + 1):
        trials = (
            trial
            for sample in range(len(rows))
            if sample not in found
            for places in combinations(tried[sample], size)
            for trial in proposals.propose(sample, rows[sample], places)
        )
        by_sample: dict[int, list[_Judged]] = {}
        for judged in proposals.judge(trials, rows):
            if judged.score <= detector.threshold:
                by_sample.setdefault(judged.trial.sample, []).append(judged)
        found |= {sample: _choose(given) for sample, given in by_sample.items()}
    return tuple(
        Repair(place, _name_cells(found[sample], columns, sample) if sample in found else ())
        for sample, place in enumerate(flagged.tolist())
    )


def _choose(normal: Sequence[_Judged]) -> _Judged:
    """Return one of the trials that make a sample normal: of single cells the first, of several the most normal."""
    best = normal[0] if len(normal[0].trial.places) == 1 else min(normal, key=lambda judged: judged.score)
    return next(judged for judged in normal if judged.trial.places == best.trial.places)


def _name_cells(judged: _Judged, columns: Sequence[CellColumn], sample: int) -> tuple[RepairedCell, ...]:
    """Return the cells that are changed, of which there may be fewer than were tried."""
    pairs = [(columns[place], cell) for place, cell in zip(judged.trial.places, judged.cells, strict=True)]
    told = [(column, read_cell(column.cells[sample]), cell) for column, cell in pairs]
    return tuple(
        RepairedCell(column.name, _tell(column, value), _tell(column, cell))
        for column, value, cell in told
        if value != cell
    )


def _tell(column: CellColumn, cell: Cell) -> Cell:
    """Return a cell as its column has it: whole where its type is."""
    is_whole = str(column.inverse.get("type", "")).startswith(("int", "uint"))
    return int(cell) if is_whole and isinstance(cell, float) and np.isfinite(cell) else cell


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The normal cells of a column of numbers, whether all are whole, and how many decimals float32 tells of others."""

    cells: Float64[np.ndarray, " normal"]
    are_whole: bool
    decimals: int

    @classmethod
    def of(cls, cells: Float64[np.ndarray, " normal"]) -> _Numbers:
        known = cells[~np.isnan(cells)]
        deviation = float(known.std()) if len(known) else 0.0
        return cls(cells, not (known % 1).any(), DIGITS - math.floor(math.log10(deviation)) if deviation else DIGITS)

    def shorten(self, cell: float) -> float:
        """Return a number that features stood for, without what is left of their rounding."""
        return float(round(cell)) if self.are_whole else round(cell, self.decimals)


@dataclass(frozen=True, eq=False)
class _Proposals:
    """What makes trials of samples from normal ones, and scores them.

    Attributes
    ----------
    detector
        What it learnt.
    columns
        Of the samples.
    normal
        The normal samples that others are compared with, as scaled features.
    cells
        Their cells, column by column.
    """

    detector: FittedDetector
    columns: Sequence[CellColumn]
    normal: Float64[np.ndarray, "normal features"]
    cells: Sequence[CellColumn]

    @classmethod
    def of(cls, detector: FittedDetector, columns: Sequence[CellColumn]) -> _Proposals:
        """Return those of a detector, for samples with such columns."""
        fitted, normal = detector.fitted, detector.score.typical_rows
        decoded = fitted.format.decode(fitted.scaling.invert(normal.astype(np.float32)))
        return cls(detector, columns, normal, read_cells(fitted.format, decoded))

    def propose(self, sample: int, row: Float32[np.ndarray, " features"], places: tuple[int, ...]) -> Iterator[_Trial]:
        """Yield a row with other cells: what is expected, of the middle one of those alike, and of the nearest."""
        columns = [self.columns[place] for place in places]
        others = np.ones(len(row), bool)
        for column in columns:
            others[column.start : column.stop] = False
        alike = find_nearest(((self.normal[:, others] - row[others]) ** 2).sum(axis=1))
        middle = replace_cells(row, columns, self.normal[alike[:FEW]])
        yield _Trial(sample, places, self._expect(middle, places, alike))
        yield _Trial(sample, places, middle)
        yield _Trial(sample, places, replace_cells(row, columns, self.normal[alike[:1]]))

    def _expect(self, middle: Float32[np.ndarray, " features"], places: tuple[int, ...], alike: np.ndarray) -> Any:
        """Return a row with the mean for numbers, to the digits that their spread leaves it."""
        expected = middle.copy()
        for place in places:
            column = self.columns[place]
            if place not in self._numbers:
                continue
            numbers = self._numbers[place]
            mean, spread = sum_up_numbers(numbers.cells[alike])
            if mean is None or not spread:
                continue
            number = numbers.shorten(round(mean, -find_place(spread)))
            expected[column.start] = self._scale(place, number)
            expected[column.start + 1 : column.stop] = 0  # the flag of missing cells
        return expected

    @cached_property
    def _numbers(self) -> dict[int, _Numbers]:
        """The normal cells of each column of numbers."""
        return {
            place: _Numbers.of(np.array(column.cells, np.float64))
            for place, column in enumerate(self.cells)
            if column.kind == "numeric"
        }

    def _scale(self, place: int, number: float) -> float:
        fitted = self.detector.fitted
        if fitted.format.encoder is not None:
            column: Any = fitted.format.encoder.columns[place]
            return column.number_map.apply(np.array([number])).item()
        return (number - fitted.scaling.offset[place]) / fitted.scaling.scale[place]

    def judge(self, trials: Iterator[_Trial], rows: Float32[np.ndarray, "samples features"]) -> Iterator[_Judged]:
        """Yield the trials with the scores that they have as cells; without those whose cells cannot be named."""
        at_once = max(1, MOST_NUMBERS // rows.shape[1])
        while block := list(islice(trials, at_once)):
            cells, settled = self._settle(block, rows)
            for trial, own, score in zip(block, cells, score_again(self.detector, settled).tolist(), strict=True):
                kinds = (self.columns[place].kind for place in trial.places)
                if not any(kind == "category" and cell == OTHER for kind, cell in zip(kinds, own, strict=True)):
                    yield _Judged(trial, score, own)

    def _settle(
        self, block: Sequence[_Trial], rows: Float32[np.ndarray, "samples features"]
    ) -> tuple[list[tuple[Cell, ...]], Float32[np.ndarray, "trials features"]]:
        """Return the cells that each trial stands for, and its features with those of these cells."""
        fitted = self.detector.fitted
        decoded = fitted.format.decode(fitted.scaling.invert(np.stack([trial.row for trial in block])))
        table = nw.from_native(decoded, eager_only=True, pass_through=True)
        again, columns = fitted.scaling.apply(fitted.format.encode(table)), read_cells(fitted.format, decoded)
        settled, cells = rows[[trial.sample for trial in block]], []
        for number, trial in enumerate(block):
            own = [read_cell(columns[place].cells[number]) for place in trial.places]
            for at, place in enumerate(trial.places):
                column, cell = self.columns[place], own[at]
                settled[number, column.start : column.stop] = again[number, column.start : column.stop]
                if place in self._numbers and isinstance(cell, float):  # without the last digits of its features
                    own[at] = short = self._numbers[place].shorten(cell)
                    settled[number, column.start] = self._scale(place, short)
            cells.append(tuple(own))
        return cells, settled
