"""The scikit-learn face: the estimator, its storage, its report, and the comparison of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
    from autoencode.estimators.anomaly_detector import AnomalyDetector
    from autoencode.estimators.autoencoder import Autoencoder
    from autoencode.estimators.code_size_sweep import Sweep, sweep
    from autoencode.estimators.comparison import compare
    from autoencode.estimators.detection_study import report_detection
    from autoencode.estimators.judging import detect
    from autoencode.estimators.known_samples import KnownSamples
    from autoencode.estimators.loading import load
    from autoencode.estimators.model_study import report_models, study
    from autoencode.estimators.recording import fit_recorded
    from autoencode.estimators.repair import Repair, RepairedCell
    from autoencode.evaluation.detection import Detection
    from autoencode.evaluation.explanation import Explanation, Reason
    from autoencode.model.history import History, Restart
    from autoencode.model.progress import ProgressLines, describe_epoch, format_seconds
    from autoencode.model.summary import Summary

__all__ = [
    "AnomalyDetector",
    "Autoencoder",
    "Detection",
    "Explanation",
    "History",
    "KnownSamples",
    "ProgressLines",
    "Reason",
    "Repair",
    "RepairedCell",
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

# Where each public name lives; it is imported when it is first asked for: a verb that trains nothing starts at once.
_HOMES = {
    "AnomalyDetector": "anomaly_detector",
    "Autoencoder": "autoencoder",
    "Detection": ".evaluation.detection",
    "Explanation": ".evaluation.explanation",
    "History": ".model.history",
    "KnownSamples": "known_samples",
    "ProgressLines": ".model.progress",
    "Reason": ".evaluation.explanation",
    "Repair": "repair",
    "RepairedCell": "repair",
    "Restart": ".model.history",
    "Summary": ".model.summary",
    "Sweep": "code_size_sweep",
    "compare": "comparison",
    "describe_epoch": ".model.progress",
    "detect": "judging",
    "fit_recorded": "recording",
    "format_seconds": ".model.progress",
    "load": "loading",
    "report_detection": "detection_study",
    "report_models": "model_study",
    "study": "model_study",
    "sweep": "code_size_sweep",
}

__getattr__ = find_lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
