"""From what `fit` was given to the scaled features that a network is trained on."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from autoencode.data.samples import Reading
from autoencode.evaluation.arrays import block_slices
from autoencode.evaluation.wording import join_words, say_count
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.arguments import Arguments, derive_seed
from autoencode.model.assembly import make_blueprint, make_objective
from autoencode.model.derivation import derive_settings
from autoencode.model.fitted import Fitted
from autoencode.model.format import Format
from autoencode.model.part_lookup import check_parameters, find_rule
from autoencode.model.row_digest import KnownRows
from autoencode.model.sample_weight import Weights
from autoencode.model.samples import counting_rows, number_rows, pick_samples, split_samples
from autoencode.model.settings import DerivedSettings
from autoencode.model.setup import Setup
from autoencode.notice import warn_user
from autoencode.printable import quote
from autoencode.training import draw_shapes
from autoencode.training.devices import check_device
from autoencode.training.kernel import can_train, explain_absence, find_training_obstacle
from autoencode.training.order import choose_window
from autoencode.training.threads import tell_threads
from autoencode.types import FeatureMatrix, SampleMatrix

MOST_NAMED = 3
"""Columns that a warning names."""

HASHED_NUMBERS = 2**22
"""Of the rows that are hashed at once."""


@dataclass(frozen=True, eq=False)
class Checked:
    """Samples that were opened and checked.

    Attributes
    ----------
    form
        Their format, not yet fitted.
    samples
        Of which rows can be picked.
    rows
        The place of each among the samples that were given.
    reading, source
        How they were read, and what they are, in words.
    weights
        How much each counts, > 0; None: all the same.
    """

    form: Format
    samples: Any
    rows: Int[np.ndarray, " rows"]
    reading: Reading | None
    source: str
    weights: Weights | None = None

    def take(self, places: Int[np.ndarray, " places"]) -> Checked:
        """Return the samples at some places."""
        weights = None if self.weights is None else self.weights[places]
        return replace(self, samples=pick_samples(self.samples, places), rows=self.rows[places], weights=weights)


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
    weights, held_out_weights
        How much each of `scaled` and of `held_out` counts, > 0; None: all the same.
    """

    setup: Setup
    scaled: FeatureMatrix
    held_out: FeatureMatrix | None
    earlier: Fitted | None
    source: str
    weights: Weights | None
    held_out_weights: Weights | None


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


def set_up(arguments: Arguments, known: Checked, held_out: Any, *, earlier: Fitted | None = None) -> Preparation:
    """Return all that is known before the training on checked samples.

    Parameters
    ----------
    arguments
        The constructor's, checked.
    known, held_out
        Checked samples to train on, of which a share may be held out, and those held out beside them, or None. The
        format of `known` is not yet fitted, but for a training that goes on.
    earlier
        The fitted networks that the training goes on from, or None.
    """
    if earlier is not None and earlier.arguments.optimizer != arguments.optimizer:
        earlier = replace(earlier, optimizer=None)  # another one begins anew
    # Going on with another split would train on what was held out.
    seed = derive_seed(arguments.random_state) if earlier is None else earlier.seed
    form, kept = known.form, None
    if arguments.validation_fraction is not None:
        parts = split_samples(number_rows(len(known.samples)), arguments.validation_fraction, seed)
        known, kept = (known.take(places) for places in parts)
        held_out = kept.samples
    with counting_rows(known.rows):
        if earlier is None:
            form.fit(known.samples, arguments.scaling, held_out, known.weights)
        features = form.encode(known.samples)
        if earlier is None:
            setup = _derive(arguments, known, features, seed)
        else:
            now = {"arguments": arguments, "trained_rows": _know_rows(features), "threads": tell_threads()}
            setup = Setup(**earlier.describe() | now)
        scaled = _scale(setup, features, "X", is_fitted=earlier is not None)
    if held_out is not None:
        with nullcontext() if kept is None else counting_rows(kept.rows):
            encoded = form.encode(held_out, "validation" if kept is None else "X")
            held_out = _scale(setup, encoded, "validation", is_fitted=True)
    weights, held_out_weights = known.weights, None if kept is None else kept.weights
    engine = _choose_engine(arguments, setup, scaled, earlier, is_weighted=weights is not None)
    setup = replace(setup, settings=_set_window(replace(setup.settings, engine=engine), scaled.shape[1]))
    return Preparation(setup, scaled, held_out, earlier, known.source, weights, held_out_weights)


def _set_window(settings: DerivedSettings, features: int) -> DerivedSettings:
    """Return settings that tell how far samples are mixed; those of a training that goes on may tell already."""
    if settings.window is not None:
        return settings
    window = choose_window(features)
    return replace(settings, block_rows=window.block_rows, window_blocks=window.blocks)


def _derive(arguments: Arguments, known: Checked, features: SampleMatrix, seed: int) -> Setup:
    """Return what the features of the training samples say."""
    settings = derive_settings(arguments, known.form, features)
    return Setup(
        arguments=arguments,
        format=known.form,
        scaling=known.form.fit_scaling(features, settings.scaling, known.weights),
        settings=settings,
        seed=seed,
        reading=known.reading,
        train_range=(float(features.min()), float(features.max())),
        feature_ends=np.stack([features.min(axis=0), features.max(axis=0)]).astype(np.float64),
        trained_rows=_know_rows(features),
        threads=tell_threads(),
    )


def _know_rows(features: SampleMatrix) -> KnownRows:
    return KnownRows.of(features[rows] for rows in block_slices(*features.shape, block_numbers=HASHED_NUMBERS))


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
    blocks = (scaled[rows] for rows in block_slices(*scaled.shape))
    counts = sum((((block < 0) | (block > 1)).sum(axis=0) for block in blocks), np.zeros(scaled.shape[1], int))
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


def _choose_engine(
    arguments: Arguments, setup: Setup, scaled: FeatureMatrix, earlier: Fitted | None, *, is_weighted: bool
) -> str:
    """Return what trains: the kernel where it knows all that is asked for and can be had, unless XLA was demanded."""
    if is_weighted:
        if arguments.engine == "kernel":
            _refuse_kernel("the kernel knows no sample_weight")
        return "xla"
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
