"""Maps of codes: their shapes, that near codes are near points, and codes that are hard to map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.manifold import trustworthiness

from autoencode.estimators import code_maps
from autoencode.estimators.code_maps import map_codes

RNG = np.random.default_rng(0)


def draw_codes(count: int, units: int) -> np.ndarray:
    """Return codes in four groups that lie well apart."""
    centres = 8 * RNG.normal(size=(4, units))
    return (centres[RNG.integers(0, 4, count)] + RNG.normal(size=(count, units))).astype(np.float32)


def test_codes_of_one_and_two_units_are_shown_themselves() -> None:
    errors = RNG.random(30)
    codes = draw_codes(30, 1)
    np.testing.assert_array_equal(map_codes(codes, errors)["code and error"], np.column_stack([codes[:, 0], errors]))
    codes = draw_codes(30, 2)
    np.testing.assert_array_equal(map_codes(codes, errors)["code"], codes)


@settings(max_examples=8, deadline=None)
@given(count=st.integers(2, 70), units=st.integers(3, 40))
def test_every_map_has_two_numbers_a_sample(count: int, units: int) -> None:
    found = map_codes(draw_codes(count, units), np.zeros(count))
    assert list(found) == (["t-SNE", "PCA"] if count >= 50 else ["PCA"])
    for points in found.values():
        assert points.shape == (count, 2)
        assert np.isfinite(points).all()


def test_pca_is_that_of_scikit_learn() -> None:
    from sklearn.decomposition import PCA

    codes = draw_codes(40, 5)
    expected = PCA(2).fit_transform(codes.astype(np.float64))
    found = map_codes(codes, np.zeros(40))["PCA"]
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_tsne_keeps_neighbours_and_gives_the_same_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_maps, "MOST_FITTED", 150)
    codes = draw_codes(300, 35)
    found, again = (map_codes(codes, np.zeros(300))["t-SNE"] for _ in range(2))
    np.testing.assert_array_equal(found, again)
    fitted = np.linspace(0, 299, 150).astype(int)
    assert trustworthiness(codes[fitted], found[fitted]) > 0.9
    assert trustworthiness(codes, found) > 0.85
    # What was not fitted lies between points that were.
    others = np.setdiff1d(np.arange(300), fitted)
    assert (found[others] >= found[fitted].min(axis=0)).all()
    assert (found[others] <= found[fitted].max(axis=0)).all()


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_very_small_and_very_large_codes(scale: float) -> None:
    codes = draw_codes(60, 4).astype(np.float64) * scale
    found = map_codes(codes.astype(np.float32), np.zeros(60))
    assert list(found) == ["t-SNE", "PCA"]
    assert all(np.isfinite(points).all() for points in found.values())


def test_codes_that_hardly_differ() -> None:
    assert list(map_codes(np.full((60, 4), 3, np.float32), np.zeros(60))) == ["PCA"]
    alone = np.zeros((60, 4), np.float32)
    alone[7] = 1
    for codes in (alone, np.repeat(draw_codes(2, 4), 30, axis=0)):
        assert all(np.isfinite(points).all() for points in map_codes(codes, np.zeros(60)).values())
