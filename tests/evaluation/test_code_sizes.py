"""The knee of a curve of errors, and its intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import compute_code_size_curve, find_knee, paired_interval

SIZES = np.array([1, 2, 4, 8, 16, 32])
falls = st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5)


def curve_of(rates: list[float]) -> np.ndarray:
    """Errors of which each is a share of the one before."""
    return np.cumprod([1.0, *rates])


@settings(max_examples=50, deadline=None)
@given(rate=st.floats(0.05, 0.98), first=st.floats(1e-6, 1e6))
def test_a_straight_curve_has_no_knee(rate: float, first: float) -> None:
    assert find_knee(SIZES, first * curve_of([rate] * 5)) is None


@settings(max_examples=50, deadline=None)
@given(rates=falls)
def test_a_curve_that_falls_faster_and_faster_has_no_knee(rates: list[float]) -> None:
    assert find_knee(SIZES, curve_of(sorted(rates, reverse=True))) is None


@settings(max_examples=50, deadline=None)
@given(rates=falls, factor=st.floats(1e-3, 1e3), power=st.floats(0.5, 3))
def test_units_change_nothing(rates: list[float], factor: float, power: float) -> None:
    """Neither those of the error nor, as logarithms go, whether it is squared; small falls are left out."""
    errors = curve_of(rates)
    if errors[-1] ** min(power, 1) < 0.9:
        assert find_knee(SIZES, factor * errors) == find_knee(SIZES, errors)
        near = np.log(errors) / np.log(errors[-1]) - np.log(SIZES) / np.log(32)
        if abs(near.max() - 0.1) > 1e-6 and np.diff(np.sort(near))[-1] > 1e-6:
            assert find_knee(SIZES, errors**power) == find_knee(SIZES, errors)


@pytest.mark.parametrize("knee", [2, 4, 8, 16])
def test_the_size_at_which_a_curve_becomes_flat(knee: int) -> None:
    errors = np.maximum(1.0 / SIZES**2, 1.0 / knee**2)
    assert find_knee(SIZES, errors) == knee
    noisy = errors * np.array([1, 1, 1, 1, 1.02, 1.05])  # larger codes may well be a little worse
    assert find_knee(SIZES, noisy) == knee


def test_a_perfect_reconstruction() -> None:
    assert find_knee(SIZES, np.array([1, 0.5, 0.2, 0, 0, 0])) == 8
    assert find_knee(SIZES, np.zeros(6)) is None


@pytest.mark.parametrize(
    "errors", [[1.0], [1.0, 0.1], [1.0, 0.99, 0.98], [1.0, 2.0, 3.0]], ids=["one", "two", "flat", "rising"]
)
def test_no_knee(errors: list[float]) -> None:
    assert find_knee(SIZES[: len(errors)], np.array(errors)) is None


def test_intervals_are_those_of_paired_differences() -> None:
    generator = np.random.default_rng(0)
    errors = [generator.uniform(0, scale, 80) for scale in (1, 0.4, 0.35)]
    pca = [generator.uniform(0, scale, 80) for scale in (1.1, 0.6, 0.2)]
    layers = ["4-1", "4-2", "4-4"]
    curve = compute_code_size_curve("hidden 4", layers, [1, 2, 4], errors, pca, [np.array([0.5, np.nan])] * 3)
    np.testing.assert_allclose(curve.errors, np.mean(errors, axis=1))
    np.testing.assert_allclose(curve.pca, np.mean(pca, axis=1))
    assert curve.against_pca == tuple(map(paired_interval, errors, pca))
    assert curve.steps == (paired_interval(errors[1], errors[0]), paired_interval(errors[2], errors[1]))
    assert curve.restarts.shape == (3, 2)


def describe(*errors: float, pca: float = 1.0) -> str:
    spread = 1 + 0.01 * np.random.default_rng(0).random((len(errors), 50))
    samples = np.array(errors)[:, None] * spread
    sizes = SIZES[: len(errors)].tolist()
    restarts = [np.array([1.0])] * len(errors)
    rivals = list(pca * samples)
    return compute_code_size_curve("linear", list(map(str, sizes)), sizes, list(samples), rivals, restarts).describe()


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ((1, 0.1, 0.09), "the knee is at a code size of 2, beyond which a larger code gains less"),
        ((1, 0.5, 0.2), "no knee; the largest code, 4, is still better than the one before, 2"),
        ((1, 1, 1.1), "no knee; the largest code, 4, shows no gain over the one before, 2"),
        ((1, 0.5), "no knee without a third code size"),
    ],
    ids=["knee", "falling", "flat", "two"],
)
def test_words(errors: tuple[float, ...], words: str) -> None:
    assert describe(*errors) == f"linear: {words}; nowhere better than PCA."
    sizes = ", ".join(map(str, SIZES[: len(errors)]))
    assert describe(*errors, pca=1.1) == f"linear: {words}; better than PCA at {sizes}."
