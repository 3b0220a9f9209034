"""Samples to float32 features and back: fitted, invertible."""

from autoencode.features.scaling import SCALINGS, Scaling, choose_scaling, fit_scaling
from autoencode.features.table_encoder import ColumnDescription, TableEncoder

__all__ = ["SCALINGS", "ColumnDescription", "Scaling", "TableEncoder", "choose_scaling", "fit_scaling"]
