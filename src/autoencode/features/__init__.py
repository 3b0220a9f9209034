"""Samples to float32 features and back: fitted, invertible."""

from autoencode.features.scaling import SCALINGS, Scaling, choose_scaling, fit_scaling

__all__ = ["SCALINGS", "Scaling", "choose_scaling", "fit_scaling"]
