"""What "good" means: losses per sample, never reduced over the batch."""

from autoencode.objectives.by_column import ColumnLoss, column_loss
from autoencode.objectives.reconstruction import LOSSES, Loss, binary_cross_entropy, find_loss, squared_error

__all__ = ["LOSSES", "ColumnLoss", "Loss", "binary_cross_entropy", "column_loss", "find_loss", "squared_error"]
