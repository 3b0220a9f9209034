"""Our convolutional networks, trained by the loop that estimators train with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
from problems import CONVOLUTIONS, LEARNING_RATE, Convolutions

from autoencode.parts.losses import find_loss
from autoencode.parts.networks import ConvolutionalBlueprint
from autoencode.training import TrainSettings, UpdateRule, create_networks, create_state, find_optimizer, train
from autoencode.training.order import draw_order

SEED = 0


def create(problem: Convolutions) -> Any:
    """Return the network, alone on the axis of restarts."""
    blueprint = ConvolutionalBlueprint(
        (28, 28), problem.code_size, problem.channels, problem.residual, output_activation="sigmoid"
    )
    return create_networks(blueprint, SEED, 1)


def lay_out_start(request: dict[str, Any]) -> dict[str, Any]:
    """Write every network's first weights by name, and the order in which each epoch sees the rows."""
    for name, problem in CONVOLUTIONS.items():
        leaves = jax.tree_util.tree_leaves_with_path(create(problem))
        weights = {jax.tree_util.keystr(path, simple=True, separator="."): np.asarray(leaf)[0] for path, leaf in leaves}
        order = np.stack([draw_order(SEED, epoch, problem.rows) for epoch in range(problem.epochs)])
        np.savez(Path(request["folder"]) / f"start-{name}.npz", order=order, **weights)
    return {}


def time_steps(request: dict[str, Any]) -> dict[str, Any]:
    """Return the seconds of a step, the median over all epochs but the first, and the mean loss of the last epoch."""
    problem = CONVOLUTIONS[request["job"]]
    samples = np.load(Path(request["folder"]) / "mnist-train.npy", mmap_mode="r")[: problem.rows]
    rule = UpdateRule(find_optimizer("adam", LEARNING_RATE))
    told = TrainSettings(problem.epochs, problem.batch_size, find_loss("binary_cross_entropy"), rule, seed=SEED)
    state = create_state(create(problem), rule.optimizer, keep_best=False)
    records = list(train(state, np.array(samples, np.float32), told))
    seconds = np.median([record.seconds for record in records[1:]])
    return {"seconds": float(seconds) * problem.batch_size / problem.rows, "loss": float(records[-1].loss[0])}
