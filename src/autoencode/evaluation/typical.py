"""Which of some samples are typical: those near to few that were drawn at random."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

BLOCK_ROWS = 4096
"""Rows that are held against the prototypes at a time."""

PROTOTYPES, DRAWS = 4, 64
"""How many rows at a time stand for all others while the typical ones are sought, and how often they are drawn."""


def find_typical(
    rows: Float[np.ndarray, "samples features"], *, share: float, seed: int
) -> Bool[np.ndarray, " samples"]:
    """Return which samples are the most typical: those nearest to few that were drawn at random.

    Each of 64 times 4 samples are drawn, and each sample is as far as the nearest of them: the coarsest autoencoder,
    whose code says which of four samples is nearest. So few seldom have an anomaly among them, and cannot stand for a
    cluster of anomalies.

    Parameters
    ----------
    rows
        Scaled samples.
    share
        How many are typical, in (0, 1].
    seed
        Of the draws.

    Returns
    -------
    array
        True for ⌈share · samples⌉ samples, at least 2.

    Examples
    --------
    >>> find_typical(np.array([[0.0], [0.1], [0.2], [9.0]]), share=0.7, seed=0).tolist()
    [True, True, True, False]
    """
    count, wide = len(rows), np.asarray(rows, np.float64)
    random, at_once = np.random.default_rng(seed), min(PROTOTYPES, count)
    drawn = wide[np.concatenate([random.choice(count, at_once, replace=False) for _ in range(DRAWS)])]
    lengths = np.einsum("ij,ij->i", drawn, drawn)
    distances = np.empty(count)
    for start in range(0, count, BLOCK_ROWS):
        block = wide[start : start + BLOCK_ROWS]
        squares = np.einsum("ij,ij->i", block, block)[:, None] + lengths - 2 * block @ drawn.T
        nearest = squares.reshape(len(block), DRAWS, at_once).min(axis=2)
        distances[start : start + BLOCK_ROWS] = np.sqrt(np.maximum(nearest, 0)).sum(axis=1)
    kept = np.argsort(distances, kind="stable")[: max(2, int(np.ceil(share * count)))]
    return np.isin(np.arange(count), kept)
