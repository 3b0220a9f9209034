"""Candidates for the nearest: none of these is missed, whatever single precision rounds away, and few are others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import candidates
from autoencode.evaluation.candidates import BLOCK_ROWS, CROWDED, GROUPS, Candidates

seeds = st.integers(0, 2**32 - 1)
Rows = tuple[np.ndarray, np.ndarray]
WEIGHTS = (1.0, 4.0), (1.0, 2.5), (1.0, 0.0)


def spread(random: np.random.Generator) -> Rows:
    return random.normal(size=(700, 6)), random.normal(size=(40, 6))


def far_from_zero(random: np.random.Generator) -> Rows:
    return tuple(rows + 1e6 for rows in spread(random))


def on_a_sphere(random: np.random.Generator) -> Rows:
    """All are as far away but for a part in 10¹⁰, which products do not see."""
    rows = random.normal(size=(700, 6))
    rows *= (1 + 1e-10 * random.random((700, 1))) / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, np.zeros((3, 6))


def far_away(random: np.random.Generator) -> Rows:
    known, rows = spread(random)
    return known, rows * 10.0 ** random.integers(0, 40, (40, 1))


def beside_one_far_away(random: np.random.Generator) -> Rows:
    known, rows = spread(random)
    known[0] = 1e30
    return known, np.vstack([rows, known[:1]])


def few_values(random: np.random.Generator) -> Rows:
    return random.integers(0, 2, (700, 6)).astype(float), random.integers(0, 2, (40, 6)).astype(float)


def tiny(random: np.random.Generator) -> Rows:
    return tuple(1e-40 * rows for rows in spread(random))


def all_alike(random: np.random.Generator) -> Rows:
    return np.full((700, 6), 0.1), random.normal(size=(40, 6))


cases = pytest.mark.parametrize(
    "draw", [spread, far_from_zero, on_a_sphere, far_away, beside_one_far_away, few_values, tiny, all_alike]
)


def square(rows: np.ndarray, known: np.ndarray, weights: tuple[float, ...]) -> np.ndarray:
    """Return squared distances, (samples, references), of columns of which each part has half."""
    return ((rows[:, None] - known) ** 2) @ np.repeat(weights, 3)


def split(rows: np.ndarray) -> Rows:
    return rows[:, :3], rows[:, 3:]


@cases
@pytest.mark.parametrize("share", [1.0, 0.03])
@given(seed=seeds)
@settings(max_examples=8, deadline=None)
def test_the_nearest_are_among_them(draw: Callable[[np.random.Generator], Rows], share: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    known, rows = draw(random)
    among = random.random(len(known)) < share
    among[:9] = True
    found = Candidates(split(known), WEIGHTS, (among, among, np.ones(len(known), bool)), (9, 9, 5))
    for weights, there, count, (samples, indices) in zip(
        WEIGHTS, found.among, found.nearest, found.find(split(rows)), strict=True
    ):
        assert there[indices].all()
        assert (np.diff(samples * len(known) + indices) > 0).all(), "in order, none twice"
        squares = np.where(there, square(rows, known, weights), np.inf)
        nearest = np.argsort(squares, axis=1, kind="stable")[:, :count]
        for sample, expected in enumerate(nearest):
            assert set(expected.tolist()) <= set(indices[samples == sample].tolist())


def beside_a_few_far_off(random: np.random.Generator) -> Rows:
    """As in columns of heavy tails: the mean is beside most of the references."""
    known, rows = spread(random)
    known[:7] += 1e5
    return known, rows


@pytest.mark.parametrize("draw", [spread, far_from_zero, beside_a_few_far_off])
def test_single_precision_leaves_few_others(
    draw: Callable[[np.random.Generator], Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "CROWDED", 700)
    known, rows = draw(np.random.default_rng(0))
    ((samples, _),) = Candidates(split(known), WEIGHTS[:1], (np.ones(700, bool),), (9,)).find(split(rows))
    assert np.bincount(samples).mean() < 11


def test_double_precision_tells_apart_what_single_cannot() -> None:
    """As samples with a missing cell are: a thousand times as far away as references are from each other."""
    known, rows = spread(np.random.default_rng(0))
    rows[:, 0] = 1e6
    ((samples, _),) = Candidates(split(known), WEIGHTS[:1], (np.ones(700, bool),), (9,)).find(split(rows))
    assert np.bincount(samples).max() <= CROWDED


def test_of_many_copies_a_few_are_enough() -> None:
    known = np.repeat(np.random.default_rng(0).normal(size=(5, 6)), 140, axis=0)
    ((samples, indices),) = Candidates(split(known), WEIGHTS[:1], (np.ones(700, bool),), (9,)).find(split(known[:1]))
    assert samples.tolist() == [0] * 9
    assert indices.tolist() == list(range(9))


@pytest.mark.parametrize("count", [1, GROUPS - 1, GROUPS, 3 * GROUPS + 1])
def test_any_number_of_references_and_of_samples(count: int) -> None:
    random = np.random.default_rng(count)
    known, rows = random.normal(size=(count, 6)), random.normal(size=(2 * BLOCK_ROWS + 1, 6))
    wanted = min(9, count)
    ((samples, indices),) = Candidates(split(known), WEIGHTS[:1], (np.ones(count, bool),), (wanted,)).find(split(rows))
    assert (np.bincount(samples) >= wanted).all()
    assert indices.max() < count
