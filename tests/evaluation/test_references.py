"""The nearest references: against all distances, in every view, without oneself, alone and among many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation.candidates import BLOCK_ROWS, GROUPS
from autoencode.evaluation.references import NEAREST, Points, References, View, square_by_column

seeds = st.integers(0, 2**32 - 1)
VIEW = View(residual=2.0, ranks=1.5)


def draw(seed: int, count: int, features: int = 3, ranks: int = 2) -> Points:
    random = np.random.default_rng(seed)
    return Points(*(random.normal(size=(count, width)) for width in (features, features, ranks)))


def measure_distances(points: Points, references: Points, view: View) -> np.ndarray:
    """Return the distance of each sample from each reference, as the docstrings write it."""
    found = np.empty((len(points), len(references)))
    for place in range(len(points)):
        same = points.take(np.full(len(references), place))
        found[place] = np.sqrt(square_by_column(same, references, view).sum(axis=1))
    return found


@given(
    seed=seeds,
    count=st.sampled_from([2, 3, 9, 40, GROUPS + 1, GROUPS * 3]),
    residual=st.floats(0, 5),
    ranks=st.floats(0, 3),
)
@settings(max_examples=40, deadline=None)
def test_the_nearest_come_first_and_are_who_they_are(seed: int, count: int, residual: float, ranks: float) -> None:
    references, points, view = draw(seed, count), draw(seed + 1, 5), View(residual, ranks)
    found = References(references, {view: None}).search(points)[view]
    every = measure_distances(points, references, view)
    assert found.distances.shape == (5, min(NEAREST, count - 1))
    np.testing.assert_allclose(found.distances, np.sort(every, axis=1)[:, : found.distances.shape[1]], rtol=1e-12)
    np.testing.assert_allclose(found.distances, np.take_along_axis(every, found.indices, 1), rtol=1e-12)
    weights = 0.5 ** np.arange(found.distances.shape[1])
    np.testing.assert_allclose(found.distance, found.distances @ weights / weights.sum(), rtol=1e-12)


def test_a_reference_is_no_neighbour_of_itself() -> None:
    points = draw(0, 300)
    found = References(points, {VIEW: None}).search(points, np.ones(300, bool))[VIEW]
    every = measure_distances(points, points, VIEW)
    np.fill_diagonal(every, np.inf)
    np.testing.assert_allclose(found.distances, np.sort(every, axis=1)[:, :NEAREST], rtol=1e-12)


@pytest.mark.parametrize("count", [20, 400])
def test_only_some_may_be_neighbours(count: int) -> None:
    points, among = draw(0, count), np.random.default_rng(1).random(count) < 0.5
    found = References(points, {VIEW: among, View(1.0, 0.0): None}).search(draw(2, 50))
    assert among[found[VIEW].indices].all()
    assert not among[found[View(1.0, 0.0)].indices].all()


def test_a_sample_alone_and_one_of_many_have_the_same_bits() -> None:
    references, points = References(draw(0, 700, 11), {VIEW: None}), draw(1, 600, 11)
    found = references.search(points)[VIEW]
    order = np.random.default_rng(2).permutation(600)
    np.testing.assert_array_equal(references.search(points.take(order))[VIEW].distances, found.distances[order])
    for place in (0, BLOCK_ROWS - 1, BLOCK_ROWS, 599):
        alone = references.search(points.take(slice(place, place + 1)))[VIEW]
        np.testing.assert_array_equal(alone.distances[0], found.distances[place])
        np.testing.assert_array_equal(alone.distance[0], found.distance[place])


def test_another_order_of_the_references_changes_no_distance() -> None:
    references, points = draw(0, 500), draw(1, 90)
    order = np.random.default_rng(2).permutation(500)
    found = References(references, {VIEW: None}).search(points)[VIEW]
    mixed = References(references.take(order), {VIEW: None}).search(points)[VIEW]
    np.testing.assert_array_equal(mixed.distances, found.distances)
    np.testing.assert_array_equal(order[mixed.indices], found.indices)


def test_one_of_several_copies_is_left_out_even_far_from_zero() -> None:
    points = draw(0, 400)
    twice = np.concatenate([np.arange(400), np.arange(9)])
    far = Points(points.rebuilt + 1e6, points.residual + 1e6, points.ranks + 1e6).take(twice)
    found = References(far, {VIEW: None}).search(far.take(slice(20)), np.ones(409, bool))[VIEW]
    assert (found.distances[:9, 0] == 0).all()
    assert found.indices[:9, 0].tolist() == list(range(400, 409))
    assert (found.distances[9:, 0] > 0).all()
    found = References(far, {VIEW: None}).search(far.take(slice(20)), np.arange(409) < 3)[VIEW]
    assert (found.distances[:, 1] == 0).tolist() == [False] * 3 + [True] * 6 + [False] * 11


@given(seed=seeds, count=st.integers(2, 60))
@settings(max_examples=30, deadline=None)
def test_shares_add_up_to_the_distance(seed: int, count: int) -> None:
    references, points = References(draw(seed, count), {VIEW: None}), draw(seed + 1, 6)
    found = references.search(points)[VIEW]
    parts = references.share_out(points, found, VIEW)
    assert (parts >= 0).all()
    np.testing.assert_allclose(parts.sum(axis=1), found.distance, rtol=1e-12)


def test_nothing_to_find() -> None:
    found = References(draw(0, 30), {VIEW: None}).search(draw(1, 0))[VIEW]
    assert found.distance.shape == (0,)
