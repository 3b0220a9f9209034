"""Rows split at random into those to train on and those held out, by a seed."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Int

from autoencode.exceptions import InvalidInputError

Rows = Int[np.ndarray, " rows"]


GROUP_ROWS = 131_072
"""Rows that are split together: of more, those of each group are chosen by themselves, as a file is read."""


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
    held_out = _count_held_out(count, share)
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


def hold_out_rows(count: int, share: float, seed: int) -> tuple[Rows, Rows]:
    """Return the places of the rows to train on, and of the share that is held out, by count and seed alone.

    Parameters
    ----------
    count, share, seed
        As for `split_rows`.

    Returns
    -------
    trained, held_out
        Those held out ascend. Those to train on come as `split_rows` draws them where they are of one group of 131,072
        rows, and ascend where they are of more.

    Raises
    ------
    InvalidInputError
        If one of the two parts would be empty.

    Notes
    -----
    Of several groups each holds out its share, drawn by the seed and the group's number: whoever reads the rows one
    group after another knows which they are without those of the others.

    Examples
    --------
    >>> [part.tolist() for part in hold_out_rows(5, 0.4, 0)]
    [[1, 3, 4], [0, 2]]
    """
    if count <= GROUP_ROWS:
        trained, held_out = split_rows(count, share, seed)
        return trained, np.sort(held_out)
    _count_held_out(count, share)
    places = np.int32 if count < 2**31 else np.int64
    parts: list[tuple[Rows, Rows]] = []
    for group, start in enumerate(range(0, count, GROUP_ROWS)):
        stop = min(start + GROUP_ROWS, count)
        # Rounded over all groups, so that all together hold out what one would.
        held = math.ceil(share * stop) - math.ceil(share * start)
        is_held_out = np.zeros(stop - start, bool)
        is_held_out[np.random.RandomState([seed, group]).permutation(stop - start)[:held]] = True
        trained, held_out = (start + np.flatnonzero(part) for part in (~is_held_out, is_held_out))
        parts.append((trained.astype(places), held_out.astype(places)))
    return np.concatenate([part for part, _ in parts]), np.concatenate([part for _, part in parts])


def _count_held_out(count: int, share: float) -> int:
    held_out = math.ceil(share * count)
    if not 0 < held_out < count:
        raise InvalidInputError(f"of {count} sample(s), a share of {share} leaves one of the two parts empty")
    return held_out


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
