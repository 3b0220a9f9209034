"""Losses and measures, one file each with all of its forms: JAX for training, NumPy in float64. Without JAX."""

from autoencode.parts.losses.differences import OfDifferences
from autoencode.parts.losses.loss import Loss, find_loss
from autoencode.registry import LOSSES

__all__ = ["LOSSES", "Loss", "OfDifferences", "find_loss"]
