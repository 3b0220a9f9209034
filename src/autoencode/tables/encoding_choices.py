"""What a table encoder is told about how columns are read."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.tables.number_map import NUMERIC_SCALINGS


class EncodingChoices(NamedTuple):
    """What a `TableEncoder` was told about how columns are read, by default nothing; see there."""

    numeric_scaling: str = "standard"
    max_categories: int = 32
    min_frequency: float = 0.002
    unseen: str = "refuse"


def check_choices(choices: EncodingChoices, drop: Any = (), ids: Any = ()) -> None:
    """Check what a table encoder was told.

    Raises
    ------
    InvalidInputError
        If it cannot be done.
    """
    scaling, most, least, unseen = choices
    if not isinstance(scaling, str) or scaling not in NUMERIC_SCALINGS:
        nearest = end_with_nearest(scaling, NUMERIC_SCALINGS)
        raise InvalidInputError(
            f"numeric_scaling must be one of {', '.join(NUMERIC_SCALINGS)}, got {scaling!r}{nearest}"
        )
    if not isinstance(most, int | np.integer) or isinstance(most, bool) or most < 1:
        raise InvalidInputError(f"max_categories must be a whole number ≥ 1, got {most!r}.")
    if not isinstance(least, int | float | np.number) or isinstance(least, bool) or not 0 <= least < 1:
        raise InvalidInputError(f"min_frequency must be a number in [0, 1), got {least!r}.")
    for name, value in (("drop", drop), ("ids", ids)):
        if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset):
            raise InvalidInputError(f"{name} must be a list of column names, got {value!r}.")
    if unseen not in ("refuse", "encode"):
        raise InvalidInputError(f"unseen must be 'refuse' or 'encode', got {unseen!r}.")
