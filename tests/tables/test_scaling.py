from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autoencode.exceptions import InvalidInputError
from autoencode.tables import SCALINGS, Scaling, choose_scaling, fit_scaling

KINDS = sorted(SCALINGS)
FLOAT32_ROUNDING = 2.0**-23
# Not so small that they vanish beside others.
numbers = st.floats(-1e6, 1e6, width=32).map(lambda number: number if abs(number) > 1e-30 else 0.0)
samples_64 = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8), elements=numbers)


def test_there_are_scalings() -> None:
    assert KINDS == ["global_minmax", "minmax", "none", "standard"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(samples=samples_64)
def test_inverse_undoes_it_within_rounding(kind: str, samples: np.ndarray) -> None:
    scaling = fit_scaling(samples, kind)
    scaled = scaling.apply(samples)
    assert scaled.dtype == np.float32
    assert scaled.shape == samples.shape
    back = scaling.invert(scaled)
    # One rounding of the scaled value to float32, in the feature's own units, and float64 noise beside it.
    tolerance = FLOAT32_ROUNDING * np.abs(scaled) * scaling.scale + 1e-12 * np.abs(samples).max() + 1e-44
    assert (np.abs(back - samples) <= tolerance).all()


@settings(max_examples=40, deadline=None)
@given(samples=samples_64)
def test_standard_gives_mean_0_and_deviation_1(samples: np.ndarray) -> None:
    scaled = fit_scaling(samples, "standard").apply(samples).astype(np.float64)
    varies = samples.std(axis=0) > 1e-9 * (1 + np.abs(samples).max(axis=0))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0)[varies], 1, rtol=1e-5)


@pytest.mark.parametrize("kind", ["minmax", "global_minmax"])
@settings(max_examples=40, deadline=None)
@given(samples=samples_64)
def test_minmax_lies_in_the_unit_interval_exactly(kind: str, samples: np.ndarray) -> None:
    scaled = fit_scaling(samples, kind).apply(samples)
    assert scaled.min() >= 0
    assert scaled.max() <= 1
    axis = 0 if kind == "minmax" else None
    varies = samples.max(axis=axis) > samples.min(axis=axis)
    assert (scaled.min(axis=axis) == 0).all()
    assert (scaled.max(axis=axis) == varies).all()


def test_global_minmax_keeps_proportions() -> None:
    samples = np.array([[0.0, 100.0], [50.0, 200.0]])
    assert fit_scaling(samples, "global_minmax").apply(samples).tolist() == [[0.0, 0.5], [0.25, 1.0]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("constant", [0.0, 7.0, 0.1, -1e30])
def test_constant_column_stays_finite_and_comes_back(kind: str, constant: float) -> None:
    samples = np.stack([np.full(5, constant), np.arange(5.0)], axis=1)
    scaling = fit_scaling(samples, kind)
    assert (scaling.scale > 0).all()
    scaled = scaling.apply(samples)
    assert np.isfinite(scaled).all()
    np.testing.assert_allclose(scaling.invert(scaled)[:, 0], constant, rtol=1e-6)


@pytest.mark.parametrize("kind", ["standard", "minmax", "global_minmax"])
def test_constant_column_of_another_value_later_is_seen(kind: str) -> None:
    scaling = fit_scaling(np.full((4, 1), 3.0), kind)
    assert scaling.invert(scaling.apply(np.array([[5.0]]))).item() == pytest.approx(5.0)


@pytest.mark.parametrize("kind", ["standard", "minmax", "global_minmax"])
def test_values_beyond_float32_are_scaled(kind: str) -> None:
    samples = np.array([[1e100], [2e100], [4e100]])
    scaling = fit_scaling(samples, kind)
    np.testing.assert_allclose(scaling.invert(scaling.apply(samples)), samples, rtol=1e-6)


def test_values_beyond_float32_are_refused_where_there_is_no_scaling() -> None:
    samples = np.array([[1.0, 2.0], [3.0, 1e100]])
    with pytest.raises(InvalidInputError, match=r"too large for float32 .*'none'.* sample 1, feature 1 \(1e\+100\)"):
        fit_scaling(samples, "none").apply(samples)


def test_later_values_too_far_out_are_refused() -> None:
    scaling = fit_scaling(np.array([[0.0], [1e-30]]), "minmax")
    with pytest.raises(InvalidInputError, match="too large for float32"):
        scaling.apply(np.array([[1e30]]))


def test_blocks_change_no_bit_and_count_among_all_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(0).normal(3, 5, size=(50, 3))
    scaling = fit_scaling(samples, "standard")
    whole = scaling.apply(samples)
    monkeypatch.setattr("autoencode.tables.scaling.BLOCK_NUMBERS", 21)
    np.testing.assert_array_equal(scaling.apply(samples), whole)
    samples[[44, 40], [0, 2]] = 1e200
    with pytest.raises(InvalidInputError, match=r"sample 40, feature 2 \(1e\+200\)"):
        scaling.apply(samples)


def test_standard_is_not_advised_where_it_is_in_use() -> None:
    scaling = fit_scaling(np.array([[0.0], [1e-30]]), "standard")
    with pytest.raises(InvalidInputError, match=r"rescale that feature\.") as caught:
        scaling.apply(np.array([[1e30]]))
    assert "use scaling" not in str(caught.value)


@pytest.mark.parametrize("kind", ["standard", "minmax", "global_minmax"])
def test_spread_beyond_float64_is_refused(kind: str) -> None:
    samples = np.array([[0.0, -1.7e308], [1.0, 1.7e308]])
    with pytest.raises(InvalidInputError, match=r"feature [01] of X spreads too far for float64"):
        fit_scaling(samples, kind)


@pytest.mark.parametrize("kind", ["standard", "minmax"])
@settings(max_examples=60, deadline=None)
@given(exponent=st.integers(-300, 300), column=st.sampled_from([0, 1, ...]), seed=st.integers(0, 99))
def test_units_do_not_matter_or_are_refused(kind: str, exponent: int, column: object, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(1, 2, (30, 3))
    plain = fit_scaling(samples, kind).apply(samples)
    samples[:, column] *= 10.0**exponent  # type: ignore[index]
    if abs(exponent) > 115:
        with pytest.raises(InvalidInputError, match=r"feature [01] of X spreads too (far|little) for float64"):
            fit_scaling(samples, kind)
    elif abs(exponent) < 105:
        scaled = fit_scaling(samples, kind).apply(samples)
        np.testing.assert_allclose(scaled, plain, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("exponent", [-300, -200, -100, -45])
@pytest.mark.parametrize("kind", ["none", "global_minmax"])
def test_what_would_vanish_is_refused(kind: str, exponent: int) -> None:
    samples = np.random.default_rng(0).normal(size=(20, 3))
    samples[:, 2] *= 10.0**exponent
    with pytest.raises(
        InvalidInputError, match=rf"feature 2 of X vanishes in float32 after scaling='{kind}'.*standard"
    ):
        fit_scaling(samples, kind)
    samples[:, 2] = 10.0**exponent  # a constant is no loss
    fit_scaling(samples, kind)


@pytest.mark.parametrize("noise", [1.0, 10.0, 1e4])
def test_small_noise_beside_a_large_mean_is_no_constant(noise: float) -> None:
    samples = 1e15 + noise * np.random.default_rng(0).integers(-9, 9, (400, 1)).astype(np.float64)
    scaled = fit_scaling(samples, "standard").apply(samples)
    assert scaled.std() == pytest.approx(1, rel=1e-3)
    assert abs(scaled.mean()) < 0.03  # of a mean of 1e15, float64 has no digits below 1/8


def test_rounding_of_a_constant_is_no_feature() -> None:
    samples = np.full((100, 1), 0.1)
    samples[::2] = np.nextafter(0.1, 1)
    assert fit_scaling(samples, "standard").scale.tolist() == [1.0]


def test_no_scaling_copies_nothing_of_float32() -> None:
    samples = np.ones((3, 2), np.float32)
    scaling = fit_scaling(samples, "none")
    assert scaling.apply(samples) is samples
    assert scaling.invert(samples) is samples


@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_left_as_they_were(kind: str) -> None:
    samples = np.random.default_rng(0).normal(size=(6, 3))
    before = samples.copy()
    fit_scaling(samples, kind).apply(samples)
    np.testing.assert_array_equal(samples, before)


def test_float32_and_float64_samples_fit_alike() -> None:
    samples = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    for kind in KINDS:
        ours, wide = fit_scaling(samples, kind), fit_scaling(samples.astype(np.float64), kind)
        np.testing.assert_array_equal(ours.offset, wide.offset)
        np.testing.assert_array_equal(ours.scale, wide.scale)
        assert ours.offset.dtype == ours.scale.dtype == np.float64


@pytest.mark.parametrize("kind", ["", "standrd", "auto", "MINMAX"])
def test_unknown_kind_is_refused_with_the_known_ones(kind: str) -> None:
    with pytest.raises(InvalidInputError, match=f"got '{kind}'") as caught:
        fit_scaling(np.ones((2, 2)), kind)
    assert all(known in str(caught.value) for known in KINDS)


@pytest.mark.parametrize(
    ("lowest", "highest", "image", "unit_interval", "expected"),
    [
        (0.0, 1.0, False, False, "none"),
        (0.0, 1.0, True, True, "none"),
        (0.25, 0.5, False, True, "none"),
        (0.0, 255.0, True, False, "global_minmax"),
        (0.0, 255.0, True, True, "global_minmax"),
        (0.0, 16.0, False, True, "minmax"),
        (0.0, 16.0, False, False, "standard"),
        (-0.001, 1.0, False, False, "standard"),
        (-0.001, 1.0, False, True, "minmax"),
        (0.0, 1.0001, False, False, "standard"),
    ],
)
def test_choice(lowest: float, highest: float, image: bool, unit_interval: bool, expected: str) -> None:
    samples = np.array([[lowest, highest]])
    assert choose_scaling(samples, image=image, unit_interval=unit_interval) == expected


@settings(max_examples=40, deadline=None)
@given(samples=samples_64, image=st.booleans())
def test_choice_for_a_loss_that_needs_the_unit_interval_gives_it(samples: np.ndarray, image: bool) -> None:
    kind = choose_scaling(samples, image=image, unit_interval=True)
    scaled = fit_scaling(samples, kind).apply(samples)
    assert scaled.min() >= 0
    assert scaled.max() <= 1


def test_scaling_is_a_value_that_does_not_change() -> None:
    scaling = Scaling("none", np.zeros(1), np.ones(1))
    with pytest.raises(AttributeError):
        scaling.kind = "minmax"  # type: ignore[misc]
