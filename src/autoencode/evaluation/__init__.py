"""Errors, ranking, baselines, intervals, verdicts, diagnosis, anomalies: NumPy in, NumPy out, no JAX.

Importing this folder is light: scikit-learn is imported by the function that needs it.
"""

from autoencode.evaluation.anomaly_score import AnomalyScore, make_anomaly_score
from autoencode.evaluation.baselines import MeanSample, PCABaseline, fit_baselines
from autoencode.evaluation.code_sizes import CodeSizeCurve, compute_code_size_curve, find_knee
from autoencode.evaluation.code_statistics import CodeStatistics
from autoencode.evaluation.code_summary import CodeSummary
from autoencode.evaluation.column_errors import ColumnError, column_losses
from autoencode.evaluation.column_measure import column_measure
from autoencode.evaluation.comparison import Comparison, ErrorSummary
from autoencode.evaluation.conformal import calibration_needed, conformal_p_values, conformal_threshold, least_rate
from autoencode.evaluation.detection_quality import ConfusionTable, DetectionQuality, detection_quality
from autoencode.evaluation.diagnosis import Evidence, Finding, diagnose
from autoencode.evaluation.discoveries import benjamini_hochberg
from autoencode.evaluation.errors import (
    MEASURES,
    Measure,
    absolute_error,
    binary_cross_entropy,
    categorical_cross_entropy,
    errors,
    find_measure,
    huber,
    signed_difference,
    signed_sum,
    squared_error,
    stretch_measure,
)
from autoencode.evaluation.histogram import common_bins, count_outside
from autoencode.evaluation.intervals import Interval, paired_interval
from autoencode.evaluation.rank_map import ColumnRanks, make_column_ranks
from autoencode.evaluation.ranking import Ranking, overlap, worst
from autoencode.evaluation.restarts import RestartSummary, describe_restarts, find_cause
from autoencode.evaluation.step_measure import step_measure
from autoencode.evaluation.structure import (
    direction_variances,
    effective_code_size,
    live_directions,
    live_units,
    mean_feature_variance,
    r_squared,
)
from autoencode.evaluation.typical import find_typical
from autoencode.evaluation.verdict import Verdict, decide

__all__ = [
    "MEASURES",
    "AnomalyScore",
    "CodeSizeCurve",
    "CodeStatistics",
    "CodeSummary",
    "ColumnError",
    "ColumnRanks",
    "Comparison",
    "ConfusionTable",
    "DetectionQuality",
    "ErrorSummary",
    "Evidence",
    "Finding",
    "Interval",
    "MeanSample",
    "Measure",
    "PCABaseline",
    "Ranking",
    "RestartSummary",
    "Verdict",
    "absolute_error",
    "benjamini_hochberg",
    "binary_cross_entropy",
    "calibration_needed",
    "categorical_cross_entropy",
    "column_losses",
    "column_measure",
    "common_bins",
    "compute_code_size_curve",
    "conformal_p_values",
    "conformal_threshold",
    "count_outside",
    "decide",
    "describe_restarts",
    "detection_quality",
    "diagnose",
    "direction_variances",
    "effective_code_size",
    "errors",
    "find_cause",
    "find_knee",
    "find_measure",
    "find_typical",
    "fit_baselines",
    "huber",
    "least_rate",
    "live_directions",
    "live_units",
    "make_anomaly_score",
    "make_column_ranks",
    "mean_feature_variance",
    "overlap",
    "paired_interval",
    "r_squared",
    "signed_difference",
    "signed_sum",
    "squared_error",
    "step_measure",
    "stretch_measure",
    "worst",
]
