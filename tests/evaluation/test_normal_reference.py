"""Distance to normal samples: its weights and scores against every subset, its parts against its sum."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.evaluation import NormalReference, find_typical

seeds = st.integers(0, 2**32 - 1)


def draw(seed: int, count: int, features: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return scaled samples and their reconstructions."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, features))
    return rows, 0.7 * rows + 0.1 * random.normal(size=rows.shape)


def measure_distances(reference: NormalReference, rows: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """Return the distance of each sample to each normal one, as the docstring writes it."""
    weight = reference.residual_weight
    distances = np.empty((len(rows), len(reference.rows)))
    for place, (x, x_hat) in enumerate(zip(rows, rebuilt, strict=True)):
        for normal, (y, y_hat) in enumerate(zip(reference.rows, reference.rebuilt, strict=True)):
            residual = (x - x_hat) - (y - y_hat)
            distances[place, normal] = math.sqrt(((x_hat - y_hat) ** 2).sum() + weight**2 * (residual**2).sum())
    return distances


@given(count=st.integers(2, 9), size=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_weights_are_how_many_subsets_have_each_as_their_nearest(count: int, size: int) -> None:
    taken = min(size, count // 2)
    subsets = list(itertools.combinations(range(count), taken))
    shares = np.array([sum(min(subset) == place for subset in subsets) for place in range(count)]) / len(subsets)
    weights = NormalReference(*draw(0, count), subset_size=size).weights
    kept = shares[: len(weights)]
    assert 0.999 <= kept.sum() <= 1 + 1e-12
    np.testing.assert_allclose(weights, kept / kept.sum(), rtol=1e-12)


@pytest.mark.parametrize(("count", "size"), [(50, 3), (600, 256), (4096, 512), (4096, 1)])
def test_weights_are_the_binomials_of_the_docstring(count: int, size: int) -> None:
    weights = NormalReference(*draw(0, count), subset_size=size).weights
    exact = [math.comb(count - k, size - 1) / math.comb(count, size) for k in range(1, len(weights) + 1)]
    assert 0.999 <= sum(exact) <= 1 + 1e-12
    np.testing.assert_allclose(weights, np.array(exact) / sum(exact), rtol=1e-9)
    assert weights.sum() == pytest.approx(1, abs=1e-12)


@given(seed=seeds, count=st.integers(2, 8), size=st.integers(1, 6), weight=st.floats(0, 5))
@settings(max_examples=40, deadline=None)
def test_a_score_is_the_mean_over_all_subsets_of_the_nearest(seed: int, count: int, size: int, weight: float) -> None:
    reference = NormalReference(*draw(seed, count), residual_weight=weight, subset_size=size)
    rows, rebuilt = draw(seed + 1, 5)
    distances = measure_distances(reference, rows, rebuilt)
    subsets = list(itertools.combinations(range(count), min(size, count // 2)))
    expected = np.mean([distances[:, subset].min(axis=1) for subset in subsets], axis=0)
    # What was cut off the weights is at most a thousandth of them.
    np.testing.assert_allclose(reference.score(rows, rebuilt), expected, rtol=2e-3 * distances.max() / expected.min())
    if len(reference.weights) == count - min(size, count // 2) + 1:
        np.testing.assert_allclose(reference.score(rows, rebuilt), expected, rtol=1e-9)


@given(seed=seeds, count=st.integers(2, 40), size=st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_contributions_add_up_to_the_score(seed: int, count: int, size: int) -> None:
    reference = NormalReference(*draw(seed, count), subset_size=size)
    rows, rebuilt = draw(seed + 1, 6)
    rows[0], rebuilt[0] = reference.rows[0], reference.rebuilt[0]
    parts = reference.contributions(rows, rebuilt)
    assert (parts >= 0).all()
    np.testing.assert_allclose(parts.sum(axis=1), reference.score(rows, rebuilt), rtol=1e-12)


@given(seed=seeds, count=st.integers(2, 30))
@settings(max_examples=30, deadline=None)
def test_the_nearest_come_first_and_are_who_they_are(seed: int, count: int) -> None:
    reference = NormalReference(*draw(seed, count), subset_size=3)
    rows, rebuilt = draw(seed + 1, 4)
    distances, places = reference.find_nearest(rows, rebuilt)
    every = measure_distances(reference, rows, rebuilt)
    assert (np.diff(distances, axis=1) >= 0).all()
    np.testing.assert_allclose(distances, np.take_along_axis(every, places, 1), rtol=1e-12)
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, : distances.shape[1]], rtol=1e-12)


def test_a_sample_alone_and_one_of_many_have_the_same_bits() -> None:
    reference = NormalReference(*draw(0, 700, 11))
    rows, rebuilt = draw(1, 600, 11)
    scores, parts = reference.score(rows, rebuilt), reference.contributions(rows, rebuilt)
    order = np.random.default_rng(2).permutation(600)
    np.testing.assert_array_equal(reference.score(rows[order], rebuilt[order]), scores[order])
    for place in (0, 255, 256, 599):
        alone = slice(place, place + 1)
        np.testing.assert_array_equal(reference.score(rows[alone], rebuilt[alone]), scores[alone])
        np.testing.assert_array_equal(reference.contributions(rows[alone], rebuilt[alone]), parts[alone])


def test_a_copy_of_a_normal_sample_is_at_no_distance_even_far_from_zero() -> None:
    rows, rebuilt = draw(0, 100)
    reference = NormalReference(rows + 1e6, rebuilt + 1e6, subset_size=1)
    distances, places = reference.find_nearest(reference.rows[:9], reference.rebuilt[:9])
    assert (distances[:, 0] == 0).all()
    assert places[:, 0].tolist() == list(range(9))


def test_all_normal_samples_alike() -> None:
    same = np.ones((20, 2))
    reference = NormalReference(same, same)
    rows = np.array([[1.0, 1.0], [4.0, 5.0]])
    np.testing.assert_allclose(reference.score(rows, rows), [0, 5])
    np.testing.assert_allclose(reference.contributions(rows, rows), [[0, 0], [9 / 5, 16 / 5]])


def test_nothing_to_score() -> None:
    reference = NormalReference(*draw(0, 10))
    none = np.zeros((0, 3))
    assert reference.score(none, none).shape == (0,)
    assert reference.contributions(none, none).shape == (0, 3)


# ---------------------------------------------------------------------- typical samples

tables = arrays(np.float64, st.tuples(st.integers(2, 40), st.integers(1, 4)), elements=st.floats(-1e6, 1e6))


@given(rows=tables, share=st.floats(0.01, 1), seed=seeds)
@settings(max_examples=60, deadline=None)
def test_the_share_that_was_asked_for_is_typical(rows: np.ndarray, share: float, seed: int) -> None:
    typical = find_typical(rows, share=share, seed=seed)
    assert typical.sum() == max(2, math.ceil(share * len(rows)))
    np.testing.assert_array_equal(find_typical(rows, share=share, seed=seed), typical)


def test_a_larger_share_has_the_smaller_one_in_it() -> None:
    rows, _ = draw(0, 200)
    few, many = (find_typical(rows, share=share, seed=1) for share in (0.3, 0.6))
    assert (many | ~few).all()


@pytest.mark.parametrize("seed", range(3))
def test_neither_scattered_anomalies_nor_a_cluster_of_them_are_typical(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(300, 4))
    rows[:15] = random.normal(scale=15, size=(15, 4))
    rows[15:30] = 12 + 0.01 * random.normal(size=(15, 4))
    assert not find_typical(rows, share=0.7, seed=seed)[:30].any()
