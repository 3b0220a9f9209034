from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.parts.corruptions import GaussianNoise, Masking, SampleSpace, StepCorruption

SPACE = SampleSpace((4, 2), 0.0, 1.0)


def test_ends_stay_and_the_rest_is_corrupted_as_by_the_other() -> None:
    exists = jnp.array([1.0, 1, 1, 0])[:, None]
    features = jnp.arange(1.0, 9).reshape(4, 2) * exists
    key, noise = jax.random.key(0), GaussianNoise(deviation=0.5)
    flat = jnp.concatenate([features, exists], axis=1).reshape(-1)
    corrupted = np.asarray(StepCorruption(noise, 2)(flat, key, SPACE)).reshape(4, 3)
    np.testing.assert_array_equal(corrupted[:, 2], exists[:, 0])
    expected = noise(features.reshape(-1), key, SPACE).reshape(4, 2)
    np.testing.assert_array_equal(corrupted[:, :2], np.where(exists > 0, expected, 0))


def test_the_other_is_checked() -> None:
    StepCorruption(Masking(patch=(2, 0)), 2).check(SPACE)
    with pytest.raises(InvalidInputError, match="patch"):
        StepCorruption(Masking(patch=(5, 0)), 2).check(SPACE)
