"""Figures: each computes its numbers once, as plain NumPy, and a chart of them, which two painters draw.

``compute_x(...)`` gives a frozen dataclass, whose ``chart()`` says what is drawn; ``draw_x(dataclass)`` gives it as a
matplotlib figure that belongs to no window. Importing this folder imports no matplotlib and no Bokeh.
"""

from __future__ import annotations

from autoencode.charts.anomaly_strip import AnomalyStrip, compute_anomaly_strip, draw_anomaly_strip
from autoencode.charts.code_map import CodeMap, compute_code_map, draw_code_map
from autoencode.charts.code_size_curve import CodeSizeCurves, compute_code_size_curves, draw_code_size_curves
from autoencode.charts.code_units import CodeUnits, compute_code_units, draw_code_units
from autoencode.charts.codebook_use import CodebookUse, compute_codebook_use, draw_codebook_use
from autoencode.charts.detection_curve import DetectionCurve, compute_detection_curve, draw_detection_curve
from autoencode.charts.error_histogram import ErrorHistogram, compute_error_histogram, draw_error_histogram
from autoencode.charts.feature_errors import (
    FeatureBars,
    FeatureHeatMap,
    compute_feature_bars,
    compute_feature_heat_map,
    draw_feature_bars,
    draw_feature_heat_map,
)
from autoencode.charts.learning_curve import LearningCurve, compute_learning_curve, draw_learning_curve
from autoencode.charts.paired_differences import (
    PairedDifferences,
    compute_paired_differences,
    draw_paired_differences,
)
from autoencode.charts.palette import png_bytes, save_figure
from autoencode.charts.point_colours import error_colours, label_colours
from autoencode.charts.reconstruction_strip import (
    ReconstructionStrip,
    compute_reconstruction_strip,
    draw_reconstruction_strip,
)
from autoencode.charts.reference_line import ReferenceLine
from autoencode.charts.restart_losses import RestartLosses, compute_restart_losses, draw_restart_losses
from autoencode.charts.sample_grid import SampleGrid, compute_sample_grid, draw_sample_grid
from autoencode.charts.sample_histogram import SampleHistogram, compute_sample_histogram, draw_sample_histogram
from autoencode.charts.score_histogram import ScoreHistogram, compute_score_histogram, draw_score_histogram
from autoencode.charts.traversal import compute_traversal, draw_traversal
from autoencode.charts.value_tiles import ValueTiles, compute_value_tiles, draw_value_tiles

__all__ = ["ReferenceLine", "error_colours", "label_colours", "png_bytes", "save_figure"]
__all__ += ["AnomalyStrip", "compute_anomaly_strip", "draw_anomaly_strip"]
__all__ += ["CodeMap", "compute_code_map", "draw_code_map"]
__all__ += ["CodeSizeCurves", "compute_code_size_curves", "draw_code_size_curves"]
__all__ += ["CodeUnits", "compute_code_units", "draw_code_units"]
__all__ += ["CodebookUse", "compute_codebook_use", "draw_codebook_use"]
__all__ += ["DetectionCurve", "compute_detection_curve", "draw_detection_curve"]
__all__ += ["ErrorHistogram", "compute_error_histogram", "draw_error_histogram"]
__all__ += ["FeatureBars", "compute_feature_bars", "draw_feature_bars"]
__all__ += ["FeatureHeatMap", "compute_feature_heat_map", "draw_feature_heat_map"]
__all__ += ["LearningCurve", "compute_learning_curve", "draw_learning_curve"]
__all__ += ["PairedDifferences", "compute_paired_differences", "draw_paired_differences"]
__all__ += ["ReconstructionStrip", "compute_reconstruction_strip", "draw_reconstruction_strip"]
__all__ += ["RestartLosses", "compute_restart_losses", "draw_restart_losses"]
__all__ += ["SampleGrid", "compute_sample_grid", "compute_traversal", "draw_sample_grid", "draw_traversal"]
__all__ += ["SampleHistogram", "compute_sample_histogram", "draw_sample_histogram"]
__all__ += ["ScoreHistogram", "compute_score_histogram", "draw_score_histogram"]
__all__ += ["ValueTiles", "compute_value_tiles", "draw_value_tiles"]
