"""What is done to a sample before it is encoded in training: noise, and missing parts. One file a corruption."""

from autoencode.corruptions.by_step import StepCorruption
from autoencode.corruptions.corruption import Corruption
from autoencode.corruptions.gaussian_noise import GaussianNoise
from autoencode.corruptions.masking import Masking
from autoencode.corruptions.salt_and_pepper import SaltAndPepper
from autoencode.corruptions.space import SampleSpace

__all__ = ["CORRUPTIONS", "Corruption", "GaussianNoise", "Masking", "SaltAndPepper", "SampleSpace", "StepCorruption"]

CORRUPTIONS: dict[str, type[Corruption]] = {
    "gaussian_noise": GaussianNoise,
    "salt_and_pepper": SaltAndPepper,
    "masking": Masking,
}
"""Every corruption by name."""
