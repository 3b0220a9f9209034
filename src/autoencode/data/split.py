"""Rows split at random into those to train on and those held out, by a seed: as scikit-learn draws them."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Int

from autoencode.exceptions import InvalidInputError

Rows = Int[np.ndarray, " rows"]


def split_rows(
    count: int, share: float, seed: int, labels: Int[np.ndarray, " rows"] | None = None
) -> tuple[Rows, Rows]:
    """Return the places of the rows to train on, and of the share that is held out.

    Parameters
    ----------
    count
        How many rows there are.
    share
        Of them that is held out, rounded up, in (0, 1).
    seed
        0 ≤ seed < 2**32.
    labels
        The class of each row; each class is then held out in its share.

    Raises
    ------
    InvalidInputError
        If one of the two parts would be empty.

    Notes
    -----
    The places and their order are those of ``sklearn.model_selection.train_test_split(numpy.arange(count),
    test_size=share, random_state=seed, stratify=labels)``, whose import takes longer than most verbs of the shell.

    Examples
    --------
    >>> [part.tolist() for part in split_rows(5, 0.4, 0)]
    [[1, 3, 4], [2, 0]]
    """
    held_out = math.ceil(share * count)
    if not 0 < held_out < count:
        raise InvalidInputError(f"of {count} sample(s), a share of {share} leaves one of the two parts empty")
    random = np.random.RandomState(seed)
    if labels is None:
        drawn = random.permutation(count)
        return drawn[held_out:], drawn[:held_out]
    classes, sizes = np.unique(labels, return_counts=True)
    kept = _draw_counts(sizes, count - held_out, random)
    left = _draw_counts(sizes - kept, held_out, random)
    trained, rest = [], []
    for place, size in enumerate(sizes):
        drawn = np.flatnonzero(labels == classes[place])[random.permutation(size)]
        trained.append(drawn[: kept[place]])
        rest.append(drawn[kept[place] : kept[place] + left[place]])
    return random.permutation(np.concatenate(trained)), random.permutation(np.concatenate(rest))


def _draw_counts(sizes: Rows, total: int, random: np.random.RandomState) -> Rows:
    """Return how many of each class make up a total, in proportion; among equal remainders, chance decides."""
    exact = sizes / sizes.sum() * total
    counts = np.floor(exact)
    missing, remainders = int(total - counts.sum()), exact - counts
    for value in np.sort(np.unique(remainders))[::-1]:
        if missing <= 0:
            break
        (places,) = np.nonzero(remainders == value)
        chosen = random.choice(places, size=min(len(places), missing), replace=False)
        counts[chosen] += 1
        missing -= len(chosen)
    return counts.astype(int)
