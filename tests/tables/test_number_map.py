from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from autoencode.exceptions import InvalidInputError
from autoencode.tables import number_map
from autoencode.tables.number_map import (
    MOST_KNOTS,
    NUMERIC_SCALINGS,
    QuantileMap,
    StandardMap,
    draw_places,
    fit_number_map,
    restore_number_map,
)

numbers = arrays(np.float64, st.integers(2, 40), elements=st.floats(-1e9, 1e9)).filter(lambda x: np.ptp(x) > 1e-3)
scalings = st.sampled_from(sorted(NUMERIC_SCALINGS))


@settings(max_examples=50, deadline=None)
@given(numbers, scalings)
def test_inverse_undoes_the_map_inside_and_outside_of_training(values: np.ndarray, scaling: str) -> None:
    number_map = fit_number_map("c", values, scaling)
    reach = np.ptp(values)
    points = np.concatenate([values, values.min() - reach * np.arange(1, 4), values.max() + reach * np.arange(1, 4)])
    np.testing.assert_allclose(number_map.invert(number_map.apply(points)), points, rtol=1e-9, atol=1e-9 * reach)
    scores = np.linspace(-5, 5, 101)
    assert (np.diff(number_map.apply(np.sort(points))) >= 0).all()
    # Two knots may lie closer than float64 tells the numbers between them apart.
    assert (np.diff(number_map.invert(scores)) >= 0).all()


@settings(max_examples=30, deadline=None)
@given(numbers, scalings)
def test_as_json_and_back_it_is_the_same_to_the_bit(values: np.ndarray, scaling: str) -> None:
    number_map = fit_number_map("c", values, scaling)
    restored = restore_number_map(json.loads(json.dumps(number_map.to_dict(), allow_nan=False)))
    np.testing.assert_array_equal(restored.apply(values), number_map.apply(values))
    assert restored.describe() == number_map.describe()


@settings(max_examples=30, deadline=None)
@given(numbers)
def test_standard_scores_have_mean_0_and_deviation_1(values: np.ndarray) -> None:
    number_map = fit_number_map("c", values, "standard")
    assert isinstance(number_map, StandardMap)
    assert number_map.offset == pytest.approx(values.mean(), rel=1e-9, abs=1e-9 * np.ptp(values))
    assert number_map.scale == pytest.approx(values.std(), rel=1e-9)


@pytest.mark.parametrize("rows", [500, 20_000])
def test_quantile_scores_of_a_long_tail_are_normal(rows: int) -> None:
    values = np.random.default_rng(0).lognormal(sigma=3, size=rows)
    number_map = fit_number_map("c", values, "quantile")
    assert isinstance(number_map, QuantileMap)
    assert len(number_map.knots) <= MOST_KNOTS
    scores = number_map.apply(values)
    assert abs(scores.mean()) < 0.02
    assert scores.std() == pytest.approx(1, abs=0.05)
    shares = np.quantile(scores, [0.025, 0.5, 0.975])
    np.testing.assert_allclose(shares, [-1.96, 0, 1.96], atol=0.1)


def test_quantiles_of_many_numbers_are_those_of_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    values, weights = np.random.default_rng(0).lognormal(sigma=2, size=(2, 5001))
    whole = fit_number_map("c", values, "quantile", weights)
    monkeypatch.setattr(number_map, "MOST_RANKED", 5001)
    assert fit_number_map("c", values, "quantile", weights).to_dict() == whole.to_dict()
    monkeypatch.setattr(number_map, "MOST_RANKED", 5000)
    sampled = fit_number_map("c", values, "quantile", weights)
    assert sampled.to_dict() != whole.to_dict()
    assert sampled.deviation == whole.deviation
    places = draw_places(5001, 5000)
    assert len(set(places.tolist())) == 5000
    some = fit_number_map("c", values[places], "quantile", weights[places])
    assert isinstance(some, QuantileMap)
    assert isinstance(sampled, QuantileMap)
    np.testing.assert_array_equal(sampled.knots, some.knots)


def test_values_that_tie_have_one_score_in_the_middle_of_their_share() -> None:
    number_map = fit_number_map("c", np.array([0.0] * 8 + [1.0, 2.0]), "quantile")
    assert number_map.apply(np.array([0.0]))[0] == pytest.approx(-0.2533, abs=1e-4)  # 40 % lie below


@pytest.mark.parametrize("scaling", sorted(NUMERIC_SCALINGS))
def test_values_that_are_all_equal_are_0(scaling: str) -> None:
    number_map = fit_number_map("c", np.full(3, 7.0), scaling)
    assert number_map.apply(np.full(2, 7.0)).tolist() == [0, 0]
    assert number_map.invert(np.zeros(1)).tolist() == [7]


@pytest.mark.parametrize("values", [[1e300, 1.0, 0.0], [0.0, 1e-200, 3e-200], [-8e307, 8e307, 0.0]])
def test_far_and_near_values_are_scaled_without_overflow(values: list[float]) -> None:
    number_map = fit_number_map("c", np.array(values), "standard")
    scores = number_map.apply(np.array(values))
    assert scores.std() == pytest.approx(1)
    np.testing.assert_allclose(number_map.invert(scores), values, atol=1e-15 * np.max(np.abs(values)))


@pytest.mark.parametrize("values", [[1e308, -1e308], [0.0, 1e-310]])
def test_what_float64_cannot_scale_is_refused(values: list[float]) -> None:
    with pytest.raises(InvalidInputError, match=r"column 'c' reaches from .* rescale it, or drop it"):
        fit_number_map("c", np.array(values), "standard")
