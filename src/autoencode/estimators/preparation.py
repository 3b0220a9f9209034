"""From what `fit` was given to the scaled features that a network is trained on."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from autoencode.data.samples import Reading
from autoencode.estimators.fitted import Fitted
from autoencode.estimators.representation import Representation, find_representation
from autoencode.estimators.row_digest import KnownRows
from autoencode.estimators.sample_kind import warn_of_guess
from autoencode.estimators.samples import check_like_training, counting_rows, note_columns, open_samples, split_samples
from autoencode.estimators.settings import (
    check_continuation,
    check_parameters,
    derive_seed,
    derive_settings,
    find_rule,
)
from autoencode.estimators.setup import Setup
from autoencode.evaluation.wording import join_words, say_count
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.notice import warn_user
from autoencode.printable import quote
from autoencode.training import draw_shapes
from autoencode.training.devices import check_device
from autoencode.training.kernel import can_train, explain_absence, find_training_obstacle
from autoencode.types import FeatureMatrix, SampleMatrix

__all__ = ["Preparation", "check_arguments", "prepare", "set_up"]

MOST_NAMED = 3
"""Columns that a warning names."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """What a training starts from.

    Attributes
    ----------
    setup
        All that is known before the first epoch.
    scaled, held_out
        Scaled features to train on, and those held out, or None.
    earlier
        The fitted networks that the training goes on from, or None.
    source
        What the samples are, in words.
    """

    setup: Setup
    scaled: FeatureMatrix
    held_out: FeatureMatrix | None
    earlier: Fitted | None
    source: str


def prepare(model: Any, X: Any, validation: Any) -> Preparation:
    """Check everything that `Autoencoder.fit` was told, and return all that is known before the training.

    Parameters
    ----------
    model
        The estimator; what is said of the columns of its samples is set.
    X, validation
        As for `Autoencoder.fit`.

    Raises
    ------
    InvalidInputError
        If an argument or the samples cannot be used; or one of the readers' errors.
    DeviceError
        If JAX has no device of those that were asked for.
    """
    earlier = check_arguments(model, has_validation=validation is not None)
    opened = open_samples(X, reading=None if earlier is None else earlier.reading)
    reading = opened.reading if earlier is None else earlier.reading
    if validation is not None:
        validation = open_samples(validation, reading=reading, argument="validation")
    others = [] if validation is None else [validation.values]
    form = find_representation(model, opened, *others) if earlier is None else earlier.format
    if earlier is None:
        samples = form.check(opened, reset=True)
        note_columns(model, opened, form.columns, mixed=form.encoder is not None)
        warn_of_guess(model, form)
    else:
        samples = check_like_training(model, opened, form)
    held_out = None if validation is None else check_like_training(model, validation, form)
    return set_up(model, form, samples, held_out, reading=reading, source=opened.source, earlier=earlier)


def check_arguments(model: Any, *, has_validation: bool) -> Fitted | None:
    """Check what the constructor of an `Autoencoder` was told; return the fitted networks that it shall go on from."""
    check_parameters(model)
    check_device()
    if model.engine == "kernel":  # before minutes of reading
        _refuse_kernel(explain_absence())
    if has_validation and model.validation_fraction is not None:
        raise InvalidInputError("give either validation= samples or validation_fraction, not both.")
    if bool(model.warm_start) and model.__sklearn_is_fitted__():
        check_continuation(model)
        return model.fitted_
    model.__dict__.pop("fitted_", None)  # a fit that fails leaves no half of an earlier one behind
    return None


def set_up(
    model: Any,
    form: Representation,
    samples: Any,
    held_out: Any,
    *,
    reading: Reading | None,
    source: str,
    earlier: Fitted | None = None,
) -> Preparation:
    """Return all that is known before the training on checked samples.

    Parameters
    ----------
    model
        The estimator; only its arguments are read.
    form
        How samples become features, not yet fitted, but for a training that goes on.
    samples, held_out
        Checked samples to train on, of which a share may be held out, and those held out beside them, or None.
    reading, source
        How they were read, and what they are, in words.
    earlier
        The fitted networks that the training goes on from, or None.
    """
    # Going on with another split would train on what was held out.
    seed = derive_seed(model.random_state) if earlier is None else earlier.seed
    trained = kept = np.arange(len(samples))
    if model.validation_fraction is not None:
        trained, kept = split_samples(trained, model.validation_fraction, seed)
        samples, held_out = samples[trained], samples[kept]
    with counting_rows(trained):
        if earlier is None:
            form.fit(samples, model.scaling, held_out)
        features = form.encode(samples)
        parameters = model.get_params(deep=False)
        if earlier is None:
            setup = _derive(model, parameters, form, features, seed, reading)
        else:
            setup = replace(_take_setup(earlier), parameters=parameters, trained_rows=KnownRows.of([features]))
        scaled = _scale(setup, features, "X", is_fitted=earlier is not None)
    if held_out is not None:
        name = "validation" if model.validation_fraction is None else "X"
        with counting_rows(kept) if name == "X" else nullcontext():
            held_out = _scale(setup, form.encode(held_out, name), "validation", is_fitted=True)
    settings = replace(setup.settings, engine=_choose_engine(model, setup, scaled, earlier))
    return Preparation(replace(setup, settings=settings), scaled, held_out, earlier, source)


def _take_setup(fitted: Fitted) -> Setup:
    """Return what was known of a fitted model before its first epoch."""
    return Setup(**{field.name: getattr(fitted, field.name) for field in fields(Setup)})


def _derive(
    model: Any,
    parameters: dict[str, Any],
    form: Representation,
    features: SampleMatrix,
    seed: int,
    reading: Reading | None,
) -> Setup:
    """Return what the features of the training samples say."""
    settings = derive_settings(model, form, features)
    return Setup(
        parameters=parameters,
        format=form,
        scaling=form.fit_scaling(features, settings.scaling),
        settings=settings,
        seed=seed,
        reading=reading,
        train_range=(float(features.min()), float(features.max())),
        feature_ends=np.stack([features.min(axis=0), features.max(axis=0)]).astype(np.float64),
        trained_rows=KnownRows.of([features]),
    )


def _scale(setup: Setup, features: SampleMatrix, name: str, *, is_fitted: bool) -> FeatureMatrix:
    """Scale features, and check that the loss can be computed of them.

    Where the scaling was fitted on others they may leave [0, 1]: the loss counts them at its ends, and it is said.
    """
    scaled, loss = setup.scaling.apply(features), setup.settings.loss
    if is_fitted and loss.needs_unit_interval:
        _warn_of_outside(scaled, name, setup.format.list_columns(), loss.name)
    else:
        loss.check_features(scaled, argument=name, scaling=setup.settings.scaling)
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


def _choose_engine(model: Any, setup: Setup, scaled: FeatureMatrix, earlier: Fitted | None) -> str:
    """Return what trains: the kernel where it knows all that is asked for and can be had, unless XLA was demanded."""
    networks = _shape_networks(setup) if earlier is None else earlier.networks
    objective, rule = setup.make_objective(scaled), find_rule(model)
    if model.engine == "kernel":
        _refuse_kernel(find_training_obstacle(networks, objective, rule))
    return "kernel" if can_train(networks, objective, rule) else "xla"


def _shape_networks(setup: Setup) -> Any:
    """Return networks like those that are trained, their numbers aside."""
    # What a blueprint of the user's own does with a generator is not known.
    is_ours = isinstance(setup.settings.parts.network, str)
    return draw_shapes(setup.blueprint) if is_ours else setup.blueprint.draw(np.random.default_rng(0))
