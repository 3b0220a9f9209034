"""The errors of several models and of baselines side by side: numbers, intervals, and a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from autoencode.evaluation.intervals import Interval
from autoencode.evaluation.restarts import RestartSummary
from autoencode.evaluation.verdict import Verdict
from autoencode.evaluation.wording import lay_out

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class ErrorSummary:
    """The errors of one model or baseline.

    Attributes
    ----------
    name, note
        Which, and what a reader must know of it.
    errors
        One number a sample.
    mean, std
        Over the samples.
    quantiles
        At 5, 50 and 95 %.
    is_baseline
        Whether it is the mean sample or PCA.
    """

    name: str
    note: str
    errors: Float[np.ndarray, " samples"]
    mean: float
    std: float
    quantiles: tuple[float, ...]
    is_baseline: bool

    @property
    def median(self) -> float:
        """Of the samples' errors."""
        return self.quantiles[1]

    @classmethod
    def of(cls, name: str, values: Float[np.ndarray, " samples"], *, note: str = "", is_baseline: bool = False):
        """Summarise the errors of one model."""
        quantiles = tuple(float(q) for q in np.quantile(values, QUANTILES))
        return cls(name, note, values, float(values.mean()), float(values.std()), quantiles, is_baseline)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as plain values, without the errors themselves."""
        quantiles = dict(zip(map(str, QUANTILES), self.quantiles, strict=True))
        return {
            "name": self.name,
            "note": self.note,
            "mean": self.mean,
            "std": self.std,
            "quantiles": quantiles,
            "is_baseline": self.is_baseline,
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """What `compare` found.

    Attributes
    ----------
    measure, title, unit
        The primary measure: its name, in words, and what one unit of it is.
    rows
        One entry a model, then the baselines.
    differences
        For every two rows, the interval of the mean of the first one's errors minus the second one's.
    restarts
        For each model, error, live directions and live units of each restart. It speaks of architectures, where
        `rows` and `differences` speak of two trained networks.
    verdict
        Which is better, by how much, and why.
    """

    measure: str
    title: str
    unit: str
    rows: tuple[ErrorSummary, ...]
    differences: dict[tuple[str, str], Interval]
    restarts: dict[str, RestartSummary]
    verdict: Verdict

    def __getitem__(self, name: str) -> ErrorSummary:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    @property
    def baselines(self) -> tuple[ErrorSummary, ...]:
        """The rows of the mean sample and PCA."""
        return tuple(row for row in self.rows if row.is_baseline)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain values that JSON can hold."""
        return {
            "measure": self.measure,
            "unit": self.unit,
            "rows": [row.to_dict() for row in self.rows],
            "differences": [
                {"first": a, "second": b, "mean": i.estimate, "low": i.low, "high": i.high}
                for (a, b), i in self.differences.items()
            ],
            "restarts": {
                name: {
                    "errors": list(map(float, summary.errors)),
                    "live_directions": list(map(int, summary.live_directions)),
                    "live_units": list(map(int, summary.live_units)),
                }
                for name, summary in self.restarts.items()
            },
            "verdict": self.verdict.to_dict(),
        }

    def table(self) -> list[tuple[str, ...]]:
        """Return the table's cells, its head first."""
        head = ("", "mean", "std", "5 %", "median", "95 %", "restarts, best … worst")
        body = []
        for row in self.rows:
            spread = ""
            if row.name in self.restarts:
                values = self.restarts[row.name].errors
                spread = f"{len(values)}: {np.nanmin(values):.4g} … {np.nanmax(values):.4g}"
            body.append((row.name, *(f"{v:.4g}" for v in (row.mean, row.std, *row.quantiles)), spread))
        return [head, *body]

    def __str__(self) -> str:
        title = f"{self.title}, a number a sample ({len(self.rows[0].errors):,} samples)"
        notes = [f"{row.name}: {row.note}" for row in self.rows if row.note]
        return lay_out(title, self.table(), [*notes, self.verdict.text], left=1)

    __repr__ = __str__
