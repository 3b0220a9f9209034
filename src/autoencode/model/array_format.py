"""Samples that are numbers, such as arrays and images: each number is a feature."""
# ruff: noqa: ARG002 - one kind needs what the other does not

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np

from autoencode.evaluation import MEASURES, Measure, errors, find_measure, stretch_measure
from autoencode.evaluation.standard_units import has_units, measure_deviations
from autoencode.exceptions import InvalidInputError
from autoencode.model.column_errors import FeatureSums
from autoencode.model.sample_kind import find_kind
from autoencode.model.samples import Columns, Opened, read_numbers, shape_samples
from autoencode.model.units import NO_UNITS, explain_own_units
from autoencode.parts.losses import Loss, find_loss
from autoencode.sizes import is_auto
from autoencode.tables import Scaling, choose_scaling, find_deviations, fit_scaling
from autoencode.types import Per, SampleMatrix


class ArrayFormat:
    """Samples that are numbers: each number is a feature.

    Parameters
    ----------
    sample_shape, dtype, in_unit_interval
        Those of the training samples, and whether their numbers were in [0, 1], where that is known already.
    kind
        What the samples are, or "auto", which their shape decides.
    deviations
        Of the columns of a training table; None of arrays, and where that is not known.
    columns
        Those of the training samples, where they are known already.
    """

    encoder = None
    columns: Columns
    is_mixed = is_guessed = False

    def __init__(
        self,
        sample_shape: tuple[int, ...] = (),
        dtype: Any = np.float64,
        *,
        in_unit_interval: bool = False,
        kind: str | None = "auto",
        deviations: np.ndarray | None = None,
        columns: Columns | None = None,
    ):
        self.sample_shape = sample_shape
        self.kind = kind
        self.dtype = np.dtype(dtype)
        self.in_unit_interval = in_unit_interval
        self.deviations = deviations
        self.columns = Columns(math.prod(sample_shape)) if columns is None else columns
        self.has_columns = self.columns.names is not None

    @property
    def width(self) -> int:
        """The number of features."""
        return math.prod(self.sample_shape)

    def list_columns(self) -> list[str]:
        """Return the names of the columns; "x0", "x1", … where they have none; of a sequence with the step."""
        if self.kind != "sequence":
            return self.columns.list_names()
        steps, numbers = self.sample_shape
        return [f"x{number} at step {step}" for step in range(steps) for number in range(numbers)]

    def check(self, opened: Opened, *, reset: bool, finite: bool = True) -> SampleMatrix:
        """Return the samples, flat."""
        columns = None if reset else self.columns
        samples, sample_shape, found = read_numbers(opened, columns, self.sample_shape, finite=finite)
        if reset:
            self.sample_shape, self.dtype, self.columns = sample_shape, samples.dtype, found
            asked, self.kind = self.kind, find_kind(self.kind, opened, sample_shape)
            self.is_guessed = is_auto(asked) and self.kind == "sequence"
            self.has_columns = isinstance(opened.values, nw.DataFrame)
        return samples

    def fit(self, samples: SampleMatrix, scaling: str, held_out: Any = None, weights: Any = None) -> None:
        """Note whether the samples lie in [0, 1]; there is nothing else to fit before the scaling."""
        self.in_unit_interval = bool(samples.min() >= 0 and samples.max() <= 1)

    def encode(self, samples: SampleMatrix, argument: str = "X") -> SampleMatrix:
        """Return the samples as they are."""
        return samples

    def decode(self, features: SampleMatrix) -> np.ndarray:
        """Return features in the shape and the type of the training samples."""
        return shape_samples(features.astype(self.dtype, copy=False), self.sample_shape)

    def show(self, features: SampleMatrix, rebuilt: SampleMatrix) -> tuple[SampleMatrix, SampleMatrix]:
        """Return both as they are."""
        return features, rebuilt

    def choose_scaling(self, features: SampleMatrix, loss: Loss) -> str:
        """Return the scaling that suits the samples and the loss."""
        image, unit_interval = self.kind == "picture", loss.needs_unit_interval
        return choose_scaling(features, image=image, unit_interval=unit_interval, named=self.has_columns)

    def fit_scaling(self, features: SampleMatrix, scaling: str, weights: np.ndarray | None = None) -> Scaling:
        """Return the fitted scaling."""
        fitted = fit_scaling(features, scaling, weights)
        if self.has_columns:
            self.deviations = fitted.scale if scaling == "standard" else find_deviations(features, weights)
        return fitted

    def find_loss(self, loss: str | Callable) -> Loss:
        """Return the loss of that name, or the function."""
        return find_loss(loss)

    def choose_loss(self, preferred: str) -> str:
        """Return the recipe's loss."""
        return preferred

    def find_activation(self, activation: str | Callable) -> str | Callable:
        """Return the activation as it is."""
        return activation

    def training_measure(self, loss: str) -> Measure:
        """Return the measure of the loss's name where there is one, else the squared error."""
        return stretch_measure(MEASURES.get(loss, MEASURES["squared_error"]))

    def find_measure(self, measure: str | Measure, units: str = "auto") -> Measure:
        """Return the measure of that name; "auto" is the squared error, in standard deviations of named columns."""
        if isinstance(measure, Measure):
            return measure
        found = find_measure("squared_error" if measure == "auto" else measure)
        found = stretch_measure(found) if self.in_unit_interval else found
        if units in ("auto", "standard") and self.deviations is not None and has_units(found):
            return measure_deviations(found, self.deviations)
        if units == "standard":
            own = explain_own_units(has_columns=self.has_columns)
            raise InvalidInputError(own if has_units(found) else NO_UNITS.format(found.name))
        return found

    @property
    def may_hold_odd_numbers(self) -> bool:
        """Whether they are rows of a table of numbers."""
        return self.columns.names is not None

    def find_longest(self, samples: Any) -> int | None:
        """Return nothing: all samples are of one length."""
        return None

    def join_parts(self, parts: SampleMatrix) -> SampleMatrix:
        """Return the parts as they are."""
        return parts

    def errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, *, measure: str | Measure, per: Per, units: str = "auto"
    ) -> np.ndarray:
        """Return the error of each sample or feature; a column is a feature."""
        by = "feature" if per == "column" else per
        return errors(features, rebuilt, measure=self.find_measure(measure, units), per=by)

    def sum_columns(self, units: str = "auto") -> FeatureSums:
        """Return what adds up the squared errors of each feature."""
        return FeatureSums(self.list_columns(), self.find_measure("squared_error", units))
