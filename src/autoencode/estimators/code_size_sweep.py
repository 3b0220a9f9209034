"""The error against the code size: a network for each size, all trained alike."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.comparison import summarise_baseline, summarise_restarts
from autoencode.estimators.recording import fit_recorded
from autoencode.evaluation import CodeSizeCurve, Measure, compute_code_size_curve, errors, find_measure
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.arguments import derive_seed
from autoencode.model.fitted import Fitted
from autoencode.model.learnt import list_arguments
from autoencode.model.part_lookup import check_parameters
from autoencode.model.samples import Opened, open_samples, split_samples, spread_places
from autoencode.model.units import check_units
from autoencode.options import COMMON_UNIT_NAMES
from autoencode.printable import align
from autoencode.types import SampleMatrix

HELD_OUT_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Sweep:
    """What `sweep` found. It prints as a table, with what the curves say below.

    Attributes
    ----------
    measure, title, unit
        Of the errors: the measure's name, in words, and what one unit is.
    samples
        How many held-out samples they are the mean of.
    mean_sample
        The error of the mean sample of training.
    curves
        One for each kind of hidden layers.
    models
        Every fitted model by its layers, as `compare` takes them: ``"64-8"`` has 64 hidden units and a code of 8.
    """

    measure: str
    title: str
    unit: str
    samples: int
    mean_sample: float
    curves: tuple[CodeSizeCurve, ...]
    models: dict[str, Autoencoder]

    @property
    def heading(self) -> str:
        """What the table shows, in words."""
        return f"{self.title} of {self.samples:,} held-out samples; differences as 95 % intervals"

    @property
    def head(self) -> tuple[str, ...]:
        """The heads of the table's columns."""
        return ("layers", "error", "PCA", "less than PCA by", "than the size before by")

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table's cells: a row a model, then the mean sample."""
        largest = max(self.mean_sample, *(curve.errors.max() for curve in self.curves))
        form = f".{max(0, 3 - math.floor(math.log10(largest)))}f" if largest >= 1e-3 else ".2e"

        def say(*numbers: float) -> str:
            return " … ".join(format(number, form) for number in numbers)

        rows = []
        for curve in self.curves:
            less = [say(-interval.high, -interval.low) for interval in curve.against_pca]
            step = ["", *(say(-interval.high, -interval.low) for interval in curve.steps)]
            rows += zip(curve.networks, map(say, curve.errors), map(say, curve.pca), less, step, strict=True)
        return [*rows, ("mean sample", say(self.mean_sample), "", "", "")]

    def sentences(self) -> list[str]:
        """Return what the curves say, and what else went wrong in a training; the baselines stand in the table."""
        found: dict[str, list[str]] = {}
        for name, model in self.models.items():
            for finding in model.diagnosis_:
                if not finding.name.startswith("no_better"):
                    found.setdefault(finding.name.replace("_", " "), []).append(name)
        wrong = [f"diagnosis: {finding}: {', '.join(names)}." for finding, names in found.items()]
        return [*(curve.describe() for curve in self.curves), *wrong]

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain values that JSON can hold."""
        return {
            "measure": self.measure,
            "unit": self.unit,
            "samples": self.samples,
            "mean_sample": self.mean_sample,
            "curves": [
                {
                    "name": curve.name,
                    "layers": list(curve.networks),
                    "code_sizes": curve.code_sizes.tolist(),
                    "errors": curve.errors.tolist(),
                    "restarts": curve.restarts.tolist(),
                    "pca": curve.pca.tolist(),
                    "against_pca": [[i.estimate, i.low, i.high] for i in curve.against_pca],
                    "steps": [[i.estimate, i.low, i.high] for i in curve.steps],
                    "knee": curve.knee,
                }
                for curve in self.curves
            ],
        }

    def __str__(self) -> str:
        lines = align([self.head, *self.rows()], right=range(1, len(self.head)))
        return "\n".join([self.heading, *lines, *self.sentences()])

    __repr__ = __str__


def sweep(
    X: Any,
    code_sizes: Sequence[int],
    *,
    hidden: Any = "auto",
    validation: Any = None,
    measure: str = "auto",
    units: str = "auto",
    **options: Any,
) -> Sweep:
    """Train a network for each code size, and hold their errors on held-out samples against each other and PCA's.

    Parameters
    ----------
    X
        Samples to train on; whatever `Autoencoder.fit` takes.
    code_sizes
        Different whole numbers ≥ 1; three or more for a knee, best each about twice the one before.
    hidden
        Hidden layers, as of `Autoencoder`, or a list of several, such as ``[(), (64,)]``, each of which gives a curve.
    validation
        Held-out samples. Without them a share of `X` is held out: 0.1, unless `validation_fraction` is given.
    measure, units
        As for `compare`.
    **options
        Other keywords of `Autoencoder`. All networks have the same seed, and so the same held-out samples.

    Returns
    -------
    Sweep
        Errors, intervals, knees and every model; it prints as a table.

    Raises
    ------
    InvalidInputError
        If an argument or the samples cannot be used.
    TrainingDivergedError
        If every restart of a network diverged.

    Notes
    -----
    The restart that is kept is chosen by the held-out loss, so that with many restarts its error is a little too good.
    The diagnosis of each training is told with the table, and gives no warnings.

    Examples
    --------
    >>> found = sweep("digits", [2, 8], epochs=3, random_state=0)
    >>> found.curves[0].code_sizes.tolist(), list(found.models)
    ([2, 8], ['16-2', '23-8'])
    """
    if validation is None:
        options = {"validation_fraction": HELD_OUT_SHARE} | options
        if options["validation_fraction"] is None:
            raise InvalidInputError("validation_fraction must be a share to hold out, or validation samples be given.")
    check_units(units, COMMON_UNIT_NAMES)
    planned = plan_sweep(code_sizes, hidden, measure, options)
    samples = open_samples(X)
    if validation is not None:
        validation = open_samples(validation, reading=samples.reading, argument="validation")
    for model in planned:
        fit_size(model, samples, validation)
    return measure_sweep(planned, samples, validation, measure=measure, units=units)


def plan_sweep(code_sizes: Sequence[int], hidden: Any, measure: str, options: dict[str, Any]) -> list[Autoencoder]:
    """Return an estimator with checked arguments for each kind of hidden layers and each code size, all of one seed."""
    if measure not in ("auto", "column_loss") and find_measure(measure).misleading:
        raise InvalidInputError(f"measure={measure!r} cannot rank code sizes, for errors cancel in it; use another.")
    sizes = list(code_sizes) if isinstance(code_sizes, Sequence | np.ndarray) else []
    if not (sizes and all(isinstance(size, int | np.integer) for size in sizes) and len(set(sizes)) == len(sizes)):
        raise InvalidInputError(
            f"code_sizes must be different whole numbers ≥ 1, such as [2, 4, 8], got {code_sizes!r}."
        )
    several = isinstance(hidden, list | tuple) and any(isinstance(layers, str | list | tuple) for layers in hidden)
    kinds = list(hidden) if several else [hidden]
    if len({describe_hidden(layers) for layers in kinds}) < len(kinds):
        raise InvalidInputError(f"hidden must be different kinds of hidden layers, got {hidden!r}.")
    seed = derive_seed(options.get("random_state"))
    planned = [
        Autoencoder(size, hidden=layers, **{**options, "random_state": seed}) for layers in kinds for size in sizes
    ]
    for model in planned:
        check_parameters(list_arguments(model))
    return sorted(planned, key=lambda model: model.code_size)


def fit_size(model: Autoencoder, samples: Any, validation: Any, *, run: Path | None = None, **recorded: Any) -> None:
    """Train a planned network; what its diagnosis finds is kept, and warned of only with the whole sweep.

    Parameters
    ----------
    model
        The network.
    samples, validation
        As of `Autoencoder.fit`.
    run
        A folder for its run, in which what was begun before goes on, and what is finished is not repeated.
    **recorded
        Other keywords of `fit_recorded`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DiagnosisWarning)
        if run is None:
            model.fit(samples, validation=validation)
        else:
            fit_recorded(model, samples, run, validation=validation, resume=True, **recorded)


def name_size(model: Autoencoder) -> str:
    """Return what the run of a planned network is called.

    Examples
    --------
    >>> [name_size(Autoencoder(8, hidden=hidden)) for hidden in ("auto", (), (64, 32))]
    ['auto-8', 'none-8', '64-32-8']
    """
    layers = model.hidden if isinstance(model.hidden, str) else "-".join(map(str, model.hidden))
    return f"{layers or 'none'}-{model.code_size}"


def measure_sweep(
    models: Iterable[Autoencoder], X: Any, validation: Any, *, measure: str = "auto", units: str = "auto"
) -> Sweep:
    """Return the errors of fitted networks, planned together, on the samples that all of them held out.

    Parameters
    ----------
    models
        At least one.
    X, validation
        What they were trained on.
    measure, units
        As for `compare`.
    """
    curves: dict[str, list[Autoencoder]] = {}
    for model in models:
        curves.setdefault(describe_hidden(model.hidden), []).append(model)
    first = next(iter(curves.values()))[0].fitted_
    features = _hold_out(first, open_samples(X), validation)
    chosen = first.format.find_measure(measure, units)
    mean_sample = summarise_baseline(first, first.baselines[0], features, chosen, "").mean
    return Sweep(
        measure=chosen.name,
        title=chosen.title,
        unit=chosen.unit,
        samples=len(features),
        mean_sample=mean_sample,
        curves=tuple(_measure_curve(group, features, chosen) for group in curves.values()),
        models={describe_layers(model): model for group in curves.values() for model in group},
    )


def _measure_curve(models: list[Autoencoder], features: SampleMatrix, measure: Measure) -> CodeSizeCurve:
    """Return the errors of networks of one kind on held-out samples, and those of PCA beside them."""
    learnt = [model.fitted_ for model in models]
    return compute_code_size_curve(
        _name_curve(models),
        [describe_layers(model) for model in models],
        [fitted.settings.code_size for fitted in learnt],
        [errors(features, fitted.rebuild(features), measure=measure) for fitted in learnt],
        [summarise_baseline(fitted, fitted.baselines[1], features, measure, "").errors for fitted in learnt],
        [summarise_restarts("", fitted, features, measure=measure).errors for fitted in learnt],
    )


def describe_hidden(hidden: Any) -> str:
    """Return hidden layers in words.

    Examples
    --------
    >>> describe_hidden(()), describe_hidden((128, 64)), describe_hidden("auto")
    ('no hidden layer', 'hidden 128-64', 'hidden auto')
    """
    layers = hidden if isinstance(hidden, str) else "-".join(map(str, hidden))
    return f"hidden {layers}" if layers else "no hidden layer"


def _name_curve(models: list[Autoencoder]) -> str:
    """Return what the hidden layers of fitted networks are; what was asked for, where "auto" differs with the size."""
    first, *others = models
    alike = all(model.hidden_ == first.hidden_ for model in others)
    return describe_hidden(first.hidden_ if alike else first.hidden)


def describe_layers(model: Autoencoder) -> str:
    """Return the layers of a fitted model's encoder, as the command line takes them."""
    return "-".join(map(str, (*model.hidden_, model.code_size_)))


def _hold_out(fitted: Fitted, samples: Opened, validation: Any) -> SampleMatrix:
    """Return the features of the samples that a model held out: at most 10,000, evenly spaced."""
    fraction = fitted.arguments.validation_fraction
    if fraction is not None:
        _, held_out = split_samples(fitted.check(samples), fraction, fitted.seed)
    else:
        held_out = fitted.check(validation, "validation")
    if len(held_out) < 2:
        raise InvalidInputError("validation must have at least two samples, for one shows no spread.")
    return fitted.format.encode(held_out[spread_places(len(held_out))])
