"""`KnownSamples`: samples with all that is known of them beside their values."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
from jaxtyping import Float64, Int

from autoencode.estimators.comparison import open_for_all
from autoencode.exceptions import InvalidInputError
from autoencode.model.fitted import Fitted
from autoencode.model.row_digest import KnownRows
from autoencode.model.samples import MOST_MEASURED, Opened, open_samples, split_samples
from autoencode.nearest import end_with_nearest

SAME_MEAN = 1e-9
"""How near two means of scaled samples are to be of the same samples, for models that do not know the rows."""


@dataclass(frozen=True, eq=False)
class KnownSamples:
    """Samples, and what is known of them beside their values.

    Attributes
    ----------
    values
        Whatever `Autoencoder.fit` takes.
    source
        What they are, in words without their number, such as "held-out samples of mnist".
    name
        What the command line calls the source that `rows` are places in; None where it is in memory only.
    held_out
        Whether no model was trained on them; None where that is not known.
    rows
        The place of each in that source; None: they are all of it, in order.
    labels, row_names
        One a sample, or None.
    line_of
        Says in which line of its file a row stands; None where that is not known.
    """

    values: Any
    source: str
    name: str | None = None
    held_out: bool | None = None
    rows: Int[np.ndarray, " samples"] | None = None
    labels: Any = None
    row_names: Any = None
    line_of: Callable[[int], str] | None = None

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def open(cls, models: Mapping[str, Fitted], X: Any, labels: Any = None) -> KnownSamples:
        """Return samples opened, read as those of the models' training were; with the labels of their source.

        Parameters
        ----------
        models
            Fitted models by name.
        X
            Whatever `Autoencoder.fit` takes, or what is known already.
        labels
            Take the place of the source's own: one a sample, or the name of a column of the table, which is left out
            of the samples where no model was trained on it.

        Raises
        ------
        InvalidInputError
            If the samples cannot be opened, or the labels are no sequence of them.
        """
        known = X if isinstance(X, cls) else None
        opened = open_for_all(models, X if known is None else known.values)
        if known is None:
            source = opened.source if opened.reading is None else f"samples of {opened.source}"
            name = str(X) if isinstance(X, str | os.PathLike) else None
            known = cls(opened, source, name, labels=opened.labels, row_names=opened.row_names)
        if isinstance(labels, str):
            opened, labels = _take_column(models, opened, labels)
        return replace(known, values=opened, labels=known.labels if labels is None else _read_labels(labels))

    def take(self, places: Int[np.ndarray, " places"]) -> KnownSamples:
        """Return some of the samples, of an array or an Arrow table."""
        values = self.values.take(places) if hasattr(self.values, "column_names") else self.values[places]
        labels, row_names = (
            None if words is None else [words[place] for place in places.tolist()]
            for words in (self.labels, self.row_names)
        )
        rows = places if self.rows is None else self.rows[places]
        return replace(self, values=values, rows=rows, labels=labels, row_names=row_names)


def _take_column(models: Mapping[str, Fitted], opened: Opened, name: str) -> tuple[Opened, list[Any]]:
    """Return the samples, and the cells of one of their columns."""
    table = opened.values
    columns = list(map(str, table.columns)) if isinstance(table, nw.DataFrame) else []
    if not columns:
        raise InvalidInputError(
            f"labels: expected one a sample, for the samples have no columns with names; got the text {name!r:.50}."
        )
    if name not in columns:
        hint = end_with_nearest(name, columns)
        raise InvalidInputError(f"labels: {opened.source} have no column {name!r:.100}{hint}")
    column = table.columns[columns.index(name)]
    cells = table.get_column(column).to_list()
    is_trained = any(name in (model.format.columns.names or ()) for model in models.values())
    return (opened if is_trained else replace(opened, values=table.drop(column))), cells


def _read_labels(labels: Any) -> Any:
    """Return labels in their order: a series of pandas would be asked by the names of its rows."""
    try:
        # Of a list each keeps its type: NumPy would make 1 and "a" one.
        found = np.asarray(labels, object if isinstance(labels, list | tuple) else None)
    except (TypeError, ValueError):
        found = np.empty(())
    if found.ndim != 1:
        raise InvalidInputError(
            f"labels: expected one a sample, in a list, an array of one axis or a series, got {type(labels).__name__}"
            f"{f' of shape {found.shape}' if found.ndim else ''}."
        )
    return found


def was_trained_on(model: Fitted, samples: Any) -> bool:
    """Return whether checked samples are those of training, by whatever name and in whatever order.

    Those that the fitting held out of them by its own split may be among them.
    """
    return _has_rows(model, samples, np.arange(len(samples))) or _has_split(model, samples)


def was_split_from(model: Fitted, X: Any) -> bool:
    """Return whether a model was trained on samples less the share that its fitting held out of them.

    Parameters
    ----------
    model
        Fitted.
    X
        Whatever `Autoencoder.fit` takes, those held out among them.
    """
    return _has_split(model, model.format.check(open_samples(X), reset=False))


def _has_split(model: Fitted, samples: Any) -> bool:
    fraction = model.arguments.validation_fraction
    if fraction is None:
        return False
    with suppress(InvalidInputError):  # too few to be split as they were
        places, _ = split_samples(np.arange(len(samples)), fraction, model.seed)
        return _has_rows(model, samples, places)
    return False


def _has_rows(model: Fitted, samples: Any, rows: Int[np.ndarray, " rows"]) -> bool:
    """Return whether some rows are the samples of training; of a model of an earlier version, have their mean."""
    encode, known = model.format.encode, model.trained_rows
    blocks = (encode(samples[rows[start : start + MOST_MEASURED]]) for start in range(0, len(rows), MOST_MEASURED))
    if known is not None:
        return known.count == len(rows) and known == KnownRows.of(blocks)
    expected = model.baselines[0].mean
    total: Float64[np.ndarray, " features"] = np.sum(
        [model.scaling.apply(block).sum(axis=0, dtype=np.float64) for block in blocks], axis=0
    )
    return bool(np.abs(total / len(rows) - expected).max() <= SAME_MEAN * max(1.0, float(np.abs(expected).max())))
