"""The comparison of fitted models on the same samples: numbers, intervals, and a verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.notebook import NotebookComparison
from autoencode.estimators.samples import Opened, open_samples
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
from autoencode.exceptions import InvalidInputError
from autoencode.training.inference import map_restarts, reconstruct_row
from autoencode.types import SampleMatrix

__all__ = ["check_models", "compare", "compare_features", "open_for_all", "summarise_baseline", "summarise_restarts"]


def compare(
    models: Mapping[str, Autoencoder],
    X: Any,
    *,
    measure: str = "auto",
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
        A loss by name, such as "squared_error" or "huber", in the features' own units; "signed_sum" is
        refused, since errors cancel in it. Of mixed tables also "column_loss". "auto" is "column_loss" for mixed
        tables, else "squared_error".
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
    check_models(models)
    opened = open_for_all(models, X)
    features = {name: model._features(opened) for name, model in models.items()}
    return compare_features(models, features, measure=measure, confidence=confidence)


def compare_features(
    models: Mapping[str, Autoencoder],
    features: Mapping[str, SampleMatrix],
    *,
    measure: str = "auto",
    confidence: float = 0.95,
) -> Comparison:
    """Compare models on the same samples as each of them encoded them, by name; see `compare`."""
    first = check_models(models)
    if any(len(samples) < 2 for samples in features.values()):
        raise InvalidInputError("X must have at least two samples to compare models on, for one shows no spread.")
    chosen = first._representation.find_measure(measure)
    rows: list[ErrorSummary] = []
    baselines: dict[str, ErrorSummary] = {}
    restarts: dict[str, RestartSummary] = {}
    scalings: dict[str, str] = {}
    for name, model in models.items():
        # Of sequences, a recurrent network has features of its own.
        samples, own = features[name], model._representation.find_measure(measure)
        rows.append(ErrorSummary.of(name, errors(samples, model._rebuild(samples), measure=own)))
        restarts[name] = summarise_restarts(name, model, samples, measure=own)
        for baseline in model.baselines_:
            title = baseline.name
            # PCA of scaled features depends on the scaling, so models with different ones each have their own.
            if isinstance(baseline, PCABaseline) and scalings.setdefault(title, model.scaling_) != model.scaling_:
                title = f"{title} ({model.scaling_})"
            if title not in baselines:
                baselines[title] = summarise_baseline(model, baseline, samples, own, title)
    every = (*rows, *baselines.values())
    pairs = combinations(every, 2)
    return NotebookComparison(
        measure=chosen.name,
        title=chosen.title,
        rows=every,
        differences={(a.name, b.name): paired_interval(a.errors, b.errors, confidence=confidence) for a, b in pairs},
        restarts=restarts,
        verdict=decide(
            {row.name: row.errors for row in rows},
            measure=chosen,
            restarts=restarts,
            kept={name: model.best_restart_ for name, model in models.items()},
            baselines={name: row.errors for name, row in baselines.items()},
            confidence=confidence,
        ),
    )


def check_models(models: Mapping[str, Autoencoder]) -> Autoencoder:
    """Check that the errors of the models can be held against each other, and return the first one."""
    if not isinstance(models, Mapping):
        raise InvalidInputError(f"models must be a dictionary of fitted models by name, got {type(models).__name__}.")
    if not models:
        raise InvalidInputError("models must hold at least one fitted model by name; it is empty.")
    for model in models.values():
        check_is_fitted(model)
    (name, first), *others = models.items()
    encoding = first.table_encoder_ and others and first.table_encoder_.to_dict()
    for other, model in others:
        if (model.table_encoder_ and model.table_encoder_.to_dict()) != encoding:
            raise InvalidInputError(
                f"models {name!r} and {other!r} have no error in common: they read a table's columns differently. "
                "Fit them on the same training rows, with the same scaling."
            )
    return first


def open_for_all(models: Mapping[str, Autoencoder], X: Any) -> Opened:
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
        model.code_size_,
    )


def summarise_baseline(
    model: Autoencoder, baseline: MeanSample | PCABaseline, samples: np.ndarray, measure: Measure, title: str
) -> ErrorSummary:
    """Return the errors of a baseline that was fitted with a model, on samples as the model encoded them."""
    reconstructions = model._scaling.invert(baseline.reconstruct(model._scaling.apply(samples)))
    note = baseline.note
    if measure.name == "binary_cross_entropy" and isinstance(baseline, PCABaseline):
        low, high = model.train_range_
        reconstructions = np.clip(reconstructions, low, high)
        note = "; ".join(filter(None, [note, f"clipped to [{low:g}, {high:g}], the range of the training samples"]))
    values = errors(samples, reconstructions, measure=measure)
    return ErrorSummary.of(title, values, note=note, is_baseline=True)
