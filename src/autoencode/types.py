"""Types that cross a folder of the package: array aliases, and the groups of features that stand for a column.

The string names the axes. They are checked at run time in the tests (jaxtyping with beartype).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float, Float32, Int

Per: TypeAlias = Literal["sample", "feature", "column"]
"""What an error is of: one number each."""

FeatureMatrix: TypeAlias = Float32[np.ndarray, "samples features"]
"""Samples as the network sees them: scaled, flat, float32, in host memory."""

SampleMatrix: TypeAlias = Float[np.ndarray, "samples features"]
"""Samples, or reconstructions of them, in their own units; flat."""

Errors: TypeAlias = Float[np.ndarray, " samples"]
"""One number a sample."""

Labels: TypeAlias = Int[np.ndarray, " samples"]
"""One class number a sample."""


class ColumnDescription(NamedTuple):
    """How one column was read, in words.

    Attributes
    ----------
    column
        Its name.
    read_as
        "number", "whole number", "true or false", "category", "date", "date and time", "duration", "time of day",
        "constant" or "left out".
    features
        How many features it became.
    note
        What else there is to say, in one line.
    """

    column: str
    read_as: str
    features: int
    note: str


class FeatureGroup(NamedTuple):
    """The features that stand for one thing about one column of a table; they lie side by side.

    Attributes
    ----------
    column
        The column's name.
    kind
        "numeric": one scaled number. "flag": one number that is 0 or 1. "category": one number a category, of which
        one is 1 and the others 0.
    start, stop
        The features' places, as of a slice.
    """

    column: str
    kind: Literal["numeric", "flag", "category"]
    start: int
    stop: int


class LayerShape(NamedTuple):
    """What one layer gives, for a summary: its name, its number of units and of parameters."""

    name: str
    units: int
    parameters: int
