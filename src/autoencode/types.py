"""Array aliases, one name for each kind of array that crosses a folder of the package.

The string names the axes. They are checked at run time in the tests (jaxtyping with beartype).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Float32, Int

__all__ = ["Errors", "FeatureMatrix", "Labels", "SampleMatrix"]

FeatureMatrix: TypeAlias = Float32[np.ndarray, "samples features"]
"""Samples as the network sees them: scaled, flat, float32, in host memory."""

SampleMatrix: TypeAlias = Float[np.ndarray, "samples features"]
"""Samples, or reconstructions of them, in their own units; flat."""

Errors: TypeAlias = Float[np.ndarray, " samples"]
"""One number a sample."""

Labels: TypeAlias = Int[np.ndarray, " samples"]
"""One class number a sample."""
