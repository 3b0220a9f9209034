"""Figures: each computes its numbers once, as plain NumPy, and then draws them.

``compute_x(...)`` gives a frozen dataclass, ``draw_x(dataclass)`` a matplotlib figure that belongs to no window, and
``draw_x_on(axes, dataclass)`` draws the same inside a larger figure. Importing this folder imports no matplotlib.
"""

from __future__ import annotations

from autoencode.figures.error_histogram import (
    ErrorHistogram,
    compute_error_histogram,
    draw_error_histogram,
    draw_error_histogram_on,
)
from autoencode.figures.learning_curve import (
    LearningCurve,
    compute_learning_curve,
    draw_learning_curve,
    draw_learning_curve_on,
)
from autoencode.figures.overview import Overview, Panel, draw_overview
from autoencode.figures.palette import png_bytes, save_figure
from autoencode.figures.reconstruction_strip import (
    ReconstructionStrip,
    compute_reconstruction_strip,
    draw_reconstruction_strip,
    draw_reconstruction_strip_on,
)
from autoencode.figures.reference_line import ReferenceLine
from autoencode.figures.restart_losses import (
    RestartLosses,
    compute_restart_losses,
    draw_restart_losses,
    draw_restart_losses_on,
)
from autoencode.figures.signed_histogram import (
    SignedHistogram,
    SignedSums,
    compute_signed_histogram,
    draw_signed_histogram,
    draw_signed_histogram_on,
)

__all__ = [
    "ErrorHistogram",
    "LearningCurve",
    "Overview",
    "Panel",
    "ReconstructionStrip",
    "ReferenceLine",
    "RestartLosses",
    "SignedHistogram",
    "SignedSums",
    "compute_error_histogram",
    "compute_learning_curve",
    "compute_reconstruction_strip",
    "compute_restart_losses",
    "compute_signed_histogram",
    "draw_error_histogram",
    "draw_error_histogram_on",
    "draw_learning_curve",
    "draw_learning_curve_on",
    "draw_overview",
    "draw_reconstruction_strip",
    "draw_reconstruction_strip_on",
    "draw_restart_losses",
    "draw_restart_losses_on",
    "draw_signed_histogram",
    "draw_signed_histogram_on",
    "png_bytes",
    "save_figure",
]
