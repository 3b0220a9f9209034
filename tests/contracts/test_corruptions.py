"""Every registered corruption obeys the laws of a corruption."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.parts.corruptions import CORRUPTIONS, SampleSpace

NAMES = sorted(CORRUPTIONS)
SPACES = {
    "flat": SampleSpace((12,), -1.0, 2.0),
    "image": SampleSpace((6, 5), 0.0, 1.0),
    "colour": SampleSpace((4, 4, 3), 0.0, 1.0),
}
every_corruption = pytest.mark.parametrize("name", NAMES)
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=list(SPACES))


def draw(space: SampleSpace, rows: int = 7) -> tuple[jax.Array, jax.Array]:
    """Samples within the space, none at its ends or 0, and a key for each."""
    shape = (rows, int(np.prod(space.shape)))
    samples = np.random.default_rng(0).uniform(space.low + 0.1, space.high - 0.1, shape)
    return jnp.asarray(samples, jnp.float32), jax.random.split(jax.random.key(0), rows)


def test_there_are_corruptions() -> None:
    assert len(NAMES) >= 3


@every_corruption
@every_space
def test_samples_of_a_batch_are_corrupted_as_if_alone(name: str, space: SampleSpace) -> None:
    corruption = CORRUPTIONS[name]()
    corruption.check(space)
    samples, keys = draw(space)
    together = jax.jit(jax.vmap(lambda sample, key: corruption(sample, key, space)))(samples, keys)
    assert together.shape == samples.shape
    assert together.dtype == jnp.float32
    assert np.isfinite(together).all()
    for row in range(len(samples)):
        np.testing.assert_allclose(corruption(samples[row], keys[row], space), together[row], rtol=1e-6, atol=1e-7)


@every_corruption
@every_space
def test_same_key_same_bits_and_another_key_other_bits(name: str, space: SampleSpace) -> None:
    corruption = CORRUPTIONS[name]()
    (sample, *_), (key, other, *_) = draw(space)
    first = np.asarray(corruption(sample, key, space))
    np.testing.assert_array_equal(corruption(sample, key, space), first)
    assert not np.array_equal(corruption(sample, other, space), first)


@every_corruption
def test_samples_of_a_batch_are_corrupted_differently(name: str) -> None:
    space = SPACES["image"]
    samples, keys = draw(space)
    alike = jnp.broadcast_to(samples[0], samples.shape)
    corrupted = np.asarray(jax.vmap(lambda sample, key: CORRUPTIONS[name]()(sample, key, space))(alike, keys))
    assert len(np.unique(corrupted, axis=0)) == len(samples)


@every_corruption
def test_nothing_of_it_changes_nothing(name: str) -> None:
    (setting, *_) = dataclasses.fields(CORRUPTIONS[name])
    samples, keys = draw(SPACES["flat"])
    untouched = CORRUPTIONS[name](**{setting.name: 0})(samples[0], keys[0], SPACES["flat"])
    np.testing.assert_array_equal(untouched, samples[0])


@every_corruption
@pytest.mark.parametrize(
    "bad",
    [-0.1, float("nan"), float("inf"), 10**400, "1", None, True],
    ids=["negative", "nan", "infinite", "huge", "text", "none", "flag"],
)
def test_what_is_no_number_is_refused(name: str, bad: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    (setting, *_) = dataclasses.fields(CORRUPTIONS[name])
    with pytest.raises(InvalidInputError, match=f"corruption: {setting.name} must be a number from"):
        CORRUPTIONS[name](**{setting.name: bad})


@every_corruption
def test_equal_corruptions_share_a_program(name: str) -> None:
    assert CORRUPTIONS[name]() == CORRUPTIONS[name]()
    assert hash(CORRUPTIONS[name]()) == hash(CORRUPTIONS[name]())
