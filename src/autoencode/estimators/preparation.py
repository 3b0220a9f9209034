"""From what `fit` was given to the scaled features that a network is trained on."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autoencode.estimators.assembly import make_blueprint, make_objective
from autoencode.estimators.representation import Representation, find_representation
from autoencode.estimators.row_digest import KnownRows
from autoencode.estimators.sample_kind import warn_of_guess
from autoencode.estimators.samples import counting_rows, name_columns, open_samples, split_samples
from autoencode.estimators.settings import (
    check_continuation,
    check_parameters,
    derive_seed,
    derive_settings,
    find_rule,
)
from autoencode.evaluation.wording import join_words, say_count
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.notice import warn_user
from autoencode.printable import quote
from autoencode.training import draw_shapes
from autoencode.training.devices import check_device
from autoencode.training.kernel import can_train, explain_absence, find_training_obstacle
from autoencode.types import FeatureMatrix, SampleMatrix

__all__ = ["Preparation", "prepare"]

MOST_NAMED = 3
"""Columns that a warning names."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """What a training starts from.

    Attributes
    ----------
    scaled, held_out
        Scaled features to train on, and those held out, or None.
    goes_on
        Whether the training goes on from the fitted networks.
    source
        What the samples are, in words.
    """

    scaled: FeatureMatrix
    held_out: FeatureMatrix | None
    goes_on: bool
    source: str


def prepare(model: Any, X: Any, validation: Any, *, given: Representation | None = None) -> Preparation:
    """Check everything that `Autoencoder.fit` was told, and set what is known of a model before its training.

    Parameters
    ----------
    model
        The estimator.
    X, validation
        As for `Autoencoder.fit`.
    given
        The representation of the samples, where that is known already; it was not fitted.

    Raises
    ------
    InvalidInputError
        If an argument or the samples cannot be used; or one of the readers' errors.
    DeviceError
        If JAX has no device of those that were asked for.
    """
    check_parameters(model)
    check_device()
    if model.engine == "kernel":  # before minutes of reading
        _refuse_kernel(explain_absence())
    if validation is not None and model.validation_fraction is not None:
        raise InvalidInputError("give either validation= samples or validation_fraction, not both.")
    goes_on = bool(model.warm_start) and model.__sklearn_is_fitted__()
    if goes_on:
        check_continuation(model)
    else:  # a fit that fails leaves no half of an earlier one behind
        model.__dict__.pop("network_", None)
        model.__dict__.pop("networks_", None)
    opened = open_samples(X, reading=model.reading_ if goes_on else None)
    reading = model.reading_ if goes_on else opened.reading
    if validation is not None:
        validation = open_samples(validation, reading=reading, argument="validation")
    if not goes_on:
        others = [] if validation is None else [validation.values]
        model._representation = given or find_representation(model, opened, *others)
    representation: Representation = model._representation
    samples = representation.check(model, opened, reset=not goes_on)
    if not goes_on:
        warn_of_guess(model, representation)
    if validation is not None:
        validation = representation.check(model, validation, reset=False)
    # Going on with another split would train on what was held out.
    model.seed_ = model.seed_ if goes_on else derive_seed(model.random_state)
    trained = held_out = np.arange(len(samples))
    if model.validation_fraction is not None:
        trained, held_out = split_samples(trained, model.validation_fraction, model.seed_)
        samples, validation = samples[trained], samples[held_out]
    model.reading_ = reading
    with counting_rows(trained):
        scaled = _take_training(model, samples, validation, goes_on)
    if validation is not None:
        name = "validation" if model.validation_fraction is None else "X"
        with counting_rows(held_out) if name == "X" else nullcontext():
            validation = _scale(model, representation.encode(validation, name), "validation", is_fitted=True)
    model.settings_ = replace(model.settings_, engine=_choose_engine(model, scaled, goes_on))
    return Preparation(scaled, validation, goes_on, opened.source)


def _take_training(model: Any, samples: Any, held_out: Any, goes_on: bool) -> FeatureMatrix:
    """Return the scaled features of the samples to train on; what is learnt from these alone is set in the model."""
    representation: Representation = model._representation
    if not goes_on:
        representation.fit(samples, model.scaling, held_out)
    features = representation.encode(samples)
    model._trained_rows = KnownRows.of([features])
    if not goes_on:
        _derive(model, features)
    return _scale(model, features, "X", is_fitted=goes_on)


def _derive(model: Any, features: SampleMatrix) -> None:
    model.settings_ = settings = derive_settings(model, model._representation, features)
    model.code_size_, model.hidden_, model.batch_size_ = settings.code_size, settings.hidden, settings.batch_size
    model.scaling_ = settings.scaling
    model.train_range_ = (float(features.min()), float(features.max()))
    model._feature_ends = np.stack([features.min(axis=0), features.max(axis=0)]).astype(np.float64)
    model._scaling = model._representation.fit_scaling(features, settings.scaling)


def _scale(model: Any, features: SampleMatrix, name: str, *, is_fitted: bool) -> FeatureMatrix:
    """Scale features, and check that the loss can be computed of them.

    Where the scaling was fitted on others they may leave [0, 1]: the loss counts them at its ends, and it is said.
    """
    scaled, loss = model._scaling.apply(features), model.settings_.loss
    if is_fitted and loss.needs_unit_interval:
        _warn_of_outside(scaled, name, name_columns(model), loss.name)
    else:
        loss.check_features(scaled, argument=name, scaling=model.scaling_)
    return scaled


def _warn_of_outside(scaled: FeatureMatrix, name: str, columns: list[str], loss: str) -> None:
    counts = ((scaled < 0) | (scaled > 1)).sum(axis=0)
    places = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    if not len(places):
        return
    told = [f"{quote(columns[place])} ({counts[place]:,})" for place in places[:MOST_NAMED]]
    if len(places) > MOST_NAMED:
        told.append(f"{say_count(len(places) - MOST_NAMED, 'more column')}")
    warn_user(
        f"{name} has {counts.sum():,} of {scaled.size:,} cells beyond the range of training, in {join_words(told)}: "
        f"loss={loss!r} counts them as its nearer end; errors are those of their true values.",
        DiagnosisWarning,
        cause="cells beyond the range of training",
    )


def _refuse_kernel(obstacle: str) -> None:
    if obstacle:
        raise InvalidInputError(f"engine='kernel' cannot be had: {obstacle}. Use engine='auto', or 'xla'.")


def _choose_engine(model: Any, scaled: FeatureMatrix, goes_on: bool) -> str:
    """Return what trains: the kernel where it knows all that is asked for and can be had, unless XLA was demanded."""
    networks, objective, rule = _shape_networks(model, goes_on), make_objective(model, scaled), find_rule(model)
    if model.engine == "kernel":
        _refuse_kernel(find_training_obstacle(networks, objective, rule))
    return "kernel" if can_train(networks, objective, rule) else "xla"


def _shape_networks(model: Any, goes_on: bool) -> Any:
    """Return networks like those that are trained, their numbers aside."""
    if goes_on:
        return model.networks_
    blueprint = make_blueprint(model)
    # What a blueprint of the user's own does with a generator is not known.
    is_ours = isinstance(model.settings_.parts.network, str)
    return draw_shapes(blueprint) if is_ours else blueprint.draw(np.random.default_rng(0))
