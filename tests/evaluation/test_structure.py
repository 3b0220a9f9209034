"""Live units, directions, effective code size and R squared: oracles and invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import (
    direction_variances,
    effective_code_size,
    live_directions,
    live_units,
    mean_feature_variance,
    r_squared,
    structure,
)
from autoencode.exceptions import InvalidInputError

UNIFORM_VARIANCE = 1 / 12


def rotation(rng, size):
    return np.linalg.qr(rng.standard_normal((size, size)))[0]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_live_units(scale):
    wave = np.sin(np.arange(20.0))
    units = scale * np.stack([np.zeros(20), -np.abs(wave), wave, np.full(20, 0.7)], axis=1).astype(np.float32)
    assert live_units(units, relu=True).tolist() == [False, False, True, True]
    assert live_units(units, relu=False).tolist() == [False, True, True, False]


def test_one_live_sample_makes_a_relu_unit_live():
    activations = np.zeros((1000, 2), np.float32)
    activations[617, 1] = 1e-20
    assert live_units(activations, relu=True).tolist() == [False, True]


def test_direction_variances_agree_with_numpy():
    outputs = np.random.default_rng(0).standard_normal((40_000, 5)).astype(np.float32) * [1, 2, 3, 4, 5] + 100
    expected = np.linalg.eigvalsh(np.cov(outputs.T.astype(np.float64), bias=True))[::-1]
    found = direction_variances(outputs)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert found.sum() / 5 == pytest.approx(mean_feature_variance(outputs), rel=1e-12)


def test_the_gram_matrix_gives_the_same_directions(monkeypatch):
    outputs = np.random.default_rng(1).standard_normal((30, 50))
    exact = direction_variances(outputs)
    monkeypatch.setattr(structure, "LARGEST_COVARIANCE", 40)
    gram = direction_variances(outputs)
    assert gram.shape == (30,)
    np.testing.assert_allclose(gram, exact[:30], atol=1e-12)
    monkeypatch.setattr(structure, "LARGEST_COVARIANCE", 20)
    np.testing.assert_allclose(direction_variances(outputs), direction_variances(outputs[:20]), atol=1e-12)


@given(seed=st.integers(0, 999))
@settings(max_examples=25, deadline=None)
def test_directions_are_those_of_the_space_not_of_its_axes(seed):
    rng = np.random.default_rng(seed)
    outputs = rng.standard_normal((30, 4)) * [3, 1, 0.1, 0]
    turned = outputs @ rotation(rng, 4) + rng.standard_normal(4)
    np.testing.assert_allclose(direction_variances(turned), direction_variances(outputs), atol=1e-12)
    assert (direction_variances(turned) >= 0).all()
    order = rng.permutation(30)
    np.testing.assert_allclose(direction_variances(outputs[order]), direction_variances(outputs), atol=1e-12)


@pytest.mark.parametrize("live", [0, 1, 2])
def test_live_directions_of_a_table_network(live):
    rng = np.random.default_rng(2)
    codes = np.maximum(rng.standard_normal((2000, 2)), 0)
    codes[:, live:] = 0.8
    logits = (codes @ rng.standard_normal((2, 30)) + rng.standard_normal(30)).astype(np.float32)
    assert live_directions(logits, UNIFORM_VARIANCE) == live


def test_live_directions_refer_to_the_data():
    outputs = np.random.default_rng(3).standard_normal((500, 3)) * 0.1
    assert live_directions(outputs, 1.0) == 0
    assert live_directions(outputs, 0.01) == 3
    assert live_directions(outputs, 0.01, share=2.0) == 0
    constant = np.full((500, 3), 0.3, np.float32)
    constant[::2] = np.nextafter(np.float32(0.3), np.float32(1))
    assert live_directions(constant, 0.0) == 0


@pytest.mark.parametrize(("variance", "share", "message"), [(-1, 0.25, "feature_variance"), (1, 0, "share")])
def test_live_directions_refuse(variance, share, message):
    with pytest.raises(InvalidInputError, match=message):
        live_directions(np.zeros((3, 2)), float(variance), share=float(share))


@given(seed=st.integers(0, 999), scale=st.sampled_from([1e-150, 1e-3, 1.0, 1e150]), size=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_effective_code_size_is_bounded_and_invariant(seed, scale, size):
    rng = np.random.default_rng(seed)
    codes = rng.standard_normal((40, size)) * rng.uniform(0.1, 2, size)
    found = effective_code_size(codes)
    assert 1 - 1e-12 <= found <= size + 1e-12
    assert effective_code_size(scale * codes) == pytest.approx(found)
    assert effective_code_size(codes @ rotation(rng, size)) == pytest.approx(found)


def test_effective_code_size_of_equal_and_of_constant_units():
    codes = np.random.default_rng(4).standard_normal((50_000, 4))
    assert effective_code_size(codes) == pytest.approx(4, abs=0.01)
    assert effective_code_size(codes[:, :1] @ np.ones((1, 4))) == pytest.approx(1)
    assert effective_code_size(np.full((7, 4), 0.1)) == 0.0
    assert effective_code_size(np.zeros((7, 4), np.float32)) == 0.0


def test_r_squared_agrees_with_scikit_learn():
    from sklearn.metrics import r2_score

    samples = np.random.default_rng(5).random((100, 6)) * np.arange(1, 7)
    rebuilt = samples + 0.3 * np.random.default_rng(6).standard_normal((100, 6))
    expected = r2_score(samples, rebuilt, multioutput="variance_weighted")
    assert r_squared(samples, rebuilt, samples.mean(axis=0)) == pytest.approx(expected, abs=1e-12)


def test_r_squared_at_its_marks():
    samples = np.random.default_rng(7).random((50, 3))
    mean = samples.mean(axis=0)
    assert r_squared(samples, samples, mean) == 1.0
    assert r_squared(samples, np.tile(mean, (50, 1)), mean) == pytest.approx(0)
    assert r_squared(samples, samples + 10, mean) < 0
    constant = np.ones((4, 3))
    assert r_squared(constant, constant, np.ones(3)) == 1.0
    assert r_squared(constant, constant + 1, np.ones(3)) == 0.0


@pytest.mark.usefixtures("unchecked_shapes")
def test_r_squared_refuses_a_mean_sample_of_other_features():
    with pytest.raises(InvalidInputError, match="mean_sample must have one number a feature"):
        r_squared(np.zeros((4, 3)), np.zeros((4, 3)), np.zeros(2))
