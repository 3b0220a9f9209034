"""The comparison of fitted models on the same samples: numbers, intervals, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.samples import Opened, open_samples
from autoencode.evaluation import (
    Interval,
    MeanSample,
    Measure,
    PCABaseline,
    RestartSummary,
    Verdict,
    decide,
    errors,
    paired_bootstrap,
)
from autoencode.exceptions import InvalidInputError
from autoencode.training.inference import map_restarts, reconstruct_row

__all__ = ["Comparison", "ErrorSummary", "compare"]

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
    measure, title
        The primary measure: its name, and in words.
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
        cells = self.table()
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        lines = [
            "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
            for row in cells
        ]
        rule = "─" * len(lines[0])
        title = f"{self.title}, a number a sample ({len(self.rows[0].errors):,} samples)"
        notes = [f"{row.name}: {row.note}" for row in self.rows if row.note]
        return "\n".join([title, lines[0], rule, *lines[1:], rule, *notes, self.verdict.text])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *body = self.table()
        rows = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in body)
        headings = "".join(f"<th>{escape(c)}</th>" for c in head)
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{headings}</tr></thead>"
            f"<tbody>{rows}</tbody></table><p>{escape(self.verdict.text)}</p>"
        )


def compare(
    models: Mapping[str, Autoencoder],
    X: Any,
    *,
    measure: str = "auto",
    confidence: float = 0.95,
    random_state: int = 0,
) -> Comparison:
    """Say which of several fitted models is better on held-out samples, by one primary measure, and why.

    Parameters
    ----------
    models
        Fitted models by name, all fitted on the same features.
    X
        Samples that none of them was trained on; whatever `Autoencoder.fit` takes.
    measure
        "squared_error", "absolute_error" or "binary_cross_entropy", in the features' own units; "signed_sum" is
        refused, since errors cancel in it. Of mixed tables also "column_loss". "auto" is "column_loss" for mixed
        tables, else "squared_error".
    confidence
        Of the paired-bootstrap intervals of differences over samples.
    random_state
        Seed of the bootstrap.

    Returns
    -------
    Comparison
        It prints as a table with the verdict below; `verdict` has the numbers.

    Raises
    ------
    InvalidInputError
        If there is no model, their errors have no common unit, or a measure cannot rank models.

    Notes
    -----
    The mean sample, and PCA for every code size among the models, are fitted on the models' training samples and stand
    beside them. For cross-entropy, PCA is clipped to the range of the training samples, and its note says so.
    """
    first = _check_models(models)
    opened = _open(models, X)
    if len(opened.values) < 2:
        raise InvalidInputError("X must have at least two samples to compare models on, for one shows no spread.")
    chosen = first._representation.find_measure(measure)
    rows: list[ErrorSummary] = []
    baselines: dict[str, ErrorSummary] = {}
    restarts: dict[str, RestartSummary] = {}
    scalings: dict[str, str] = {}
    for name, model in models.items():
        samples = model._features(opened)
        rows.append(ErrorSummary.of(name, errors(samples, model._rebuild(samples), measure=chosen)))
        restarts[name] = summarise_restarts(name, model, samples, measure=chosen)
        for baseline in model.baselines_:
            title = baseline.name
            # PCA of scaled features depends on the scaling, so models with different ones each have their own.
            if isinstance(baseline, PCABaseline) and scalings.setdefault(title, model.scaling_) != model.scaling_:
                title = f"{title} ({model.scaling_})"
            if title not in baselines:
                baselines[title] = _baseline_errors(model, baseline, samples, chosen, title)
    every = (*rows, *baselines.values())
    options: dict[str, Any] = {"confidence": confidence, "random_state": random_state}
    pairs = combinations(every, 2)
    return Comparison(
        measure=chosen.name,
        title=chosen.title,
        rows=every,
        differences={(a.name, b.name): paired_bootstrap(a.errors, b.errors, **options) for a, b in pairs},
        restarts=restarts,
        verdict=decide(
            {row.name: row.errors for row in rows},
            measure=chosen,
            restarts=restarts,
            kept={name: model.best_restart_ for name, model in models.items()},
            baselines={name: row.errors for name, row in baselines.items()},
            **options,
        ),
    )


def _check_models(models: Mapping[str, Autoencoder]) -> Autoencoder:
    """Check that the errors of the models can be held against each other, and return the first one."""
    if not isinstance(models, Mapping):
        raise InvalidInputError(f"models must be a dictionary of fitted models by name, got {type(models).__name__}.")
    if not models:
        raise InvalidInputError("models must hold at least one fitted model by name; it is empty.")
    for model in models.values():
        check_is_fitted(model)
    (name, first), *others = models.items()
    encoding = first.table_encoder_ and first.table_encoder_.to_dict()
    for other, model in others:
        if (model.table_encoder_ and model.table_encoder_.to_dict()) != encoding:
            raise InvalidInputError(
                f"models {name!r} and {other!r} have no error in common: they read a table's columns differently. "
                "Fit them on the same training rows, with the same scaling."
            )
    return first


def _open(models: Mapping[str, Autoencoder], X: Any) -> Opened:
    """Open the samples, as those of training were read."""
    readings = {model.reading_ for model in models.values() if model.reading_ is not None and model.reading_.size}
    if len(readings) > 1:
        raise InvalidInputError("models must be fitted on images that were read alike; these were not.")
    return open_samples(X, reading=next(iter(readings), None))


def summarise_restarts(name: str, model: Autoencoder, samples: np.ndarray, *, measure: Measure) -> RestartSummary:
    """Return the mean error on samples of every restart of a model, with its live directions and live code units."""
    values = []
    for reconstructions in map_restarts(reconstruct_row, model.networks_, model._scaling.apply(samples)):
        finite = np.isfinite(reconstructions).all()
        values.append(
            errors(samples, model._scaling.invert(reconstructions), measure=measure).mean() if finite else np.nan
        )
    return RestartSummary(
        name,
        np.array(values),
        np.array([restart.live_directions for restart in model.restarts_]),
        np.array([restart.live_units["code"] for restart in model.restarts_]),
    )


def _baseline_errors(
    model: Autoencoder, baseline: MeanSample | PCABaseline, samples: np.ndarray, measure: Measure, title: str
) -> ErrorSummary:
    reconstructions = model._scaling.invert(baseline.reconstruct(model._scaling.apply(samples)))
    note = baseline.note
    if measure.name == "binary_cross_entropy" and isinstance(baseline, PCABaseline):
        low, high = model.train_range_
        reconstructions = np.clip(reconstructions, low, high)
        note = "; ".join(filter(None, [note, f"clipped to [{low:g}, {high:g}], the range of the training samples"]))
    values = errors(samples, reconstructions, measure=measure)
    return ErrorSummary.of(title, values, note=note, is_baseline=True)
