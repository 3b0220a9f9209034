"""Figures: each computes its numbers once, as plain NumPy, and then draws them.

``compute_x(...)`` gives a frozen dataclass, ``draw_x(dataclass)`` a matplotlib figure that belongs to no window, and
``draw_x_on``, where there is one, draws the same inside a larger figure. Importing this folder imports no matplotlib.
"""

from __future__ import annotations

from autoencode.figures.anomaly_strip import (
    AnomalyStrip,
    compute_anomaly_strip,
    draw_anomaly_strip,
)
from autoencode.figures.code_map import CodeMap, compute_code_map, draw_code_map
from autoencode.figures.code_size_curve import (
    CodeSizeCurves,
    compute_code_size_curves,
    draw_code_size_curves,
)
from autoencode.figures.code_units import CodeUnits, compute_code_units, draw_code_units
from autoencode.figures.codebook_use import (
    CodebookUse,
    compute_codebook_use,
    draw_codebook_use,
)
from autoencode.figures.detection_curve import (
    DetectionCurve,
    compute_detection_curve,
    draw_detection_curve,
)
from autoencode.figures.error_histogram import (
    ErrorHistogram,
    compute_error_histogram,
    draw_error_histogram,
)
from autoencode.figures.feature_errors import (
    FeatureBars,
    FeatureHeatMap,
    compute_feature_bars,
    compute_feature_heat_map,
    draw_feature_bars,
    draw_feature_heat_map,
)
from autoencode.figures.learning_curve import (
    LearningCurve,
    compute_learning_curve,
    draw_learning_curve,
)
from autoencode.figures.paired_differences import (
    PairedDifferences,
    compute_paired_differences,
    draw_paired_differences,
)
from autoencode.figures.palette import png_bytes, save_figure
from autoencode.figures.point_colours import error_colours, label_colours
from autoencode.figures.reconstruction_strip import (
    ReconstructionStrip,
    compute_reconstruction_strip,
    draw_reconstruction_strip,
)
from autoencode.figures.reference_line import ReferenceLine
from autoencode.figures.restart_losses import (
    RestartLosses,
    compute_restart_losses,
    draw_restart_losses,
)
from autoencode.figures.sample_grid import SampleGrid, compute_sample_grid, draw_sample_grid
from autoencode.figures.sample_histogram import (
    SampleHistogram,
    compute_sample_histogram,
    draw_sample_histogram,
)
from autoencode.figures.score_histogram import (
    ScoreHistogram,
    compute_score_histogram,
    draw_score_histogram,
)
from autoencode.figures.traversal import compute_traversal, draw_traversal
from autoencode.figures.value_tiles import ValueTiles, compute_value_tiles, draw_value_tiles

__all__ = [
    "AnomalyStrip",
    "CodeMap",
    "CodeSizeCurves",
    "CodeUnits",
    "CodebookUse",
    "DetectionCurve",
    "ErrorHistogram",
    "FeatureBars",
    "FeatureHeatMap",
    "LearningCurve",
    "PairedDifferences",
    "ReconstructionStrip",
    "ReferenceLine",
    "RestartLosses",
    "SampleGrid",
    "SampleHistogram",
    "ScoreHistogram",
    "ValueTiles",
    "compute_anomaly_strip",
    "compute_code_map",
    "compute_code_size_curves",
    "compute_code_units",
    "compute_codebook_use",
    "compute_detection_curve",
    "compute_error_histogram",
    "compute_feature_bars",
    "compute_feature_heat_map",
    "compute_learning_curve",
    "compute_paired_differences",
    "compute_reconstruction_strip",
    "compute_restart_losses",
    "compute_sample_grid",
    "compute_sample_histogram",
    "compute_score_histogram",
    "compute_traversal",
    "compute_value_tiles",
    "draw_anomaly_strip",
    "draw_code_map",
    "draw_code_size_curves",
    "draw_code_units",
    "draw_codebook_use",
    "draw_detection_curve",
    "draw_error_histogram",
    "draw_feature_bars",
    "draw_feature_heat_map",
    "draw_learning_curve",
    "draw_paired_differences",
    "draw_reconstruction_strip",
    "draw_restart_losses",
    "draw_sample_grid",
    "draw_sample_histogram",
    "draw_score_histogram",
    "draw_traversal",
    "draw_value_tiles",
    "error_colours",
    "label_colours",
    "png_bytes",
    "save_figure",
]
