"""The same figures for a page: ``plot_x(dataclass)`` gives a Bokeh plot that one can enlarge, point at and select in.

Importing this folder imports no Bokeh, and no plot needs a script of its own.
"""

from __future__ import annotations

from autoencode.figures.interactive.appearance import new_plot
from autoencode.figures.interactive.code_map import plot_code_map
from autoencode.figures.interactive.code_units import plot_code_units
from autoencode.figures.interactive.codebook_use import plot_codebook_use
from autoencode.figures.interactive.detection_curve import plot_detection_curve
from autoencode.figures.interactive.error_histogram import plot_error_histogram
from autoencode.figures.interactive.feature_errors import plot_feature_bars, plot_feature_heat_map
from autoencode.figures.interactive.learning_curve import plot_learning_curve
from autoencode.figures.interactive.paired_differences import plot_paired_differences
from autoencode.figures.interactive.restart_losses import plot_restart_losses
from autoencode.figures.interactive.sample_histogram import plot_sample_histogram
from autoencode.figures.interactive.score_histogram import plot_score_histogram

__all__ = [
    "new_plot",
    "plot_code_map",
    "plot_code_units",
    "plot_codebook_use",
    "plot_detection_curve",
    "plot_error_histogram",
    "plot_feature_bars",
    "plot_feature_heat_map",
    "plot_learning_curve",
    "plot_paired_differences",
    "plot_restart_losses",
    "plot_sample_histogram",
    "plot_score_histogram",
]
