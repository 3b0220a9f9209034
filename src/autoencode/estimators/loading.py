"""`load`: the estimator that a file holds."""

from __future__ import annotations

from pathlib import Path

from autoencode.estimators.anomaly_detector import AnomalyDetector, hold_detector
from autoencode.estimators.autoencoder import Autoencoder, hold_fitted
from autoencode.model.fitted import Fitted
from autoencode.model.model_file import read_learnt


def load(path: str | Path) -> Autoencoder | AnomalyDetector:
    """Return the fitted model of a model file or a run: an autoencoder or a detector, whichever it holds.

    Parameters
    ----------
    path
        A file that `Autoencoder.save` or `AnomalyDetector.save` wrote, or a run's folder.

    Returns
    -------
    Autoencoder or AnomalyDetector
        The model, which gives the same bits as the one that was saved.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged, not ours, or of a newer version.
    """
    learnt = read_learnt(path)
    if isinstance(learnt, Fitted):
        return hold_fitted(Autoencoder(**vars(learnt.arguments)), learnt)
    return hold_detector(learnt)
