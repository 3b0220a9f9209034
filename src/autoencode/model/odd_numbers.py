"""Numbers that no distance can be taken of: missing ones, infinite ones, and those too far out."""

from __future__ import annotations

import numpy as np

from autoencode.tables import Scaling
from autoencode.types import FeatureMatrix, SampleMatrix

MOST_SCALED = 1e6
"""Scaled features are cut here, so that no distance is infinite."""


def take_odd(features: SampleMatrix, scaling: Scaling) -> tuple[SampleMatrix, FeatureMatrix]:
    """Return numbers with the mean for those that are missing or too far out, and where these are, scaled; else 0.

    No training had any: the network sees the mean, so that it rebuilds the other features as they are; the distance is
    the largest there is.
    """
    with np.errstate(over="ignore"):
        low, high = (scaling.offset + sign * MOST_SCALED * scaling.scale for sign in (-1, 1))
    below, above = features < low, ~(features <= high)  # NaN is above
    odd = np.float32(MOST_SCALED) * (above.astype(np.float32) - below.astype(np.float32))
    return (np.where(below | above, scaling.offset, features) if odd.any() else features), odd


def fill(features: FeatureMatrix) -> FeatureMatrix:
    """Return features without what has no distance: steps after the end of a sequence are 0, huge numbers are cut."""
    return np.clip(np.nan_to_num(features, nan=0.0), -MOST_SCALED, MOST_SCALED)
