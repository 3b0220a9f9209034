"""The study of a fitted model: all that a report is made of, as plain numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Int

from autoencode.estimators.code_maps import map_codes
from autoencode.estimators.comparison import check_models, compare_features
from autoencode.estimators.decoder import read_decoder
from autoencode.estimators.generated import create, read_codes
from autoencode.estimators.known_samples import KnownSamples, was_trained_on
from autoencode.estimators.table_cells import read_number_columns, read_table_columns
from autoencode.evaluation import ColumnError, Comparison, Measure, errors, worst
from autoencode.evaluation.arrays import block_slices
from autoencode.exceptions import InvalidInputError
from autoencode.model.fitted import Fitted
from autoencode.model.learnt import HoldsFitted, take_fitted
from autoencode.model.samples import open_samples, pick_samples, spread_places
from autoencode.model.settings import name_part
from autoencode.model.units import check_units
from autoencode.model.versions import describe_versions
from autoencode.options import COMMON_UNIT_NAMES, PYTHON_ONLY
from autoencode.report.study import CellColumn, ModelCard, Study, StudySamples, Training
from autoencode.types import Errors, SampleMatrix

if TYPE_CHECKING:
    from autoencode.report import Report

MOST_WORST = 100
"""Of very many samples some are shown, and of each model so many that it rebuilds worst."""


def study(
    model: HoldsFitted | Fitted,
    X: Any = None,
    *,
    name: str = "model",
    labels: Any = None,
    path: str | None = None,
    units: str = "auto",
) -> Study:
    """Return what there is to say of a fitted model, and of what it makes of samples.

    Parameters
    ----------
    model
        The fitted estimator, or what it learnt.
    X
        Samples that it was not trained on, at least two; whatever `fit` takes, or `KnownSamples`. Those of training
        are known by their mean, and the study says so. Of more than 10,000, so many evenly spaced ones are shown, and
        the 100 that are rebuilt worst; means, quantiles and errors of columns are of all. None: only the training is
        described.
    name
        What the model is called.
    labels
        The class of each sample; None takes those of the source, where it has some.
    path
        The run's folder or the model's file, as a reader would name it.
    units
        Of errors, as for `compare`.

    Returns
    -------
    Study
        With reconstructions in the samples' own units, and tables as their encoder has them.

    Raises
    ------
    InvalidInputError
        If the name is no text, the samples cannot be used, or there are not as many labels as samples; or one of the
        readers' errors.
    """
    check_units(units, COMMON_UNIT_NAMES)
    _check_names([name])
    learnt, paths = {name: take_fitted(model)}, {} if path is None else {name: path}
    if X is None:
        return _compose(name, learnt[name], paths.get(name), None, None)
    return _study_all(learnt, X, labels, paths, units)[0][0]


def _study_all(
    models: Mapping[str, Fitted], X: Any, labels: Any, paths: Mapping[str, str], units: str
) -> tuple[list[Study], dict[str, SampleMatrix]]:
    """Return the study of each model, of the same samples, and the features of all samples as each encodes them."""
    known = KnownSamples.open(models, X, labels)
    opened = open_samples(known.values)
    checked = {name: model.format.check(opened, reset=False) for name, model in models.items()}
    _check_words(known, len(next(iter(checked.values()))))
    features = {name: model.format.encode(checked[name]) for name, model in models.items()}
    alone = {
        name: compare_features({name: model}, {name: features[name]}, units=units) for name, model in models.items()
    }
    places = _choose_places([comparison.rows[0].errors for comparison in alone.values()])
    studies = []
    for name, model in models.items():
        samples = _measure(model, replace(known, values=opened), checked[name], features[name], places, units)
        studies.append(_compose(name, model, paths.get(name), samples, alone[name]))
    return studies, features


def _compose(
    name: str, model: Fitted, path: str | None, samples: StudySamples | None, comparison: Comparison | None
) -> Study:
    return Study(
        name,
        _describe_model(model, path),
        _describe_training(model),
        samples,
        comparison,
        read_decoder(model),
        read_codes(model, samples),
        None if samples is None else create(model, samples),
    )


def _check_names(names: Iterable[Any]) -> None:
    for name in names:
        if not isinstance(name, str):
            raise InvalidInputError(f"name: expected what the model is called, a text, got {name!r:.100}.")


def _check_words(known: KnownSamples, count: int) -> None:
    for argument, values in (("labels", known.labels), ("row_names", known.row_names)):
        if values is not None and len(values) != count:
            raise InvalidInputError(f"{argument}: expected {count:,}, one a sample, got {len(values):,}.")


def _choose_places(every: Sequence[Errors]) -> Int[np.ndarray, " places"]:
    """Return which samples are shown, by the errors that models make: all, or evenly spaced ones and the worst."""
    count = len(every[0])
    places = spread_places(count)
    if len(places) == count:
        return places
    return np.unique(np.concatenate([places, *(worst(errors, MOST_WORST).indices for errors in every)]))


def report_models(
    models: Mapping[str, HoldsFitted | Fitted],
    X: Any,
    *,
    labels: Any = None,
    paths: Mapping[str, str] | None = None,
    units: str = "auto",
) -> Report:
    """Return one report of several models, with their comparison on the same samples.

    Parameters
    ----------
    models
        Fitted models by name, all fitted on the same features.
    X, labels
        As for `study`.
    paths
        The folders or files of some of them, by name.
    units
        Of errors, as for `compare`.

    Returns
    -------
    Report
        ``save(path)`` writes it as HTML; in a notebook it shows itself.

    Raises
    ------
    InvalidInputError
        If there is no model, their errors have no common unit, or the samples cannot be used.
    """
    from autoencode.report import make_report

    learnt = check_models(models, units)
    _check_names(learnt)
    studies, features = _study_all(learnt, X, labels, paths or {}, units)
    return make_report(studies, *([] if len(studies) == 1 else [compare_features(learnt, features, units=units)]))


# ---------------------------------------------------------------------- samples


def _measure(
    model: Fitted,
    known: KnownSamples,
    checked: Any,
    every: SampleMatrix,
    places: Int[np.ndarray, " places"],
    units: str,
) -> StudySamples:
    """Return what a model makes of samples: of some what is shown, of all checked ones and their features numbers."""
    count = len(checked)
    picked, features = pick_samples(checked, places), pick_samples(every, places)
    scaled = model.scaling.apply(features)
    rebuilt, codes = model.scaling.invert(model.rebuild_scaled(scaled)), model.encode_scaled(scaled)
    measures = _choose_measures(model, features, units)
    found = {name: errors(features, rebuilt, measure=measure) for name, measure in measures.items()}
    shape, kind = _find_shape(model, known.values.values)
    # Of what no model has a part in choosing, so that reports of several on the same samples have the same.
    fingerprint = _digest(
        pick_samples(every, spread_places(count)), model.format.list_columns() if kind == "table" else ()
    )
    shown, shown_rebuilt = model.format.show(features, rebuilt)
    squared = None if kind == "table" else errors(shown, shown_rebuilt, measure="squared_error", per="feature")
    return StudySamples(
        source=_say_source(known.source, len(places), count),
        name=known.name,
        held_out=False if was_trained_on(model, checked) else known.held_out,
        kind=kind,
        total=count,
        rows=places if known.rows is None else np.asarray(known.rows)[places],
        shape=shape,
        features=shown,
        rebuilt=shown_rebuilt,
        value_range=_join_ranges(model.train_range, shown),
        codes=codes,
        code_maps=map_codes(codes, next(iter(found.values()))),
        errors=found,
        units={name: measure.unit for name, measure in measures.items()},
        labels=_pick(known.labels, places),
        row_names=_pick(known.row_names, places),
        columns=_read_columns(model, kind, picked if kind == "table" else shown),
        feature_errors=None if squared is None else np.sqrt(squared),
        column_errors=() if kind == "images" else model.column_errors(every, units=units),
        column_baseline=() if kind == "images" else _tell_columns_of_mean(model, every, units),
        r_squared=model.score(every),
        fingerprint=fingerprint,
    )


def _tell_columns_of_mean(model: Fitted, features: SampleMatrix, units: str) -> tuple[ColumnError, ...]:
    """Return the error of each column where every sample is taken for the mean one."""
    sums = model.format.sum_columns(units)
    for rows in block_slices(*features.shape):
        mean = model.baselines[0].reconstruct(model.scaling.apply(features[rows]))
        sums.add(features[rows], model.scaling.invert(mean))
    return sums.tell()


def _join_ranges(trained: tuple[float, float], features: SampleMatrix) -> tuple[float, float]:
    """Return the range of training, widened to that of samples that lie beyond."""
    return min(trained[0], float(features.min())), max(trained[1], float(features.max()))


def _choose_measures(model: Fitted, features: SampleMatrix, units: str) -> dict[str, Measure]:
    """Return every measure that can be applied, that of a comparison first."""
    representation = model.format
    names = [representation.find_measure("auto", units).name, "squared_error", "absolute_error"]
    if features.min() >= 0 and features.max() <= 1:
        names.append("binary_cross_entropy")
    names.append("signed_sum")
    # Cross-entropies have no units.
    return {name: representation.find_measure(name, "auto" if "entropy" in name else units) for name in names}


def _find_shape(model: Fitted, values: Any) -> tuple[tuple[int, ...], Literal["images", "numbers", "table"]]:
    """Return the shape of a sample as a report shows it, and what it is; flat ones of training may come as images."""
    if model.format.is_mixed:
        return model.format.sample_shape, "table"
    if model.settings["kind"] == "sequence":
        return model.format.sample_shape, "numbers"
    given = np.shape(values)[1:] if np.ndim(values) > 2 else model.format.sample_shape
    given = given[:-1] if len(given) == 3 and given[-1] == 1 else given
    is_image = len(given) == 2 or (len(given) == 3 and given[-1] == 3)
    return (given, "images") if is_image else ((model.format.columns.length,), "numbers")


def _read_columns(model: Fitted, kind: str, samples: Any) -> tuple[CellColumn, ...]:
    """Return the columns of checked samples."""
    if model.table_encoder is not None:
        return read_table_columns(model.table_encoder, samples.to_native())
    deviations = getattr(model.format, "deviations", None)
    return () if kind == "images" else read_number_columns(model.format.list_columns(), samples, deviations)


def _pick(words: Any, places: Int[np.ndarray, " places"]) -> tuple[str, ...] | None:
    """Return the words at some places, as text."""
    return None if words is None else tuple(str(words[place]) for place in places.tolist())


def _say_source(source: str, shown: int, count: int) -> str:
    return f"{count:,} {source}" if shown == count else f"{count:,} {source}, of which {shown:,} are shown"


def _digest(features: SampleMatrix, names: Sequence[str]) -> str:
    """Return the SHA-256 of samples: of shape, type, names of columns and every bit, little endian."""
    samples = np.ascontiguousarray(features, features.dtype.newbyteorder("<"))
    head = json.dumps([samples.shape, samples.dtype.str, list(names)])
    return hashlib.sha256(head.encode() + samples.tobytes()).hexdigest()


# ---------------------------------------------------------------------- model and training


def _describe_model(model: Fitted, path: str | None) -> ModelCard:
    summary = model.summary()
    given = {name: value for name, value in vars(model.arguments).items() if name not in PYTHON_ONLY}
    derived = dict(model.settings)
    auto = derived.pop("derived")
    settings = {name: _say(value) for name, value in (given | derived | {"random_state": model.seed}).items()}
    return ModelCard(
        network=summary.title,
        summary=str(summary),
        parameters=summary.parameters,
        features=len(model.scaling.offset),
        code_size=model.settings.code_size,
        settings={name: f"{value} (auto)" if name in auto else value for name, value in settings.items()},
        versions=describe_versions(),
        path=path,
    )


def _say(value: Any) -> str:
    """Return a setting in words; of a function, its name."""
    if isinstance(value, list | tuple):
        return "-".join(map(str, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value) if isinstance(value, int | np.integer) else name_part(value)


def _describe_training(model: Fitted) -> Training:
    history = model.history
    loss = model.settings.loss_name
    return Training(
        loss=history.loss,
        validation_loss=history.validation_loss,
        loss_name=loss.replace("_", " ").replace("cross entropy", "cross-entropy"),
        kept=model.best_restart,
        final_loss=np.array([restart.monitored_loss for restart in model.restarts]),
        chosen_by="training loss" if history.validation_loss is None else "held-out loss",
        live_directions=np.array([restart.live_directions for restart in model.restarts]),
        seconds=float(history.seconds.sum()),
        diagnosis=tuple(finding.text for finding in model.diagnosis),
    )
