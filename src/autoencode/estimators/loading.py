"""`load`: the estimator that a file holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autoencode.estimators.anomaly_detector import AnomalyDetector, hold_detector
from autoencode.estimators.autoencoder import Autoencoder, hold_fitted
from autoencode.model.fitted import Fitted
from autoencode.model.model_file import read_learnt
from autoencode.model.optimizer_file import read_optimizer
from autoencode.runs import RunFolder


def load(path: str | Path) -> Autoencoder | AnomalyDetector:
    """Return the fitted model of a model file or a run: an autoencoder or a detector, whichever it holds.

    Parameters
    ----------
    path
        A file that `Autoencoder.save` or `AnomalyDetector.save` wrote, or a run's folder.

    Returns
    -------
    Autoencoder or AnomalyDetector
        The model, which gives the same bits as the one that was saved; that of a run goes on with its optimiser too,
        by `partial_fit` or ``warm_start``.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged, not ours, or of a newer version.
    """
    learnt = read_learnt(path)
    if isinstance(learnt, Fitted):
        if Path(path).is_dir():  # a run's, in which it may be kept
            learnt = replace(learnt, optimizer=read_optimizer(learnt, RunFolder(Path(path)).model)[0])
        return hold_fitted(Autoencoder(**vars(learnt.arguments)), learnt)
    return hold_detector(learnt)
