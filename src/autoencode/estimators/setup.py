"""`Setup`: all that is known of a model before its first epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autoencode.bottlenecks.plain import Plain
from autoencode.corruptions import SampleSpace, StepCorruption
from autoencode.data.samples import Reading
from autoencode.estimators.assembly import NETWORKS, Frame, check_network
from autoencode.estimators.representation import Representation
from autoencode.estimators.row_digest import KnownRows
from autoencode.estimators.samples import open_samples
from autoencode.estimators.settings import DerivedSettings
from autoencode.features import Scaling, StepScaling, TableEncoder, pick_steps
from autoencode.networks import DenseBlueprint
from autoencode.training import BottleneckedBlueprint, Objective
from autoencode.types import FeatureMatrix, SampleMatrix

__all__ = ["Setup"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Setup:
    """All that is known of a model before its first epoch.

    Attributes
    ----------
    parameters
        The constructor's arguments, by name.
    format
        How samples become features and back.
    scaling
        What is done to the features before a network sees them.
    settings
        Every setting, with no "auto" left.
    seed
        Of weights, split and order of the samples.
    reading
        How the samples were read, where they came from a file, a folder or a named set.
    train_range
        The least and the largest of all features of training.
    feature_ends
        The least and the largest of each, shape (2, features); None where a file of earlier versions does not tell.
    trained_rows
        By which the samples of training are known again; None likewise.
    """

    parameters: Mapping[str, Any]
    format: Representation
    scaling: Scaling
    settings: DerivedSettings
    seed: int
    reading: Reading | None
    train_range: tuple[float, float]
    feature_ends: np.ndarray | None
    trained_rows: KnownRows | None

    @property
    def table_encoder(self) -> TableEncoder | None:
        """What turns a mixed table into features; None for numbers."""
        return self.format.encoder

    def check(self, X: Any, argument: str = "X") -> Any:
        """Return opened and checked samples, of which rows can be picked; `X` is whatever `Autoencoder.fit` takes."""
        return self.format.check(open_samples(X, reading=self.reading, argument=argument), reset=False)

    def read(self, X: Any, argument: str = "X") -> SampleMatrix:
        """Return the features of samples, before the scaling."""
        return self.format.encode(self.check(X, argument), argument)

    @property
    def blueprint(self) -> Any:
        """What draws the network that was asked for, its bottleneck included.

        Raises
        ------
        InvalidInputError
            If the samples are not of a shape that the network takes, or the bottleneck cannot have such a code.
        """
        settings, parts = self.settings, self.settings.parts
        encoded_size = parts.bottleneck.width(settings.code_size)
        frame = Frame(
            len(self.scaling.offset),
            self.format.sample_shape,
            settings.code_size,
            None if encoded_size == settings.code_size else encoded_size,
            settings.hidden,
            parts.activation,
            parts.code_activation,
            self.format.find_activation(settings.output_activation),
        )
        network = parts.network
        if isinstance(network, str):
            network = NETWORKS[network].make(frame)
        else:
            check_network(network, frame)
        if isinstance(network, DenseBlueprint):
            network = replace(network, engine=self.parameters["engine"])
        if type(parts.bottleneck) is Plain:
            return network
        return BottleneckedBlueprint(network, settings.code_size, parts.bottleneck)

    def make_objective(self, scaled: FeatureMatrix) -> Objective:
        """Return what a training minimises, for its scaled samples.

        Raises
        ------
        InvalidInputError
            If the corruption cannot be done to such samples.
        """
        parts, loss, sample_shape = self.settings.parts, self.settings.loss, self.format.sample_shape
        corruption = parts.corruption
        if parts.corruption is None:
            return Objective(loss, terms=parts.terms)
        shape = sample_shape if math.prod(sample_shape) == scaled.shape[1] else (scaled.shape[1],)
        if isinstance(self.scaling, StepScaling):
            shape, scaled = sample_shape, pick_steps(scaled, self.scaling.step_features)
            corruption = StepCorruption(corruption, self.scaling.step_features)
        space = SampleSpace(shape, float(scaled.min()), float(scaled.max()))
        if hasattr(parts.corruption, "check"):
            parts.corruption.check(space)
        return Objective(loss, corruption, space, parts.terms)
