"""Activation functions, each in one place with all of its forms: NumPy, JAX, ONNX and the page's script.

Importing them does not import JAX.
"""

from autoencode.parts.activations.activation import Activation, find_forms, name_activation
from autoencode.parts.activations.by_column import ColumnActivation
from autoencode.parts.activations.by_step import StepActivation

__all__ = ["Activation", "ColumnActivation", "StepActivation", "find_forms", "name_activation"]
