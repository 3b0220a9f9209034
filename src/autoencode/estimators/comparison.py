"""The comparison of fitted models on the same samples: numbers, intervals, and a verdict in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float64

from autoencode.estimators.notebook import NotebookComparison
from autoencode.evaluation import (
    Comparison,
    ErrorSummary,
    MeanSample,
    Measure,
    PCABaseline,
    RestartSummary,
    decide,
    errors,
    paired_interval,
)
from autoencode.evaluation.arrays import block_slices
from autoencode.exceptions import InvalidInputError
from autoencode.model.array_format import ArrayFormat
from autoencode.model.fitted import Fitted, count_block_rows
from autoencode.model.learnt import HoldsFitted, take_fitted
from autoencode.model.samples import Opened, counting_rows, open_samples
from autoencode.model.units import check_units
from autoencode.options import COMMON_UNIT_NAMES
from autoencode.types import SampleMatrix


def compare(
    models: Mapping[str, HoldsFitted | Fitted],
    X: Any,
    *,
    measure: str = "auto",
    units: str = "auto",
    confidence: float = 0.95,
) -> Comparison:
    """Say which of several fitted models is better on held-out samples, by one primary measure, and why.

    Parameters
    ----------
    models
        Fitted models by name, all fitted on the same features.
    X
        Samples that none of them was trained on; whatever `Autoencoder.fit` takes.
    measure
        A loss by name, such as "squared_error" or "huber"; "signed_sum" is
        refused, since errors cancel in it. Of mixed tables also "column_loss". "auto" is "column_loss" for mixed
        tables, else "squared_error".
    units
        "standard", standard deviations of the training columns of the first model that knows them; "original", the
        features' own. "auto" is "standard" for tables with named columns, else "original". Mixed tables of different
        scaling have an error in common only in "standard" units.
    confidence
        Of the intervals of paired differences over samples.

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
    known = check_models(models, units)
    opened = open_for_all(known, X)
    features = {name: fitted.read(opened) for name, fitted in known.items()}
    return compare_features(known, features, measure=measure, units=units, confidence=confidence)


def compare_features(
    models: Mapping[str, Fitted],
    features: Mapping[str, SampleMatrix],
    *,
    measure: str = "auto",
    units: str = "auto",
    confidence: float = 0.95,
) -> Comparison:
    """Compare models on the same samples as each of them encoded them, by name; see `compare`."""
    check_models(models, units)
    if any(len(samples) < 2 for samples in features.values()):
        raise InvalidInputError("X must have at least two samples to compare models on, for one shows no spread.")
    measures = _choose_measures(models, measure, units)
    chosen = next(iter(measures.values()))
    rows: list[ErrorSummary] = []
    baselines: dict[str, ErrorSummary] = {}
    restarts: dict[str, RestartSummary] = {}
    scalings: dict[str, str] = {}
    for name, model in models.items():
        samples, own = features[name], measures[name]
        rows.append(ErrorSummary.of(name, _measure(samples, model.rebuild, own)))
        restarts[name] = summarise_restarts(name, model, samples, measure=own)
        for baseline in model.baselines:
            title = baseline.name
            # PCA of scaled features depends on the scaling, so models with different ones each have their own.
            scaling = model.settings.scaling
            if isinstance(baseline, PCABaseline) and scalings.setdefault(title, scaling) != scaling:
                title = f"{title} ({scaling})"
            if title not in baselines:
                baselines[title] = summarise_baseline(model, baseline, samples, own, title)
    every = (*rows, *baselines.values())
    pairs = combinations(every, 2)
    return NotebookComparison(
        measure=chosen.name,
        title=chosen.title,
        unit=chosen.unit,
        rows=every,
        differences={(a.name, b.name): paired_interval(a.errors, b.errors, confidence=confidence) for a, b in pairs},
        restarts=restarts,
        verdict=decide(
            {row.name: row.errors for row in rows},
            measure=chosen,
            restarts=restarts,
            kept={name: model.best_restart for name, model in models.items()},
            baselines={name: row.errors for name, row in baselines.items()},
            confidence=confidence,
        ),
    )


def _choose_measures(models: Mapping[str, Fitted], measure: str, units: str) -> dict[str, Measure]:
    """Return by which measure each model's errors are told, all in one unit.

    Models of numbers share the standard deviations of one training. Of sequences, a recurrent network has features of
    its own, and of a mixed table each encoder.
    """
    every = [model.format for model in models.values()]
    numbers = [one for one in every if isinstance(one, ArrayFormat)]
    known = next((one for one in numbers if one.deviations is not None), None)
    return {
        name: (known if known and one in numbers else one).find_measure(measure, units)
        for name, one in zip(models, every, strict=True)
    }


def _describe_columns(model: Fitted, units: str) -> dict[str, Any] | None:
    """Return what a model's encoder reads its table as, as far as errors in some units depend on it."""
    encoder = model.table_encoder
    if encoder is None:
        return None
    described = encoder.to_dict()
    if units in ("auto", "standard"):
        del described["numeric_scaling"]
        for column, stored in zip(encoder.columns, described["columns"], strict=True):
            number_map = getattr(column, "number_map", None)
            if number_map is not None:
                stored["map"] = number_map.deviation
    return described


def check_models(models: Mapping[str, HoldsFitted | Fitted], units: str = "auto") -> dict[str, Fitted]:
    """Return what models learnt, whose errors can be held against each other in some units.

    Parameters
    ----------
    models
        Fitted estimators by name, or what they learnt.
    units
        As for `compare`.

    Raises
    ------
    InvalidInputError
        If there is none, or they have no error in common.
    """
    check_units(units, COMMON_UNIT_NAMES)
    if not isinstance(models, Mapping):
        raise InvalidInputError(f"models must be a dictionary of fitted models by name, got {type(models).__name__}.")
    if not models:
        raise InvalidInputError("models must hold at least one fitted model by name; it is empty.")
    known = {name: take_fitted(model) for name, model in models.items()}
    (name, first), *others = known.items()
    columns = _describe_columns(first, units) if others else None
    for other, model in others:
        if _describe_columns(model, units) != columns:
            scaling = ", with the same scaling" if units == "original" else ""
            raise InvalidInputError(
                f"models {name!r} and {other!r} have no error in common: they read a table's columns differently. "
                f"Fit them on the same training rows{scaling}."
            )
    return known


def open_for_all(models: Mapping[str, Fitted], X: Any) -> Opened:
    """Open the samples, as those of training were read."""
    readings = {model.reading for model in models.values() if model.reading is not None and model.reading.size}
    if len(readings) > 1:
        raise InvalidInputError("models must be fitted on images that were read alike; these were not.")
    return open_samples(X, reading=next(iter(readings), None))


def _measure(
    samples: SampleMatrix, rebuild: Callable[[SampleMatrix], SampleMatrix], measure: Measure
) -> Float64[np.ndarray, " samples"]:
    """Return the error of each sample; so many are rebuilt at a time that this takes little memory."""
    found = []
    for rows in _cut(samples):
        with counting_rows(range(rows.start, rows.stop)):
            found.append(errors(samples[rows], rebuild(samples[rows]), measure=measure))
    return np.concatenate(found)


def _cut(samples: SampleMatrix) -> Iterator[slice]:
    """Yield slices of samples; in those of sums, which PCA rebuilds them in, no bit depends on how many there are."""
    count, features = samples.shape
    return block_slices(count, features, features * count_block_rows(features))


def summarise_restarts(name: str, model: Fitted, samples: np.ndarray, *, measure: Measure) -> RestartSummary:
    """Return the mean error on samples of every restart of a model, with its live directions and live code units."""
    found: list[list[np.ndarray]] = [[] for _ in model.restarts]
    for rows in _cut(samples):
        for values, reconstructions in zip(
            found, model.rebuild_by_all(model.scaling.apply(samples[rows])), strict=True
        ):
            if np.isfinite(reconstructions).all():
                values.append(errors(samples[rows], model.scaling.invert(reconstructions), measure=measure))
            else:
                values.append(np.array([np.nan]))
    return RestartSummary(
        name,
        np.array([np.concatenate(values).mean() for values in found]),
        np.array([restart.live_directions for restart in model.restarts]),
        np.array([restart.live_units["code"] for restart in model.restarts]),
        model.settings.code_size,
    )


def summarise_baseline(
    model: Fitted, baseline: MeanSample | PCABaseline, samples: np.ndarray, measure: Measure, title: str
) -> ErrorSummary:
    """Return the errors of a baseline that was fitted with a model, on samples as the model encoded them."""
    note, (low, high) = baseline.note, model.train_range
    is_clipped = measure.name == "binary_cross_entropy" and isinstance(baseline, PCABaseline)

    def rebuild(part: SampleMatrix) -> SampleMatrix:
        reconstructions = model.scaling.invert(baseline.reconstruct(model.scaling.apply(part)))
        return np.clip(reconstructions, low, high) if is_clipped else reconstructions

    if is_clipped:
        note = "; ".join(filter(None, [note, f"clipped to [{low:g}, {high:g}], the range of the training samples"]))
    return ErrorSummary.of(title, _measure(samples, rebuild, measure), note=note, is_baseline=True)
