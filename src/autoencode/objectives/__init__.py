"""What "good" means: losses per sample, never reduced over the batch."""

from autoencode.objectives.reconstruction import LOSSES, Loss, binary_cross_entropy, find_loss, squared_error

__all__ = ["LOSSES", "Loss", "binary_cross_entropy", "find_loss", "squared_error"]
