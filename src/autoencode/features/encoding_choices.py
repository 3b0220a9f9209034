"""What a table encoder is told about how columns are read."""

from __future__ import annotations

from typing import NamedTuple


class EncodingChoices(NamedTuple):
    """What a `TableEncoder` was told about how columns are read, by default nothing; see there."""

    numeric_scaling: str = "standard"
    max_categories: int = 32
    min_frequency: float = 0.002
    unseen: str = "refuse"
