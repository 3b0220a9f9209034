"""`KnownSamples`: samples with all that is known of them beside their values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.comparison import open_for_all

__all__ = ["KnownSamples"]


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
        Whether no model was trained on them.
    rows
        The place of each in that source; None: they are all of it, in order.
    labels, row_names
        One a sample, or None.
    """

    values: Any
    source: str
    name: str | None = None
    held_out: bool = True
    rows: Int[np.ndarray, " samples"] | None = None
    labels: Any = None
    row_names: Any = None

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def open(cls, models: Mapping[str, Autoencoder], X: Any, labels: Any = None) -> KnownSamples:
        """Return samples opened, read as those of the models' training were; with the labels of their source.

        Parameters
        ----------
        models
            Fitted models by name.
        X
            Whatever `Autoencoder.fit` takes, or what is known already.
        labels
            Take the place of the source's own.
        """
        known = X if isinstance(X, cls) else None
        opened = open_for_all(models, X if known is None else known.values)
        if known is None:
            source = opened.source if opened.reading is None else f"samples of {opened.source}"
            name = str(X) if isinstance(X, str | os.PathLike) else None
            known = cls(opened, source, name, labels=opened.labels, row_names=opened.row_names)
        return replace(known, values=opened, labels=known.labels if labels is None else labels)

    def take(self, places: Int[np.ndarray, " places"]) -> KnownSamples:
        """Return some of the samples, of an array or an Arrow table."""
        values = self.values.take(places) if hasattr(self.values, "column_names") else self.values[places]
        labels, row_names = (
            None if words is None else [words[place] for place in places.tolist()]
            for words in (self.labels, self.row_names)
        )
        rows = places if self.rows is None else self.rows[places]
        return replace(self, values=values, rows=rows, labels=labels, row_names=row_names)
