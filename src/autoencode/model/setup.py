"""`Setup`: all that is known of a model before its first epoch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from autoencode.data.samples import Reading
from autoencode.model.arguments import Arguments
from autoencode.model.format import Format
from autoencode.model.row_digest import KnownRows
from autoencode.model.samples import open_samples
from autoencode.model.settings import DerivedSettings
from autoencode.parts.losses import Loss
from autoencode.tables import Scaling, TableColumns
from autoencode.training.threads import Threads
from autoencode.types import SampleMatrix


@dataclass(frozen=True, eq=False, kw_only=True)
class Setup:
    """All that is known of a model before its first epoch.

    Attributes
    ----------
    arguments
        The constructor's.
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
    threads
        Those of XLA and BLAS in the training; None likewise.
    """

    arguments: Arguments
    format: Format
    scaling: Scaling
    settings: DerivedSettings
    seed: int
    reading: Reading | None
    train_range: tuple[float, float]
    feature_ends: np.ndarray | None
    trained_rows: KnownRows | None
    threads: Threads | None = None

    def describe(self) -> dict[str, Any]:
        """Return what was known before the first epoch, by name."""
        return {field.name: getattr(self, field.name) for field in fields(Setup)}

    @property
    def has_known_networks(self) -> bool:
        """Whether the settings say all of the networks but their numbers: a network of the user's own says the rest."""
        texts = self.settings.part_texts
        return isinstance(texts["network"], str) and isinstance(texts["bottleneck"], str)

    @cached_property
    def loss(self) -> Loss:
        """What training minimises."""
        return self.format.find_loss(self.settings.loss)

    @property
    def table_encoder(self) -> TableColumns | None:
        """What turns a mixed table into features; None for numbers."""
        return self.format.encoder

    def check(self, X: Any, argument: str = "X") -> Any:
        """Return opened and checked samples, of which rows can be picked; `X` is whatever `Autoencoder.fit` takes."""
        return self.format.check(open_samples(X, reading=self.reading, argument=argument), reset=False)

    def read(self, X: Any, argument: str = "X") -> SampleMatrix:
        """Return the features of samples, before the scaling."""
        return self.format.encode(self.check(X, argument), argument)
