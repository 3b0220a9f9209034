"""What an optimiser knows of a training, kept for another one that goes on from the same networks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autoencode.training.optimizer import UpdateRule
from autoencode.training.snapshot import fill_state, list_state
from autoencode.training.state import TrainState

OPTIMIZER, RATE_SHARES = "optimizer_state", "rate_shares"


def keep_optimizer(state: TrainState) -> dict[str, np.ndarray] | None:
    """Return the arrays of the optimiser by their places in a state: moments, counts, shares of the learning rate.

    None where networks of an earlier epoch are kept, whose gradients it has not seen last.
    """
    if state.best_networks is not None:
        return None
    return {name: array for name, array in list_state(state).items() if name.startswith((OPTIMIZER, RATE_SHARES))}


def restore_optimizer(state: TrainState, arrays: Mapping[str, np.ndarray], rule: UpdateRule) -> TrainState:
    """Return a state that was made anew, with the optimiser as `keep_optimizer` found it.

    Parameters
    ----------
    state
        Made by the same optimiser, of networks of the same shape.
    arrays
        What was kept.
    rule
        How networks are updated now: shares of the learning rate count only where it may halve them.

    Raises
    ------
    ModelFileError
        If the arrays are those of another optimiser, or of other networks.
    """
    kept = {name: array for name, array in arrays.items() if rule.halves_on_plateau or name != RATE_SHARES}
    return fill_state(state, list_state(state) | kept)
