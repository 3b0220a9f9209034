"""The scikit-learn face: the estimator, its storage, its report, and the comparison of several."""

from autoencode.estimators.anomaly_detector import AnomalyDetector
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.comparison import compare
from autoencode.estimators.detection import Detection
from autoencode.estimators.detection_study import report_detection
from autoencode.estimators.evidence import Restart
from autoencode.estimators.explanation import Explanation, Reason
from autoencode.estimators.history import History
from autoencode.estimators.judging import detect
from autoencode.estimators.known_samples import KnownSamples
from autoencode.estimators.progress import ProgressLines, describe_epoch, format_seconds
from autoencode.estimators.recording import fit_recorded
from autoencode.estimators.storage import load
from autoencode.estimators.study import report_models, study
from autoencode.estimators.summary import Summary
from autoencode.estimators.sweep import Sweep, sweep

__all__ = [
    "AnomalyDetector",
    "Autoencoder",
    "Detection",
    "Explanation",
    "History",
    "KnownSamples",
    "ProgressLines",
    "Reason",
    "Restart",
    "Summary",
    "Sweep",
    "compare",
    "describe_epoch",
    "detect",
    "fit_recorded",
    "format_seconds",
    "load",
    "report_detection",
    "report_models",
    "study",
    "sweep",
]
