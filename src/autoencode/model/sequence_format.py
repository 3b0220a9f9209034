"""Sequences as features: arrays of shape (n, time, features), with NaN after the end of a shorter one."""
# ruff: noqa: ARG002 - one kind needs what the other does not

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Bool

from autoencode.evaluation import MEASURES, Measure, errors, find_measure, step_measure
from autoencode.exceptions import InvalidInputError, InvalidRowError, SampleShapeError
from autoencode.model.column_errors import FeatureSums
from autoencode.model.samples import Columns, Opened, read_numbers
from autoencode.model.units import explain_own_units
from autoencode.parts.activations import StepActivation
from autoencode.parts.losses import LOSSES, Loss
from autoencode.tables import StepScaling, choose_scaling, fit_step_scaling, pick_steps
from autoencode.types import Per, SampleMatrix


class SequenceFormat:
    """Samples that are sequences of numbers: the features of each step, and then 1 where it exists, else 0.

    Parameters
    ----------
    steps, step_features
        Steps of the longest sequence of training, and features of one step, where they are known already.
    varying
        Whether some sequences of training are shorter.
    dtype
        That of the training samples.
    """

    encoder = None
    kind = "sequence"
    columns: Columns
    is_mixed = is_guessed = may_hold_odd_numbers = False

    def __init__(self, steps: int = 0, step_features: int = 0, *, varying: bool = False, dtype: Any = np.float64):
        self.steps, self.step_features, self.varying = steps, step_features, varying
        self.dtype, self.columns = np.dtype(dtype), Columns(steps * step_features)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Steps and features of a step."""
        return (self.steps, self.step_features)

    def list_columns(self) -> list[str]:
        """Return the names of the numbers of every step: "x0 at step 0", …"""
        return [f"x{number} at step {step}" for step in range(self.steps) for number in range(self.step_features)]

    def check(self, opened: Opened, *, reset: bool, finite: bool = True) -> SampleMatrix:
        """Return the sequences, flat, with what says of each step whether it exists; those that are missing are 0.

        Raises
        ------
        InvalidInputError
            If there is NaN before the end of a sequence, a sequence without a step, one that is shorter where none was
            in training, or something else that is no finite number.
        SampleShapeError
            If it is no array of three axes, or has longer sequences or other features than training.
        """
        values, name = _take_array(opened.values, opened.argument), opened.argument
        exists = _find_steps(values, name)
        lengths = exists.sum(axis=1)
        steps = int(lengths.max(initial=1)) if reset else self.steps
        if lengths.max(initial=0) > steps:
            raise SampleShapeError(
                f"{name} has a sequence of {lengths.max()} steps, but the longest of training has {steps}; cut it."
            )
        varies = bool((lengths < steps).any())
        if varies and not reset and not self.varying:
            raise InvalidInputError(
                f"{name} has a sequence of {lengths.min()} steps, but all of training have {steps}; fit the model on "
                "sequences of which some are shorter."
            )
        # As many steps as in training: those beyond the end of all sequences say nothing.
        values, exists = (_fit_steps(array, steps) for array in (values, exists))
        values = np.where(exists[..., None], values, 0) if varies else values
        columns = None if reset else self.columns
        numbers, shape, found = read_numbers(replace(opened, values=values), columns, self.sample_shape)
        if reset:
            (self.steps, self.step_features), self.varying, self.dtype = shape, varies, numbers.dtype
            self.columns = found
        by_step = numbers.reshape(len(numbers), *shape)
        return np.concatenate([by_step, exists[..., None].astype(numbers.dtype)], axis=2).reshape(len(numbers), -1)

    def fit(self, samples: SampleMatrix, scaling: str, held_out: Any = None, weights: Any = None) -> None:
        """There is nothing to fit before the scaling."""

    def encode(self, samples: SampleMatrix, argument: str = "X") -> SampleMatrix:
        """Return the checked samples as they are."""
        return samples

    def decode(self, features: SampleMatrix) -> np.ndarray:
        """Return sequences of the steps of training, with NaN from the first step on that does not exist."""
        steps = features.reshape(len(features), self.steps, -1)
        exists = np.logical_and.accumulate(steps[..., -1] >= 0.5, axis=1)
        return np.where(exists[..., None], steps[..., :-1], np.nan).astype(self.dtype)

    def show(self, features: SampleMatrix, rebuilt: SampleMatrix) -> tuple[SampleMatrix, SampleMatrix]:
        """Return the features of every step; those that the sample does not have are 0 in both."""
        steps, guess = (array.reshape(len(array), self.steps, -1) for array in (features, rebuilt))
        exists = steps[..., -1:] >= 0.5
        shown, shown_rebuilt = (np.where(exists, part[..., :-1], 0).reshape(len(part), -1) for part in (steps, guess))
        return shown, shown_rebuilt

    def choose_scaling(self, features: SampleMatrix, loss: Loss) -> str:
        """Return "none" where all lies in [0, 1], else "standard": the features of a step share no unit."""
        steps = pick_steps(features, self.step_features)
        return choose_scaling(steps, image=False, unit_interval=loss.needs_unit_interval)

    def fit_scaling(self, features: SampleMatrix, scaling: str, weights: np.ndarray | None = None) -> StepScaling:
        """Return the scaling fitted to the steps that exist, the same for a feature at every step."""
        return fit_step_scaling(features, scaling, self.step_features, weights)

    def find_loss(self, loss: str | Callable) -> Loss:
        """Return the loss of that name as it is of sequences."""
        if callable(loss):
            raise InvalidInputError(
                f"loss={getattr(loss, '__name__', loss)!r} cannot be used on sequences, whose steps may be missing; "
                "name one, such as 'squared_error'."
            )
        from autoencode.parts.objectives import step_loss

        return step_loss(loss, self.steps, self.step_features, varying=self.varying)

    def choose_loss(self, preferred: str) -> str:
        """Return the recipe's loss, or the squared error where sequences cannot have it."""
        return preferred if LOSSES[preferred].output_activation == "identity" else "squared_error"

    def find_activation(self, activation: str | Callable) -> str | Callable:
        """Return the activation that makes the steps: there is only one."""
        return StepActivation(self.steps, self.step_features, self.varying)

    def training_measure(self, loss: str) -> Measure:
        """Return the measure of the loss's name where there is one, else the squared error."""
        return self.find_measure(loss if loss in MEASURES else "auto")

    def find_measure(self, measure: str | Measure, units: str = "auto") -> Measure:
        """Return the measure of that name over the steps that exist; "auto" is the squared error."""
        if isinstance(measure, Measure):
            return measure
        if units == "standard":
            raise InvalidInputError(explain_own_units(has_columns=False))
        return step_measure(find_measure("squared_error" if measure == "auto" else measure), self.step_features)

    def find_longest(self, samples: SampleMatrix) -> int | None:
        """Return the place of the longest of checked sequences."""
        exists = samples.reshape(len(samples), self.steps, -1)[..., -1]
        return int(exists.sum(axis=1).argmax())

    def join_parts(self, parts: SampleMatrix) -> SampleMatrix:
        """Return the parts of the features of every step; whether the step exists counts for all of them."""
        steps = parts.reshape(len(parts), self.steps, -1)
        return (steps[..., :-1] + steps[..., -1:] / self.step_features).reshape(len(parts), -1)

    def errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, *, measure: str | Measure, per: Per, units: str = "auto"
    ) -> np.ndarray:
        """Return the error of each sample over its steps, or of each feature of a step; a column is a feature.

        A step that exists and is rebuilt as missing counts with its features rebuilt as 0 in scaled units.
        """
        by = "feature" if per == "column" else per
        chosen = self.find_measure(measure, units)
        return errors(features, rebuilt, measure=chosen, per=by)  # pyright: ignore[reportArgumentType]

    def sum_columns(self, units: str = "auto") -> FeatureSums:
        """Return what adds up the squared errors of each feature of a step."""
        names = [f"x{place}" for place in range(self.step_features)]
        return FeatureSums(names, self.find_measure("squared_error", units))

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted representation as plain values."""
        return {"steps": self.steps, "step_features": self.step_features, "varying": self.varying}

    @property
    def width(self) -> int:
        """How many numbers a flat sample has."""
        return self.steps * (self.step_features + 1)


def _take_array(values: Any, name: str) -> np.ndarray:
    expected = "a recurrent network takes sequences, an array of shape (n, time, features) of numbers"
    if isinstance(values, nw.DataFrame):
        raise SampleShapeError(f"{name} is a table, but {expected}.")
    if isinstance(values, np.ma.MaskedArray):
        raise InvalidInputError(f"{name} has masked values; put NaN in their place, as with {name}.filled(numpy.nan).")
    try:
        array = np.asarray(values)
    except ValueError as error:  # ragged
        raise SampleShapeError(f"{name} is ragged, but {expected}; fill shorter sequences up with NaN.") from error
    if array.ndim != 3 or 0 in array.shape[1:]:
        advice = f"; for sequences of one feature, pass {name}[..., None]" if array.ndim == 2 else ""
        raise SampleShapeError(f"{name} has shape {array.shape}, but {expected}{advice}.")
    if array.dtype.kind not in "biuf":
        raise InvalidInputError(f"{name} is of type {array.dtype}, but {expected}.")
    return array


def _find_steps(values: np.ndarray, name: str) -> Bool[np.ndarray, "samples steps"]:
    """Return which steps exist, having checked that NaN is nowhere but after the end of a sequence."""
    missing = np.isnan(values)
    exists: np.ndarray = np.logical_not(missing.all(axis=2))
    beyond = np.maximum.accumulate(exists[:, ::-1], axis=1)[:, ::-1]  # the sequence goes on here, or later
    inside = missing & beyond[..., None]
    if inside.any():
        row, step, feature = np.argwhere(inside)[0]
        raise InvalidRowError(
            f"{name} contains NaN: feature {feature} of step {step} of sample \0; NaN may only stand in all "
            "features of all steps after the end of a sequence. Fill it, or leave the sample out.",
            int(row),
        )
    if not exists.any(axis=1).all():
        row = int(np.argmin(exists.any(axis=1)))
        raise InvalidRowError(f"{name} contains NaN alone in sample \0: a sequence has at least one step.", row)
    return exists


def _fit_steps(array: np.ndarray, steps: int) -> np.ndarray:
    """Return an array of so many steps: cut, or filled up with 0."""
    beyond = max(0, steps - array.shape[1])
    return np.pad(array[:, :steps], [(0, 0), (0, beyond), *[(0, 0)] * (array.ndim - 2)])
