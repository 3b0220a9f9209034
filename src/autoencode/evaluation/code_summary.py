"""`CodeSummary`: what a fitted model keeps of the codes of its training samples, from which codes can be made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64, Int

from autoencode.evaluation.arrays import check_matrix, covariance
from autoencode.evaluation.code_statistics import CodeStatistics
from autoencode.evaluation.structure import LARGEST_COVARIANCE

ROWS = ("mean", "deviation", "least", "most", "zero_share", "active_share")

PERCENTILES = (1.0, 99.0)

MOST_DIRECTIONS = 512
"""Of a longer code the covariance of so many directions is kept; the rest counts as noise of each unit alone."""


@dataclass(frozen=True, eq=False)
class CodeSummary:
    """How the codes of the training samples lie, without the codes.

    Attributes
    ----------
    statistics
        How the units are used.
    low, high
        The 1st and the 99th percentile of each unit.
    directions
        The principal directions of the codes, each as long as the standard deviation along it, the longest first; the
        covariance is ``directions.T @ directions``. A code of more than 512 units has the 512 longest.

    Examples
    --------
    >>> codes = np.random.default_rng(0).normal(size=(500, 2)) @ np.array([[2.0, 1.0], [0.0, 1.0]])
    >>> drawn = CodeSummary.of(codes).draw(1000, np.random.default_rng(1))
    >>> np.allclose(np.cov(drawn.T), np.cov(codes.T), atol=0.3)
    True
    """

    statistics: CodeStatistics
    low: Float64[np.ndarray, " units"]
    high: Float64[np.ndarray, " units"]
    directions: Float32[np.ndarray, "directions units"]

    @classmethod
    def of(
        cls,
        codes: Float[np.ndarray, "samples units"],
        entries: Int[np.ndarray, "samples groups"] | None = None,
        entry_count: int = 0,
    ) -> CodeSummary:
        """Return the summary of codes; the arguments are those of `CodeStatistics.of`.

        Raises
        ------
        InvalidInputError
            If the codes are not a finite array with two axes, or are empty.
        """
        codes = check_matrix(codes, "codes")
        low, high = np.percentile(codes, PERCENTILES, axis=0).astype(np.float64)
        return cls(CodeStatistics.of(codes, entries, entry_count), low, high, _find_directions(codes))

    def draw(self, count: int, generator: np.random.Generator) -> Float32[np.ndarray, "samples units"]:
        """Draw codes from a normal distribution with the mean and the covariance of the codes.

        Parameters
        ----------
        count
            How many.
        generator
            Where the randomness comes from.

        Returns
        -------
        array
            Shape (count, units). No number leaves the range that its unit had, so that what was never negative is not
            negative here.
        """
        statistics, directions = self.statistics, self.directions.astype(np.float64)
        codes = statistics.mean + generator.standard_normal((count, len(directions))) @ directions
        if len(directions) < len(statistics.mean):
            rest = np.square(statistics.deviation) - np.square(directions).sum(axis=0)
            codes += generator.standard_normal(codes.shape) * np.sqrt(np.maximum(rest, 0))
        return np.clip(codes, statistics.least, statistics.most).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Return what is no number of a unit, as plain values."""
        statistics = self.statistics
        counts = statistics.entry_counts
        return {
            "samples": statistics.samples,
            "effective_code_size": statistics.effective_code_size,
            "largest_correlation": statistics.largest_correlation,
            "correlated_units": None if statistics.correlated_units is None else list(statistics.correlated_units),
            "entry_counts": None if counts is None else counts.tolist(),
        }

    def to_rows(self) -> Float64[np.ndarray, "rows units"]:
        """Return the numbers of the units: mean, deviation, least, most, shares of 0 and active, low and high."""
        statistics = self.statistics
        return np.stack([*(getattr(statistics, name) for name in ROWS), self.low, self.high])

    @classmethod
    def restore(
        cls,
        content: Mapping[str, Any],
        rows: Float64[np.ndarray, "rows units"],
        directions: Float32[np.ndarray, "directions units"],
    ) -> CodeSummary:
        """Return the summary of which `to_dict` and `to_rows` gave the parts."""
        *of_units, low, high = rows
        counts, units = content["entry_counts"], content["correlated_units"]
        statistics = CodeStatistics(
            samples=int(content["samples"]),
            effective_code_size=float(content["effective_code_size"]),
            largest_correlation=float(content["largest_correlation"]),
            correlated_units=None if units is None else (int(units[0]), int(units[1])),
            entry_counts=None if counts is None else np.array(counts, np.int64),
            **dict(zip(ROWS, of_units, strict=True)),
        )
        return cls(statistics, low, high, directions)


def _find_directions(codes: Float[np.ndarray, "samples units"]) -> Float32[np.ndarray, "directions units"]:
    """Return the principal directions of codes, each as long as the standard deviation along it."""
    units = codes.shape[1]
    if units <= LARGEST_COVARIANCE:
        variances, axes = np.linalg.eigh(covariance(codes))
        directions = axes.T * np.sqrt(np.maximum(variances, 0))[:, None]
    else:  # the covariance would be too large; so many samples span the longest directions
        rows = codes[:: -(-len(codes) // LARGEST_COVARIANCE)].astype(np.float64)
        rows -= rows.mean(axis=0)
        _, axes = np.linalg.eigh(rows @ rows.T)
        directions = axes.T @ rows / np.sqrt(len(rows))
    return directions[::-1][:MOST_DIRECTIONS].astype(np.float32)
