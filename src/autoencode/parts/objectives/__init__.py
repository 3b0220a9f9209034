"""What "good" means: losses per sample, never reduced over the batch, and terms that are added to them."""

from autoencode.lazy_names import find_lazily
from autoencode.parts.losses import LOSSES, Loss, find_loss
from autoencode.parts.objectives.by_column import ColumnLoss, column_loss
from autoencode.parts.objectives.by_step import StepLoss, step_loss
from autoencode.parts.objectives.coded_batch import CodedBatch
from autoencode.parts.objectives.term import Term
from autoencode.registry import TERMS

__all__ = [
    "LOSSES",
    "TERMS",
    "CodedBatch",
    "ColumnLoss",
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

squared_error, absolute_error, huber, binary_cross_entropy, categorical_cross_entropy = (
    LOSSES[name].function
    for name in ("squared_error", "absolute_error", "huber", "binary_cross_entropy", "categorical_cross_entropy")
)

__getattr__ = find_lazily(__name__, TERMS.homes)
