"""How samples become features, and back: numbers as they are, mixed tables through an encoder.

An estimator has one of them, or that of sequences. The features of numbers are scaled afterwards; those of a table come
out of its encoder ready for the network.
"""
# ruff: noqa: ARG002 - one kind needs what the other does not

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, Protocol

import narwhals as nw
import numpy as np

from autoencode.estimators.assembly import choose_parts, takes_sequences
from autoencode.estimators.column_errors import feature_errors, table_errors
from autoencode.estimators.ids import list_ids
from autoencode.estimators.sample_kind import find_kind
from autoencode.estimators.samples import Columns, Opened, are_numbers, has_gaps, read_numbers, shape_samples
from autoencode.estimators.sequence_representation import SequenceRepresentation
from autoencode.estimators.units import NO_UNITS, explain_own_units, measure_table
from autoencode.evaluation import MEASURES, ColumnError, Measure, errors, find_measure, stretch_measure
from autoencode.evaluation.standard_units import has_units, measure_deviations
from autoencode.exceptions import InvalidInputError, InvalidRowError, SampleShapeError
from autoencode.features import Scaling, TableEncoder, choose_scaling, find_deviations, fit_scaling
from autoencode.features.number_map import NUMERIC_SCALINGS
from autoencode.networks import ColumnActivation
from autoencode.objectives import Loss, column_loss, find_loss
from autoencode.printable import list_names
from autoencode.types import SampleMatrix

__all__ = ["NumberRepresentation", "Per", "Representation", "TableRepresentation", "find_representation"]

Per = Literal["sample", "feature", "column"]


class Representation(Protocol):
    """What an estimator asks of its kind of samples."""

    @property
    def dtype(self) -> np.dtype:
        """The type of the features."""
        ...

    @property
    def encoder(self) -> TableEncoder | None:
        """The table encoder; None for numbers."""
        ...

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample as it was given; of a table, its number of columns."""
        ...

    @property
    def kind(self) -> str | None:
        """What samples of several axes are, "picture" or "sequence"; None of others."""
        ...

    @property
    def width(self) -> int:
        """How many numbers a flat sample has, as the network sees it."""
        ...

    @property
    def columns(self) -> Columns:
        """Those of the training samples, as they were given."""
        ...

    def list_columns(self) -> list[str]:
        """Return the names of the columns; made-up ones where they have none."""
        ...

    def check(self, opened: Opened, *, reset: bool, finite: bool = True) -> Any:
        """Return checked samples, of which rows can be picked; with `reset` they are those of training.

        Numbers may be missing, infinite or huge where they need not be `finite`.
        """
        ...

    def fit(self, samples: Any, scaling: str, held_out: Any = None) -> None:
        """Fit on checked training samples; `scaling` is the constructor's argument, `held_out` will be encoded too."""
        ...

    def encode(self, samples: Any, argument: str = "X") -> SampleMatrix:
        """Return the features of checked samples; `argument` is what they came as."""
        ...

    def decode(self, features: SampleMatrix) -> Any:
        """Return features as samples are given: in their shape and type, or as a table."""
        ...

    def show(self, features: SampleMatrix, rebuilt: SampleMatrix) -> tuple[SampleMatrix, SampleMatrix]:
        """Return features and their reconstructions as a report shows them: in the shape of a sample."""
        ...

    def choose_scaling(self, features: SampleMatrix, loss: Loss) -> str:
        """Return what ``scaling="auto"`` stands for."""
        ...

    def fit_scaling(self, features: SampleMatrix, scaling: str) -> Scaling:
        """Return what is still to be done to the features of training."""
        ...

    def find_loss(self, loss: str | Callable) -> Loss:
        """Return the loss that the constructor's argument stands for."""
        ...

    def choose_loss(self, preferred: str) -> Loss:
        """Return what ``loss="auto"`` stands for; `preferred` is what the recipe says."""
        ...

    def find_activation(self, activation: str | Callable) -> str | Callable:
        """Return the network's activation that the one of the settings stands for."""
        ...

    def training_measure(self, loss: Loss) -> Measure:
        """Return the measure that is nearest to what training minimises, in which a network is held against others."""
        ...

    def find_measure(self, measure: str | Measure, units: str = "auto") -> Measure:
        """Return the measure of a name, in units as of `Autoencoder.errors`; "auto" are those that suit the samples."""
        ...

    def errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, *, measure: str | Measure, per: Per, units: str = "auto"
    ) -> np.ndarray:
        """Return the error of each sample, feature or column."""
        ...

    def column_errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, units: str = "auto"
    ) -> tuple[ColumnError, ...]:
        """Return the error of each column."""
        ...


class NumberRepresentation:
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
            self.kind = find_kind(self.kind, opened, sample_shape)
            self.has_columns = isinstance(opened.values, nw.DataFrame)
        return samples

    def fit(self, samples: SampleMatrix, scaling: str, held_out: Any = None) -> None:
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

    def fit_scaling(self, features: SampleMatrix, scaling: str) -> Scaling:
        """Return the fitted scaling."""
        fitted = fit_scaling(features, scaling)
        if self.has_columns:
            self.deviations = fitted.scale if scaling == "standard" else find_deviations(features)
        return fitted

    def find_loss(self, loss: str | Callable) -> Loss:
        """Return the loss of that name, or the function."""
        return find_loss(loss)

    def choose_loss(self, preferred: str) -> Loss:
        """Return the recipe's loss."""
        return find_loss(preferred)

    def find_activation(self, activation: str | Callable) -> str | Callable:
        """Return the activation as it is."""
        return activation

    def training_measure(self, loss: Loss) -> Measure:
        """Return the measure of the loss's name where there is one, else the squared error."""
        return stretch_measure(MEASURES.get(loss.name, MEASURES["squared_error"]))

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

    def errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, *, measure: str | Measure, per: Per, units: str = "auto"
    ) -> np.ndarray:
        """Return the error of each sample or feature; a column is a feature."""
        by = "feature" if per == "column" else per
        return errors(features, rebuilt, measure=self.find_measure(measure, units), per=by)

    def column_errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, units: str = "auto"
    ) -> tuple[ColumnError, ...]:
        """Return the root mean squared error of each feature."""
        return feature_errors(self.list_columns(), features, rebuilt, self.find_measure("squared_error", units))


class TableRepresentation:
    """Mixed tables: a `TableEncoder` makes features of the columns, scaled already.

    Parameters
    ----------
    encoder
        The fitted encoder, where there is one already, or one that says what to do about unseen cells.
    """

    dtype = np.dtype(np.float32)
    kind = None
    columns: Columns

    def __init__(self, encoder: TableEncoder | None = None, columns: Columns | None = None):
        self.encoder = TableEncoder() if encoder is None else encoder
        self.columns = Columns(0, ()) if columns is None else columns

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The number of columns."""
        return (self.encoder.n_features_in_,)

    @property
    def width(self) -> int:
        """The number of encoded features."""
        return self.encoder.groups_[-1].stop

    def list_columns(self) -> list[str]:
        """Return the names of the columns."""
        return self.columns.list_names()

    def check(self, opened: Opened, *, reset: bool, finite: bool = True) -> nw.DataFrame:
        """Return the table; what may be in its cells, the encoder knows."""
        table = opened.values
        if not isinstance(table, nw.DataFrame):
            raise SampleShapeError(
                f"{opened.argument} must be a table with the columns of training, "
                f"{list_names(self.list_columns())}, as the model was fitted on a mixed table; got "
                f"{type(table).__name__}."
            )
        least = 2 if reset else 1
        if len(table) < least:
            raise InvalidInputError(
                f"{opened.argument} has {len(table)} sample(s), while a minimum of {least} is required."
            )
        if reset:
            self.columns = Columns(len(table.columns), tuple(map(str, table.columns)))
        return table

    def fit(self, samples: nw.DataFrame, scaling: str, held_out: nw.DataFrame | None = None) -> None:
        """Fit the encoder; "quantile" and "standard" say how it scales numbers."""
        if scaling not in ("auto", *NUMERIC_SCALINGS):
            raise InvalidInputError(
                f"scaling={scaling!r} cannot be used on a mixed table, whose columns share no unit; use 'auto', which "
                f"scales each column, or one of {', '.join(NUMERIC_SCALINGS)}."
            )
        scaling = self.encoder.numeric_scaling if scaling == "auto" else scaling
        self.encoder = TableEncoder(numeric_scaling=scaling, ids=self.encoder.ids, unseen=self.encoder.unseen).fit(
            samples.to_native(), validation=None if held_out is None else held_out.to_native()
        )

    def encode(self, samples: nw.DataFrame, argument: str = "X") -> SampleMatrix:
        """Return the encoded features of a table."""
        try:
            return self.encoder.transform(samples.to_native())
        except InvalidInputError as error:
            if argument == "X":
                raise
            if isinstance(error, InvalidRowError):
                raise error.prefixed(argument) from error
            raise type(error)(f"{argument}: {error}") from error

    def decode(self, features: SampleMatrix) -> Any:
        """Return the table that features stand for, in the library of the training table."""
        return self.encoder.inverse_transform(features)

    def show(self, features: SampleMatrix, rebuilt: SampleMatrix) -> tuple[SampleMatrix, SampleMatrix]:
        """Return both as the encoder has them."""
        return features, rebuilt

    def choose_scaling(self, features: SampleMatrix, loss: Loss) -> str:
        """Return how the encoder scales numbers."""
        return self.encoder.numeric_scaling

    def fit_scaling(self, features: SampleMatrix, scaling: str) -> Scaling:
        """Return the scaling that changes nothing: the encoder has scaled."""
        return fit_scaling(features, "none")

    def find_loss(self, loss: str | Callable) -> Loss:
        """Return the loss of a table: squared error of its numbers, cross-entropy of its other columns."""
        if loss != "squared_error":
            raise InvalidInputError(
                f"loss={loss!r} cannot be used on a mixed table; leave it at 'auto', which is the squared error "
                "of numbers and the cross-entropy of other columns."
            )
        return column_loss(self.encoder.groups_)

    def choose_loss(self, preferred: str) -> Loss:
        """Return the loss of a table, the only one that it has."""
        return column_loss(self.encoder.groups_)

    def find_activation(self, activation: str | Callable) -> str | Callable:
        """Return the activation that makes the columns: there is only one."""
        return ColumnActivation(self.encoder.groups_)

    def training_measure(self, loss: Loss) -> Measure:
        """Return the mean over columns of what training minimises."""
        return measure_table(self.encoder, "column_loss", units="scaled")

    def find_measure(self, measure: str | Measure, units: str = "auto") -> Measure:
        """Return the measure of that name; "auto" and "column_loss" are the mean over columns."""
        return measure if isinstance(measure, Measure) else measure_table(self.encoder, measure, units=units)

    def errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, *, measure: str | Measure, per: Per, units: str = "auto"
    ) -> np.ndarray:
        """Return the error of each sample, encoded feature or column; a column without features has none, 0."""
        chosen = self.find_measure(measure, units)
        by_column = chosen.name == "column_loss"
        if (per == "feature" and by_column) or (per == "column" and not by_column):
            raise InvalidInputError(
                f"per={per!r} does not go with measure={measure!r}: of a mixed table, 'column_loss' is measured per "
                "'sample' or 'column', the others per 'sample' or 'feature', a feature being one that the encoder made."
            )
        if per != "column":
            return errors(features, rebuilt, measure=chosen, per=per)
        known = iter(errors(features, rebuilt, measure=chosen, per="feature"))
        return np.array([next(known) if column.groups else 0.0 for column in self.encoder.columns_])

    def column_errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, units: str = "auto"
    ) -> tuple[ColumnError, ...]:
        """Return the error of each column that has features."""
        return table_errors(self.encoder, features, rebuilt, in_deviations=units in ("auto", "standard"))


def find_representation(
    model: Any, opened: Opened, *others: Any, unseen: str = "refuse", mixed: bool = False
) -> Representation:
    """Return the representation that opened samples of training need, not yet fitted.

    Parameters
    ----------
    model
        The `Autoencoder` that is to be fitted; only its arguments are read.
    opened
        The samples, all of training: a table of numbers with an id is a mixed one.
    others
        More samples, such as those held out: a table is a mixed one where only these have missing cells.
    unseen
        As of `TableEncoder`.
    mixed
        Whether a table of numbers alone is taken for a mixed one.

    Raises
    ------
    InvalidInputError
        If the samples cannot be of the kind that the model names.
    """
    if takes_sequences(choose_parts(model)):
        if model.kind == "picture":
            raise InvalidInputError("kind 'picture' does not go with a network of sequences; leave one of them out.")
        return SequenceRepresentation()
    values, ids = opened.values, list_ids(opened.values, opened.reading)
    is_table = isinstance(values, nw.DataFrame) and (mixed or bool(ids) or any(map(has_gaps, others)))
    if are_numbers(values) and not is_table:
        return NumberRepresentation(kind=model.kind)
    if model.kind != "auto":
        raise InvalidInputError(f"kind {model.kind!r} is for arrays, but {opened.argument} is a table; leave it out.")
    return TableRepresentation(TableEncoder(ids=ids, unseen=unseen))
