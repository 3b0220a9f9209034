"""From what `fit` was given to the scaled features that a network is trained on."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autoencode.data.samples import Reading
from autoencode.evaluation.wording import join_words, say_count
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.arguments import Arguments, derive_seed
from autoencode.model.assembly import make_blueprint, make_objective
from autoencode.model.derivation import derive_settings
from autoencode.model.fitted import Fitted
from autoencode.model.format import Format
from autoencode.model.part_lookup import check_parameters, find_rule
from autoencode.model.row_digest import KnownRows
from autoencode.model.samples import counting_rows, split_samples
from autoencode.model.setup import Setup
from autoencode.notice import warn_user
from autoencode.printable import quote
from autoencode.training import draw_shapes
from autoencode.training.devices import check_device
from autoencode.training.kernel import can_train, explain_absence, find_training_obstacle
from autoencode.types import FeatureMatrix, SampleMatrix

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


def check_arguments(arguments: Arguments, *, has_validation: bool) -> None:
    """Check what the constructor of an `Autoencoder` was told, before its samples are read.

    Raises
    ------
    InvalidInputError
        If an argument cannot be used.
    DeviceError
        If JAX has no device of those that were asked for.
    """
    check_parameters(arguments)
    check_device()
    if arguments.engine == "kernel":  # before minutes of reading
        _refuse_kernel(explain_absence())
    if has_validation and arguments.validation_fraction is not None:
        raise InvalidInputError("give either validation= samples or validation_fraction, not both.")


def set_up(
    arguments: Arguments,
    form: Format,
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
    arguments
        The constructor's, checked.
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
    seed = derive_seed(arguments.random_state) if earlier is None else earlier.seed
    trained = kept = np.arange(len(samples))
    if arguments.validation_fraction is not None:
        trained, kept = split_samples(trained, arguments.validation_fraction, seed)
        samples, held_out = samples[trained], samples[kept]
    with counting_rows(trained):
        if earlier is None:
            form.fit(samples, arguments.scaling, held_out)
        features = form.encode(samples)
        if earlier is None:
            setup = _derive(arguments, form, features, seed, reading)
        else:
            known = earlier.describe() | {"arguments": arguments, "trained_rows": KnownRows.of([features])}
            setup = Setup(**known)
        scaled = _scale(setup, features, "X", is_fitted=earlier is not None)
    if held_out is not None:
        name = "validation" if arguments.validation_fraction is None else "X"
        with counting_rows(kept) if name == "X" else nullcontext():
            held_out = _scale(setup, form.encode(held_out, name), "validation", is_fitted=True)
    settings = replace(setup.settings, engine=_choose_engine(arguments, setup, scaled, earlier))
    return Preparation(replace(setup, settings=settings), scaled, held_out, earlier, source)


def _derive(arguments: Arguments, form: Format, features: SampleMatrix, seed: int, reading: Reading | None) -> Setup:
    """Return what the features of the training samples say."""
    settings = derive_settings(arguments, form, features)
    return Setup(
        arguments=arguments,
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
    scaled, loss = setup.scaling.apply(features), setup.loss
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


def _choose_engine(arguments: Arguments, setup: Setup, scaled: FeatureMatrix, earlier: Fitted | None) -> str:
    """Return what trains: the kernel where it knows all that is asked for and can be had, unless XLA was demanded."""
    networks = _shape_networks(setup) if earlier is None else earlier.networks
    objective, rule = make_objective(setup, scaled), find_rule(arguments)
    if arguments.engine == "kernel":
        _refuse_kernel(find_training_obstacle(networks, objective, rule))
    return "kernel" if can_train(networks, objective, rule) else "xla"


def _shape_networks(setup: Setup) -> Any:
    """Return networks like those that are trained, their numbers aside."""
    # What a blueprint of the user's own does with a generator is not known.
    blueprint = make_blueprint(setup)
    is_known = isinstance(setup.settings.part_texts["network"], str)
    return draw_shapes(blueprint) if is_known else blueprint.draw(np.random.default_rng(0))
