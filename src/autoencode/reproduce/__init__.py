"""Published figures beside ours."""

from autoencode.reproduce.experiments import Plan
from autoencode.reproduce.fun_with_autoencoders import Reproduction, reproduce
from autoencode.reproduce.page import row_cells

__all__ = ["Plan", "Reproduction", "reproduce", "row_cells"]
