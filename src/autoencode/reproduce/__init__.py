"""Published figures beside ours."""

from autoencode.reproduce.best_of_32 import PLAN as BEST_PLAN
from autoencode.reproduce.best_of_32 import BestOf32, train_best_of_32
from autoencode.reproduce.experiments import Plan
from autoencode.reproduce.fun_with_autoencoders import Reproduction, reproduce
from autoencode.reproduce.page import WITHOUT_MNIST, row_cells
from autoencode.reproduce.place import Keeping

__all__ = [
    "BEST_PLAN",
    "WITHOUT_MNIST",
    "BestOf32",
    "Keeping",
    "Plan",
    "Reproduction",
    "reproduce",
    "row_cells",
    "train_best_of_32",
]
