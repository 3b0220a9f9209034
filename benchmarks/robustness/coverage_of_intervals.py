"""How often a 95 % interval of the difference of two models holds the true difference of their mean errors.

Errors are normal, χ² or log-normal (σ = 1.5), at 30, 100 and 1,000 samples; the two models are independent, share how
hard a sample is, or one's errors are a multiple of the other's. Beside ours stand the intervals that were tried.

    python benchmarks/robustness/coverage_of_intervals.py --tries 10000
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from autoencode.evaluation import paired_interval

__all__ = ["FAMILIES", "METHODS", "PAIRS", "Coverage", "measure_coverage"]

SIZES = (30, 100, 1_000)
BOOTSTRAP_DRAWS = 500
BLOCK = 500
"""Pairs of models at a time, so that their errors stay small in memory."""

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
FAMILIES: dict[str, Draw] = {
    "normal": lambda rng, shape: 5 + rng.standard_normal(shape),
    "chi2 (1)": lambda rng, shape: rng.chisquare(1, shape),
    "chi2 (3)": lambda rng, shape: rng.chisquare(3, shape),
    "log-normal": lambda rng, shape: rng.lognormal(0, 1.5, shape),
}
MEANS = {"normal": 5.0, "chi2 (1)": 1.0, "chi2 (3)": 3.0, "log-normal": float(np.exp(1.125))}


def _independent(draw: Draw, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, float]:
    return draw(rng, shape), draw(rng, shape), 0.0


def _shared(draw: Draw, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, float]:
    hard = draw(rng, shape)
    return hard + draw(rng, shape), hard + draw(rng, shape), 0.0


def _multiple(draw: Draw, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, float]:
    errors = draw(rng, shape)
    return 1.2 * errors, errors, 0.2


PAIRS = {"independent": _independent, "shared": _shared, "multiple": _multiple}
"""How two models' errors belong together; each gives both and the true mean difference in mean errors."""

Ends = tuple[np.ndarray, np.ndarray]


def _ours(first: np.ndarray, second: np.ndarray) -> Ends:
    found = [paired_interval(a, b) for a, b in zip(first, second, strict=True)]
    return np.array([one.low for one in found]), np.array([one.high for one in found])


def _moments(differences: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    n = differences.shape[1]
    mean = differences.mean(axis=1)
    deviations = differences - mean[:, None]
    skewness = (deviations**3).mean(axis=1) / (deviations**2).mean(axis=1) ** 1.5
    return mean, differences.std(axis=1, ddof=1), skewness, float(student.ppf(0.975, n - 1) / np.sqrt(n))


def _students(first: np.ndarray, second: np.ndarray) -> Ends:
    mean, deviation, _, reach = _moments(first - second)
    return mean - reach * deviation, mean + reach * deviation


def _halls(first: np.ndarray, second: np.ndarray) -> Ends:
    mean, deviation, skewness, reach = _moments(first - second)

    def unskew(u: float) -> np.ndarray:
        return 3 / skewness * (np.cbrt(1 + skewness * (u - skewness / (6 * first.shape[1]))) - 1)

    return mean - deviation * unskew(reach), mean - deviation * unskew(-reach)


def _johnsons(first: np.ndarray, second: np.ndarray) -> Ends:
    mean, deviation, skewness, reach = _moments(first - second)
    shift = skewness * deviation * (1 / (6 * first.shape[1]) + reach**2 / 3)
    return mean + shift - reach * deviation, mean + shift + reach * deviation


def _percentiles(first: np.ndarray, second: np.ndarray) -> Ends:
    differences, n = first - second, first.shape[1]
    rng = np.random.default_rng(0)
    draws = rng.multinomial(n, np.full(n, 1 / n), BOOTSTRAP_DRAWS) / n
    low, high = np.quantile(differences @ draws.T, [0.025, 0.975], axis=1)
    return low, high


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], Ends]] = {
    "ours": _ours,
    "Student": _students,
    "Hall": _halls,
    "Johnson": _johnsons,
    "bootstrap": _percentiles,
}


@dataclass(frozen=True)
class Coverage:
    """In which share of tries each method held the true difference."""

    family: str
    pair: str
    samples: int
    shares: dict[str, float]

    def __str__(self) -> str:
        shares = "  ".join(f"{name} {100 * share:5.1f}" for name, share in self.shares.items())
        return f"{self.family:<11} {self.pair:<12} n = {self.samples:<5} {shares}"


def measure_coverage(tries: int, *, methods: tuple[str, ...] = tuple(METHODS), seed: int = 0) -> Iterator[Coverage]:
    """Yield the coverage of each method for each family, pair and number of samples."""
    for family, draw in FAMILIES.items():
        for pair, couple in PAIRS.items():
            for n in SIZES:
                rng = np.random.default_rng([seed, n])
                held = dict.fromkeys(methods, 0)
                for start in range(0, tries, BLOCK):
                    first, second, difference = couple(draw, rng, (min(BLOCK, tries - start), n))
                    true = difference * MEANS[family]
                    for name in methods:
                        low, high = METHODS[name](first, second)
                        held[name] += int(((low <= true) & (true <= high)).sum())
                yield Coverage(family, pair, n, {name: count / tries for name, count in held.items()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=10_000, help="pairs of models for each row")
    for coverage in measure_coverage(parser.parse_args().tries):
        print(coverage, flush=True)
