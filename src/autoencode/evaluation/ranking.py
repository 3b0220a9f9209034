"""Which samples are rebuilt worst, or best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from autoencode.evaluation.arrays import check_vector
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors


@dataclass(frozen=True, eq=False)
class Ranking:
    """Samples in the order of their error, first the one asked for most.

    Iterating gives pairs of an index and its error.

    Parameters
    ----------
    indices
        Which samples, as indices into the errors that were ranked.
    values
        Their errors, in the same order and in the measure's unit.

    Examples
    --------
    >>> ranking = worst(np.array([0.1, 0.9, 0.5]), 2)
    >>> len(ranking), list(ranking)
    (2, [(1, 0.9), (2, 0.5)])
    """

    indices: Int[np.ndarray, " ranked"]
    values: Float[np.ndarray, " ranked"]

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return iter(zip(self.indices.tolist(), self.values.tolist(), strict=True))


def worst(errors: Errors, n: int = 10, *, largest: bool = True) -> Ranking:
    """Return the samples with the largest errors, the largest first.

    Parameters
    ----------
    errors
        One number a sample.
    n
        How many samples, at least 1; all of them where there are fewer.
    largest
        If False, the smallest errors, the smallest first. For signed sums that are the samples rebuilt too bright.

    Returns
    -------
    Ranking
        ``min(n, len(errors))`` indices and errors. Samples with the same error come in the order of their index.

    Raises
    ------
    InvalidInputError
        If an error is NaN, there are none, or ``n`` is less than 1.

    Notes
    -----
    Signed sums find only one kind of error at a time: the most negative belong to samples rebuilt too bright, and one
    rebuilt too dark is never among them. Rank by a measure that is not negative.

    Examples
    --------
    >>> worst(np.array([0.2, 0.7, 0.2, 0.4]), 2).indices
    array([1, 3])
    >>> worst(np.array([0.2, 0.7, 0.2, 0.4]), 2, largest=False).indices
    array([0, 2])
    """
    values = check_vector(errors, "errors")
    if n < 1:
        raise InvalidInputError(f"n must be at least 1; got {n}. Pass how many samples to rank.")
    order = np.argsort(-values if largest else values, kind="stable")[:n].astype(np.int64)
    return Ranking(order, values[order])


def overlap(first: Ranking, second: Ranking) -> int:
    """Return how many samples two rankings share, whatever their places.

    Parameters
    ----------
    first, second
        Two rankings of the same samples, such as by two measures.

    Returns
    -------
    int
        Between 0 and the length of the shorter ranking.

    Examples
    --------
    >>> signed, squared = np.array([-3.0, 2.0, 0.1]), np.array([1.0, 4.0, 9.0])
    >>> overlap(worst(signed, 2, largest=False), worst(squared, 2))
    1
    """
    return int(np.intersect1d(first.indices, second.indices).size)
