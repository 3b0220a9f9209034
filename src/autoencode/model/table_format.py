"""Samples that are rows of a mixed table: fitted columns make features of cells, scaled already."""
# ruff: noqa: ARG002 - one kind needs what the other does not

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np

from autoencode.evaluation import Measure, errors
from autoencode.exceptions import InvalidInputError, InvalidRowError, SampleShapeError
from autoencode.model.column_errors import TableSums
from autoencode.model.samples import Columns, Opened, counting_rows
from autoencode.model.units import measure_table
from autoencode.parts.activations import ColumnActivation
from autoencode.parts.losses import Loss
from autoencode.printable import list_names
from autoencode.stored_arrays import map_rows
from autoencode.tables import Scaling, TableColumns, fit_scaling
from autoencode.tables.encoding_choices import EncodingChoices
from autoencode.tables.number_map import NUMERIC_SCALINGS
from autoencode.types import Per, SampleMatrix

COLUMN_LOSS = "column_loss"


class TableFormat:
    """Mixed tables: fitted columns make features of cells, scaled already.

    Parameters
    ----------
    ids
        Names of the columns that name the rows.
    unseen
        As of `TableEncoder`.
    encoder, columns
        The fitted columns, and those of the training samples, where they are known already.
    """

    dtype = np.dtype(np.float32)
    kind = None
    is_mixed, is_guessed, may_hold_odd_numbers = True, False, False

    def __init__(
        self,
        *,
        ids: tuple[str, ...] = (),
        unseen: str = "refuse",
        encoder: TableColumns | None = None,
        columns: Columns | None = None,
    ):
        self.ids, self.unseen = ids, unseen
        self._encoder = encoder
        self.columns = Columns(0, ()) if columns is None else columns

    @property
    def encoder(self) -> TableColumns:
        """The fitted columns."""
        assert self._encoder is not None, "it was fitted"
        return self._encoder

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The number of columns."""
        return (self.columns.length,)

    @property
    def width(self) -> int:
        """The number of encoded features."""
        return self.encoder.width

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

    def fit(
        self,
        samples: nw.DataFrame,
        scaling: str,
        held_out: nw.DataFrame | None = None,
        weights: np.ndarray | None = None,
    ) -> None:
        """Fit the encoder; "quantile" and "standard" say how it scales numbers."""
        if scaling not in ("auto", *NUMERIC_SCALINGS):
            raise InvalidInputError(
                f"scaling={scaling!r} cannot be used on a mixed table, whose columns share no unit; use 'auto', which "
                f"scales each column, or one of {', '.join(NUMERIC_SCALINGS)}."
            )
        choices = EncodingChoices(unseen=self.unseen)
        if scaling != "auto":
            choices = choices._replace(numeric_scaling=scaling)
        held_out = None if held_out is None else held_out.to_native()
        self._encoder = TableColumns.fit(
            samples.to_native(), choices, ids=self.ids, validation=held_out, weights=weights
        )

    def encode(self, samples: nw.DataFrame, argument: str = "X") -> SampleMatrix:
        """Return the encoded features of a table."""
        try:
            return self._encode(samples.to_native(), len(samples))
        except InvalidInputError as error:
            if argument == "X":
                raise
            if isinstance(error, InvalidRowError):
                raise error.prefixed(argument) from error
            raise type(error)(f"{argument}: {error}") from error

    def _encode(self, table: Any, count: int) -> SampleMatrix:
        """Return the features of a table, encoded at once or, where they are too large, block by block."""

        def encode(rows: slice) -> SampleMatrix:
            if rows == slice(0, count):
                return self.encoder.encode(table)
            frame = nw.from_native(table, eager_only=True)
            with counting_rows(range(rows.start, rows.stop)):
                return self.encoder.encode(frame[rows].to_native())

        return map_rows(encode, count, (self.width,), np.float32)

    def decode(self, features: SampleMatrix) -> Any:
        """Return the table that features stand for, in the library of the training table."""
        return self.encoder.decode(features)

    def show(self, features: SampleMatrix, rebuilt: SampleMatrix) -> tuple[SampleMatrix, SampleMatrix]:
        """Return both as the encoder has them."""
        return features, rebuilt

    def choose_scaling(self, features: SampleMatrix, loss: Loss) -> str:
        """Return how the encoder scales numbers."""
        return self.encoder.choices.numeric_scaling

    def fit_scaling(self, features: SampleMatrix, scaling: str, weights: np.ndarray | None = None) -> Scaling:
        """Return the scaling that changes nothing: the encoder has scaled."""
        return fit_scaling(features, "none")

    def find_loss(self, loss: str | Callable) -> Loss:
        """Return the loss of a table: squared error of its numbers, cross-entropy of its other columns."""
        from autoencode.parts.objectives import column_loss

        if loss not in ("squared_error", COLUMN_LOSS):
            raise InvalidInputError(
                f"loss={loss!r} cannot be used on a mixed table; leave it at 'auto', which is the squared error "
                "of numbers and the cross-entropy of other columns."
            )
        return column_loss(self.encoder.groups)

    def choose_loss(self, preferred: str) -> str:
        """Return the loss of a table, the only one that it has."""
        return COLUMN_LOSS

    def find_activation(self, activation: str | Callable) -> str | Callable:
        """Return the activation that makes the columns: there is only one."""
        return ColumnActivation(self.encoder.groups)

    def training_measure(self, loss: str) -> Measure:
        """Return the mean over columns of what training minimises."""
        return measure_table(self.encoder, COLUMN_LOSS, units="scaled")

    def find_measure(self, measure: str | Measure, units: str = "auto") -> Measure:
        """Return the measure of that name; "auto" and "column_loss" are the mean over columns."""
        return measure if isinstance(measure, Measure) else measure_table(self.encoder, measure, units=units)

    def find_longest(self, samples: Any) -> int | None:
        """Return nothing: all samples are of one length."""
        return None

    def join_parts(self, parts: SampleMatrix) -> SampleMatrix:
        """Return the parts as they are."""
        return parts

    def errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, *, measure: str | Measure, per: Per, units: str = "auto"
    ) -> np.ndarray:
        """Return the error of each sample, encoded feature or column; a column without features has none, 0."""
        chosen = self.find_measure(measure, units)
        by_column = chosen.name == COLUMN_LOSS
        if (per == "feature" and by_column) or (per == "column" and not by_column):
            raise InvalidInputError(
                f"per={per!r} does not go with measure={chosen.name!r}: of a mixed table, 'column_loss' is measured "
                "per 'sample' or 'column', the others per 'sample' or 'feature', a feature being one that the encoder "
                "made."
            )
        if per != "column":
            return errors(features, rebuilt, measure=chosen, per=per)
        known = iter(errors(features, rebuilt, measure=chosen, per="feature"))
        return np.array([next(known) if column.groups else 0.0 for column in self.encoder.columns])

    def sum_columns(self, units: str = "auto") -> TableSums:
        """Return what adds up the errors of each column that has features."""
        return TableSums(self.encoder, in_deviations=units in ("auto", "standard"))
