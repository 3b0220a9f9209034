"""What "good" means: losses per sample, never reduced over the batch, and terms that are added to them."""

from autoencode.objectives.by_column import ColumnLoss, column_loss
from autoencode.objectives.by_step import StepLoss, step_loss
from autoencode.objectives.coded_batch import CodedBatch
from autoencode.objectives.contractive import Contractive
from autoencode.objectives.kl_sparsity import KLSparsity
from autoencode.objectives.l1 import L1
from autoencode.objectives.mmd import MMD
from autoencode.objectives.reconstruction import (
    LOSSES,
    Loss,
    absolute_error,
    binary_cross_entropy,
    categorical_cross_entropy,
    find_loss,
    huber,
    squared_error,
)
from autoencode.objectives.term import Term

__all__ = [
    "L1",
    "LOSSES",
    "MMD",
    "TERMS",
    "CodedBatch",
    "ColumnLoss",
    "Contractive",
    "KLSparsity",
    "Loss",
    "StepLoss",
    "Term",
    "absolute_error",
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "column_loss",
    "find_loss",
    "huber",
    "squared_error",
    "step_loss",
]

TERMS: dict[str, type[Term]] = {"l1": L1, "kl_sparsity": KLSparsity, "contractive": Contractive, "mmd": MMD}
"""Every term by name."""
