"""From what is known before the first epoch to the networks that are trained and what the training minimises."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import numpy as np

from autoencode.model.part_lookup import NETWORKS, Frame, check_network
from autoencode.model.setup import Setup
from autoencode.parts.bottlenecks.plain import Plain
from autoencode.parts.corruptions import SampleSpace, StepCorruption
from autoencode.parts.networks import DenseBlueprint
from autoencode.tables import StepScaling, pick_steps
from autoencode.training import Blueprint, BottleneckedBlueprint, Objective, draw_shapes
from autoencode.training.devices import put
from autoencode.types import FeatureMatrix


def make_blueprint(setup: Setup) -> Blueprint:
    """Return what draws the network that was asked for, its bottleneck included.

    Raises
    ------
    InvalidInputError
        If the samples are not of a shape that the network takes, or the bottleneck cannot have such a code.
    """
    settings, parts = setup.settings, setup.settings.parts
    encoded_size = parts.bottleneck.width(settings.code_size)
    frame = Frame(
        len(setup.scaling.offset),
        setup.format.sample_shape,
        settings.code_size,
        None if encoded_size == settings.code_size else encoded_size,
        settings.hidden,
        parts.activation,
        parts.code_activation,
        setup.format.find_activation(settings.output_activation),
    )
    network = parts.network
    if isinstance(network, str):
        network = NETWORKS[network].make(frame)
    else:
        check_network(network, frame)
    if isinstance(network, DenseBlueprint):
        network = replace(network, engine=setup.arguments.engine)
    if type(parts.bottleneck) is Plain:
        return network
    return BottleneckedBlueprint(network, settings.code_size, parts.bottleneck)


def make_objective(setup: Setup, scaled: FeatureMatrix) -> Objective:
    """Return what a training minimises, for its scaled samples.

    Raises
    ------
    InvalidInputError
        If the corruption cannot be done to such samples.
    """
    parts, loss, sample_shape = setup.settings.parts, setup.loss, setup.format.sample_shape
    corruption = parts.corruption
    if parts.corruption is None:
        return Objective(loss, terms=parts.terms)
    shape = sample_shape if math.prod(sample_shape) == scaled.shape[1] else (scaled.shape[1],)
    if isinstance(setup.scaling, StepScaling):
        shape, scaled = sample_shape, pick_steps(scaled, setup.scaling.step_features)
        corruption = StepCorruption(corruption, setup.scaling.step_features)
    space = SampleSpace(shape, float(scaled.min()), float(scaled.max()))
    if hasattr(parts.corruption, "check"):
        parts.corruption.check(space)
    return Objective(loss, corruption, space, parts.terms)


def list_arrays(networks: Any) -> dict[str, np.ndarray]:
    """Return the arrays of K networks, or of one, by their names in a model file."""
    leaves = jax.tree_util.tree_flatten_with_path(eqx.filter(networks, eqx.is_array))[0]
    return {jax.tree_util.keystr(place): np.asarray(leaf) for place, leaf in leaves}


def list_shapes(setup: Setup) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays of the network that was asked for, by name; nothing is drawn for it."""
    leaves = jax.tree_util.tree_flatten_with_path(draw_shapes(make_blueprint(setup)))[0]
    return {jax.tree_util.keystr(place): np.shape(leaf) for place, leaf in leaves}


def build_networks(setup: Setup, arrays: Mapping[str, np.ndarray]) -> Any:
    """Return networks like those that would be drawn anew, with other arrays in place of theirs."""
    drawn, structure = jax.tree_util.tree_flatten_with_path(draw_shapes(make_blueprint(setup)))
    return jax.tree_util.tree_unflatten(structure, [put(arrays[jax.tree_util.keystr(place)]) for place, _ in drawn])
