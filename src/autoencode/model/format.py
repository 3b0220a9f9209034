"""How samples become features, and back: what every kind of samples does, so that no caller asks which it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import narwhals as nw
import numpy as np

from autoencode.evaluation import Measure
from autoencode.exceptions import InvalidInputError
from autoencode.model.arguments import Arguments
from autoencode.model.array_format import ArrayFormat
from autoencode.model.column_errors import ColumnSums
from autoencode.model.ids import list_ids
from autoencode.model.samples import Columns, Opened, are_numbers, has_gaps
from autoencode.model.sequence_format import SequenceFormat
from autoencode.model.table_format import TableFormat
from autoencode.parts.losses import Loss
from autoencode.tables import Scaling, TableColumns
from autoencode.types import Per, SampleMatrix


class Format(Protocol):
    """What is asked of a kind of samples."""

    @property
    def dtype(self) -> np.dtype:
        """The type of the features."""
        ...

    @property
    def is_mixed(self) -> bool:
        """Whether samples are rows of a mixed table."""
        ...

    @property
    def encoder(self) -> TableColumns | None:
        """The fitted columns of a mixed table; None for numbers."""
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
    def is_guessed(self) -> bool:
        """Whether samples of training were taken for sequences, though nobody said so."""
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

    def fit(self, samples: Any, scaling: str, held_out: Any = None, weights: np.ndarray | None = None) -> None:
        """Fit on checked training samples; `scaling` is the constructor's argument, `held_out` will be encoded too.

        Each sample counts as much as its weight; None: all the same.
        """
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

    def fit_scaling(self, features: SampleMatrix, scaling: str, weights: np.ndarray | None = None) -> Scaling:
        """Return what is still to be done to the features of training, in which each counts as much as its weight."""
        ...

    def find_loss(self, loss: str | Callable) -> Loss:
        """Return the loss that the constructor's argument stands for."""
        ...

    def choose_loss(self, preferred: str) -> str:
        """Return the name of what ``loss="auto"`` stands for; `preferred` is what the recipe says."""
        ...

    def find_activation(self, activation: str | Callable) -> str | Callable:
        """Return the network's activation that the one of the settings stands for."""
        ...

    def training_measure(self, loss: str) -> Measure:
        """Return the measure that is nearest to the loss of a name, in which a network is held against others."""
        ...

    def find_measure(self, measure: str | Measure, units: str = "auto") -> Measure:
        """Return the measure of a name, in units as of `Autoencoder.errors`; "auto" are those that suit the samples."""
        ...

    @property
    def may_hold_odd_numbers(self) -> bool:
        """Whether samples to be judged may hold missing, infinite or huge numbers where training had none."""
        ...

    def find_longest(self, samples: Any) -> int | None:
        """Return the place of the longest of checked sequences, which a network of them must have seen; else None."""
        ...

    def join_parts(self, parts: SampleMatrix) -> SampleMatrix:
        """Return non-negative parts of each feature as parts of each number that a sample has as it was given."""
        ...

    def errors(
        self, features: SampleMatrix, rebuilt: SampleMatrix, *, measure: str | Measure, per: Per, units: str = "auto"
    ) -> np.ndarray:
        """Return the error of each sample, feature or column."""
        ...

    def sum_columns(self, units: str = "auto") -> ColumnSums:
        """Return what adds up the errors of each column over samples."""
        ...


def find_format(arguments: Arguments, opened: Opened, *others: Any, unseen: str = "refuse") -> Format:
    """Return the format that opened samples of training need, not yet fitted.

    Parameters
    ----------
    arguments
        The constructor's, checked.
    opened
        The samples, all of training: a table of numbers with an id is a mixed one.
    others
        More samples, such as those held out: a table is a mixed one where only these have missing cells.
    unseen
        As of `TableEncoder`.

    Raises
    ------
    InvalidInputError
        If the samples cannot be of the kind that the model names.
    """
    from autoencode.model.part_lookup import choose_parts, takes_sequences

    if takes_sequences(choose_parts(arguments)):
        if arguments.kind == "picture":
            raise InvalidInputError("kind 'picture' does not go with a network of sequences; leave one of them out.")
        return SequenceFormat()
    values, ids = opened.values, list_ids(opened.values, opened.reading)
    is_table = isinstance(values, nw.DataFrame) and (bool(ids) or any(map(has_gaps, others)))
    if are_numbers(values) and not is_table:
        return ArrayFormat(kind=arguments.kind)
    if arguments.kind != "auto":
        raise InvalidInputError(
            f"kind {arguments.kind!r} is for arrays, but {opened.argument} is a table; leave it out."
        )
    return TableFormat(ids=ids, unseen=unseen)
