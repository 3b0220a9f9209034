"""How the step size changes over a training."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Float64

SCHEDULES = {
    "constant": "the learning rate all the time",
    "cosine": "falls from the learning rate to 0 along half a wave",
    "warmup_cosine": "rises from 0 over the first twentieth of the training, then falls to 0 along half a wave",
    "plateau": "is halved for a restart whose monitored loss has not improved for 5 epochs, and again after 5 more",
}
"""Every schedule by name, with what the step size does."""

WARMUP = 0.05
PLATEAU_EPOCHS = 5


def find_progress(epoch: int, epochs: int, steps: int) -> Float64[np.ndarray, " steps"]:
    """Return the share of a training that is over in the middle of each step of an epoch; epochs count from 0."""
    return (epoch + (np.arange(steps) + 0.5) / steps) / epochs


def find_rate_shares(schedule: str, epoch: int, epochs: int, steps: int) -> Float32[np.ndarray, " steps"]:
    r"""Return which share of the learning rate each step of an epoch takes.

    With the share :math:`t` of the training that is over, in the middle of a step, "cosine" is
    :math:`(1 + \cos \pi t) / 2`.

    Parameters
    ----------
    schedule
        A key of `SCHEDULES`. "plateau" is 1 here: its share follows from losses, and is in the state.
    epoch
        The epoch's number, from 0.
    epochs
        How many epochs there are in all.
    steps
        Updates of an epoch.

    Returns
    -------
    array
        Between 0 and 1.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, eq. 5, without restarts.

    Examples
    --------
    >>> find_rate_shares("cosine", 1, 2, 2)
    array([0.30865827, 0.03806023], dtype=float32)
    """
    over = find_progress(epoch, epochs, steps)
    if schedule == "cosine":
        shares = (1 + np.cos(np.pi * over)) / 2
    elif schedule == "warmup_cosine":
        falling = (1 + np.cos(np.pi * (over - WARMUP) / (1 - WARMUP))) / 2
        shares = np.where(over < WARMUP, over / WARMUP, falling)
    else:
        shares = np.ones(steps)
    return shares.astype(np.float32)
