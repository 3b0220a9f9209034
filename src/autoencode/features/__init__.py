"""Samples to float32 features and back: fitted, invertible."""

from autoencode.features.scaling import SCALINGS, Scaling, choose_scaling, find_deviations, fit_scaling
from autoencode.features.step_scaling import StepScaling, fit_step_scaling, pick_steps
from autoencode.features.table_encoder import ColumnDescription, TableEncoder

__all__ = [
    "SCALINGS",
    "ColumnDescription",
    "Scaling",
    "StepScaling",
    "TableEncoder",
    "choose_scaling",
    "find_deviations",
    "fit_scaling",
    "fit_step_scaling",
    "pick_steps",
]
