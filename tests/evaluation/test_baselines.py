"""The mean sample and PCA: oracles, edges, notes."""

from __future__ import annotations

import numpy as np
import pytest

from autoencode.evaluation import MeanSample, PCABaseline, baselines, errors, fit_baselines
from autoencode.exceptions import InvalidInputError, SampleShapeError


def centred_svd(train, code_size):
    mean = train.mean(axis=0, dtype=np.float64)
    return mean, np.linalg.svd(train - mean, full_matrices=False)[2][:code_size]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(200, 12), (8, 40)])
def test_pca_agrees_with_the_singular_value_decomposition(shape, dtype):
    train = np.random.default_rng(3).random(shape).astype(dtype)
    mean, components = centred_svd(train, 3)
    expected = mean + (train - mean) @ components.T @ components
    rebuilt = PCABaseline.fit(train, 3).reconstruct(train)
    assert rebuilt.dtype == dtype
    np.testing.assert_allclose(rebuilt, expected, atol=1e-6 if dtype == np.float32 else 1e-12)


def test_pca_keeps_its_digits_far_from_zero():
    train = np.random.default_rng(4).random((500, 6)) + 1e7
    exact = PCABaseline.fit(train - 1e7, 2).components
    np.testing.assert_allclose(np.abs(PCABaseline.fit(train, 2).components), np.abs(exact), atol=1e-6)


def test_mean_sample_is_summed_in_float64():
    train = np.full((200_000, 1), 0.1, np.float32)
    train[0] = 1e6
    assert MeanSample.fit(train).mean[0] == pytest.approx(train.astype(np.float64).mean(), rel=1e-12)


def test_more_components_never_rebuild_the_training_samples_worse():
    train = np.random.default_rng(5).random((100, 8))
    found = [errors(train, PCABaseline.fit(train, size).reconstruct(train)).mean() for size in range(1, 9)]
    assert errors(train, MeanSample.fit(train).reconstruct(train)).mean() > found[0]
    assert (np.diff(found) < 0).all()
    assert found[-1] < 1e-25


@pytest.mark.parametrize(("shape", "largest"), [((50, 4), 4), ((5, 20), 4), ((1, 3), 1)])
def test_too_large_a_code_uses_the_largest_possible_and_says_so(shape, largest):
    train = np.random.default_rng(6).random(shape)
    pca = PCABaseline.fit(train, 99)
    assert pca.code_size == largest
    assert f"the largest possible, {largest}, is used" in pca.note
    np.testing.assert_allclose(pca.reconstruct(train), train, atol=1e-12)


def test_constant_samples_are_rebuilt_exactly():
    train = np.full((10, 3), 0.7)
    for baseline in fit_baselines(train, 2):
        np.testing.assert_allclose(baseline.reconstruct(train), train, atol=1e-15)


def test_large_training_data_are_thinned_and_it_says_so(monkeypatch):
    monkeypatch.setattr(baselines, "PCA_NUMBERS", 400)
    train = np.random.default_rng(8).random((1000, 4)) * [5, 1, 1, 1]
    pca = PCABaseline.fit(train, 1)
    assert "fitted on 100 evenly spaced of 1,000 training samples" in pca.note
    assert abs(pca.components[0, 0]) > 0.95
    np.testing.assert_allclose(pca.mean, train.mean(axis=0))


def test_names_and_refusals():
    train = np.random.default_rng(9).random((20, 3))
    assert [baseline.name for baseline in fit_baselines(train, 1)] == ["mean sample", "PCA with 1 component"]
    for baseline in fit_baselines(train, 1):
        with pytest.raises(SampleShapeError, match="must have 3 features"):
            baseline.reconstruct(np.zeros((2, 4)))
    with pytest.raises(InvalidInputError, match="code_size must be at least 1"):
        PCABaseline.fit(train, 0)


@pytest.mark.parametrize("shape", [(300, 60), (60, 300)])
def test_a_few_eigenvectors_are_those_of_all(shape, monkeypatch):
    rng = np.random.default_rng(10)
    train = rng.standard_normal((shape[0], 5)) * [5, 4, 3, 2, 1] @ rng.standard_normal((5, shape[1]))
    every = PCABaseline.fit(train, 4).components
    monkeypatch.setattr(baselines, "DENSE_EIGENVECTORS", 10)
    few = PCABaseline.fit(train, 4).components
    np.testing.assert_allclose(np.abs(few @ every.T), np.eye(4), atol=1e-9)
    np.testing.assert_array_equal(few, PCABaseline.fit(train, 4).components)


@pytest.mark.parametrize("shape", [(60, 5), (6, 40)], ids=["tall", "wide"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weighted_baselines_are_those_of_repeated_samples(shape: tuple[int, int], dtype: type) -> None:
    rng = np.random.default_rng(0)
    train = (rng.normal(size=shape) @ np.diag(1.5 ** -np.arange(shape[1])) + 3).astype(dtype)
    counts = rng.integers(1, 9, shape[0])
    weighted, repeated = fit_baselines(train, 2, counts / 7), fit_baselines(np.repeat(train, counts, axis=0), 2)
    np.testing.assert_allclose(weighted[0].mean, repeated[0].mean, rtol=1e-9)
    precision = 1e-5 if dtype == np.float32 else 1e-9
    for ours, theirs in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(ours.reconstruct(train), theirs.reconstruct(train), rtol=precision, atol=precision)
    assert not np.allclose(weighted[1].reconstruct(train), PCABaseline.fit(train, 2).reconstruct(train), atol=1e-2)
