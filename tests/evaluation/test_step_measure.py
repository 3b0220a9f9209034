from __future__ import annotations

import numpy as np
import pytest

from autoencode.evaluation import MEASURES, errors, step_measure


def draw(steps: int = 5, features: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    exists = np.arange(steps) < np.array([5, 1, 3, 4])[:, None]
    values = np.where(exists[..., None], generator.random((4, steps, features)), 0)
    rebuilt = generator.random((4, steps, features + 1))
    return np.concatenate([values, exists[..., None]], axis=2).reshape(4, -1), rebuilt.reshape(4, -1), exists


@pytest.mark.parametrize("name", sorted(set(MEASURES) - {"categorical_cross_entropy"}))
def test_it_is_the_measure_of_the_steps_that_exist(name: str) -> None:
    samples, rebuilt, exists = draw()
    measure = step_measure(MEASURES[name], 3)
    assert (measure.name, measure.unit) == (name, MEASURES[name].unit)
    truth, guess = (array.reshape(4, 5, -1)[..., :-1] for array in (samples, rebuilt))
    alone = [(truth[row][exists[row]], guess[row][exists[row]]) for row in range(4)]
    flat = [errors(x.reshape(1, -1), z.reshape(1, -1), measure=name)[0] for x, z in alone]
    np.testing.assert_allclose(errors(samples, rebuilt, measure=measure), flat)
    if MEASURES[name].reduction == "mean":
        by_feature = [errors(x, z, measure=name, per="feature") for x, z in alone]
        np.testing.assert_allclose(
            errors(samples, rebuilt, measure=measure, per="feature"), np.mean(by_feature, axis=0)
        )


def test_what_is_rebuilt_beyond_the_end_costs_nothing() -> None:
    samples, rebuilt, exists = draw()
    other = rebuilt.reshape(4, 5, -1).copy()
    other[~exists] = 7
    measure = step_measure(MEASURES["squared_error"], 3)
    np.testing.assert_array_equal(
        errors(samples, other.reshape(4, -1), measure=measure), errors(samples, rebuilt, measure=measure)
    )
