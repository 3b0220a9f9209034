"""What each corruption does, counted over many keys."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.parts.corruptions import Corruption, GaussianNoise, Masking, SaltAndPepper, SampleSpace

FLAT = SampleSpace((40,), -2.0, 3.0)


def corrupt(corruption: Corruption, space: SampleSpace, rows: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Return samples of one number, 0.5, and their corrupted copies."""
    samples = jnp.full((rows, int(np.prod(space.shape))), 0.5)
    keys = jax.random.split(jax.random.key(1), rows)
    changed = jax.jit(jax.vmap(lambda sample, key: corruption(sample, key, space)))(samples, keys)
    return np.asarray(samples), np.asarray(changed)


def test_noise_has_its_deviation_and_no_mean() -> None:
    samples, changed = corrupt(GaussianNoise(deviation=0.7), FLAT)
    noise = changed - samples
    assert abs(noise.mean()) < 4 * 0.7 / np.sqrt(noise.size)
    assert noise.std() == pytest.approx(0.7, rel=0.02)
    assert np.abs(noise).max() > 2  # beyond the ends of the space


@pytest.mark.parametrize("share", [0.0, 0.1, 0.6, 1.0])
def test_salt_and_pepper_come_as_often_as_told(share: float) -> None:
    _, changed = corrupt(SaltAndPepper(share=share), FLAT)
    assert set(np.unique(changed)) <= {-2.0, 0.5, 3.0}
    for end in (-2.0, 3.0):
        assert (changed == end).mean() == pytest.approx(share / 2, abs=0.015)
    assert (changed != 0.5).mean() == pytest.approx(share, abs=0.015)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.8, 1.0])
@pytest.mark.parametrize(("shape", "patch"), [((40,), 0), ((6, 7), 0), ((6, 6, 3), 2), ((20, 3), (5, 0)), ((40,), 4)])
def test_masked_share_is_as_told(shape: tuple[int, ...], patch: int | tuple[int, ...], share: float) -> None:
    _, changed = corrupt(Masking(share=share, patch=patch), SampleSpace(shape, 0.0, 1.0))
    assert set(np.unique(changed)) <= {0.0, 0.5}
    assert (changed == 0).mean() == pytest.approx(share, abs=0.04)


def test_single_features_are_masked_on_their_own() -> None:
    _, changed = corrupt(Masking(), FLAT, rows=4000)
    together = np.corrcoef((changed == 0).T) - np.eye(40)
    assert np.abs(together).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize(("shape", "patch"), [((6, 5), 2), ((5, 7), 3), ((4, 4), 4), ((6, 4, 3), 2), ((5, 5, 1), 5)])
def test_patches_are_whole_squares_of_all_channels(shape: tuple[int, ...], patch: int) -> None:
    space, corruption = SampleSpace(shape, 0.0, 1.0), Masking(patch=patch)
    corruption.check(space)
    _, changed = corrupt(corruption, space, rows=20)
    height, width, *_ = shape
    masked = (changed == 0).reshape(20, height, width, -1)
    for top in range(0, height, patch):
        for left in range(0, width, patch):
            square = masked[:, top : top + patch, left : left + patch].reshape(20, -1)
            assert (square.all(axis=1) | ~square.any(axis=1)).all()
    assert masked.any()
    assert not masked.all()


def test_runs_of_steps_of_a_sequence() -> None:
    _, changed = corrupt(Masking(patch=(4, 0)), SampleSpace((10, 3), 0.0, 1.0), rows=50)
    masked = (changed == 0).reshape(50, 10, 3)
    assert (masked == masked[:, :, :1]).all()
    for start in (0, 4, 8):
        run = masked[:, start : start + 4, 0]
        assert (run.all(axis=1) | ~run.any(axis=1)).all()
    assert (masked[:, 3, 0] != masked[:, 4, 0]).any()


@pytest.mark.parametrize("bad", [-1, 1.5, "4", None, True, (), (2, -1), (2, 0.5), [2]], ids=str)
def test_what_is_no_patch_is_refused(bad: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(InvalidInputError, match="corruption: patch must be a whole number"):
        Masking(patch=bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(("shape", "patch"), [((10,), 11), ((10,), (2, 2)), ((4, 4, 3), 5), ((20, 3), (21, 0))])
def test_patches_that_do_not_fit_are_refused(shape: tuple[int, ...], patch: int | tuple[int, ...]) -> None:
    with pytest.raises(InvalidInputError, match="does not fit samples of shape"):
        Masking(patch=patch).check(SampleSpace(shape, 0.0, 1.0))
