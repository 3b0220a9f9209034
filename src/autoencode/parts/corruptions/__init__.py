"""What is done to a sample before it is encoded in training. One file a corruption, by name in `registry`."""

from autoencode.lazy_names import find_lazily
from autoencode.parts.corruptions.by_step import StepCorruption
from autoencode.parts.corruptions.corruption import Corruption
from autoencode.parts.corruptions.space import SampleSpace
from autoencode.registry import CORRUPTIONS

__all__ = ["CORRUPTIONS", "Corruption", "SampleSpace", "StepCorruption"]

__getattr__ = find_lazily(__name__, CORRUPTIONS.homes)
