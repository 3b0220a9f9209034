"""`uniform-table`: independent uniform noise, in which there is nothing to learn."""

from __future__ import annotations

import numpy as np

from autoencode.data.dataset import Dataset, FileReport, check_content
from autoencode.data.split import split_rows
from autoencode.exceptions import InvalidInputError

_ROWS, _FEATURES = 100_000, 30
_MD5 = "b0bfb0a4410a9bb3bbccaa5f5f1d116f"


def load_uniform_table(*, random_state: int | np.integer = 0) -> Dataset:
    """Draw a table of independent uniform numbers, one row in ten held out.

    Parameters
    ----------
    random_state : int
        Seed of the numbers, 0 or more; the split is always the same.

    Returns
    -------
    Dataset
        90,000 samples to train on and 10,000 held out, each of 30 features, uniform on [0, 1]
        (rounding to float32 may give 1).

    Raises
    ------
    InvalidInputError
        If the seed is not a whole number of 0 or more.

    Notes
    -----
    Every feature has variance 1/12 and they are independent, so a code of k numbers that is linear in the sample
    explains about k/30 of the variance: this set shows what a model looks like that has nothing to find.
    """
    rows = _draw(random_state).astype(np.float32)
    train, test = (rows[places] for places in split_rows(len(rows), 0.1, 42))
    return Dataset(
        name="uniform-table",
        train=train,
        test=test,
        sample_shape=(_FEATURES,),
        source=f"numpy.random.default_rng({random_state}).random(({_ROWS}, {_FEATURES}))",
    )


def verify_uniform_table() -> tuple[FileReport, ...]:
    """Compare the table that the NumPy installed draws from seed 0 with the one known; one report."""
    content = _draw(0).astype("<f8", copy=False).tobytes()
    return check_content("uniform-table", content, _MD5, "NumPy now draws other numbers")


def _draw(random_state: int | np.integer) -> np.ndarray:
    whole = isinstance(random_state, int | np.integer) and not isinstance(random_state, bool)
    if not whole or random_state < 0:
        raise InvalidInputError(f"random_state: expected a whole number of 0 or more, got {random_state!r}")
    return np.random.default_rng(int(random_state)).random((_ROWS, _FEATURES))
