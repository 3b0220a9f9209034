"""Figures: each computes its numbers once, as plain NumPy, and then draws them.

``compute_x(...)`` gives a frozen dataclass, ``draw_x(dataclass)`` a matplotlib figure that belongs to no window, and
``draw_x_on``, where there is one, draws the same inside a larger figure. Importing this folder imports no matplotlib.
"""

from __future__ import annotations

from autoencode.figures.anomaly_strip import (
    AnomalyStrip,
    compute_anomaly_strip,
    draw_anomaly_strip,
    draw_anomaly_strip_on,
)
from autoencode.figures.code_map import CodeMap, compute_code_map, draw_code_map, draw_code_map_on
from autoencode.figures.code_size_curve import (
    CodeSizeCurves,
    compute_code_size_curves,
    draw_code_size_curves,
    draw_code_size_curves_on,
)
from autoencode.figures.code_units import CodeUnits, compute_code_units, draw_code_units, draw_code_units_on
from autoencode.figures.codebook_use import (
    CodebookUse,
    compute_codebook_use,
    draw_codebook_use,
    draw_codebook_use_on,
)
from autoencode.figures.detection_curve import (
    DetectionCurve,
    compute_detection_curve,
    draw_detection_curve,
    draw_detection_curve_on,
)
from autoencode.figures.error_histogram import (
    ErrorHistogram,
    compute_error_histogram,
    draw_error_histogram,
    draw_error_histogram_on,
)
from autoencode.figures.feature_errors import (
    FeatureBars,
    FeatureHeatMap,
    compute_feature_bars,
    compute_feature_heat_map,
    draw_feature_bars,
    draw_feature_bars_on,
    draw_feature_heat_map,
    draw_feature_heat_map_on,
)
from autoencode.figures.learning_curve import (
    LearningCurve,
    compute_learning_curve,
    draw_learning_curve,
    draw_learning_curve_on,
)
from autoencode.figures.overview import Overview, Panel, draw_overview
from autoencode.figures.paired_differences import (
    PairedDifferences,
    compute_paired_differences,
    draw_paired_differences,
    draw_paired_differences_on,
)
from autoencode.figures.palette import png_bytes, save_figure
from autoencode.figures.point_colours import error_colours, label_colours
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
from autoencode.figures.sample_grid import SampleGrid, compute_sample_grid, draw_sample_grid, draw_sample_grid_on
from autoencode.figures.sample_histogram import (
    SampleHistogram,
    compute_sample_histogram,
    draw_sample_histogram,
    draw_sample_histogram_on,
)
from autoencode.figures.score_histogram import (
    ScoreHistogram,
    compute_score_histogram,
    draw_score_histogram,
    draw_score_histogram_on,
)
from autoencode.figures.signed_histogram import (
    SignedHistogram,
    SignedSums,
    compute_signed_histogram,
    draw_signed_histogram,
    draw_signed_histogram_on,
)
from autoencode.figures.traversal import compute_traversal, draw_traversal
from autoencode.figures.value_tiles import ValueTiles, compute_value_tiles, draw_value_tiles, draw_value_tiles_on

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
    "Overview",
    "PairedDifferences",
    "Panel",
    "ReconstructionStrip",
    "ReferenceLine",
    "RestartLosses",
    "SampleGrid",
    "SampleHistogram",
    "ScoreHistogram",
    "SignedHistogram",
    "SignedSums",
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
    "compute_signed_histogram",
    "compute_traversal",
    "compute_value_tiles",
    "draw_anomaly_strip",
    "draw_anomaly_strip_on",
    "draw_code_map",
    "draw_code_map_on",
    "draw_code_size_curves",
    "draw_code_size_curves_on",
    "draw_code_units",
    "draw_code_units_on",
    "draw_codebook_use",
    "draw_codebook_use_on",
    "draw_detection_curve",
    "draw_detection_curve_on",
    "draw_error_histogram",
    "draw_error_histogram_on",
    "draw_feature_bars",
    "draw_feature_bars_on",
    "draw_feature_heat_map",
    "draw_feature_heat_map_on",
    "draw_learning_curve",
    "draw_learning_curve_on",
    "draw_overview",
    "draw_paired_differences",
    "draw_paired_differences_on",
    "draw_reconstruction_strip",
    "draw_reconstruction_strip_on",
    "draw_restart_losses",
    "draw_restart_losses_on",
    "draw_sample_grid",
    "draw_sample_grid_on",
    "draw_sample_histogram",
    "draw_sample_histogram_on",
    "draw_score_histogram",
    "draw_score_histogram_on",
    "draw_signed_histogram",
    "draw_signed_histogram_on",
    "draw_traversal",
    "draw_value_tiles",
    "draw_value_tiles_on",
    "error_colours",
    "label_colours",
    "png_bytes",
    "save_figure",
]
