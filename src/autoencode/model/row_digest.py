"""Rows of features as one number each, the same for the same row: which samples are known already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt64

from autoencode.evaluation.arrays import block_slices
from autoencode.model.format import Format
from autoencode.model.samples import counting_rows

KEY = 0x6175746F656E636F
"""Seed of the factors; another one gives other digests than those in model files."""

BLOCK_ROWS = 2**14
"""Samples whose features are made at a time, so that these stay small in memory."""


@dataclass(frozen=True)
class KnownRows:
    """Which rows some samples have, each as often as it is there, in any order.

    Attributes
    ----------
    count
        How many rows.
    total
        The sum of their hashes modulo 2**64.
    """

    count: int
    total: int

    @classmethod
    def of(cls, blocks: Iterable[Float[np.ndarray, "rows features"]]) -> KnownRows:
        """Return the rows of blocks of features."""
        count, total = 0, 0
        for block in blocks:
            hashes = hash_rows(block)
            count, total = count + len(hashes), total + int(hashes.sum(dtype=np.uint64))
        return cls(count, total % 2**64)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them; the total as text, as it is no float64."""
        return {"count": self.count, "total": f"{self.total:016x}"}

    @classmethod
    def from_dict(cls, content: Any) -> KnownRows:
        """Return what `to_dict` gave."""
        return cls(int(content["count"]), int(content["total"], 16))


def hash_rows(features: Float[np.ndarray, "rows features"]) -> UInt64[np.ndarray, " rows"]:
    """Return a number of 64 bits for each row; equal rows have the same, in float32 and float64 alike.

    Rows that differ share one in about one of 2**64 pairs, unless somebody made them to.

    Examples
    --------
    >>> first, second, third = hash_rows(np.array([[0.0, 1.0], [1.0, 0.0], [-0.0, 1.0]]))
    >>> bool(first == second), bool(first == third)
    (False, True)
    """
    random = np.random.Generator(np.random.PCG64(KEY))
    factors = random.integers(2**64, size=(2, features.shape[1]), dtype=np.uint64)
    hashes = np.empty(len(features), np.uint64)
    for rows in block_slices(*features.shape):
        # Added to 0, -0 is 0. Most numbers have zeros in their last bytes, of which a product would keep too many.
        words = np.add(features[rows], 0.0, dtype=np.float64).view(np.uint64).byteswap()
        hashes[rows] = _mix(words @ factors[0] + _mix(words @ factors[1]))
    return hashes


def hash_samples(form: Format, samples: Any, argument: str = "X") -> UInt64[np.ndarray, " samples"]:
    """Return a number of 64 bits for each of checked samples: the same where a fitted format gives the same features.

    It counts them in float32, for two files may hold the same numbers in other types.
    """
    hashes = [np.empty(0, np.uint64)]
    for start in range(0, len(samples), BLOCK_ROWS):
        block = range(start, min(start + BLOCK_ROWS, len(samples)))
        with counting_rows(block), np.errstate(over="ignore"):
            features = form.encode(samples[block.start : block.stop], argument)
            hashes.append(hash_rows(features.astype(np.float32, copy=False)))
    return np.concatenate(hashes)


def _mix(words: UInt64[np.ndarray, " rows"]) -> UInt64[np.ndarray, " rows"]:
    """Spread the bits of words, by the end of G. L. Steele et al.'s SplitMix64 (2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
